package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/rule"
)

// What a diagnostic says with its place, and what the text of the reading says, is not said once more.
func TestEachThingIsSaidOnce(t *testing.T) {
	known := rule.Vocabulary{Deployments: []string{"eu", "us"}}
	for conditions, want := range map[string][]string{
		`((subject.name=""))`:                  nil,
		`false`:                                nil,
		`subject.name="eu" or subject.name=""`: nil,
		`subject.name="eu" and subject.name="us" or subject.name="eu"`: nil,
		`subject.name="apac"`: nil,
		`subject.name=="EU"`:  {`No deployment is named "EU".`}, // == minds the case, and no diagnostic says so
		`(subject.name="eu" or subject.name="us") and subject.name="us"`:                       {`A part of the conditions matches nothing: no deployment is named both "eu" and "us".`},
		`subject.name="apac" and subject.name="" or (subject.name="eu" and resource.name="x")`: nil,
		`resource.name="x" and resource.name="y"`:                                              nil,
		`resource.name="x"`: {`Every published app named "x" goes to EVERY deployment: the condition names no deployment.`},
	} {
		notes := policy.CheckConditions(conditions, known)
		var got []string
		for _, w := range policy.Read(policy.Grant, conditions, targets).Beside(notes).Warnings {
			got = append(got, w.Text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s, beside %v: %s", conditions, notes, diff)
		}
	}
}
