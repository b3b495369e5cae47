// Package middleware wraps every request of the console: identity of the request, log, headers, access.
package middleware

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	chi "github.com/go-chi/chi/v5/middleware"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/web/respond"
)

// Identify gives each request an id and its client's address, and puts both into the context as the actor.
func Identify(trusted []netip.Prefix) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			actor := account.Actor{Name: "anonymous", Address: clientAddress(r, trusted), RequestID: rand.Text()[:12]}
			w.Header().Set("X-Request-Id", actor.RequestID)
			next.ServeHTTP(w, r.WithContext(account.WithActor(r.Context(), actor)))
		})
	}
}

// clientAddress trusts X-Forwarded-For only as far as the proxies in front are trusted: it walks the list from the
// right and takes the first address that is no proxy of ours.
func clientAddress(r *http.Request, trusted []netip.Prefix) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && isTrusted(host, trusted); i-- {
		if hop := strings.TrimSpace(hops[i]); hop != "" {
			host = hop
		}
	}
	return host
}

func isTrusted(host string, trusted []netip.Prefix) bool {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, prefix := range trusted {
		if prefix.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

// Log writes one line for each request; the path without its query, because queries may hold what people typed.
func Log(log *slog.Logger) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			started := time.Now()
			ww := chi.NewWrapResponseWriter(w, r.ProtoMajor)
			next.ServeHTTP(ww, r)
			log.LogAttrs(r.Context(), level(ww.Status()), "request", slog.String("method", r.Method), slog.String("path", r.URL.Path),
				slog.Int("status", ww.Status()), slog.Int("bytes", ww.BytesWritten()), slog.Duration("took", time.Since(started)))
		})
	}
}

func level(status int) slog.Level {
	if status >= http.StatusInternalServerError {
		return slog.LevelError
	}
	return slog.LevelDebug
}

// Recover turns a panic into the opaque error page and a line in the log.
func Recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(cause) // the server cuts the connection, so that half an answer does not look whole
			}
			slog.ErrorContext(r.Context(), "panic", "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			respond.Fault(w, r, fmt.Errorf("panic: %v", cause))
		}()
		next.ServeHTTP(w, r)
	})
}

// Headers sets what every answer carries. Pages hold no inline script and no inline style.
func Headers(https bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Referrer-Policy", "same-origin")
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			if https {
				h.Set("Strict-Transport-Security", "max-age=31536000")
			}
			next.ServeHTTP(w, r)
		})
	}
}

// WriteLimit bounds how long a client may take to fetch an answer: one that stops reading must not hold a connection for
// ever. It stands before every handler, because a deadline outlives its request on a connection that is kept; live streams
// and uploads set it anew as they go on.
func WriteLimit(limit time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(limit)) // a test's recorder has no deadlines
			next.ServeHTTP(w, r)
		})
	}
}

// Timeout bounds the work of a request, reading its body included; live streams and uploads do not pass through it. A request
// without a body gets no deadline for reading: the server listens there for the client's leaving, would take the deadline for
// it, and end every later request of the connection.
func Timeout(limit time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), limit)
			defer cancel()
			if r.Body != http.NoBody {
				_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(limit)) // the server takes it back after the body
			}
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

// Compress shrinks pages and parts of pages. Live streams and files pass as they are.
var Compress = chi.Compress(5, "text/html")
