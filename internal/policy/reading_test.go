package policy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/skyferry/skyferry/internal/policy"
)

func TestReadText(t *testing.T) {
	for conditions, want := range map[string]string{
		`((subject.name="eu"))`: `every published app → eu`,
		`((subject.name="EU"))`: `every published app → eu`,
		`((subject.name="eu") and (resource.stream.name="Finance"))`: `every published app of stream "Finance" → eu`,
		`((resource.stream.name="Finance") and ("eu"=subject.name))`: `every published app of stream "Finance" → eu`,
		`((subject.name="eu") or (subject.name="us"))`:               `every published app → eu, us`,
		`((subject.name="eu") or (resource.stream.name="Finance"))`:  `every published app → eu; every published app of stream "Finance" → EVERY deployment`,
		`((resource.stream.name="Finance"))`:                         `every published app of stream "Finance" → EVERY deployment`,
		``:                                                           `every published app → EVERY deployment`,
		`true`:                                                       `every published app → EVERY deployment`,
		`true or subject.name="eu"`:                                  `every published app → EVERY deployment`,
		`subject.name=="EU"`:                                         `every published app → EU`,
		`resource.stream.name="a" and resource.stream.name="b"`:      `nothing: no app has the stream's name "a" and "b" at once`,
		`false`:               `nothing: this is never true`,
		`((subject.name=""))`: `nothing: no deployment has an empty name`,
		`resource.@Cloud="" and subject.name="eu"`: `nothing: no app has an empty @Cloud`,
		`subject.name="eu" and subject.name="us"`:  `nothing: no deployment is named both "eu" and "us"`,
		`subject.name=`:                `nothing: the conditions are not valid (line 1, column 13)`,
		`subject.name=resource.@Cloud`: `every published app → every deployment that its @Cloud names`,
		`resource.stream.@Cloud=subject.name and resource.name="x"`: `every published app named "x" → every deployment that its stream's @Cloud names`,
		`subject.name like "e*"`:                                    `every published app → every deployment whose name is like "e*" (now: eu)`,
		`!(subject.name="eu")`:                                      `every published app → every deployment whose name is not "eu" (now: us)`,
		`subject.name matches "x.*"`:                                `every published app → every deployment whose name matches "x.*" (now: none)`,
		`subject.name like "e*" and (resource.stream.name="Finance" or resource.@Cloud="eu")`: `every published app of stream "Finance", or whose @Cloud is "eu" → every deployment whose name is like "e*" (now: eu)`,
		`subject.name="eu" and resource.owner.name="Ann" and !resource.@Cloud.Empty()`:        `every published app owned by "Ann" and that has @Cloud → eu`,
		`subject.name="eu" and resource.stream.@Region.Empty()`:                               `every published app whose stream has no @Region → eu`,
		`subject.name="eu" and resource.@Cloud!="x"`:                                          `every published app whose @Cloud is missing or has a value other than "x" → eu`,
		`subject.name="eu" and resource.owner.userId!="x"`:                                    `every published app whose owner's userId is not "x" → eu`,
		`subject.name="eu" and !(resource.@A="1" or resource.@B="2")`:                         `every published app whose @A is not "1" and whose @B is not "2" → eu`,
		`subject.name="eu" and resource.@A=resource.@B`:                                       `every published app for which resource.@A=resource.@B → eu`,
	} {
		if got := policy.Read(policy.Grant, conditions, targets).Text; got != want {
			t.Errorf("%s reads\n     %s\nwant %s", conditions, got, want)
		}
	}
}

// spoken compares what is said; what else a warning carries is for Beside, and the sentence has a test of its own.
var spoken = cmp.Options{cmpopts.IgnoreFields(policy.ReadingWarning{}, "Code", "Cause", "InText"), cmpopts.IgnoreFields(policy.Reading{}, "Sentence")}

