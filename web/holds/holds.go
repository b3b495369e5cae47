// Package holds is where changes that would bring many new apps to a deployment wait for somebody to look at them.
package holds

import (
	"context"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// Store is what the screen needs of the database.
type Store interface {
	Hold(ctx context.Context, id string) (distribution.Hold, error)
	ReleaseHold(ctx context.Context, id string) (int, error)
	DiscardHold(ctx context.Context, id string) (int, error)
}

// Screen settles what is held.
type Screen struct {
	Store   Store
	Notices respond.Noticer
}

// Routes mounts the pages; it is meant for /held.
func (s *Screen) Routes(r chi.Router) {
	r.Get("/{hold}/{act}", s.ask)
	r.Post("/{hold}/{act}", s.settle)
}

// act is what can be done with a hold.
type act struct {
	path, verb, done string
	consequence      string
	danger           bool
}

var acts = map[string]act{
	"release": {path: "release", verb: "Release", done: "are released to", consequence: "They are sent as soon as there is room. Policies and guards are asked once more before the first byte."},
	"discard": {path: "discard", verb: "Discard", done: "are discarded for", danger: true,
		consequence: "They are cancelled, and nothing is sent. They come again when they are published again, or when a policy or the deployment is applied."},
}

// question is what is asked before many apps go to Production, or before a hold is settled without its line.
type question struct {
	hold  distribution.Hold
	act   act
	wrong string // what is wrong with the name that was typed
}

func (s *Screen) question(r *http.Request) (q question, known bool, err error) {
	q.act, known = acts[chi.URLParam(r, "act")]
	if known {
		q.hold, err = s.Store.Hold(r.Context(), chi.URLParam(r, "hold"))
	}
	return q, known, err
}

func (s *Screen) ask(w http.ResponseWriter, r *http.Request) {
	q, known, err := s.question(r)
	switch {
	case err != nil:
		respond.Fault(w, r, err)
	case !known:
		http.NotFound(w, r)
	default:
		respond.Page(w, r, http.StatusOK, questionPage(q))
	}
}

// settle releases or discards. To Production nothing is released before the deployment's name was typed.
func (s *Screen) settle(w http.ResponseWriter, r *http.Request) {
	if err := respond.Form(w, r); err != nil {
		respond.Fault(w, r, err)
		return
	}
	q, known, err := s.question(r)
	switch {
	case err != nil:
		respond.Fault(w, r, err)
	case !known:
		http.NotFound(w, r)
	case q.typesName() && !strings.EqualFold(strings.TrimSpace(r.PostForm.Get("name")), q.hold.Deployment.Name):
		q.wrong = "Type the deployment's name to go on: " + q.hold.Deployment.Name + "."
		respond.Page(w, r, http.StatusUnprocessableEntity, questionPage(q))
	default:
		s.act(w, r, q)
	}
}

func (q question) typesName() bool {
	return !q.act.danger && q.hold.Deployment.Kind == deployment.Production
}

func (s *Screen) act(w http.ResponseWriter, r *http.Request, q question) {
	do := s.Store.ReleaseHold
	if q.act.danger {
		do = s.Store.DiscardHold
	}
	n, err := do(r.Context(), q.hold.ID)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Done(w, r, s.Notices, "/status?tab=all&deployment="+q.hold.Deployment.ID, ui.Plural(n, "app", "apps")+" "+q.act.done+" "+q.hold.Deployment.Name+".")
}

// words say who did what, and what it would bring.
func words(h distribution.Hold) string {
	return ui.Capital(h.Note) + " by " + h.Actor + ": " + ui.Plural(h.Apps, "new app", "new apps") + ", " + ui.Bytes(h.Bytes)
}

// href is where a hold is settled.
func href(h distribution.Hold, path string) string { return "/held/" + h.ID + "/" + path }

// showHref lists what is held, with others of the deployment where there are any.
func showHref(h distribution.Hold) string {
	return "/status?tab=attention&deployment=" + h.Deployment.ID + "&cause=" + string(distribution.HeldForReview)
}

// buttons of a line: to Production there is a question first.
func buttons(h distribution.Hold) []ui.Button {
	release := ui.Button{Label: "Release", Small: true, Post: href(h, "release")}
	if h.Deployment.Kind == deployment.Production {
		release = ui.Button{Label: "Release", Small: true, Href: href(h, "release")}
	}
	return []ui.Button{release, {Label: "Discard", Small: true, Href: href(h, "discard")}}
}
