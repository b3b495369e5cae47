package policies

import (
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
)

// tally counts the published apps, and those of each policy. Disabled ones are followed too, to say where they would go.
type tally struct {
	set       *policy.Set
	live      []policy.Target
	of        map[string]*count // by the policy's id
	published int
	leaving   int // apps that an enabled policy sends anywhere
}

// count counts the apps of one policy.
type count struct {
	disabled bool
	apps     int
	last     int             // number of the app that was counted last
	to       map[string]bool // deployment ids
}

func newTally(stored []policy.Policy, live []policy.Target) *tally {
	t := &tally{live: live, of: map[string]*count{}}
	var asEnabled []policy.Policy
	for _, p := range stored {
		t.of[p.ID] = &count{disabled: p.Disabled, to: map[string]bool{}}
		p.Disabled = false
		asEnabled = append(asEnabled, p)
	}
	t.set = policy.Compile(asEnabled)
	return t
}

// app counts one app.
func (t *tally) app(a site.App) error {
	t.published++
	leaves := false
	t.set.Each(a, t.live, func(id string, target policy.Target) {
		c := t.of[id]
		c.take(t.published, target)
		leaves = leaves || !c.disabled
	})
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

// faults are the reasons why policies send nothing, by the policy's id.
func (t *tally) faults() map[string]string {
	texts := map[string]string{}
	for _, f := range t.set.Faults() {
		texts[f.PolicyID] = f.Text
	}
	return texts
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
