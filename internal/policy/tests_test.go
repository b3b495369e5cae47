package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
)

func TestParseTests(t *testing.T) {
	goesEU, staysUS := policy.Expectation{Deployment: "eu", Goes: true}, policy.Expectation{Deployment: "us"}
	both := []policy.Expectation{goesEU, staysUS}
	for text, want := range map[string]policy.TestLine{
		`app "Sales" in stream "Finance" → must go to eu, must not go to us`:           {App: "Sales", Stream: "Finance", Expected: both},
		"APP `Sales` In Stream `Finance` -> Must Go To `eu` and must not go to \"us\"": {App: "Sales", Stream: "Finance", Expected: both},
		`app Sales Plan in stream Old Finance->must go to eu`:                          {App: "Sales Plan", Stream: "Old Finance", Expected: both[:1]},
		`app “Sales, new in” in stream „Finance“ → must not go to us`:                  {App: `Sales, new in`, Stream: "Finance", Expected: both[1:]},
		`app "Sales \"new\" \\" in stream "in" → must go to eu`:                        {App: `Sales "new" \`, Stream: "in", Expected: both[:1]},
		`app "S" in stream "F" with @Cloud "eu", @Cloud="us" and @Region Nord owned by "jane" → must go to eu`: {
			App: "S", Stream: "F", Owner: "jane", Properties: map[string][]string{"Cloud": {"eu", "us"}, "Region": {"Nord"}}, Expected: both[:1],
		},
		`app "S" in stream "F" owned by jane → must go to eu`: {App: "S", Stream: "F", Owner: "jane", Expected: both[:1]},
	} {
		want.Number, want.Text = 2, text
		lines, faults := policy.ParseTests("\r\n" + text + "\r\n\n")
		if diff := cmp.Diff([]policy.TestLine{want}, lines); diff != "" || len(faults) > 0 {
			t.Errorf("%s: %v\n%s", text, faults, diff)
		}
	}
}

func TestFaultsOfTests(t *testing.T) {
	for text, want := range map[string]string{
		`Sales → must go to eu`:       `A test begins with: app "its name". Here stands "Sales".`,
		`app`:                         "Here the app's name is missing.",
		`app "Sales" → must go to eu`: `After the app comes: in stream "its name". Here stands "→".`,
		`app "Sales" in Finance → must go to eu`:                           `After "in" comes: stream "its name". Here stands "Finance".`,
		`app "Sales" in stream "" → must go to eu`:                         "Here the stream's name is missing.",
		`app "Sales" in stream "Finance"`:                                  "Before must go to comes an arrow: → or ->.",
		`app "Sales" in stream "Finance → must go to eu`:                   "A quote is opened and not closed.",
		`app "Sales" in stream "Finance" →`:                                "After the arrow, and after each comma, comes: must go to, or must not go to, and a deployment.",
		`app "Sales" in stream "Finance" → must go to eu, us`:              `After the arrow, and after each comma, comes: must go to, or must not go to, and a deployment. Here stands "us".`,
		`app "Sales" in stream "Finance" → must stay in eu`:                `After "must" comes: go to, or not go to. Here stands "stay".`,
		`app "Sales" in stream "Finance" → must go to`:                     "Here the deployment's name is missing.",
		`app "Sales" in stream "Finance" → must go to "eu" must go`:        `Between two demands comes a comma. Here stands "must".`,
		`app "Sales" in stream "Finance" → must go to x, must not go to x`: "The app must go to x and must not: one of the two has to go.",
		`app "Sales" in stream "Finance" with Cloud "eu" → must go to x`:   `A custom property begins with @: with @Cloud "eu"`,
		`app "Sales" in stream "Finance" with @Cloud → must go to x`:       "Here the value of @Cloud is missing.",
		`app "Sales" in stream "Finance" owned "jane" → must go to x`:      `After "owned" comes: by "the owner's name". Here stands "jane".`,
	} {
		lines, faults := policy.ParseTests(text)
		if diff := cmp.Diff([]policy.TestFault{{Line: 1, Text: want}}, faults); diff != "" || len(lines) > 0 {
			t.Errorf("%s: %v\n%s", text, lines, diff)
		}
	}
}

func TestTestsAreBounded(t *testing.T) {
	line := `app "S" in stream "F" → must go to eu` + "\n"
	lines, faults := policy.ParseTests(strings.Repeat(line, 200) + "\n\n")
	if len(lines) != 200 || len(faults) != 0 {
		t.Errorf("%d lines, %v", len(lines), faults)
	}
	lines, faults = policy.ParseTests(strings.Repeat(line, 1000))
	if len(lines) != 200 || len(faults) != 1 || faults[0].Line != 201 {
		t.Errorf("%d lines, %v", len(lines), faults)
	}
}

func TestRenameTests(t *testing.T) {
	for text, want := range map[string]string{
		`app "eu" in stream "to" with @Cloud "eu" -> must go to EU and must not go to us`: `app "eu" in stream "to" with @Cloud "eu" -> must go to "new \"eu\"" and must not go to us`,
		"\napp a in stream b→must not go to `eu` , must go to eu us\r\n":                  "\napp a in stream b→must not go to \"new \\\"eu\\\"\" , must go to eu us\r\n",
		`must go to eu`: `must go to eu`,
	} {
		got, changed := policy.RenameTests(text, "eu", `new "eu"`)
		if got != want || changed != (got != text) {
			t.Errorf("%q becomes\n %q, want\n %q", text, got, want)
		}
		if _, faults := policy.ParseTests(got); len(faults) > 0 != (got == text) {
			t.Errorf("%q: %v", got, faults)
		}
	}
}

func FuzzParseTests(f *testing.F) {
	f.Add(`app "Sales" in stream "Finance" with @Cloud "eu", @Region "US" owned by "jane" → must go to eu, must not go to us`)
	f.Add("app `\\` in stream -> \xff\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		lines, _ := policy.ParseTests(text)
		for _, l := range lines {
			if l.App == "" || l.Stream == "" || len(l.Expected) == 0 {
				t.Errorf("%q gives %+v", text, l)
			}
		}
	})
}

