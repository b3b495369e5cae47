// Package pause stops and resumes the distribution to all deployments.
package pause

import (
	"context"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/web/respond"
)

// maxReason is the longest reason, in characters: it stands in the banner of every page.
const maxReason = 500

// Store is what the screen needs of the database. *store.Store is one.
type Store interface {
	Summaries(ctx context.Context) ([]distribution.Summary, error)
	PausedAll(ctx context.Context) (*deployment.Pause, error)
	PauseAll(ctx context.Context, p deployment.Pause) error
	ResumeAll(ctx context.Context) error
}

// Screen is the page that pauses all distribution.
type Screen struct {
	Store   Store
	Notices respond.Noticer
	Now     func() time.Time
}

// Routes mounts the screen; it is meant for /distribution.
func (s *Screen) Routes(r chi.Router) {
	r.Get("/pause", s.show)
	r.Post("/pause", s.pause)
	r.Post("/resume", s.resume)
}

// form is what stands on the page.
type form struct {
	Reason string
	Fault  string
	Paused *deployment.Pause // already, and why; that the site is only observed is no pause, and one can stand beside it
	Totals totals
}

func (s *Screen) show(w http.ResponseWriter, r *http.Request) { s.answer(w, r, http.StatusOK, form{}) }

func (s *Screen) answer(w http.ResponseWriter, r *http.Request, status int, f form) {
	rows, err := s.Store.Summaries(r.Context())
	if err == nil {
		f.Totals = add(rows)
		f.Paused, err = s.paused(r.Context())
	}
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, status, pausePage(f))
}

// paused gives the pause that somebody made, nil when there is none.
func (s *Screen) paused(ctx context.Context) (*deployment.Pause, error) {
	p, err := s.Store.PausedAll(ctx)
	if p.Observing() {
		return nil, err
	}
	return p, err
}

func (s *Screen) pause(w http.ResponseWriter, r *http.Request) {
	if err := respond.Form(w, r); err != nil {
		respond.Fault(w, r, err)
		return
	}
	f := form{Reason: strings.TrimSpace(r.PostForm.Get("reason"))}
	if f.Fault = check(f.Reason); f.Fault != "" {
		s.answer(w, r, http.StatusUnprocessableEntity, f)
		return
	}
	already, err := s.paused(r.Context())
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	if already != nil { // it keeps its reason; the page says which
		s.answer(w, r, http.StatusUnprocessableEntity, f)
		return
	}
	p := deployment.Pause{Since: s.Now(), Reason: f.Reason, By: account.ActorOf(r.Context()).Name}
	if err := s.Store.PauseAll(r.Context(), p); err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Done(w, r, s.Notices, "/status", "Distribution is paused. New publish events are kept; nothing is sent until somebody resumes.")
}

func check(reason string) string {
	switch {
	case reason == "":
		return "Enter why. The reason stands on every page, and who resumes will need it."
	case utf8.RuneCountInString(reason) > maxReason:
		return "Shorten the reason to 500 characters."
	default:
		return ""
	}
}

func (s *Screen) resume(w http.ResponseWriter, r *http.Request) {
	if err := s.Store.ResumeAll(r.Context()); err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Done(w, r, s.Notices, "/status", s.resumed(r.Context()))
}

// resumed says what goes on now.
func (s *Screen) resumed(ctx context.Context) string {
	if p, err := s.Store.PausedAll(ctx); err == nil && p.Observing() {
		return "Distribution is resumed. Nothing is sent yet: the site is only observed, until Observe only is switched off under Site."
	}
	return "Distribution is resumed. What waited goes on where it stopped; deployments that are paused by themselves stay paused."
}