// TestReadGuard demands that a guard says what never goes.
func TestReadGuard(t *testing.T) {
	for conditions, want := range map[string]policy.Reading{
		``: {Text: `never: every published app → EVERY deployment`, Warnings: []policy.ReadingWarning{
			{Text: "There are no conditions, so every published app goes to NO deployment, nor to one set up later."},
		}},
		`subject.name="eu" and resource.stream.name="HR"`: {Text: `never: every published app of stream "HR" → eu`},
		`resource.stream.name="HR"`: {Text: `never: every published app of stream "HR" → EVERY deployment`, Warnings: []policy.ReadingWarning{
			{Text: `Every published app of stream "HR" goes to NO deployment: the condition names no deployment.`},
		}},
		`subject.name="eu" or subject.name="us" and resource.name="x"`: {Text: `never: every published app → eu; every published app named "x" → us`, Warnings: []policy.ReadingWarning{
			{Text: `Every published app never goes to eu: the part subject.name="eu" says nothing about the app.`},
		}},
		`((subject.name=""))`: {Nothing: true, Text: `never: no deployment has an empty name`, Warnings: []policy.ReadingWarning{
			{Text: "The conditions match nothing: no deployment has an empty name."},
		}},
		`subject.name=`: {Nothing: true, Text: `never: the conditions are not valid (line 1, column 13)`},
	} {
		if diff := cmp.Diff(want, policy.Read(policy.Never, conditions, targets), spoken); diff != "" {
			t.Errorf("%s: %s", conditions, diff)
		}
	}
}

func TestReadAsSentence(t *testing.T) {
	for conditions, want := range map[string][2]string{
		``:                    {"Sends every published app to EVERY deployment.", "Never sends every published app to EVERY deployment."},
		`subject.name=`:       {"Sends nothing: the conditions are not valid (line 1, column 13).", "Forbids nothing: the conditions are not valid (line 1, column 13)."},
		`((subject.name=""))`: {"Sends nothing: no deployment has an empty name.", "Forbids nothing: no deployment has an empty name."},
		`resource.name="a → b" and subject.name="eu"`: {`Sends every published app named "a → b" to eu.`, `Never sends every published app named "a → b" to eu.`},
		`subject.name="eu" or resource.stream.name="HR"`: {
			`Sends every published app to eu; every published app of stream "HR" to EVERY deployment.`,
			`Never sends every published app to eu; every published app of stream "HR" to EVERY deployment.`,
		},
	} {
		for i, effect := range []policy.Effect{policy.Grant, policy.Never} {
			if got := policy.Read(effect, conditions, targets).Sentence; got != want[i] {
				t.Errorf("%s is %q, not %q", conditions, got, want[i])
			}
		}
	}
}

// TestReadWithinAFilter: a filter that names apps is told, or one would fear for all.
func TestReadWithinAFilter(t *testing.T) {
	const id = "App_0b9cb3a8-7a6f-4ba6-a2f4-2b1b3a8c9d10"
	for filter, want := range map[string]string{
		"App_*":        `every published app → eu`,
		"App_*, " + id: `every published app → eu`,
		"nonsense":     `every published app → eu`,
		id:             `every published app → eu, only the app that the resource filter names`,
		id + ", App_1b9cb3a8-7a6f-4ba6-a2f4-2b1b3a8c9d10": `every published app → eu, only the 2 apps that the resource filter names`,
	} {
		if got := policy.Read(policy.Grant, `subject.name="eu"`, nil).Within(filter); got.Text != want {
			t.Errorf("%s: %q", filter, got.Text)
		}
	}
}

func TestReadQuotesWhatIsTooLong(t *testing.T) {
	text := `(subject.name="a" || subject.name="b")`
	got := policy.Read(policy.Grant, strings.Repeat(text+" and ", 9)+text, targets).Text
	if want := `every deployment for which (subject.name="a" or subject.name="b") and (`; !strings.Contains(got, want) {
		t.Error(got)
	}
}

