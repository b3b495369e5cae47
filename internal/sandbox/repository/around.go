package repository

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
)

// bodies in JSON are bounded, in bytes.
const maxJSON = 4 << 20

// byteOrderMark begins files of Windows that scripts send as they are.
const byteOrderMark = "\ufeff"

// around gives every call of QRS a log line, an answer when we fail, and the faults that lie on all calls.
func (s *Server) around(next http.Handler) http.Handler {
	return s.logged(s.recovered(s.faulty(anyCase(next))))
}

// logged logs a call when it is done, without its query: that holds the xrfkey and filters.
func (s *Server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, rec := time.Now(), &recorder{ResponseWriter: w, status: http.StatusOK}
		defer func() { // also when the connection is dropped on purpose
			s.log.InfoContext(r.Context(), "call", "repository", s.name, "method", r.Method, "path", r.URL.Path, "status", rec.status, "took", time.Since(began))
		}()
		next.ServeHTTP(rec, r)
	})
}

// recorder remembers the status.
type recorder struct {
	http.ResponseWriter

	status int
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap serves http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(cause)
			}
			s.log.ErrorContext(r.Context(), "panic", "cause", cause, "path", r.URL.Path)
			writeText(w, http.StatusInternalServerError, "The sandbox repository failed. Its log has the cause.")
		}()
		next.ServeHTTP(w, r)
	})
}

const bootPage = "<!DOCTYPE html>\n<html><head><title>Service Unavailable</title></head>\n<body><h2>Service Unavailable</h2><p>The service is starting.</p></body></html>\n"

// faulty answers for a repository that boots or has a wrong clock.
func (s *Server) faulty(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
		if _, met := s.faults.Meet(faults.Boot); met {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, bootPage) // a caller that is gone needs no page
			return
		}
		next.ServeHTTP(w, r)
	})
}

// apiFunc answers one call; its error becomes status and text.
type apiFunc func(w http.ResponseWriter, r *http.Request) error

func (s *Server) api(answer apiFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := answer(w, r); err != nil {
			s.writeError(w, r, err)
		}
	}
}

var statusOfKind = map[fault.Kind]int{
	fault.Invalid: http.StatusBadRequest, fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict,
	fault.Forbidden: http.StatusForbidden, fault.Unauthorized: http.StatusUnauthorized,
	fault.Unavailable: http.StatusServiceUnavailable, fault.Internal: http.StatusInternalServerError,
}

func statusOf(err error) int {
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return http.StatusRequestEntityTooLarge
	}
	return statusOfKind[fault.Of(err).Kind]
}

// writeError answers with plain text, as the texts that are known from QRS came; what is not meant for people is only logged.
func (s *Server) writeError(w http.ResponseWriter, r *http.Request, err error) {
	status, text := statusOf(err), fault.Of(err).Text
	if status == http.StatusInternalServerError {
		s.log.ErrorContext(r.Context(), "call failed", "error", err, "path", r.URL.Path)
	}
	if status == http.StatusRequestEntityTooLarge {
		text = "The body is too large."
	}
	writeText(w, status, text)
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) //nolint:gosec // plain text; and a caller that is gone needs none
}

const jsonType = "application/json;charset=utf-8"

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a caller that is gone needs no answer
}

// readJSON reads a bounded body in JSON. Unknown properties are ignored.
func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	body := bufio.NewReader(http.MaxBytesReader(w, r.Body, maxJSON))
	if mark, _ := body.Peek(len(byteOrderMark)); string(mark) == byteOrderMark { // a shorter body has none
		_, _ = body.Discard(len(byteOrderMark)) // it was there just now
	}
	err := json.NewDecoder(body).Decode(into)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return err
	}
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "The body is no JSON of this kind.")
	}
	return nil
}
