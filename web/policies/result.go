package policies

import (
	"context"
	"net/http"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/respond"
)

// maxSample is how many apps the result lists.
const maxSample = 10

// result is what a policy would do, compared with what the stored policies do now.
type result struct {
	Published int
	Matched   int // apps that this rule alone sends anywhere
	Size      int64
	Lines     []line
	Sample    []sampled // those that change first
	Fault     string    // why the rule sends nothing
	Disabled  bool      // counted as if it were enabled, but nothing is sent
}

// line is the result for one deployment.
type line struct {
	Deployment deployment.Deployment
	Alone      int      // apps that this rule alone sends
	New, Gone  int      // apps that go there newly, or not any more, after Apply
	Left       int      // imports that the tenant still takes today; negative: no limit is known
	Marked     int      // apps that it would send, and whose copy in the tenant stays as it is
	NotTaken   []string // how many this rule alone would send that the deployment does not take, and why
}

// sampled is one app of the list: where it goes newly, and where its copy stays.
type sampled struct {
	App             site.App
	To, Newly, Gone []string // names of deployments
}

// judge counts what the policy sends alone, and what changes when it takes its place among the others. Of a guard it counts
// what it takes away from them.
func (s *Screen) judge(ctx context.Context, p policy.Policy, all []deployment.Deployment) (result, error) {
	now, err := s.standing(ctx)
	if err != nil {
		return result{}, err
	}
	alone := p
	alone.Disabled = false
	c := outlook{apps: now.apps, marked: now.marked, live: enabled(all), guard: p.Effect == policy.Never, alone: policy.Compile([]policy.Policy{alone}), before: now.set, after: now.set.With(p)}
	r := c.result()
	r.Disabled = p.Disabled
	for _, f := range c.alone.Faults() {
		r.Fault = f.Text
	}
	left, err := s.Store.ImportsLeft(ctx)
	for i, l := range r.Lines {
		if n, limited := left[l.Deployment.ID]; limited {
			r.Lines[i].Left = n
		} else {
			r.Lines[i].Left = -1
		}
	}
	return r, err
}

func without(stored []policy.Policy, ids map[string]bool) []policy.Policy {
	var list []policy.Policy
	for _, old := range stored {
		if !ids[old.ID] {
			list = append(list, old)
		}
	}
	return list
}

// result answers the panel at the right, which asks for itself some time after a change: it takes longer than the rest.
func (s *Screen) result(w http.ResponseWriter, r *http.Request) {
	if err := respond.Form(w, r); err != nil {
		respond.Fault(w, r, err)
		return
	}
	f := decode(r.PostForm.Get("id"), r.PostForm)
	all, err := s.Store.Deployments(r.Context())
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	found, err := s.judge(r.Context(), f.policy(policy.Policy{ID: f.ID}), all)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, freshResult(found, f.guard()))
}
