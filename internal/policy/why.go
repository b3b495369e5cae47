package policy

import (
	"cmp"
	"slices"

	"github.com/skyferry/skyferry/internal/rule"
	"github.com/skyferry/skyferry/internal/site"
)

// Reason is what one policy or guard says of an app and a target, and why.
type Reason struct {
	Policy  Policy
	Reached bool        // its resource filter reaches the app
	True    bool        // it is reached, and its conditions hold
	Unsound string      // why it cannot be read: such a policy sends nothing, such a guard forbids everything
	Trace   *rule.Trace // of the conditions; nil when it has none or cannot be read
}

// Reasons explains a verdict by every enabled policy and guard: guards first, then policies; among each what is true first,
// then by name.
func (s *Set) Reasons(app site.App, t Target) []Reason {
	env := newEnvironment(app)
	env.aim(t)
	var reasons []Reason
	for _, c := range slices.Concat(s.guards, s.grants) {
		reasons = append(reasons, c.reason(env))
	}
	for _, f := range s.faults {
		if !slices.ContainsFunc(s.guards, func(c compiled) bool { return c.ID == f.PolicyID }) {
			reasons = append(reasons, Reason{Policy: Policy{ID: f.PolicyID, Name: f.PolicyName}, Unsound: f.Text})
		}
	}
	slices.SortStableFunc(reasons, func(a, b Reason) int {
		return cmp.Or(rank(a.Policy.Effect != Never, b.Policy.Effect != Never), rank(!a.True, !b.True))
	})
	return reasons
}

func (c compiled) reason(env *environment) Reason {
	r := Reason{Policy: c.Policy, Reached: c.filter.MatchesApp(env.app.ID), True: c.holds(env), Unsound: c.unsound}
	if c.tree != nil {
		r.Trace = rule.Explain(c.tree, env)
	}
	return r
}

// rank puts false before true.
func rank(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}
