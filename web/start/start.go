// Package start is the first page: one sentence that says whether all is well, what needs attention, the deployments at
// a glance, and the way to everything else.
package start

import (
	"context"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/origin"
	"github.com/skyferry/skyferry/web/respond"
)

// Store is what the page needs of the database.
type Store interface {
	Summaries(ctx context.Context) ([]distribution.Summary, error)
	Causes(ctx context.Context) ([]distribution.Fold, error)
	Holds(ctx context.Context) ([]distribution.Hold, error)
	AllPolicies(ctx context.Context) ([]policy.Policy, error)
	Apps(ctx context.Context, f store.AppFilter) (store.AppPage, error)
	Streams(ctx context.Context) ([]store.StreamRow, error)
	Properties(ctx context.Context) ([]store.PropertyRow, error)
	SiteConnection(ctx context.Context) (site.Connection, error)
}

// Site tells how well the console sees the site.
type Site interface {
	Picture() site.Picture
}

// Screen is the start page.
type Screen struct {
	Store Store
	Site  Site
	Now   func() time.Time
}

// Routes mounts the page and the one behind *Cloud distribution*.
func (s *Screen) Routes(r chi.Router) {
	r.Get("/", s.show)
	r.Get("/cloud-distribution", s.showCloud)
}

// view is all that the pages show.
type view struct {
	summaries  []distribution.Summary
	causes     []distribution.Fold
	ends       []ending
	short      []shortage
	held       []distribution.Hold
	site       site.Connection
	picture    site.Picture
	sites      []origin.Attention
	now        time.Time
	policies   []policy.Policy
	apps       int
	published  int
	streams    int
	properties int
}

func (s *Screen) show(w http.ResponseWriter, r *http.Request) {
	v, err := s.gather(r.Context())
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, startPage(v))
}

func (s *Screen) showCloud(w http.ResponseWriter, r *http.Request) {
	v, err := s.gather(r.Context())
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, cloudPage(v))
}

func (s *Screen) gather(ctx context.Context) (v view, err error) {
	if v.summaries, err = s.Store.Summaries(ctx); err != nil {
		return v, err
	}
	v.ends, v.short = endings(v.summaries, s.Now()), shortages(v.summaries, s.Now())
	if v.causes, err = s.Store.Causes(ctx); err != nil {
		return v, err
	}
	if v.held, err = s.Store.Holds(ctx); err != nil {
		return v, err
	}
	if v.site, err = s.Store.SiteConnection(ctx); err != nil {
		return v, err
	}
	v.picture, v.now = s.Site.Picture(), s.Now()
	v.sites = origin.Attentions(v.site, v.picture, v.now)
	if v.policies, err = s.Store.AllPolicies(ctx); err != nil {
		return v, err
	}
	v.sites = append(v.sites, origin.Twofold(origin.Both(v.site, v.picture, v.policies), v.site)...)
	return v, s.count(ctx, &v)
}

func (s *Screen) count(ctx context.Context, v *view) error {
	all, err := s.Store.Apps(ctx, store.AppFilter{Limit: 1})
	if err != nil {
		return err
	}
	yes := true
	published, err := s.Store.Apps(ctx, store.AppFilter{Limit: 1, Published: &yes})
	if err != nil {
		return err
	}
	streams, err := s.Store.Streams(ctx)
	if err != nil {
		return err
	}
	properties, err := s.Store.Properties(ctx)
	v.apps, v.published, v.streams, v.properties = all.Total, published.Total, len(streams), len(properties)
	return err
}
