package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
)

// The effects of this file do the work, and the caller is not told.

func lostAnswer(_ hit, w http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(&mute{w, http.Header{}}, r)
	abort()
}

// mute takes an answer and gives it to nobody; deadlines of the connection stay reachable.
type mute struct {
	http.ResponseWriter
	header http.Header
}

// Header is not the connection's.
func (m *mute) Header() http.Header { return m.header }

// WriteHeader sends nothing.
func (m *mute) WriteHeader(int) {}

// Write implements io.Writer.
func (m *mute) Write(p []byte) (int, error) { return len(p), nil }

// Flush sends nothing.
func (m *mute) Flush() {}

// Unwrap serves http.ResponseController.
func (m *mute) Unwrap() http.ResponseWriter { return m.ResponseWriter }

// lateImport answers as a gateway that gave up, while what stands behind it goes on (qlik-cloud-api.md section 7, known
// pain d).
func lateImport(h hit, w http.ResponseWriter, r *http.Request, next http.Handler) {
	kept, err := keep(r)
	if err != nil {
		h.list.Log.ErrorContext(r.Context(), "a body could not be kept for later", "error", err)
		h.list.Refuse(w, r, http.StatusInternalServerError, "The body could not be kept for later.")
		return
	}
	done := h.held()
	h.list.running.Go(func() {
		defer done()
		h.later(kept, next)
	})
	h.list.Refuse(w, r, http.StatusGatewayTimeout, "The gateway gave up waiting.")
}

// later does the call when its time has come, unless the tenant closes before.
func (h hit) later(r *http.Request, next http.Handler) {
	defer r.Body.Close()
	h.wait(h.Wait.Duration(), nil)
	select {
	case <-h.list.closed:
		return
	default:
	}
	defer func() { // a further fault may drop the connection that is not there any more
		if cause := recover(); cause != nil && cause != http.ErrAbortHandler { //nolint:errorlint // the panic's own value
			h.list.Log.ErrorContext(r.Context(), "panic", "cause", cause)
		}
	}()
	next.ServeHTTP(&mute{nowhere{}, http.Header{}}, r)
}

// nowhere is the connection of a call that nobody waits for.
type nowhere struct{ http.ResponseWriter }

// keep copies a call so that it can be done after its answer; the body goes to a file that vanishes when it is closed.
func keep(r *http.Request) (*http.Request, error) {
	kept := r.Clone(context.WithoutCancel(r.Context()))
	if r.ContentLength == 0 {
		kept.Body = http.NoBody
		return kept, nil
	}
	file, err := os.CreateTemp("", "sandbox-late-")
	if err != nil {
		return nil, fmt.Errorf("make a file: %w", err)
	}
	_, err = io.Copy(file, r.Body)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err = errors.Join(err, os.Remove(file.Name())); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	kept.Body = file
	return kept, nil
}
