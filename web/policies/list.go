package policies

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/web/respond"
)

// entry is a row of the overview: a policy, what it does now, and what to mind about it.
type entry struct {
	Policy   policy.Policy
	GoesTo   []deployment.Deployment
	Apps     int
	Warnings []string
	Fault    string // why it sends nothing
}

// overview is the page with all policies.
type overview struct {
	Rows        []entry
	Total       int
	Leaving     int // published apps that go anywhere
	Published   int
	Query       url.Values
	Deployments []deployment.Deployment
	MayChange   bool
}

func (s *Screen) list(w http.ResponseWriter, r *http.Request) {
	o, err := s.overview(r.Context())
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	o.Query, o.MayChange = r.URL.Query(), mayChange(r)
	o.Rows = slices.DeleteFunc(o.Rows, func(e entry) bool { return !o.shows(e) })
	slices.SortStableFunc(o.Rows, order(o.Query.Get("sort"), o.Query.Get("dir") == "desc"))
	respond.Page(w, r, http.StatusOK, listPage(o))
}

// overview evaluates every policy over the published apps, in one pass.
func (s *Screen) overview(ctx context.Context) (o overview, err error) {
	stored, err := s.Store.AllPolicies(ctx)
	if err != nil {
		return o, err
	}
	if o.Deployments, err = s.Store.Deployments(ctx); err != nil {
		return o, err
	}
	live := enabled(o.Deployments)
	t := newTally(stored, targets(live))
	err = s.Store.EachPublishedApp(ctx, t.app)
	o.Total, o.Published, o.Leaving = len(stored), t.published, t.leaving
	faults := t.faults()
	for _, p := range stored {
		e := entryFor(p, o.Deployments)
		e.take(t.of[p.ID], live)
		e.Fault = faults[p.ID]
		o.Rows = append(o.Rows, e)
	}
	return o, err
}

func entryFor(p policy.Policy, all []deployment.Deployment) entry {
	e := entry{Policy: p}
	for _, w := range policy.Read(p.Conditions, targets(all)).Warnings {
		e.Warnings = append(e.Warnings, w.Text)
	}
	return e
}
