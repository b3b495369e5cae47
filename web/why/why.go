// Package why shows what every policy and guard said of an app, as of the moment of a decision. The pages of apps and of
// deliveries have it in common.
package why

import (
	"fmt"
	"time"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/rule"
	"github.com/skyferry/skyferry/web/ui"
)

// most bounds the list of policies and guards of one deployment. What is true and every guard that forbids comes first.
const most = 40

// View is a decision, explained.
type View struct {
	At        time.Time
	Note      string // what happened
	Gone      bool   // the app was not there any more
	Lost      int    // policies whose version of then is not kept
	Published bool
	Outcomes  []Outcome
	// Stays are the ids of the deployments in whose tenant a copy is left and marked, by now: nothing goes there, whatever was decided.
	Stays map[string]bool
}

// Outcome is what became of the app for one deployment.
type Outcome struct {
	Verdict policy.Verdict
	Reasons []policy.Reason
	Hidden  int // reasons that the list leaves out
}

// Of explains a decision: for one deployment, or with an empty id for all.
func Of(d distribution.Decision, deploymentID string) View {
	v := View{At: d.At, Note: d.Note, Gone: d.App == nil, Lost: d.Lost}
	if d.App == nil {
		return v
	}
	v.Published = d.App.Published()
	set := policy.Compile(d.Policies)
	for _, verdict := range set.Judge(*d.App, d.Targets) {
		if deploymentID == "" || verdict.Target.ID == deploymentID {
			reasons := set.Reasons(*d.App, verdict.Target)
			shown := min(len(reasons), most)
			v.Outcomes = append(v.Outcomes, Outcome{verdict, reasons[:shown], len(reasons) - shown})
		}
	}
	return v
}

// stays says whether a mark keeps the app from where policies send it.
func (v View) stays(o Outcome) bool {
	return o.Verdict.Goes && o.Verdict.By != nil && v.Stays[o.Verdict.Target.ID]
}

// words say an outcome in one sentence.
func (v View) words(o Outcome) string {
	name := o.Verdict.Target.Name
	switch {
	case !v.Published:
		return "Does not go to " + name + ": it was not published."
	case v.stays(o):
		return fmt.Sprintf("Stays as it is in %s: the copy there is left and marked. Without the mark it would go by policy %q.", name, o.Verdict.By.PolicyName)
	case o.Verdict.Blocked != nil:
		return fmt.Sprintf("Blocked by guard %q: it never goes to %s.", o.Verdict.Blocked.PolicyName, name)
	case o.Verdict.By != nil:
		return fmt.Sprintf("Goes to %s by policy %q.", name, o.Verdict.By.PolicyName)
	default:
		return "Does not go to " + name + ": no policy names it."
	}
}

// Text is the outcomes for a text without pages.
func (v View) Text() (lines []string) {
	for _, o := range v.Outcomes {
		lines = append(lines, v.words(o))
		for _, r := range o.Reasons {
			lines = append(lines, "  "+heading(r)+": "+verdict(r))
		}
	}
	return lines
}

func heading(r policy.Reason) string {
	kind := "Policy"
	if r.Policy.Effect == policy.Never {
		kind = "Guard"
	}
	return fmt.Sprintf("%s %q, version %d", kind, r.Policy.Name, r.Policy.Version)
}

// verdict says what a policy or guard makes of the app.
func verdict(r policy.Reason) string {
	guard := r.Policy.Effect == policy.Never
	switch {
	case r.Unsound != "" && guard && r.Reached:
		return "cannot be read, so it forbids everything: " + r.Unsound
	case r.Unsound != "":
		return "cannot be read, so it sends nothing: " + r.Unsound
	case !r.Reached:
		return "its resource filter does not reach the app"
	case r.True && guard:
		return "forbids it"
	case r.True:
		return "sends it"
	case guard:
		return "does not concern it"
	default:
		return "does not send it"
	}
}

func state(goes bool) string {
	if goes {
		return "distributed"
	}
	return "cancelled"
}

// counted names the list that is folded away.
func (o Outcome) counted() string {
	return "What every policy and guard said (" + ui.Number(len(o.Reasons)+o.Hidden) + ")"
}

func truth(t *rule.Trace) string {
	if t.True {
		return "true"
	}
	return "false"
}
