// Package site is the screen Site: where the apps come from, how the console signs in there and what it may do, how well it
// sees the site, the test of the connection, and the least rights that it needs.
package site

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/middleware"
	"github.com/skyferry/skyferry/web/respond"
)

// Store is what the screen needs of the database. *store.Store is one.
type Store interface {
	SiteConnection(ctx context.Context) (site.Connection, error)
	SaveSiteConnection(ctx context.Context, c site.Connection) error
	AcceptShrunk(ctx context.Context, missing int) error
	Summaries(ctx context.Context) ([]distribution.Summary, error)
	Apps(ctx context.Context, f store.AppFilter) (store.AppPage, error)
	Streams(ctx context.Context) ([]store.StreamRow, error)
	Properties(ctx context.Context) ([]store.PropertyRow, error)
	History(ctx context.Context, objectKind, objectID string) ([]account.Record, error)
}

// Connector is the site as it is connected now.
type Connector interface {
	// Picture tells how well the console sees the site.
	Picture() site.Picture
	// Test tries a connection and changes nothing there.
	Test(ctx context.Context, c site.Connection) []api.Step
	// Changed takes up the connection that was saved.
	Changed(ctx context.Context) error
	// Look reads the site now.
	Look()
}

// Screen is the screen Site.
type Screen struct {
	Store     Store
	Connector Connector
	Notices   respond.Noticer
	Now       func() time.Time
}

// Routes mounts the screen; it is meant for /site. A test may take longer than a page, so it is mounted apart at POST /site/test.
func (s *Screen) Routes(r chi.Router) {
	r.Get("/", s.show)
	r.Post("/", s.update)
	r.Post("/embedded", s.embed)
	r.Get("/picture", s.picture)
	r.Get("/rights", s.rights)
	r.Post("/look", s.look)
	r.Post("/accept", s.accept)
}

// mayChange says whether the user may change anything.
func mayChange(ctx context.Context) bool { return middleware.UserOf(ctx).Role != account.Reader }

// fixed is the refusal of a change to a connection that is configured elsewhere.
func fixed() error {
	return fault.New(fault.Conflict, "%s", whyFixed)
}

const whyFixed = "This connection comes from the command line, the environment or a configuration file. Change it there and start the console again."

// show opens the form with what is applied. On a console that was told nothing yet, the repository is asked for first.
func (s *Screen) show(w http.ResponseWriter, r *http.Request) {
	c, err := s.Store.SiteConnection(r.Context())
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	f := formOf(c)
	s.answer(w, r, http.StatusOK, f, c, func(*page) {})
}

// picture gives the pane at the right anew: it is asked for every few seconds.
func (s *Screen) picture(w http.ResponseWriter, r *http.Request) {
	c, err := s.Store.SiteConnection(r.Context())
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, pictureAnswer(page{Stored: c, Picture: s.Connector.Picture(), Now: s.Now()}))
}

// look reads the site now.
func (s *Screen) look(w http.ResponseWriter, r *http.Request) {
	s.Connector.Look()
	respond.Done(w, r, s.Notices, "/site", "The site is looked at now. What changed there shows here within seconds.")
}

// accept takes it as right that as many apps are missing from what the site answers as the notice said.
func (s *Screen) accept(w http.ResponseWriter, r *http.Request) {
	missing, _ := strconv.Atoi(r.URL.Query().Get("missing")) // no number accepts nothing
	if err := s.Store.AcceptShrunk(r.Context(), missing); err != nil {
		respond.Fault(w, r, err)
		return
	}
	s.Connector.Look()
	respond.Done(w, r, s.Notices, "/site", "Accepted. The next full sweep takes the site as it answers.")
}
