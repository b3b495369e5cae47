package policies

import (
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
)

// tally counts the published apps, those that each policy sends, and those that each guard takes away. Disabled policies
// are followed too, to say where they would go. What a deployment does not take, and what stays there as it is, counts for none.
type tally struct {
	set       *policy.Set // of all, the guards turned around, so that each can be counted
	live      []policy.Target
	takes     map[string]deployment.Deployment // by id
	marked    map[[2]string]bool               // by the ids of deployment and app
	of        map[string]*count                // by the policy's id
	faults    map[string]string                // why policies send nothing, and guards forbid all, by their id
	hits      []hit                            // of the present app
	published int
	leaving   int // apps that go anywhere
}

// count counts the apps of one policy or guard.
type count struct {
	guard    bool
	disabled bool
	apps     int
	last     int             // number of the app that was counted last
	to       map[string]bool // deployment ids
}

// hit is a policy or guard that is true for the present app and a target.
type hit struct {
	*count
	target policy.Target
}

func newTally(stored []policy.Policy, live []deployment.Deployment, marked map[string][]string) *tally {
	t := &tally{live: targets(live), takes: map[string]deployment.Deployment{}, marked: map[[2]string]bool{}, of: map[string]*count{}, faults: map[string]string{}}
	for _, d := range live {
		t.takes[d.ID] = d
		for _, app := range marked[d.ID] {
			t.marked[[2]string{d.ID, app}] = true
		}
	}
	var turned []policy.Policy
	for _, p := range stored {
		t.of[p.ID] = &count{guard: p.Effect == policy.Never, disabled: p.Disabled, to: map[string]bool{}}
		p.Disabled = false
		for _, f := range policy.Compile([]policy.Policy{p}).Faults() {
			t.faults[p.ID] = f.Text
		}
		turned = append(turned, turn(p, t.faults[p.ID] != ""))
	}
	t.set = policy.Compile(turned)
	return t
}

// turn makes a guard grant what it forbids, so that it can be counted. One that is not sound forbids every app.
func turn(p policy.Policy, unsound bool) policy.Policy {
	if p.Effect != policy.Never {
		return p
	}
	if unsound {
		p.Conditions, p.ResourceFilter = "", "App_*"
	}
	p.Effect, p.Actions = policy.Grant, policy.ActionDistribute
	return p
}

// app counts one app: a policy where no guard forbids, a guard where a policy sends.
func (t *tally) app(a site.App) error {
	t.published++
	t.hits = t.hits[:0]
	sent, forbidden := map[string]bool{}, map[string]bool{}
	t.set.Each(a, t.live, func(id string, target policy.Target) {
		if t.marked[[2]string{target.ID, a.ID}] || distribution.StaysOut(t.takes[target.ID], a) != "" {
			return
		}
		h := hit{t.of[id], target}
		t.hits = append(t.hits, h)
		switch {
		case h.disabled:
		case h.guard:
			forbidden[target.ID] = true
		default:
			sent[target.ID] = true
		}
	})
	leaves := false
	for _, h := range t.hits {
		if h.guard && sent[h.target.ID] || !h.guard && !forbidden[h.target.ID] {
			h.take(t.published, h.target)
			leaves = leaves || !h.guard && !h.disabled
		}
	}
	if leaves {
		t.leaving++
	}
	return nil
}

// take counts an app once, however many targets it goes to.
func (c *count) take(app int, target policy.Target) {
	c.to[target.ID] = true
	if c.last != app {
		c.last = app
		c.apps++
	}
}

func (e *entry) take(c *count, live []deployment.Deployment) {
	for _, d := range live {
		if c.to[d.ID] {
			e.GoesTo = append(e.GoesTo, d)
		}
	}
	if !e.Policy.Disabled {
		e.Apps = c.apps
	}
}
