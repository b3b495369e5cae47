// Package streams is the screen Streams: what apps are published to.
package streams

import (
	"context"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/middleware"
	"github.com/skyferry/skyferry/web/origin"
	"github.com/skyferry/skyferry/web/properties"
	"github.com/skyferry/skyferry/web/respond"
)

// Store is what the screen needs of the database. *store.Store is one.
type Store interface {
	Streams(ctx context.Context) ([]store.StreamRow, error)
	Stream(ctx context.Context, id string) (store.StreamRow, error)
	CreateStream(ctx context.Context, st site.Stream) (string, error)
	UpdateStream(ctx context.Context, st site.Stream) error
	DeleteStream(ctx context.Context, id string) error
	Properties(ctx context.Context) ([]store.PropertyRow, error)
	SiteConnection(ctx context.Context) (site.Connection, error)
	History(ctx context.Context, objectKind, objectID string) ([]account.Record, error)
}

// Screen is the screen Streams.
type Screen struct {
	Store   Store
	Notices respond.Noticer
}

// Routes mounts the screen; it is meant for /streams.
func (s *Screen) Routes(r chi.Router) {
	r.Get("/", s.list)
	r.Get("/{id}", s.show)
	r.Group(func(r chi.Router) {
		r.Use(origin.Demand(s.Store, origin.Define))
		r.Get("/new", s.showNew)
		r.Post("/", s.create)
		r.Post("/{id}", s.update)
		r.Get("/{id}/delete", s.askDelete)
		r.Post("/{id}/delete", s.delete)
	})
}

func (s *Screen) list(w http.ResponseWriter, r *http.Request) {
	rows, err := s.Store.Streams(r.Context())
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	c, err := s.Store.SiteConnection(r.Context())
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, listPage(rows, r.URL.Query(), c))
}

func (s *Screen) showNew(w http.ResponseWriter, r *http.Request) {
	f, err := s.blank(r.Context())
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, editPage(f))
}

func (s *Screen) show(w http.ResponseWriter, r *http.Request) {
	f, err := s.stored(r)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, editPage(f))
}

// blank gives the form of a new stream.
func (s *Screen) blank(ctx context.Context) (f form, err error) {
	c, err := s.Store.SiteConnection(ctx)
	if err != nil {
		return f, err
	}
	f.Rights = c.Rights()
	rows, err := s.Store.Properties(ctx)
	f.Choices.Offered = properties.ForStreams(rows)
	return f, err
}

// stored gives the form of a stream as it is.
func (s *Screen) stored(r *http.Request) (form, error) {
	f, err := s.blank(r.Context())
	if err != nil {
		return f, err
	}
	if f.Stored, err = s.Store.Stream(r.Context(), chi.URLParam(r, "id")); err != nil {
		return f, err
	}
	f.Name, f.Choices.Chosen = f.Stored.Name, f.Stored.Properties
	f.Opened = f.mark()
	f.History, err = s.Store.History(r.Context(), "stream", f.Stored.ID)
	return f, err
}

// ownerOf is the user as the site knows its owners.
func ownerOf(ctx context.Context) site.Owner {
	user := middleware.UserOf(ctx)
	return site.Owner{ID: user.ID, UserID: user.Name, Directory: "SKYFERRY", Name: user.Name}
}
