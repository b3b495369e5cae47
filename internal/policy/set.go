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

// Set is a compiled set of policies and guards; it may be used by many goroutines at once.
type Set struct {
	grants []compiled // by name
	guards []compiled // by name
	faults []Fault

	granting, guarding index // of grants and guards
}

type compiled struct {
	Policy

	filter  Filter
	tree    rule.Expr
	program *rule.Program // for one app
	formula formula       // for all apps at once
	under   need          // what the index lists it under
	subject string        // the folded name of the only target that it can be true for; empty: any
	rest    *rule.Program // what is left to ask when both are met
	unsound string        // of a guard that cannot be read: why, and so it forbids all that its filter reaches
}

// Compile makes a set of the enabled policies and guards. A policy that is not sound matches nothing, and a guard that is not
// sound forbids everything, so that a fault never sends an app anywhere; Faults lists both.
func Compile(policies []Policy) *Set {
	s := &Set{}
	for _, p := range policies {
		if !p.Disabled {
			s.add(p)
		}
	}
	s.arrange()
	return s
}

// arrange sorts the policies and guards, and lists them for finding.
func (s *Set) arrange() {
	slices.SortStableFunc(s.grants, byName)
	slices.SortStableFunc(s.guards, byName)
	s.granting, s.guarding = newIndex(s.grants), newIndex(s.guards)
}

// With gives the set with one policy or guard more, or in the place of the one with its id. What is compiled is used again.
func (s *Set) With(p Policy) *Set {
	out := s.less(p.ID)
	if !p.Disabled {
		out.add(p)
	}
	out.arrange()
	return out
}

// Without gives the set without the policy or guard of this id.
func (s *Set) Without(id string) *Set {
	out := s.less(id)
	out.arrange()
	return out
}

func (s *Set) less(id string) *Set {
	other := func(c compiled) bool { return c.ID == id }
	return &Set{
		grants: slices.DeleteFunc(slices.Clone(s.grants), other),
		guards: slices.DeleteFunc(slices.Clone(s.guards), other),
		faults: slices.DeleteFunc(slices.Clone(s.faults), func(f Fault) bool { return f.PolicyID == id }),
	}
}

func (s *Set) add(p Policy) {
	c, err := compile(p)
	if err != nil {
		s.faults = append(s.faults, Fault{p.ID, p.Name, fault.Of(err).Text})
	}
	switch {
	case p.Effect == Never && err != nil:
		s.guards = append(s.guards, failClosed(p, fault.Of(err).Text))
	case p.Effect == Never:
		s.guards = append(s.guards, c)
	case err == nil:
		s.grants = append(s.grants, c)
	}
}

// failClosed makes a guard that cannot be read forbid every app that its filter reaches, or every app if the filter is what
// cannot be read.
func failClosed(p Policy, why string) compiled {
	filter, err := ParseFilter(p.ResourceFilter)
	if err != nil {
		filter = Filter{all: true}
	}
	program, _ := rule.Compile(nil) // always true
	return compiled{Policy: p, filter: filter, program: program, formula: everyone, rest: program, unsound: why}
}

func byName(a, b compiled) int {
	return cmp.Or(
		cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)),
		cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.ID, b.ID),
	)
}

func compile(p Policy) (compiled, error) {
	if text := checkActions(p.Actions); p.Effect != Never && text != "" {
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
	formula, err := newFormula(tree)
	if err != nil {
		return compiled{}, fault.Wrap(err, fault.Invalid, "Not valid: %s", err)
	}
	c := compiled{Policy: p, filter: filter, tree: tree, program: program, formula: formula}
	c.under, c.subject = chosen(needs(tree))
	c.rest, err = rule.Compile(residual(tree, c.under, need{subjectName, c.subject}))
	return c, err
}

// Faults lists the enabled policies that match nothing, and the enabled guards that forbid everything, because they are not
// sound.
func (s *Set) Faults() []Fault { return s.faults }

// Decide gives the targets that shall have the app, each with the first policy by name that says so, in the order of
// the targets. An app that is not published goes nowhere, and a guard takes away what any policy gives.
func (s *Set) Decide(app site.App, targets []Target) []Match {
	if !app.Published() {
		return nil
	}
	var matches []Match
	env := newEnvironment(app)
	for _, t := range targets {
		env.aim(t)
		if p := s.sends(env); p != nil {
			matches = append(matches, p.match(env))
		}
	}
	return matches
}

// Reaches says whether any policy sends the app to the target, and no guard forbids it.
func (s *Set) Reaches(app site.App, target Target) bool {
	if !app.Published() {
		return false
	}
	env := newEnvironment(app)
	env.aim(target)
	return s.sends(env) != nil
}

// Each calls do for every policy of the set and every target that shall have the app by it, policies by name. It is
// Reaches for many policies at once: the app's values are put together once, and no reasons are given.
func (s *Set) Each(app site.App, targets []Target, do func(policyID string, t Target)) {
	if !app.Published() {
		return
	}
	env := newEnvironment(app)
	allowed := s.allowed(env, targets)
	for _, p := range s.grants {
		if !p.filter.MatchesApp(app.ID) {
			continue
		}
		for _, t := range allowed {
			if env.aim(t); p.program.Eval(env) {
				do(p.ID, t)
			}
		}
	}
}

// allowed gives the targets to which no guard forbids the app.
func (s *Set) allowed(env *environment, targets []Target) []Target {
	if len(s.guards) == 0 {
		return targets
	}
	return slices.DeleteFunc(slices.Clone(targets), func(t Target) bool {
		env.aim(t)
		return s.guarding.first(s.guards, env) != nil
	})
}

// sends finds the first policy by name that is true, unless a guard is; nil for none.
func (s *Set) sends(env *environment) *compiled {
	p := s.granting.first(s.grants, env)
	if p == nil || s.guarding.first(s.guards, env) != nil {
		return nil
	}
	return p
}

func (c *compiled) holds(env *environment) bool {
	return c.filter.MatchesApp(env.app.ID) && c.program.Eval(env)
}

// holdsFound is holds for a policy that the index found: the app and the target meet what it needs.
func (c *compiled) holdsFound(env *environment) bool {
	return c.filter.MatchesApp(env.app.ID) && c.rest.Eval(env)
}

func (c *compiled) match(env *environment) Match {
	return Match{env.target, c.ID, c.Name, c.Version, c.because(env)}
}

func (c *compiled) because(env *environment) string {
	switch {
	case c.unsound != "":
		return "The guard cannot be read, so it forbids everything: " + c.unsound
	case c.tree == nil && c.Effect == Never:
		return "The guard has no conditions, so it is always true."
	case c.tree == nil:
		return "The policy has no conditions, so it is always true."
	default:
		return rule.Explain(c.tree, env).Matched()
	}
}
