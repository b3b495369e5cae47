package movein_test

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/movein"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/rule"
)

// sandboxRules are the three rules with the action Distribute that a new sandbox repository has, and two that it has besides.
var sandboxRules = []movein.Rule{
	{ID: "1", Name: "Stream", Actions: 34, ResourceFilter: "App_*", Conditions: `(resource.resourcetype = "App" and resource.stream.HasPrivilege("read"))`},
	{ID: "2", Name: "ReaderOfEverything", Actions: 18, ResourceFilter: "App_*", Conditions: `((user.name="Skyferry"))`},
	{ID: "3", Name: "Finance to eu", Actions: 1024, ResourceFilter: "App_*", Conditions: `((subject.name="eu" and resource.stream.name="Finance"))`, Comment: "Distributes the closing"},
	{ID: "4", Name: "By custom property", Actions: 1024, ResourceFilter: "App_*", Conditions: `((subject.name=resource.@Cloud))`},
	{ID: "5", Name: "Distribute without a subject", Actions: 1024, Disabled: true, ResourceFilter: "App_*", Conditions: `((resource.@Cloud.Empty()))`},
}

var known = rule.Vocabulary{CustomProperties: []string{"Cloud"}, Deployments: []string{"eu", "us"}, Streams: []string{"Finance"}}

func TestRulesOfTheSandbox(t *testing.T) {
	p := movein.For(sandboxRules, nil, known)
	if diff := cmp.Diff([]string{"By custom property", "Finance to eu"}, offered(p)); diff != "" {
		t.Errorf("offered (-want +got):\n%s", diff)
	}
	want := policy.Policy{
		Name: "Finance to eu", Description: "Distributes the closing", Template: "Unspecified", ResourceFilter: "App_*", Actions: 1024,
		Conditions: `((subject.name="eu" and resource.stream.name="Finance"))`, Origin: "3", Reason: `Moved in from the site's rule "Finance to eu"`,
	}
	if diff := cmp.Diff(want, p.Offers[1].Policy); diff != "" {
		t.Errorf("the policy (-want +got):\n%s", diff)
	}
	if len(p.Left) != 1 || p.Left[0].Rule.ID != "5" || !strings.Contains(p.Left[0].Why, "do not use subject") {
		t.Errorf("left: %+v", p.Left)
	}
	if len(p.Native) != 2 {
		t.Errorf("native: %+v", p.Native)
	}
}

func TestWhyRulesStayWhereTheyAre(t *testing.T) {
	for name, c := range map[string]struct {
		conditions, filter, why string
		native                  bool
	}{
		"does not parse":      {`((subject.name="eu")`, "App_*", "Its conditions cannot be read: line 1, column", true},
		"second line":         {"subject.name=\"eu\"\nand resource.name=", "App_*", "line 2, column 18", true},
		"typographic quotes":  {`subject.name=“eu”`, "App_*", "line 1, column 14", true},
		"no subject":          {`resource.stream.name="Finance"`, "App_*", "do not use subject", true},
		"no conditions":       {"", "App_*", "It has no conditions", true},
		"about users":         {`resource.IsOwned() and resource.owner = user`, "App_*", "It is about users (user)", false},
		"users and subject":   {`user.name="a" and subject.name="eu"`, "App_*", "It is about users (user)", false},
		"another type":        {`subject.name="eu"`, "Stream_*", "Its resource filter cannot be used: \"Stream_*\"", true},
		"one more type":       {`subject.name="eu"`, "App_*,Stream_*", "Its resource filter cannot be used: \"Stream_*\"", true},
		"no filter":           {`subject.name="eu"`, "", "Its resource filter cannot be used", true},
		"function not known":  {`subject.name="eu" and resource.Count()`, "App_*", "Its conditions are not valid: line 1, column", true},
		"root of other rules": {`subject.name="eu" and node.name="a"`, "App_*", "Its conditions are not valid: line 1, column 23", true},
	} {
		t.Run(name, func(t *testing.T) {
			p := movein.For([]movein.Rule{{ID: "1", Name: "Rule", Actions: 1024, ResourceFilter: c.filter, Conditions: c.conditions}}, nil, known)
			if len(p.Offers) != 0 || len(p.Left) != 1 || !strings.Contains(p.Left[0].Why, c.why) {
				t.Fatalf("%+v", p)
			}
			if (len(p.Native) == 1) != c.native {
				t.Errorf("native: %v", p.Native)
			}
		})
	}
}

func TestDoubtsAreTold(t *testing.T) {
	p := movein.For([]movein.Rule{{ID: "1", Name: "Asia", Actions: 1024 | 2, ResourceFilter: "App_*", Conditions: `subject.name="asia" and resource.name="a*"`, Comment: strings.Repeat("x", 3000), Tags: []string{"daily", strings.Repeat("y", 300)}}}, nil, known)
	if len(p.Offers) != 1 {
		t.Fatalf("%+v", p)
	}
	o := p.Offers[0]
	var notes []string
	for _, n := range o.Notes {
		notes = append(notes, n.String())
	}
	if len(notes) != 2 || !strings.Contains(notes[0], `no deployment named "asia"`) {
		t.Errorf("notes: %q", notes)
	}
	if len(o.Remarks) != 3 || len(o.Policy.Description) != 2000 || len(o.Policy.Tags) != 1 {
		t.Errorf("remarks %q, policy %+v", o.Remarks, o.Policy)
	}
	if faults, _ := o.Policy.Check(known); len(faults) != 0 {
		t.Errorf("the policy cannot be stored: %v", faults)
	}
}

