// Package movein decides which rules of a site's own distribution become distribution policies here, how each will read, and why
// the others do not. It asks nobody: rules and policies are given.
package movein

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/rule"
)

// Rule is a rule of the site (qlik-distribution.md section 2.1): one table holds its security rules and its distribution policies.
type Rule struct {
	ID             string
	Name           string
	Comment        string
	Conditions     string
	ResourceFilter string
	Actions        int64 // bits; a rule for all actions has every one
	Disabled       bool
	Tags           []string
}

// Offer is a rule that can become a policy.
type Offer struct {
	Rule    Rule
	Policy  policy.Policy     // as it will be; where its name is taken, under one that is free
	Clash   string            // who has the rule's name already; empty: nobody
	Notes   []rule.Diagnostic // what is doubtful in the conditions
	Remarks []string          // what is not taken over as it is there
}

// Left is a rule that stays where it is.
type Left struct {
	Rule     Rule
	Why      string
	PolicyID string // of the policy that it became before; empty: it became none
}

// Plan is what becomes of a site's rules.
type Plan struct {
	Offers []Offer
	Left   []Left
	Native []Rule // enabled rules by which the site itself distributes: together with a policy both would send
}

// For looks at all rules of a site. Those without the action Distribute are none of our business, and in no list.
func For(rules []Rule, stored []policy.Policy, known rule.Vocabulary) (p Plan) {
	names, moved := namesOf(stored), map[string]policy.Policy{}
	for _, s := range stored {
		if s.Origin != "" {
			moved[s.Origin] = s
		}
	}
	for _, r := range byName(rules) {
		if r.Actions&policy.ActionDistribute == 0 {
			continue
		}
		if r.Distributes() {
			p.Native = append(p.Native, r)
		}
		if was, ok := moved[r.ID]; ok {
			p.Left = append(p.Left, Left{r, became(r, was), was.ID})
		} else if why := unfit(r); why != "" {
			p.Left = append(p.Left, Left{Rule: r, Why: why})
		} else {
			p.Offers = append(p.Offers, offer(r, names, known))
		}
	}
	return p
}

// byName gives the rules in a lasting order: of equal names the same rule keeps its name each time.
func byName(rules []Rule) []Rule {
	return slices.SortedFunc(slices.Values(rules), func(a, b Rule) int {
		return cmp.Or(cmp.Compare(key(a.Name), key(b.Name)), cmp.Compare(a.ID, b.ID))
	})
}

// Distributes says whether the site itself sends apps by the rule. A rule about users only says who may; one that names no
// deployment sends to each.
func (r Rule) Distributes() bool {
	tree, _ := rule.Parse(r.Conditions)
	return r.Actions&policy.ActionDistribute != 0 && !r.Disabled && !rule.Mentions(tree, "user")
}

// became says which policy the rule is now, and whether the two still say the same.
func became(r Rule, was policy.Policy) string {
	text := fmt.Sprintf("Imported already, as the policy %q.", was.Name)
	if lines(was.Conditions) != lines(r.Conditions) || was.ResourceFilter != r.ResourceFilter {
		text += " The two read differently now: one of them was changed since."
	}
	return text
}

// lines gives a text as a form sends it: blanks around it and the way of ending lines say nothing.
func lines(text string) string { return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")) }

// unfit says why a rule cannot become a policy, or "".
func unfit(r Rule) string {
	tree, diagnostics := rule.Parse(r.Conditions)
	switch {
	case len(diagnostics) > 0:
		return "Its conditions cannot be read: " + places(diagnostics)
	case rule.Mentions(tree, "user"):
		return "It is about users (user), not about deployments (subject): it says who may distribute, not what goes where."
	case tree == nil:
		return "It has no conditions, so it names no deployment: as a policy it would send every published app to every deployment. Create it by hand if that is meant."
	case !rule.Mentions(tree, "subject"):
		return "Its conditions do not use subject, so it names no deployment: as a policy it would send to every one. Create it by hand if that is meant."
	}
	faults, _ := asPolicy(r).Check(rule.Vocabulary{})
	for _, field := range []string{"filter", "conditions"} {
		if faults[field] != "" {
			return sentence(field, faults[field])
		}
	}
	return ""
}

func sentence(field, text string) string {
	if field == "filter" {
		return "Its resource filter cannot be used: " + text
	}
	return "Its conditions are not valid: " + strings.TrimPrefix(text, "Not valid: ")
}

// places tells the first faults, each with its place: the first alone is not always the cause.
func places(diagnostics []rule.Diagnostic) string {
	const most = 3
	var texts []string
	for _, d := range diagnostics[:min(most, len(diagnostics))] {
		texts = append(texts, d.String())
	}
	return strings.Join(texts, " And ")
}

// offer shows the rule as a policy, under a free name, which is taken by it from then on.
func offer(r Rule, names names, known rule.Vocabulary) Offer {
	o := Offer{Rule: r, Policy: asPolicy(r)}
	_, o.Notes = o.Policy.Check(known)
	if o.Clash = names[key(r.Name)]; o.Clash != "" || strings.TrimSpace(r.Name) == "" {
		o.Policy.Name = names.free(r.Name)
	}
	names[key(o.Policy.Name)] = fmt.Sprintf("Another rule of the site is called %q, too.", r.Name)
	o.Remarks = remarks(r, o.Policy)
	return o
}
