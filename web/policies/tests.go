package policies

import (
	"context"
	"fmt"
	"strings"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/web/ui"
)

// trial is what the tests say, were the form applied.
type trial struct {
	Own     []policy.TestResult // of the form's own lines
	Broken  []broken            // lines of others that hold now and would not
	Failing []broken            // lines of others that fail already
}

// broken is a line of another policy or guard that does not hold.
type broken struct {
	Policy policy.Policy
	Result policy.TestResult
}

// try runs the tests of a policy, and those of all others that are enabled, with the policy in its place.
func (s *Screen) try(ctx context.Context, p policy.Policy, known known) (trial, error) {
	now, err := s.standing(ctx)
	if err != nil {
		return trial{}, err
	}
	c := newCourt(without(now.stored, map[string]bool{p.ID: true}), p)
	return c.judge(now, now.set.With(p), known.targets()), nil
}

// court has all lines that are judged, and the apps that they name.
type court struct {
	own    []policy.TestLine
	others []policy.Policy
	lines  [][]policy.TestLine // of the others
	apps   *policy.TestApps
}

func newCourt(others []policy.Policy, p policy.Policy) *court {
	c := &court{}
	if !p.Disabled {
		c.own, _ = policy.ParseTests(p.Tests)
	}
	for _, other := range others {
		if lines, _ := policy.ParseTests(other.Tests); !other.Disabled && len(lines) > 0 {
			c.others, c.lines = append(c.others, other), append(c.lines, lines)
		}
	}
	c.apps = policy.NewTestApps(append(c.lines, c.own)...)
	return c
}

func (c *court) judge(now *standing, after *policy.Set, targets []policy.Target) (t trial) {
	for i := 0; i < now.apps.Len() && !c.apps.Empty(); i++ {
		c.apps.Add(now.apps.At(i))
	}
	t.Own = policy.RunTests(after, c.own, c.apps, targets)
	for i, other := range c.others {
		held := policy.RunTests(now.set, c.lines[i], c.apps, targets)
		for n, r := range policy.RunTests(after, c.lines[i], c.apps, targets) {
			switch {
			case r.Holds():
			case held[n].Holds():
				t.Broken = append(t.Broken, broken{other, r})
			default:
				t.Failing = append(t.Failing, broken{other, r})
			}
		}
	}
	return t
}

// failed counts the form's own lines that do not hold.
func (t trial) failed() (n int) {
	for _, r := range t.Own {
		if !r.Holds() {
			n++
		}
	}
	return n
}

// refuses says whether Apply must not go on.
func (t trial) refuses() bool { return t.failed()+len(t.Broken) > 0 }

// fault is what stands at the field Tests.
func (t trial) fault() string {
	var texts []string
	for _, r := range t.Own {
		if !r.Holds() {
			texts = append(texts, fmt.Sprintf("Line %d: %s", r.Number, r.Fails))
		}
	}
	return some(texts)
}

// some joins the first texts and counts the rest.
func some(texts []string) string {
	const most = 5
	if n := len(texts) - most; n > 0 {
		texts = append(texts[:most:most], fmt.Sprintf("And %d more.", n))
	}
	return strings.Join(texts, " ")
}

// refusal is the sentence over the form.
func (t trial) refusal() string {
	var parts []string
	if n := t.failed(); n > 0 {
		parts = append(parts, ui.Plural(n, "test fails.", "tests fail."))
	}
	if len(t.Broken) > 0 {
		parts = append(parts, "It would break "+ui.Plural(len(t.Broken), "test", "tests")+" of "+t.whose()+".")
	}
	return strings.Join(parts, " ")
}

// whose names the policies whose lines would break.
func (t trial) whose() string {
	var names []string
	seen := map[string]bool{}
	for _, b := range t.Broken {
		if !seen[b.Policy.ID] {
			seen[b.Policy.ID] = true
			names = append(names, fmt.Sprintf("%s %q", kindOf(b.Policy.Effect), b.Policy.Name))
		}
	}
	return strings.Join(names, ", ")
}

// summary is what Validate rule says of the tests; empty when there are none.
func (t trial) summary() string {
	switch failed := t.failed(); {
	case t.refuses():
		return t.refusal()
	case len(t.Own) == 0:
		return ""
	default:
		return ui.Plural(len(t.Own)-failed, "test holds.", "tests hold.")
	}
}

// validateTests runs the tests after the rule itself was found valid.
func (s *Screen) validateTests(ctx context.Context, p *page) error {
	if p.Invalid {
		return nil
	}
	if text := testFaults(p.Form.Tests); text != "" {
		p.Form.Faults["tests"], p.Invalid, p.Verdict = text, true, "The tests cannot be read. "+text
		return nil
	}
	sound := p.Form.policy(policy.Policy{ID: p.Form.ID})
	if sound.Effect != policy.Never {
		sound.Actions = policy.ActionDistribute
	}
	t, err := s.try(ctx, sound, p.Known)
	p.Form.Trial = t
	if text := t.fault(); text != "" {
		p.Form.Faults["tests"] = text
	}
	p.Invalid = p.Invalid || t.refuses()
	p.Verdict = strings.TrimSpace(p.Verdict + " " + t.summary())
	return err
}

// testFaults says which lines cannot be read; empty when all can.
func testFaults(text string) string {
	var texts []string
	_, faults := policy.ParseTests(text)
	for _, f := range faults {
		texts = append(texts, f.String())
	}
	return some(texts)
}

const testsHelp = `One line each: app "Sales" in stream "Finance" → must go to eu, must not go to us. An app that the site does not have is made up, with what you say after the stream: ` +
	`with @Cloud "eu", @Region "Nord" owned by "jane". Instead of → you may write ->. A line that fails stops every Apply.`

func (p page) testsField() ui.Field {
	return p.with(ui.Field{
		Name: "tests", Label: "Tests", Type: "textarea", Value: p.Form.Tests, Optional: true, Mono: true,
		Rows: min(max(3, strings.Count(p.Form.Tests, "\n")+1), 16), Help: testsHelp,
	}, p.was().Tests)
}

func (p page) reasonField() ui.Field {
	return p.with(ui.Field{
		Name: "reason", Label: "Reason / ticket", Value: p.Form.Reason, Optional: true, Help: "Kept with this version, for those who ask later.",
	}, "")
}

// judgedBy says which apps a line was judged by.
func judgedBy(r policy.TestResult) string {
	if r.Apps == 0 {
		return "The site has no such app, so one was made up."
	}
	return "By " + ui.Plural(r.Apps, "app", "apps") + " of the site."
}
