package policy

import "github.com/skyferry/skyferry/internal/site"

// Verdict is what all policies and guards say of one app and one target.
type Verdict struct {
	Target  Target
	Goes    bool
	By      *Match  // the first policy by name that grants; nil: none
	Grants  []Match // every policy that grants, by name
	Blocked *Match  // the first guard by name that forbids, also where no policy grants; nil: none
}

// Judge gives the verdict for each target, in their order. An app that is not published goes nowhere.
func (s *Set) Judge(app site.App, targets []Target) []Verdict {
	verdicts := make([]Verdict, 0, len(targets))
	env := newEnvironment(app)
	for _, t := range targets {
		env.aim(t)
		verdicts = append(verdicts, s.verdict(env))
	}
	return verdicts
}

func (s *Set) verdict(env *environment) Verdict {
	v := Verdict{Target: env.target}
	for _, p := range s.grants {
		if p.holds(env) {
			v.Grants = append(v.Grants, p.match(env))
		}
	}
	if len(v.Grants) > 0 {
		v.By = &v.Grants[0]
	}
	if g := s.guarding.first(s.guards, env); g != nil {
		m := g.match(env)
		v.Blocked = &m
	}
	v.Goes = v.By != nil && v.Blocked == nil && env.app.Published()
	return v
}
