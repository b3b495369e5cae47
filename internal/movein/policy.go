package movein

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/skyferry/skyferry/internal/policy"
)

// The longest texts of a policy, in characters; a site may have longer ones.
const (
	maxName        = 256
	maxTag         = 256
	maxDescription = 2000
	maxReasonName  = 200 // of the rule's name in the reason
)

// asPolicy gives the policy that says what the rule says. Conditions and resource filter stay to the letter.
func asPolicy(r Rule) policy.Policy {
	return policy.Policy{
		Name: oneLine(r.Name, maxName), Description: cut(r.Comment, maxDescription), Template: "Unspecified", ResourceFilter: r.ResourceFilter,
		Actions: policy.ActionDistribute, Conditions: r.Conditions, Disabled: r.Disabled, Tags: tags(r),
		Origin: r.ID, Reason: fmt.Sprintf("Moved in from the site's rule %q", oneLine(r.Name, maxReasonName)),
	}
}

func tags(r Rule) []string {
	return slices.DeleteFunc(slices.Clone(r.Tags), func(tag string) bool { return utf8.RuneCountInString(tag) > maxTag })
}

// remarks say what the policy does not have as the rule has it.
func remarks(r Rule, p policy.Policy) (list []string) {
	if r.Actions != policy.ActionDistribute {
		list = append(list, "The rule has more actions than Distribute. They are not taken over: they mean something on the site only.")
	}
	if p.Description != r.Comment {
		list = append(list, fmt.Sprintf("The description is cut at %d characters.", maxDescription))
	}
	if len(p.Tags) != len(r.Tags) {
		list = append(list, fmt.Sprintf("Tags of more than %d characters are left out.", maxTag))
	}
	return list
}

// names are the names that are taken, each with who has it.
type names map[string]string

func namesOf(stored []policy.Policy) names {
	taken := names{}
	for _, p := range stored {
		kind := "policy"
		if p.Effect == policy.Never {
			kind = "guard"
		}
		taken[key(p.Name)] = fmt.Sprintf("There is a %s named %q already.", kind, p.Name)
	}
	return taken
}

// key is what two equal names have in common: names ignore case and outer blanks.
func key(name string) string { return strings.ToLower(strings.ToUpper(strings.TrimSpace(name))) }

// free proposes a name that nobody has: "Finance to eu (site)", then "(site 2)".
func (n names) free(name string) string {
	for i := 1; ; i++ {
		suffix := " (site)"
		if i > 1 {
			suffix = fmt.Sprintf(" (site %d)", i)
		}
		proposed := strings.TrimSpace(oneLine(name, maxName-len(suffix)) + suffix)
		if n[key(proposed)] == "" {
			return proposed
		}
	}
}

// oneLine makes a name of a text: without line breaks, and not longer than allowed.
func oneLine(text string, limit int) string {
	return cut(strings.Join(strings.Fields(text), " "), limit)
}

// cut gives a text of at most so many characters.
func cut(text string, limit int) string {
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit])
	}
	return text
}