// run gives what becomes of the lines: "" where one holds.
func run(t *testing.T, policies []policy.Policy, apps []site.App, text string) (fails []string) {
	t.Helper()
	lines, faults := policy.ParseTests(text)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	known := policy.NewTestApps(lines)
	for _, app := range apps {
		known.Add(app)
	}
	for _, r := range policy.RunTests(policy.Compile(policies), lines, known, targets) {
		fails = append(fails, fmt.Sprint(r.Fails, " ", r.PolicyID, r.Apps))
	}
	return fails
}

func TestRunTests(t *testing.T) {
	guard := sound("HR stays", `resource.stream.name="HR"`)
	guard.Effect = policy.Never
	policies := []policy.Policy{sound("cloud", `subject.name=resource.@Cloud`), sound("hr", `resource.stream.name="HR" and subject.name="us"`), guard}
	second, unpublished := published(), published()
	second.ID, second.Properties, unpublished.Stream = "other", nil, nil
	for text, want := range map[string]string{
		`app "Sales" in stream "Finance" → must go to eu, must not go to us`:               " 1",
		`app "sales" in stream "FINANCE" → must go to EU`:                                  " 1",
		`app "Sales" in stream "Finance" → must go to eu, must go to us`:                   `"Sales" does not go to us: no policy sends it there. 1`,
		`app "Sales" in stream "Finance" → must not go to eu`:                              `"Sales" goes to eu by the policy "cloud": subject.name=resource.@Cloud [subject.name is "eu"; resource.@Cloud is "EU", "apac"]. id-cloud1`,
		`app "Sales" in stream "Finance" with @Cloud "us" → must not go to us`:             " 1",
		`app "New" in stream "Finance" with @Cloud "us" → must go to us`:                   " 0",
		`app "New" in stream "Finance" with @Cloud "us" → must go to eu`:                   `"New" does not go to eu: no policy sends it there. 0`,
		`app "Pay" in stream "HR" → must go to us`:                                         `"Pay" does not go to us: the guard "HR stays" forbids it: resource.stream.name="HR". id-HR stays0`,
		`app "Pay" in stream "HR" with @Cloud "eu" → must not go to us, must not go to eu`: " 0",
		`app "Sales" in stream "Finance" → must not go to apac`:                            `No deployment is named "apac". 1`,
	} {
		if got := run(t, policies, []site.App{published(), unpublished}, text); len(got) != 1 || got[0] != want {
			t.Errorf("%s\n got %v\nwant %s", text, got, want)
		}
	}
	line := `app "Sales" in stream "Finance" → must go to eu`
	if got := run(t, policies, []site.App{published(), second}, line); got[0] != `"Sales" does not go to eu: no policy sends it there. 2` {
		t.Errorf("one of two apps fails: %v", got)
	}
}

// TestGuardsFailClosed: one that cannot be read forbids all that its filter reaches.
func TestGuardsFailClosed(t *testing.T) {
	guard := sound("guard", `true and`)
	guard.Effect = policy.Never
	other, blind, off := guard, guard, guard
	other.ResourceFilter, blind.ResourceFilter, off.Disabled = "App_6dd0dc16-96fd-4bd0-9a84-62721f0db427", "Stream_*", true
	for want, g := range map[string]policy.Policy{"": guard, "eu us": other, " ": blind, "eu us ": off} {
		set := policy.Compile([]policy.Policy{sound("p", ""), g})
		var names []string
		for _, m := range set.Decide(published(), targets) {
			names = append(names, m.Target.Name)
		}
		if got := strings.Join(names, " "); got != strings.TrimSpace(want) || set.Reaches(published(), eu) != (got != "") {
			t.Errorf("%+v: reaches %q", g, got)
		}
	}
}
