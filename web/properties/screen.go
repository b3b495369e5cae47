// Package properties is the screen Custom properties: what the site may say about apps and streams, and which policies
// read it.
package properties

import (
	"context"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/origin"
	"github.com/skyferry/skyferry/web/respond"
)

// Store is what the screen needs of the database. *store.Store is one.
type Store interface {
	Properties(ctx context.Context) ([]store.PropertyRow, error)
	Property(ctx context.Context, id string) (store.PropertyRow, error)
	CreateProperty(ctx context.Context, p site.Property) (string, error)
	UpdateProperty(ctx context.Context, p site.Property) error
	DeleteProperty(ctx context.Context, id string) error
	AllPolicies(ctx context.Context) ([]policy.Policy, error)
	SiteConnection(ctx context.Context) (site.Connection, error)
	History(ctx context.Context, objectKind, objectID string) ([]account.Record, error)
}

// Screen is the screen Custom properties.
type Screen struct {
	Store   Store
	Notices respond.Noticer
}

// Routes mounts the screen; it is meant for /properties.
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

// row is one line of the overview.
type row struct {
	store.PropertyRow

	Policies []policy.Policy
}

func (s *Screen) list(w http.ResponseWriter, r *http.Request) {
	properties, err := s.Store.Properties(r.Context())
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	policies, err := s.Store.AllPolicies(r.Context())
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	rows := make([]row, len(properties))
	for i, p := range properties {
		rows[i] = row{p, using(policies, p.Name)}
	}
	c, err := s.Store.SiteConnection(r.Context())
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, listPage(rows, r.URL.Query(), c))
}

func (s *Screen) showNew(w http.ResponseWriter, r *http.Request) {
	respond.Page(w, r, http.StatusOK, editPage(blank()))
}

func (s *Screen) show(w http.ResponseWriter, r *http.Request) {
	f, err := s.stored(r)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, editPage(f))
}

// stored gives the form of a property as it is.
func (s *Screen) stored(r *http.Request) (f form, err error) {
	p, err := s.Store.Property(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		return f, err
	}
	policies, err := s.Store.AllPolicies(r.Context())
	if err != nil {
		return f, err
	}
	c, err := s.Store.SiteConnection(r.Context())
	if err != nil {
		return f, err
	}
	f = formOf(p)
	f.Rights = c.Rights()
	f.Policies = using(policies, p.Name)
	f.History, err = s.Store.History(r.Context(), "property", p.ID)
	return f, err
}

func using(policies []policy.Policy, name string) []policy.Policy {
	var list []policy.Policy
	for _, p := range policies {
		if policy.UsesProperty(p.Conditions, name) {
			list = append(list, p)
		}
	}
	return list
}
