package policies

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/origin"
	"github.com/skyferry/skyferry/web/respond"
)

// entry is a row of the overview: a policy, what it does now, and what to mind about it.
type entry struct {
	Policy   policy.Policy
	GoesTo   []deployment.Deployment // of a guard: where it takes apps away
	Apps     int
	Warnings []string
	Fault    string // why it sends nothing
}

// overview is the page with all policies.
type overview struct {
	Rows        []entry
	Guards      bool // the page with the guards
	Total       int
	Policies    int
	GuardCount  int
	Leaving     int // published apps that go anywhere
	Published   int
	Query       url.Values
	Deployments []deployment.Deployment
	MayChange   bool
	Site        site.Connection
	Native      []string // rules by which the site itself distributes, while policies here do, too
}

func (s *Screen) list(w http.ResponseWriter, r *http.Request) {
	if o, ok := s.listed(w, r, false); ok {
		respond.Page(w, r, http.StatusOK, listPage(o))
	}
}

func (s *Screen) guards(w http.ResponseWriter, r *http.Request) {
	if o, ok := s.listed(w, r, true); ok {
		respond.Page(w, r, http.StatusOK, guardsPage(o))
	}
}

// listed gives what an overview shows by its filters, in its order.
func (s *Screen) listed(w http.ResponseWriter, r *http.Request, guards bool) (o overview, ok bool) {
	o, err := s.overview(r.Context(), guards)
	if err != nil {
		respond.Fault(w, r, err)
		return o, false
	}
	o.Query, o.MayChange = r.URL.Query(), mayChange(r)
	o.Rows = slices.DeleteFunc(o.Rows, func(e entry) bool { return !o.shows(e) })
	slices.SortStableFunc(o.Rows, order(o.Query.Get("sort"), o.Query.Get("dir") == "desc"))
	return o, true
}

// overview evaluates every policy over the published apps, in one pass.
func (s *Screen) overview(ctx context.Context, guards bool) (o overview, err error) {
	stored, err := s.Store.AllPolicies(ctx)
	if err != nil {
		return o, err
	}
	if o.Deployments, err = s.Store.Deployments(ctx); err != nil {
		return o, err
	}
	marked, err := s.Store.MarkedApps(ctx)
	if err != nil {
		return o, err
	}
	live := enabled(o.Deployments)
	t := newTally(stored, live, marked)
	err = s.Store.EachPublishedApp(ctx, t.app)
	o.Guards, o.Published, o.Leaving = guards, t.published, t.leaving
	for _, p := range stored {
		o.count(p)
		if (p.Effect == policy.Never) != guards {
			continue
		}
		e := entryFor(p, o.Deployments)
		e.take(t.of[p.ID], live)
		e.Fault = t.faults[p.ID]
		o.Rows = append(o.Rows, e)
	}
	o.Total = len(o.Rows)
	if err != nil {
		return o, err
	}
	return o, s.native(ctx, &o, stored)
}

// native tells of the site's own distribution, where policies here send, too.
func (s *Screen) native(ctx context.Context, o *overview, stored []policy.Policy) (err error) {
	if o.Site, err = s.Store.SiteConnection(ctx); err == nil && o.Site.Kind == site.Repository {
		o.Native = origin.Both(o.Site, s.Site.Picture(), stored)
	}
	return err
}

func (o *overview) count(p policy.Policy) {
	if p.Effect == policy.Never {
		o.GuardCount++
	} else {
		o.Policies++
	}
}

func entryFor(p policy.Policy, all []deployment.Deployment) entry {
	e := entry{Policy: p}
	for _, w := range policy.Read(p.Effect, p.Conditions, targets(all)).Warnings {
		e.Warnings = append(e.Warnings, w.Text)
	}
	return e
}
