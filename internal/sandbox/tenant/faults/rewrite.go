package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// The effects of this file do the call, and change what is told of it.

// held keeps a small answer until it is changed.
type held struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader notes the status.
func (h *held) WriteHeader(status int) { h.status = status }

// Write implements io.Writer.
func (h *held) Write(p []byte) (int, error) { return h.body.Write(p) }

// rewritten does the call and sends its answer with another body.
func rewritten(w http.ResponseWriter, r *http.Request, next http.Handler, change func(body []byte) []byte) {
	h := &held{ResponseWriter: w, status: http.StatusOK}
	next.ServeHTTP(h, r)
	body := change(h.body.Bytes())
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(h.status)
	_, _ = w.Write(body) // the client may be gone
}

func otherTenant(h hit, w http.ResponseWriter, r *http.Request, next http.Handler) {
	rewritten(w, r, next, func(body []byte) []byte {
		return bytes.ReplaceAll(body, []byte(h.list.TenantID), []byte(h.Text))
	})
}

func laggingItems(h hit, w http.ResponseWriter, r *http.Request, next http.Handler) {
	rewritten(w, r, next, func(body []byte) []byte {
		return olderThan(h.list.Now().Add(-h.Wait.Duration()), body)
	})
}

// olderThan leaves out the items that were made since; an answer that is no list stays as it is.
func olderThan(since time.Time, body []byte) []byte {
	var list map[string]json.RawMessage
	var items []json.RawMessage
	if json.Unmarshal(body, &list) != nil || json.Unmarshal(list["data"], &items) != nil {
		return body
	}
	old := []json.RawMessage{}
	for _, item := range items {
		var made struct {
			At time.Time `json:"createdAt"`
		}
		if json.Unmarshal(item, &made) != nil || !made.At.After(since) {
			old = append(old, item)
		}
	}
	list["data"], _ = json.Marshal(old) // made of valid JSON
	text, _ := json.Marshal(list)
	return text
}

func contentType(h hit, w http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(&retyped{ResponseWriter: w, kind: h.Text}, r)
}

// retyped changes the Content-Type of an answer at the last moment.
type retyped struct {
	http.ResponseWriter
	kind string
	sent bool
}

// WriteHeader implements http.ResponseWriter.
func (t *retyped) WriteHeader(status int) {
	t.sent = true
	t.Header().Set("Content-Type", t.kind)
	t.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (t *retyped) Write(p []byte) (int, error) {
	if !t.sent {
		t.WriteHeader(http.StatusOK)
	}
	return t.ResponseWriter.Write(p)
}

// Unwrap serves http.ResponseController.
func (t *retyped) Unwrap() http.ResponseWriter { return t.ResponseWriter }

type contextKey int

const (
	skewKey contextKey = iota
	lifeKey
)

func clockSkew(h hit, w http.ResponseWriter, r *http.Request, next http.Handler) {
	skew := Skew(r.Context()) + h.Wait.Duration()
	w.Header().Set("Date", h.list.Now().Add(skew).UTC().Format(http.TimeFormat))
	next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), skewKey, skew)))
}

// Skew is how far the tenant's clock is ahead in this call.
func Skew(ctx context.Context) time.Duration {
	skew, _ := ctx.Value(skewKey).(time.Duration)
	return skew
}

func shortToken(h hit, w http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), lifeKey, h.Wait.Duration())))
}

// TokenLife is how long a token lives that this call makes.
func TokenLife(ctx context.Context, usual time.Duration) time.Duration {
	if life, ok := ctx.Value(lifeKey).(time.Duration); ok {
		return life
	}
	return usual
}
