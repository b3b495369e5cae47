package policies

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
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
	o.Total = len(stored)
	live := enabled(o.Deployments)
	counts := make([]count, 0, len(stored))
	for _, p := range stored {
		o.Rows = append(o.Rows, entryFor(p, o.Deployments))
		counts = append(counts, newCount(p))
	}
	err = s.Store.EachPublishedApp(ctx, func(a site.App) error {
		o.Published++
		leaves := false
		for i := range counts {
			leaves = counts[i].app(a, targets(live)) || leaves
		}
		if leaves {
			o.Leaving++
		}
		return nil
	})
	for i, c := range counts {
		o.Rows[i].take(c, live)
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

// count counts the apps of one policy; a disabled one is followed too, to say where it would go.
type count struct {
	set  *policy.Set
	apps int
	to   map[string]bool // deployment ids
	p    policy.Policy
}

func newCount(p policy.Policy) count {
	asEnabled := p
	asEnabled.Disabled = false
	return count{set: policy.Compile([]policy.Policy{asEnabled}), to: map[string]bool{}, p: p}
}

// app counts one app and says whether the policy sends it anywhere.
func (c *count) app(a site.App, live []policy.Target) bool {
	found := false
	for _, t := range live {
		if c.set.Reaches(a, t) {
			c.to[t.ID], found = true, true
		}
	}
	if found {
		c.apps++
	}
	return found && !c.p.Disabled
}

func (e *entry) take(c count, live []deployment.Deployment) {
	for _, d := range live {
		if c.to[d.ID] {
			e.GoesTo = append(e.GoesTo, d)
		}
	}
	if !e.Policy.Disabled {
		e.Apps = c.apps
	}
	for _, f := range c.set.Faults() {
		e.Fault = f.Text
	}
}

// shows says whether filters and search leave an entry.
func (o overview) shows(e entry) bool {
	switch disabled := o.Query.Get("disabled"); {
	case disabled == "yes" && !e.Policy.Disabled, disabled == "no" && e.Policy.Disabled:
		return false
	}
	if id := o.Query.Get("deployment"); id != "" && !slices.ContainsFunc(e.GoesTo, func(d deployment.Deployment) bool { return d.ID == id }) {
		return false
	}
	p := e.Policy
	text := strings.ToLower(strings.Join([]string{p.Name, p.Description, p.Conditions, p.ResourceFilter, strings.Join(p.Tags, " ")}, "\n"))
	for word := range strings.FieldsSeq(strings.ToLower(o.Query.Get("q"))) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// order compares entries by a column; by name when it is unknown.
func order(by string, descending bool) func(a, b entry) int {
	name := func(a, b entry) int {
		return cmp.Compare(strings.ToLower(a.Policy.Name), strings.ToLower(b.Policy.Name))
	}
	column, ok := map[string]func(a, b entry) int{
		"goes":        func(a, b entry) int { return cmp.Compare(names(a.GoesTo), names(b.GoesTo)) },
		"apps":        func(a, b entry) int { return cmp.Compare(a.Apps, b.Apps) },
		"filter":      func(a, b entry) int { return cmp.Compare(a.Policy.ResourceFilter, b.Policy.ResourceFilter) },
		"disabled":    func(a, b entry) int { return cmp.Compare(yesNo(a.Policy.Disabled), yesNo(b.Policy.Disabled)) },
		"conditions":  func(a, b entry) int { return cmp.Compare(a.Policy.Conditions, b.Policy.Conditions) },
		"description": func(a, b entry) int { return cmp.Compare(a.Policy.Description, b.Policy.Description) },
	}[by]
	if !ok {
		column = name
	}
	return func(a, b entry) int {
		c := cmp.Or(column(a, b), name(a, b))
		if descending {
			return -c
		}
		return c
	}
}

func names(list []deployment.Deployment) string {
	var all []string
	for _, d := range list {
		all = append(all, d.Name)
	}
	return strings.Join(all, ", ")
}

func yesNo(yes bool) string {
	if yes {
		return "Yes"
	}
	return "No"
}

func actionWords(actions int) string {
	if actions&policy.ActionDistribute != 0 {
		return "Distribute"
	}
	return ui.Dash
}
