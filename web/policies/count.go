package policies

import (
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
)

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
