package policy

import (
	"cmp"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/rule"
	"github.com/skyferry/skyferry/internal/site"
)

// Target is the subject of a policy: a deployment.
type Target struct{ ID, Name string }

// Match says that a target shall have an app, by which policy, and by which part of it.
type Match struct {
	Target        Target
	PolicyID      string
	PolicyName    string
	PolicyVersion int64
	Because       string // the part that matched, with values: (subject.name="eu") and (resource.stream.name="Finance")
}

// Fault says why a policy of a set matches nothing.
type Fault struct{ PolicyID, PolicyName, Text string }

// Set is a compiled set of policies; it may be used by many goroutines at once.
type Set struct {
	policies []compiled // by name
	faults   []Fault
}

type compiled struct {
	Policy

	filter  Filter
	tree    rule.Expr
	program *rule.Program
}

// Compile makes a set of the enabled policies. One that is not sound matches nothing, so that a fault never sends an app
// anywhere; Faults lists it.
func Compile(policies []Policy) *Set {
	s := &Set{}
	for _, p := range policies {
		if p.Disabled {
			continue
		}
		c, err := compile(p)
		if err != nil {
			s.faults = append(s.faults, Fault{p.ID, p.Name, fault.Of(err).Text})
			continue
		}
		s.policies = append(s.policies, c)
	}
	slices.SortStableFunc(s.policies, byName)
	return s
}

func byName(a, b compiled) int {
	return cmp.Or(
		cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)),
		cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.ID, b.ID),
	)
}

func compile(p Policy) (compiled, error) {
	if text := checkActions(p.Actions); text != "" {
		return compiled{}, fault.New(fault.Invalid, "%s", text)
	}
	filter, err := ParseFilter(p.ResourceFilter)
	if err != nil {
		return compiled{}, err
	}
	tree, diagnostics := read(p.Conditions, rule.Vocabulary{})
	if text := notValid(diagnostics); text != "" {
		return compiled{}, fault.New(fault.Invalid, "%s", text)
	}
	program, err := rule.Compile(tree)
	if err != nil {
		return compiled{}, fault.Wrap(err, fault.Invalid, "Not valid: %s", err)
	}
	return compiled{p, filter, tree, program}, nil
}

// Faults lists the enabled policies that match nothing because they are not sound.
func (s *Set) Faults() []Fault { return s.faults }

// Decide gives the targets that shall have the app, each with the first policy by name that says so, in the order of
// the targets. An app that is not published goes nowhere.
func (s *Set) Decide(app site.App, targets []Target) []Match {
	if !app.Published() {
		return nil
	}
	var matches []Match
	env := newEnvironment(app)
	for _, t := range targets {
		env.aim(t)
		if p, ok := s.first(env); ok {
			matches = append(matches, Match{t, p.ID, p.Name, p.Version, because(p, env)})
		}
	}
	return matches
}

// Reaches says whether any policy sends the app to the target.
func (s *Set) Reaches(app site.App, target Target) bool {
	if !app.Published() {
		return false
	}
	env := newEnvironment(app)
	env.aim(target)
	_, ok := s.first(env)
	return ok
}

// Each calls do for every policy of the set and every target that shall have the app by it, policies by name. It is
// Reaches for many policies at once: the app's values are put together once, and no reasons are given.
func (s *Set) Each(app site.App, targets []Target, do func(policyID string, t Target)) {
	if !app.Published() {
		return
	}
	env := newEnvironment(app)
	for _, p := range s.policies {
		if !p.filter.MatchesApp(app.ID) {
			continue
		}
		for _, t := range targets {
			if env.aim(t); p.program.Eval(env) {
				do(p.ID, t)
			}
		}
	}
}

// first finds the first policy by name that is true.
func (s *Set) first(env *environment) (compiled, bool) {
	for _, p := range s.policies {
		if p.filter.MatchesApp(env.app.ID) && p.program.Eval(env) {
			return p, true
		}
	}
	return compiled{}, false
}

func because(p compiled, env *environment) string {
	if p.tree == nil {
		return "The policy has no conditions, so it is always true."
	}
	return rule.Explain(p.tree, env).Matched()
}