func TestNothingIsImportedTwice(t *testing.T) {
	stored := []policy.Policy{{ID: "p", Name: "Renamed here", Origin: "3", Conditions: sandboxRules[2].Conditions, ResourceFilter: "App_*"}}
	p := movein.For(sandboxRules, stored, known)
	if diff := cmp.Diff([]string{"By custom property"}, offered(p)); diff != "" {
		t.Errorf("offered (-want +got):\n%s", diff)
	}
	left := p.Left[len(p.Left)-1]
	if left.PolicyID != "p" || left.Why != `Imported already, as the policy "Renamed here".` {
		t.Errorf("%+v", left)
	}
	if len(p.Native) != 2 {
		t.Errorf("both would send, and that is not told: %v", p.Native)
	}
	_, refused := p.Choose([]movein.Choice{{RuleID: "3", Name: "New"}, {RuleID: "9", Name: "Gone"}}, stored)
	if len(refused) != 2 || !strings.Contains(refused[0].Why, "Imported already") || !strings.Contains(refused[1].Why, "does not answer this rule") {
		t.Errorf("%+v", refused)
	}
	stored[0].Conditions = "\r\n" + sandboxRules[2].Conditions + " "
	if p = movein.For(sandboxRules, stored, known); strings.Contains(p.Left[1].Why, "read differently") {
		t.Errorf("%+v", p.Left)
	}
	stored[0].Conditions = `subject.name="us"`
	if p = movein.For(sandboxRules, stored, known); !strings.Contains(p.Left[1].Why, "read differently") {
		t.Errorf("%+v", p.Left)
	}
}

func TestTakenNamesGetAWayOut(t *testing.T) {
	stored := []policy.Policy{{ID: "p", Name: "FINANCE TO EU "}, {ID: "g", Name: "Finance to eu (site)", Effect: policy.Never}}
	rules := append([]movein.Rule{{ID: "6", Name: "by custom PROPERTY", Actions: 1024, ResourceFilter: "App_*", Conditions: `subject.name="us"`}}, sandboxRules...)
	p := movein.For(rules, stored, known)
	if diff := cmp.Diff([]string{"By custom property", "by custom PROPERTY (site)", "Finance to eu (site 2)"}, offered(p)); diff != "" {
		t.Errorf("offered (-want +got):\n%s", diff)
	}
	if clash := p.Offers[2].Clash; clash != `There is a policy named "FINANCE TO EU " already.` {
		t.Errorf("clash %q", clash)
	}
	choices := []movein.Choice{{RuleID: "3", Name: "finance to eu"}, {RuleID: "4", Name: "Cloud"}, {RuleID: "6", Name: " cloud "}}
	chosen, refused := p.Choose(choices, stored)
	if len(chosen) != 1 || chosen[0].Policy.Name != "Cloud" || len(refused) != 2 {
		t.Fatalf("chosen %+v, refused %+v", chosen, refused)
	}
	if !strings.Contains(refused[0].Why, "There is a policy named") || !strings.Contains(refused[1].Why, "Another rule of this choice") {
		t.Errorf("%+v", refused)
	}
	if _, refused = p.Choose([]movein.Choice{{RuleID: "3", Name: " "}}, stored); len(refused) != 1 || refused[0].Why != "Enter a name." {
		t.Errorf("%+v", refused)
	}
}

func TestARuleThatWasChangedMeanwhileIsLookedAtAgain(t *testing.T) {
	p := movein.For(sandboxRules, nil, known)
	choice := movein.Choice{RuleID: "3", Name: "F", Mark: p.Offers[1].Mark()}
	if _, refused := p.Choose([]movein.Choice{choice}, nil); len(refused) != 0 {
		t.Fatalf("%+v", refused)
	}
	changed := append([]movein.Rule{}, sandboxRules...)
	changed[2].Conditions = `subject.name="us"`
	if _, refused := movein.For(changed, nil, known).Choose([]movein.Choice{choice}, nil); len(refused) != 1 || !strings.Contains(refused[0].Why, "changed at the site meanwhile") {
		t.Errorf("%+v", refused)
	}
}

func TestNamesThatNoPolicyCanHave(t *testing.T) {
	p := movein.For([]movein.Rule{
		{ID: "1", Name: "a\nb", Actions: 1024, ResourceFilter: "App_*", Conditions: `subject.name="eu"`},
		{ID: "2", Name: " ", Actions: 1024, ResourceFilter: "App_*", Conditions: `subject.name="eu"`},
		{ID: "3", Name: strings.Repeat("ü", 400), Actions: 1024, ResourceFilter: "App_*", Conditions: `subject.name="eu"`},
	}, nil, known)
	for _, o := range p.Offers {
		if faults, _ := o.Policy.Check(known); faults["name"] != "" || strings.Contains(o.Policy.Name, "\n") {
			t.Errorf("%q: %v", o.Policy.Name, faults)
		}
	}
}

// Real rules of a site are about users: were they all for every action, none would become a policy, and none would count as sending.
func TestRealSecurityRules(t *testing.T) {
	file, err := os.Open("../../../shared/data/rules/conditions.jsonl")
	if err != nil {
		t.Skip("the real conditions are not there")
	}
	defer file.Close()
	var rules []movein.Rule
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var c struct{ Condition, Kind string }
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		rules = append(rules, movein.Rule{ID: c.Condition, Name: c.Condition, Actions: 4294967295, ResourceFilter: "*", Conditions: c.Condition})
	}
	p := movein.For(rules, nil, known)
	if len(p.Left) != len(rules) || len(p.Offers) != 0 {
		t.Errorf("%d rules, %d left, offered: %v", len(rules), len(p.Left), offered(p))
	}
}

func offered(p movein.Plan) (names []string) {
	for _, o := range p.Offers {
		names = append(names, o.Policy.Name)
	}
	return names
}
