package policy

import (
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/rule"
)

const (
	everyApp        = "every published app"
	everyDeployment = "EVERY deployment"
)

// way is a clause in words: these apps go to these deployments.
type way struct{ apps, targets string }

// inWords puts a clause in words.
func inWords(c clause, targets []Target) way {
	var app, subject []string
	var about []atom
	fixed := true // the subject's part does not depend on the app
	for _, a := range c.atoms {
		switch s := sides(a.expr); {
		case s.subject:
			subject = append(subject, phrase(a))
			about = append(about, a)
			fixed = fixed && !s.resource
		case s.resource:
			app = append(app, phrase(a))
		}
	}
	w := way{apps: strings.Join(unique(app), " and "), targets: everyDeployment}
	switch name, ok := only(about); {
	case ok:
		w.targets = spelled(name, about, targets)
	case len(subject) > 0 && fixed:
		w.targets = "every deployment " + strings.Join(unique(subject), " and ") + " (now: " + now(about, targets) + ")"
	case len(subject) > 0:
		w.targets = "every deployment " + strings.Join(unique(subject), " and ")
	}
	return w
}

// unique drops repetitions and keeps the order.
func unique(list []string) (once []string) {
	for _, s := range list {
		if !slices.Contains(once, s) {
			once = append(once, s)
		}
	}
	return once
}

// only gives the one name that the atoms about the subject ask for.
func only(about []atom) (string, bool) {
	found := map[string]string{}
	for _, a := range about {
		name, ok := named(a)
		if !ok {
			return "", false
		}
		found[strings.ToLower(name)] = name
	}
	for _, name := range found {
		return name, len(found) == 1
	}
	return "", false
}

// named gives the name of subject.name="name".
func named(a atom) (string, bool) {
	e, ok := a.expr.(*rule.Compare)
	if !ok || a.not || e.Op != rule.Equal && e.Op != rule.SameText {
		return "", false
	}
	text, ok := against(e, "subject.name")
	if !ok {
		return "", false
	}
	return text.Value, true
}

// spelled gives the name of the deployment that the atoms about the subject reach, as the deployment has it; of one that
// there is not, as the conditions have it.
func spelled(name string, about []atom, targets []Target) string {
	for _, t := range targets {
		if holds(about, t) {
			return t.Name
		}
	}
	return short(name)
}

// now lists the targets that the atoms about the subject reach at present.
func now(about []atom, targets []Target) string {
	const most = 10
	var reached []string
	for _, t := range targets {
		if holds(about, t) {
			reached = append(reached, t.Name)
		}
	}
	switch {
	case len(reached) == 0:
		return "none"
	case len(reached) > most:
		return strings.Join(reached[:most], ", ") + ", …"
	default:
		return strings.Join(reached, ", ")
	}
}

func holds(about []atom, t Target) bool {
	env := &environment{}
	env.aim(t)
	for _, a := range about {
		program, err := rule.Compile(a.expr)
		if err != nil || program.Eval(env) == a.not {
			return false
		}
	}
	return true
}

// joined puts the ways in a row, with a word between apps and deployments: those of the same apps name their deployments
// together, and those of the same deployments their apps.
func joined(ways []way, to string) string {
	var parts []string
	for _, w := range merge(merge(ways, addTargets), addApps) {
		apps := everyApp
		if w.apps != "" {
			apps += " " + w.apps
		}
		parts = append(parts, apps+to+w.targets)
	}
	return strings.Join(parts, "; ")
}

// merge folds the ways that add can put together, and keeps the order.
func merge(ways []way, add func(to *way, w way) bool) []way {
	var merged []way
	for _, w := range ways {
		if !into(merged, w, add) {
			merged = append(merged, w)
		}
	}
	return merged
}

func into(merged []way, w way, add func(to *way, w way) bool) bool {
	for i := range merged {
		if add(&merged[i], w) {
			return true
		}
	}
	return false
}

func addTargets(to *way, w way) bool {
	if to.apps != w.apps {
		return false
	}
	switch {
	case to.targets == everyDeployment || w.targets == everyDeployment: // it covers the rest
		to.targets = everyDeployment
	case !slices.Contains(strings.Split(to.targets, ", "), w.targets):
		to.targets += ", " + w.targets
	}
	return true
}

func addApps(to *way, w way) bool {
	if to.targets != w.targets {
		return false
	}
	if to.apps == "" || w.apps == "" { // every app covers the rest
		to.apps = ""
		return true
	}
	to.apps += ", or " + w.apps
	return true
}