func TestReadWarnings(t *testing.T) {
	fixed := `((subject.name="eu") and (resource.stream.name="Finance"))`
	for conditions, want := range map[string][]policy.ReadingWarning{
		`((subject.name="eu"))`: nil,
		fixed:                   nil,
		`((subject.name="eu") or (subject.name="us"))`: nil,
		``: {{Text: "There are no conditions, so every published app goes to EVERY deployment, also to those set up later."}},
		`((subject.name="eu") or (resource.stream.name="Finance"))`: {
			{Text: `Every published app goes to eu: the part (subject.name="eu") says nothing about the app.`, FixTitle: "Make it AND", FixConditions: fixed},
			{Text: `Every published app of stream "Finance" goes to EVERY deployment: the part (resource.stream.name="Finance") names no deployment.`},
		},
		`subject.name="eu"||resource.name="x"`: {
			{Text: `Every published app goes to eu: the part subject.name="eu" says nothing about the app.`, FixTitle: "Make it AND", FixConditions: `subject.name="eu"&&resource.name="x"`},
			{Text: `Every published app named "x" goes to EVERY deployment: the part resource.name="x" names no deployment.`},
		},
		`subject.name="eu" or subject.name="us" and resource.name="x"`: {
			{Text: `Every published app goes to eu: the part subject.name="eu" says nothing about the app.`},
		},
		`((resource.stream.name="Finance"))`: {
			{Text: `Every published app of stream "Finance" goes to EVERY deployment: the condition names no deployment.`},
		},
		`((subject.name=""))`: {{Text: "The conditions match nothing: no deployment has an empty name."}},
		`subject.name="eu" or subject.name=""`: {
			{Text: "A part of the conditions matches nothing: no deployment has an empty name."},
		},
		`subject.name="apac" or subject.name=="EU"`: {
			{Text: `No deployment is named "apac".`}, {Text: `No deployment is named "EU".`},
		},
	} {
		if diff := cmp.Diff(want, policy.Read(policy.Grant, conditions, targets).Warnings, spoken); diff != "" {
			t.Errorf("%s: %s", conditions, diff)
		}
	}
}

// TestMakeItAnd follows the fix and demands that it cures.
func TestMakeItAnd(t *testing.T) {
	text := "((resource.stream.name=\"Finance\")\n or (subject.name=\"eu\") or (resource.name=\"x\"))"
	for range 2 {
		for _, w := range policy.Read(policy.Grant, text, targets).Warnings {
			if w.FixTitle != "" {
				text = w.FixConditions
				break
			}
		}
	}
	r := policy.Read(policy.Grant, text, targets)
	if want := "((resource.stream.name=\"Finance\")\n and (subject.name=\"eu\") or (resource.name=\"x\"))"; text != want {
		t.Errorf("%s: %v", text, r.Warnings)
	}
}

func TestNamesAndRename(t *testing.T) {
	for conditions, want := range map[string]string{
		`((subject.name="eu"))`:                             `((subject.name="new \"eu\" *"))`,
		"subject . name\n = \"EU\" or \"eu\"!=subject.name": "subject . name\n = \"new \\\"eu\\\" *\" or \"new \\\"eu\\\" *\"!=subject.name",
		`subject.name like "eu" and true`:                   `subject.name like "new \"eu\" \*" and true`,
		`subject.name matches "eu"`:                         `subject.name matches "new \"eu\" \*"`,
		`subject.name like "eu*"`:                           ``,
		`resource.name="eu" or subject.name="europe"`:       ``,
		`subject.name=resource.@eu`:                         ``,
		``:                                                  ``,
	} {
		got, changed := policy.Rename(conditions, "Eu", `new "eu" *`)
		if changed != (want != "") || changed && got != want || !changed && got != conditions {
			t.Errorf("%s is renamed to %s (%v), want %s", conditions, got, changed, want)
		}
		if policy.Names(conditions, "Eu") != changed {
			t.Errorf("%s: Names and Rename disagree", conditions)
		}
		if changed && !policy.Names(got, `new "eu" *`) {
			t.Errorf("%s does not name the new name", got)
		}
	}
	if got, changed := policy.Rename(`subject.name="eu" AND`, "eu", "x"); changed {
		t.Errorf("a text with faults is renamed to %s", got)
	}
}
