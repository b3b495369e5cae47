package policy_test

import (
	"fmt"
	"testing"

	"github.com/skyferry/skyferry/internal/policy"
)

func TestReasonsSayWhatEachRuleSaw(t *testing.T) {
	guard := sound("HR never", `resource.stream.name="HR"`)
	guard.Effect, guard.Actions = policy.Never, 0
	narrow := sound("Other app", "")
	narrow.ResourceFilter = "App_00000000-0000-4000-8000-000000000000"
	set := policy.Compile([]policy.Policy{sound("A to us", `subject.name="us"`), sound("B to all", ""), sound("broken", `resource.`), guard, narrow})
	got := ""
	for _, r := range set.Reasons(published(), eu) {
		got += fmt.Sprintf("%s: reached %v, true %v, unsound %v", r.Policy.Name, r.Reached, r.True, r.Unsound != "")
		if r.Trace != nil {
			got += ", " + r.Trace.Text
		}
		got += "\n"
	}
	want := `HR never: reached true, true false, unsound false, resource.stream.name="HR"
B to all: reached true, true true, unsound false
A to us: reached true, true false, unsound false, subject.name="us"
Other app: reached false, true false, unsound false
broken: reached false, true false, unsound true
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestGuardsTakeAwayAndFailClosed(t *testing.T) {
	grant := sound("All", "")
	guard := sound("G", `subject.name="us"`)
	guard.Effect, guard.Actions = policy.Never, 0
	broken := guard
	broken.Name, broken.Conditions = "Broken", `resource.`
	badFilter := broken
	badFilter.ResourceFilter = "Stream_*"
	for name, c := range map[string]struct {
		rules []policy.Policy
		want  string
	}{
		"one":                 {[]policy.Policy{grant, guard}, "[eu]"},
		"alone":               {[]policy.Policy{guard}, "[]"},
		"not readable":        {[]policy.Policy{grant, broken}, "[]"},
		"filter not readable": {[]policy.Policy{grant, badFilter}, "[]"},
		"disabled":            {[]policy.Policy{grant, disabled(broken)}, "[eu us]"},
	} {
		set, got := policy.Compile(c.rules), []string{}
		for _, m := range set.Decide(published(), targets) {
			got = append(got, m.Target.Name)
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}

func disabled(p policy.Policy) policy.Policy {
	p.Disabled = true
	return p
}
