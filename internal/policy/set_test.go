package policy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
)

var (
	eu      = policy.Target{ID: "d1", Name: "eu"}
	us      = policy.Target{ID: "d2", Name: "us"}
	targets = []policy.Target{eu, us}
)

const appID = "5dd0dc16-96fd-4bd0-9a84-62721f0db427"

func published() site.App {
	return site.App{
		ID: appID, Name: "Sales", Owner: site.Owner{ID: "o1", UserID: "ann", Directory: "CORP", Name: "Ann", Email: "ann@example.com"},
		Properties: map[string][]string{"Cloud": {"EU", "apac"}, "Blank": {""}},
		Stream: &site.Stream{
			ID: "s1", Name: "Finance", Owner: site.Owner{ID: "o2", Name: "Bob"}, Properties: map[string][]string{"Region": {"EMEA"}},
		},
	}
}

// reached names the targets of the app by a single policy.
func reached(conditions string) string {
	var names []string
	for _, m := range policy.Compile([]policy.Policy{sound("p", conditions)}).Decide(published(), targets) {
		names = append(names, m.Target.Name)
	}
	return strings.Join(names, " ")
}

func TestDecideReadsTheApp(t *testing.T) {
	for conditions, want := range map[string]string{
		``:                      "eu us",
		`((subject.name="eu"))`: "eu",
		`((subject.name=""))`:   "",
		`((subject.name="eu") and (resource.stream.name="Finance"))`:              "eu",
		`((subject.name="eu") and (resource.stream.name="HR"))`:                   "",
		`subject.name=resource.@cloud`:                                            "eu",
		`subject.name!="eu"`:                                                      "us",
		`resource.name="SALES" and subject.name like "u?"`:                        "us",
		`resource.id="` + strings.ToUpper(appID) + `"`:                            "eu us",
		`resource.resourcetype="App"`:                                             "eu us",
		`resource.owner.userId="ann" and resource.owner.userDirectory="corp"`:     "eu us",
		`resource.owner.name="Ann" and resource.owner.email like "*@example.com"`: "eu us",
		`resource.stream.owner.name="Bob"`:                                        "eu us",
		`resource.owner=resource.stream.owner`:                                    "",
		`resource.stream.id="s1" and resource.owner.id="o1"`:                      "eu us",
		`resource.stream.@Region="emea"`:                                          "eu us",
		`resource.stream.@Region.Empty()`:                                         "",
		`resource.@Blank.Empty() and resource.@None.Empty()`:                      "eu us",
		`resource.owner.@Dept.Empty()`:                                            "eu us",
	} {
		if got := reached(conditions); got != want {
			t.Errorf("%s reaches %q, want %q", conditions, got, want)
		}
	}
}

func TestDecideTakesTheFirstPolicyByName(t *testing.T) {
	disabled := sound("a", "")
	disabled.Disabled = true
	only := sound("c", "")
	only.ResourceFilter = "App_6dd0dc16-96fd-4bd0-9a84-62721f0db427"
	set := policy.Compile([]policy.Policy{sound("z", ""), disabled, only, sound("M", `((subject.name="EU"))`)})
	want := []policy.Match{
		{Target: eu, PolicyID: "id-M", PolicyName: "M", PolicyVersion: 3, Because: `subject.name="EU"`},
		{Target: us, PolicyID: "id-z", PolicyName: "z", PolicyVersion: 3, Because: "The policy has no conditions, so it is always true."},
	}
	if diff := cmp.Diff(want, set.Decide(published(), targets)); diff != "" {
		t.Error(diff)
	}
	if len(set.Faults()) > 0 {
		t.Error(set.Faults())
	}
}

func TestBecause(t *testing.T) {
	set := policy.Compile([]policy.Policy{sound("p", `((subject.name="eu") and (resource.stream.name="Finance") or (subject.name=resource.@Cloud))`)})
	got := set.Decide(published(), []policy.Target{eu})[0].Because
	if want := `subject.name=resource.@Cloud [subject.name is "eu"; resource.@Cloud is "EU", "apac"]`; got != want {
		t.Errorf("because %s, want %s", got, want)
	}
	set = policy.Compile([]policy.Policy{sound("p", `((subject.name="eu") and (resource.stream.name="Finance"))`)})
	got = set.Decide(published(), []policy.Target{eu})[0].Because
	if want := `(subject.name="eu") and (resource.stream.name="Finance")`; got != want {
		t.Errorf("because %s, want %s", got, want)
	}
}

func TestUnpublishedGoesNowhere(t *testing.T) {
	app := published()
	app.Stream = nil
	set := policy.Compile([]policy.Policy{sound("p", "")})
	if got := set.Decide(app, targets); got != nil || set.Reaches(app, eu) {
		t.Errorf("an unpublished app goes to %v", got)
	}
}

func TestReachesAgreesWithDecide(t *testing.T) {
	set := policy.Compile([]policy.Policy{sound("p", `subject.name="eu"`)})
	if !set.Reaches(published(), eu) || set.Reaches(published(), us) {
		t.Error("Reaches is wrong")
	}
}

// TestEachAgreesWithReaches: it must say of every policy what a set of that policy alone says.
func TestEachAgreesWithReaches(t *testing.T) {
	off, other := sound("off", ""), sound("other", "")
	off.Disabled = true
	other.ResourceFilter = "App_6dd0dc16-96fd-4bd0-9a84-62721f0db427"
	all := []policy.Policy{
		sound("z", ""), sound("cloud", `subject.name=resource.@Cloud`), sound("us", `subject.name="us"`), off, other, sound("bad", "true and"),
	}
	unpublished := published()
	unpublished.Stream = nil
	for _, app := range []site.App{published(), unpublished} {
		var want, got []string
		for _, p := range []policy.Policy{all[1], all[2], all[0]} { // by name
			for _, target := range targets {
				if policy.Compile([]policy.Policy{p}).Reaches(app, target) {
					want = append(want, p.ID+" "+target.Name)
				}
			}
		}
		policy.Compile(all).Each(app, targets, func(id string, target policy.Target) { got = append(got, id+" "+target.Name) })
		if diff := cmp.Diff(want, got); diff != "" || app.Published() != (len(got) == 4) {
			t.Errorf("published %v (-want +got):\n%s", app.Published(), diff)
		}
	}
}

// TestUnsoundMatchesNothing: a policy that is not sound must not send anything, however true it looks.
func TestUnsoundMatchesNothing(t *testing.T) {
	withFilter, noAction := sound("filter", ""), sound("action", "")
	withFilter.ResourceFilter, noAction.Actions = "Stream_*", 0
	for _, p := range []policy.Policy{
		withFilter, noAction, sound("syntax", `true and`), sound("root", `user.name!="x"`),
		sound("property", `resource.published!="x"`), sound("long", strings.Repeat(" ", 65<<10)), sound("bytes", "\xff"),
	} {
		set := policy.Compile([]policy.Policy{p})
		if got := set.Decide(published(), targets); got != nil {
			t.Errorf("%s: %v", p.Name, got)
		}
		if f := set.Faults(); len(f) != 1 || f[0].PolicyID != p.ID || f[0].PolicyName != p.Name || f[0].Text == "" {
			t.Errorf("%s: %v", p.Name, f)
		}
	}
}
