package policy

import (
	"fmt"
	"strings"

	"github.com/skyferry/skyferry/internal/site"
)

// TestApps are the apps of the site that test lines name.
type TestApps struct{ named map[string][]site.App }

// NewTestApps prepares for the apps that the lines name; Add gives it the apps of the site.
func NewTestApps(tests ...[]TestLine) *TestApps {
	a := &TestApps{named: map[string][]site.App{}}
	for _, lines := range tests {
		for _, t := range lines {
			a.named[testKey(t.App, t.Stream)] = nil
		}
	}
	return a
}

// Empty says whether no line names any app.
func (a *TestApps) Empty() bool { return len(a.named) == 0 }

// Add keeps an app if a line names it.
func (a *TestApps) Add(app site.App) {
	if app.Stream == nil {
		return
	}
	key := testKey(app.Name, app.Stream.Name)
	if list, wanted := a.named[key]; wanted {
		a.named[key] = append(list, app)
	}
}

// testKey ignores case, as the conditions do.
func testKey(app, stream string) string { return strings.ToLower(app + "\x00" + stream) }

// of gives the apps that a line is about: those of the site, or the one that it invents.
func (a *TestApps) of(t TestLine) (apps []site.App, invented bool) {
	if known := a.named[testKey(t.App, t.Stream)]; len(known) > 0 {
		return known, false
	}
	return []site.App{t.invent()}, true
}

// invent makes the app that a line describes.
func (t TestLine) invent() site.App {
	return site.App{
		ID: "00000000-0000-4000-8000-000000000000", Name: t.App, Properties: t.Properties,
		Owner: site.Owner{UserID: t.Owner, Name: t.Owner}, Stream: &site.Stream{Name: t.Stream},
	}
}

// TestResult is what became of a line.
type TestResult struct {
	TestLine
	Fails    string // why it does not hold; empty: it holds
	Apps     int    // the apps of the site that it was judged by; 0: an invented one
	PolicyID string // the policy or guard that decides against it, if one does
}

// Holds says whether the line holds.
func (r TestResult) Holds() bool { return r.Fails == "" }

// RunTests judges lines by all that policies and guards say together.
func RunTests(set *Set, tests []TestLine, apps *TestApps, targets []Target) []TestResult {
	byName := map[string]Target{}
	for _, t := range targets {
		byName[strings.ToLower(t.Name)] = t
	}
	results := make([]TestResult, 0, len(tests))
	for _, line := range tests {
		r := TestResult{TestLine: line}
		list, invented := apps.of(line)
		if !invented {
			r.Apps = len(list)
		}
		for _, app := range list {
			r.judge(set, app, byName)
		}
		results = append(results, r)
	}
	return results
}

// judge compares one app with all that is expected of it; the first fault stays.
func (r *TestResult) judge(set *Set, app site.App, byName map[string]Target) {
	for _, e := range r.Expected {
		target, known := byName[strings.ToLower(e.Deployment)]
		switch {
		case r.Fails != "":
			return
		case !known:
			r.Fails = fmt.Sprintf("No deployment is named %q.", short(e.Deployment))
		default:
			v := set.Judge(app, []Target{target})[0]
			if v.Goes != e.Goes {
				r.Fails, r.PolicyID = v.against(app.Name)
			}
		}
	}
}

// against says why it is otherwise than expected, and by which policy or guard.
func (v Verdict) against(app string) (why, policyID string) {
	app = fmt.Sprintf("%q", short(app))
	switch {
	case v.Goes && v.By != nil:
		return fmt.Sprintf("%s goes to %s by the policy %q: %s", app, v.Target.Name, v.By.PolicyName, ended(v.By.Because)), v.By.PolicyID
	case v.Blocked != nil:
		return fmt.Sprintf("%s does not go to %s: the guard %q forbids it: %s", app, v.Target.Name, v.Blocked.PolicyName, ended(v.Blocked.Because)), v.Blocked.PolicyID
	default:
		return fmt.Sprintf("%s does not go to %s: no policy sends it there.", app, v.Target.Name), ""
	}
}

func ended(text string) string { return strings.TrimSuffix(text, ".") + "." }
