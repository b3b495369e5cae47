package tenant

import (
	"context"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// TraceHeader is the header of every answer that names the call in the tenant's log.
const TraceHeader = "X-Trace-Id"

type contextKey int

const (
	traceKey contextKey = iota
	callerKey
	sessionKey
)

// traced gives every call an id and logs it when it is done. The query is not logged: it may name files.
func (s *Server) traced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		trace, began := hex.EncodeToString(randomBytes(16)), time.Now()
		w.Header().Set(TraceHeader, trace)
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		defer func() { // also when the connection is dropped on purpose
			s.log.InfoContext(r.Context(), "call", "tenant", s.name, "method", r.Method, "path", r.URL.Path, "status", rec.status,
				"took", time.Since(began), "trace", trace)
		}()
		next.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), traceKey, trace)))
	})
}

func traceOf(r *http.Request) string {
	trace, _ := r.Context().Value(traceKey).(string)
	return trace
}

// recorder remembers the status. Unwrap keeps deadlines and full duplex of the connection reachable.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap serves http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// recovered turns a panic of ours into an answer with a trace id.
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
			s.log.ErrorContext(r.Context(), "panic", "cause", cause, "path", r.URL.Path, "trace", traceOf(r))
			writeErrorBody(w, r, http.StatusInternalServerError, "The sandbox tenant failed.")
		}()
		next.ServeHTTP(w, r)
	})
}

var slashes = regexp.MustCompile(`/{2,}`)

// tidied makes one address of those that clients write for the same thing: double slashes (section 8), ids that are
// escaped more than they must be, and the Location of temporary contents, which has no /api (section 4). None of them is
// redirected. A call without a Host (HTTP/1.0) gets the address that it reached, so that links are absolute for it, too.
func tidied(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path, r.URL.RawPath = slashes.ReplaceAllString(r.URL.Path, "/"), ""
		if strings.HasPrefix(r.URL.Path, "/v1/temp-contents/") {
			r.URL.Path = "/api" + r.URL.Path
		}
		if address, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && r.Host == "" {
			r.Host = address.String()
		}
		next.ServeHTTP(w, r)
	})
}

// secured sets the headers of every page and answer. Style and script are files of ours; nothing is inline.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "+
			"form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
