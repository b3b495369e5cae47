// Package policy holds the distribution policies of Skyferry: what an admin writes, whether it is sound, how it reads in
// words, and the compiled set that decides which deployments shall have an app.
package policy

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/rule"
)

// ActionDistribute is the bit of the action Distribute (rule-language.md section 2).
const ActionDistribute = 1024

// The longest texts of a policy, in characters.
const (
	maxName = 256 // a tag too
	maxText = 2000
)

// Effect is what a rule does where it is true.
type Effect string

// The effects.
const (
	Grant Effect = ""      // a policy: the app goes to the deployment
	Never Effect = "never" // a guard: the app never goes there, whatever the policies say
)

// Policy is a distribution policy: its subject is a deployment, its resource an app. A guard is one whose effect is Never:
// same language, same life, but it takes away, and it is judged after the union of all that grants.
type Policy struct {
	ID             string
	Effect         Effect
	Name           string
	Description    string
	Template       string // one of Templates
	ResourceFilter string // see ParseFilter
	Actions        int    // bits; only ActionDistribute means something here
	Conditions     string // empty: every published app goes to every deployment
	Tests          string // lines that must hold at every Validate and Apply; see ParseTests
	Disabled       bool
	Tags           []string
	Version        int64 // grows by one with every Apply
	Created        time.Time
	Modified       time.Time
	ModifiedBy     string
	Reason         string // why this version was applied, a sentence or a ticket; kept with the versions only
	Origin         string // id of the site's own rule that it was moved in from; empty: it was made here
}

// Check gives the faults by form field (name, description, tags, template, filter, actions, conditions), and as notes what is legal in the
// conditions and surely not meant.
func (p Policy) Check(known rule.Vocabulary) (faults map[string]string, notes []rule.Diagnostic) {
	faults = map[string]string{}
	put := func(field, text string) {
		if text != "" {
			faults[field] = text
		}
	}
	put("name", checkName(p.Name))
	put("description", tooLong(maxText, p.Description))
	put("tags", tooLong(maxName, p.Tags...))
	put("template", checkTemplate(p.Template))
	put("filter", checkFilter(p.ResourceFilter))
	if p.Effect != Never {
		put("actions", checkActions(p.Actions))
	}
	diagnostics := CheckConditions(p.Conditions, known)
	put("conditions", notValid(diagnostics))
	for _, d := range diagnostics {
		if d.Severity == rule.Warning {
			notes = append(notes, d)
		}
	}
	return faults, notes
}

// CheckConditions parses and checks conditions, and gives all faults and warnings in the order of the text.
func CheckConditions(conditions string, known rule.Vocabulary) []rule.Diagnostic {
	_, diagnostics := read(conditions, known)
	return diagnostics
}

// read parses conditions and checks them as far as they could be read.
func read(conditions string, known rule.Vocabulary) (rule.Expr, []rule.Diagnostic) {
	e, diagnostics := rule.Parse(conditions)
	return e, rule.Merge(diagnostics, rule.Check(e, known))
}

// notValid says what is wrong with conditions and where; "" when nothing is.
func notValid(diagnostics []rule.Diagnostic) string {
	first, found := rule.FirstFault(diagnostics)
	if !found {
		return ""
	}
	return "Not valid: " + first.String()
}

func checkName(name string) string {
	switch n := utf8.RuneCountInString(name); {
	case strings.TrimSpace(name) == "":
		return "Enter a name."
	case n > maxName:
		return "The name is too long; at most 256 characters are allowed."
	default:
		return ""
	}
}

func tooLong(limit int, texts ...string) string {
	for _, text := range texts {
		if utf8.RuneCountInString(text) > limit {
			return fmt.Sprintf("This is too long; at most %d characters are allowed.", limit)
		}
	}
	return ""
}

func checkTemplate(name string) string {
	for _, t := range Templates() {
		if t.Name == name {
			return ""
		}
	}
	return "There is no such template. Choose one of the list."
}

func checkFilter(text string) string {
	if _, err := ParseFilter(text); err != nil {
		return fault.Of(err).Text
	}
	return ""
}

func checkActions(actions int) string {
	switch {
	case actions == 0:
		return "Choose the action Distribute; without it the policy does nothing."
	case actions != ActionDistribute:
		return "A distribution policy has one action only: Distribute."
	default:
		return ""
	}
}
