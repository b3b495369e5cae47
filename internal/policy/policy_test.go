package policy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/rule"
)

// sound is a policy without faults.
func sound(name, conditions string) policy.Policy {
	return policy.Policy{
		ID: "id-" + name, Name: name, Template: "Distribution_App", ResourceFilter: "App_*",
		Actions: policy.ActionDistribute, Conditions: conditions, Version: 3,
	}
}

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*policy.Policy)
		want   map[string]string
	}{
		"sound":           {func(*policy.Policy) {}, map[string]string{}},
		"empty condition": {func(p *policy.Policy) { p.Conditions = "" }, map[string]string{}},
		"longest name":    {func(p *policy.Policy) { p.Name = strings.Repeat("ä", 256) }, map[string]string{}},
		"name too long":   {func(p *policy.Policy) { p.Name = strings.Repeat("ä", 257) }, map[string]string{"name": "The name is too long; at most 256 characters are allowed."}},
		"long texts": {func(p *policy.Policy) {
			p.Description, p.Tags = strings.Repeat("x", 2001), []string{"a", strings.Repeat("é", 257)}
		}, map[string]string{
			"description": "This is too long; at most 2000 characters are allowed.", "tags": "This is too long; at most 256 characters are allowed.",
		}},
		"blank name":    {func(p *policy.Policy) { p.Name = " " }, map[string]string{"name": "Enter a name."}},
		"no filter":     {func(p *policy.Policy) { p.ResourceFilter = " " }, map[string]string{"filter": "Enter a resource filter, such as App_* for all apps."}},
		"streams":       {func(p *policy.Policy) { p.ResourceFilter = "Stream_*" }, map[string]string{"filter": `"Stream_*" cannot be distributed: a distribution policy is about apps only. Write App_*.`}},
		"no action":     {func(p *policy.Policy) { p.Actions = 0 }, map[string]string{"actions": "Choose the action Distribute; without it the policy does nothing."}},
		"other actions": {func(p *policy.Policy) { p.Actions = 1026 }, map[string]string{"actions": "A distribution policy has one action only: Distribute."}},
		"template":      {func(p *policy.Policy) { p.Template = "Stream access" }, map[string]string{"template": "There is no such template. Choose one of the list."}},
		"syntax": {func(p *policy.Policy) { p.Conditions = `((subject.name=))` }, map[string]string{
			"conditions": "Not valid: line 1, column 15: After = a value is expected: a text in double quotes, or a property such as resource.name.",
		}},
		"first fault of the text": {func(p *policy.Policy) { p.Conditions = `user.name="x" AND true` }, map[string]string{
			"conditions": "Not valid: line 1, column 1: A distribution policy has no user: it is about apps (resource) and deployments (subject).",
		}},
	} {
		p := sound("p", `((subject.name="eu"))`)
		c.change(&p)
		faults, notes := p.Check(rule.Vocabulary{})
		if diff := cmp.Diff(c.want, faults); diff != "" || len(notes) > 0 {
			t.Errorf("%s: %s %v", name, diff, notes)
		}
	}
}

func TestCheckNotes(t *testing.T) {
	faults, notes := sound("p", `((subject.name="") or resource.@Clodu="x*")`).Check(rule.Vocabulary{CustomProperties: []string{"Cloud"}})
	codes := []string{}
	for _, n := range notes {
		codes = append(codes, n.Code)
	}
	if diff := cmp.Diff([]string{"never-true", "wildcard", "custom-unknown"}, codes); diff != "" || len(faults) > 0 {
		t.Errorf("%s %v", diff, faults)
	}
}

func TestTemplatesAreAcceptedOnceTheActionIsChosen(t *testing.T) {
	for _, tpl := range policy.Templates() {
		p := policy.Policy{Name: "p", Template: tpl.Name, ResourceFilter: tpl.Filter, Actions: policy.ActionDistribute, Conditions: tpl.Conditions}
		if faults, _ := p.Check(rule.Vocabulary{}); len(faults) > 0 {
			t.Errorf("%s: %v", tpl.Name, faults)
		}
	}
}

func TestFilter(t *testing.T) {
	const id, other = "5dd0dc16-96fd-4bd0-9a84-62721f0db427", "6dd0dc16-96fd-4bd0-9a84-62721f0db427"
	for text, want := range map[string]bool{
		"App_*":                        true,
		"app_*":                        true,
		"App*":                         true,
		"A*":                           true,
		"*":                            true,
		"App_" + id:                    true,
		"app_" + strings.ToUpper(id):   true,
		"App_" + other:                 false,
		"App_" + other + ", App_" + id: true,
		" App_" + other + " ,App_*":    true,
	} {
		f, err := policy.ParseFilter(text)
		if err != nil || f.MatchesApp(id) != want {
			t.Errorf("%s: %v %v, want %v", text, f.MatchesApp(id), err, want)
		}
	}
	for text, want := range map[string]string{
		"":                       "Enter a resource filter",
		"App_*,":                 "empty item",
		"App":                    "write App_*",
		"App_":                   "names no app",
		"App_{guid}":             "names no app",
		"App_Sales":              "names no app",
		"App.Object_*":           "travel inside their app",
		"App.*":                  "travel inside their app",
		"Stream_*":               "about apps only",
		"DataConnection_" + id:   "about apps only",
		"App_*, Stream*":         "about apps only",
		"_*":                     "about apps only",
		"**":                     "about apps only",
		strings.Repeat("A", 1e5): "too long",
	} {
		if _, err := policy.ParseFilter(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %q", text, err, want)
		}
	}
	if (policy.Filter{}).MatchesApp(id) {
		t.Error("a filter that was never read matches")
	}
}
