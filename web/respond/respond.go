// Package respond turns outcomes into HTTP responses: a page, a redirect with a notice, or a fault. It is the one place
// that writes errors.
package respond

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/web/ui"
)

// Page writes a page. A form with faults is written with status 422. The time for the request's work does not end the writing:
// what came of work that took all of it has to be told, too.
func Page(w http.ResponseWriter, r *http.Request, status int, page templ.Component) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	err := page.Render(context.WithoutCancel(r.Context()), w)
	if err != nil && !errors.Is(r.Context().Err(), context.Canceled) { // else the client has gone
		slog.ErrorContext(r.Context(), "page not written", "path", r.URL.Path, "error", err)
	}
}

// Noticer keeps a sentence for the next page; *session.Store is one.
type Noticer interface {
	SetNotice(w http.ResponseWriter, r *http.Request, text string) error
}

// Done answers a change that succeeded: 303 to the next page, which shows the notice.
func Done(w http.ResponseWriter, r *http.Request, n Noticer, to, notice string) {
	if err := n.SetNotice(w, r, notice); err != nil {
		slog.WarnContext(r.Context(), "notice not kept", "error", err)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// statuses maps kinds of faults to HTTP.
var statuses = map[fault.Kind]int{
	fault.Internal:     http.StatusInternalServerError,
	fault.Invalid:      http.StatusUnprocessableEntity,
	fault.NotFound:     http.StatusNotFound,
	fault.Conflict:     http.StatusConflict,
	fault.Forbidden:    http.StatusForbidden,
	fault.Unauthorized: http.StatusUnauthorized,
	fault.Unavailable:  http.StatusServiceUnavailable,
}

var titles = map[fault.Kind]string{
	fault.Internal:     "Something went wrong",
	fault.Invalid:      "This was not understood",
	fault.NotFound:     "Not found",
	fault.Conflict:     "This collides with something else",
	fault.Forbidden:    "Not allowed",
	fault.Unauthorized: "Not signed in",
	fault.Unavailable:  "Not possible right now",
}

// StatusClientGone is written to the log when the client left before the answer; nobody reads it.
const StatusClientGone = 499

// Fault writes the page for an error. Anything that is no *fault.Error is an opaque 500; the log has its cause.
func Fault(w http.ResponseWriter, r *http.Request, err error) {
	if gone(r.Context(), err) {
		w.WriteHeader(StatusClientGone)
		return
	}
	if tooBig, ok := errors.AsType[*http.MaxBytesError](err); ok {
		err = fault.Wrap(tooBig, fault.Invalid, "The request is larger than the %d bytes that are taken here.", tooBig.Limit)
	}
	e := fault.Of(err)
	if e.Kind == fault.Internal {
		slog.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "error", err)
	}
	id := account.ActorOf(r.Context()).RequestID
	if !strings.Contains(r.Header.Get("Accept"), "text/html") && r.Header.Get("HX-Request") == "" && r.Header.Get("Accept") != "" && r.Header.Get("Accept") != "*/*" {
		http.Error(w, e.Text, statuses[e.Kind])
		return
	}
	Page(w, r, statuses[e.Kind], ui.ErrorPage(statuses[e.Kind], titles[e.Kind], e.Text, id))
}

func gone(ctx context.Context, err error) bool {
	return errors.Is(err, context.Canceled) && ctx.Err() != nil
}

// Form parses a form body of at most 1 MiB.
func Form(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return err
		}
		return fault.Wrap(err, fault.Invalid, "The form could not be read. Send it again.")
	}
	return nil
}
