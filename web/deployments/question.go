package deployments

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/web/ui"
)

// question is what Apply asks before it saves: whether policies follow a rename, and the name of a Production deployment
// whose key changes.
type question struct {
	Old, New string
	Rewrites []rewrite
	TypeName bool // the old name has to be typed
	Typed    string
}

// rewrite is a policy that names the old name, with the conditions that would name the new one.
type rewrite struct {
	Before, After policy.Policy
}

func (s *Screen) questionOf(ctx context.Context, stored deployment.Deployment, f form) (question, error) {
	q := question{Old: stored.Name, New: f.Name, Typed: f.Confirm, TypeName: stored.Kind == deployment.Production && f.changesKey(stored)}
	if f.Name == stored.Name {
		return q, nil
	}
	named, err := s.naming(ctx, stored.Name)
	if err != nil {
		return q, err
	}
	for _, p := range named {
		after := p
		if text, changed := policy.Rename(p.Conditions, stored.Name, f.Name); changed {
			after.Conditions = text
			q.Rewrites = append(q.Rewrites, rewrite{p, after})
		}
	}
	return q, nil
}

// changesKey says whether the tenant would have to trust other credentials.
func (f form) changesKey(stored deployment.Deployment) bool {
	return f.auth() != stored.Auth || f.draftToBind() != ""
}

// seen names exactly what the question shows. An answer counts only for that: whoever changes the name again, or a policy
// meanwhile, is asked again.
func (q question) seen() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q", q.New)
	for _, r := range q.Rewrites {
		fmt.Fprintf(&b, " %s:%d", r.Before.ID, r.Before.Version)
	}
	return b.String()
}

// answeredBy says whether nothing remains to be asked.
func (q question) answeredBy(values url.Values) bool {
	answered := values.Get("seen") == q.seen() && (values.Get("rename") == "rewrite" || values.Get("rename") == "keep")
	return (len(q.Rewrites) == 0 || answered) && (!q.TypeName || q.Typed == q.Old)
}

// chosen gives the policies to save with the deployment.
func (q question) chosen(values url.Values) []policy.Policy {
	if values.Get("rename") != "rewrite" {
		return nil
	}
	var after []policy.Policy
	for _, r := range q.Rewrites {
		after = append(after, r.After)
	}
	return after
}

// wrongName is the fault of a name that was typed wrongly.
func (q question) wrongName() string {
	if !q.TypeName || q.Typed == "" || q.Typed == q.Old {
		return ""
	}
	return "This is not the name. Type " + q.Old + "."
}

// field asks for the name.
func (q question) field() ui.Field {
	return ui.Field{
		Name: "confirm", Label: "Name of the deployment", Error: q.wrongName(), Help: "It is a Production deployment: type " + q.Old + " to confirm.",
		Attrs: ui.Attributes{"autocomplete": "off", "data-no-track": true},
	}
}

// status is 200 for a question, 422 for an answer that was wrong.
func (q question) status() int {
	if q.wrongName() != "" {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

func (q question) changes() []ui.Change {
	var list []ui.Change
	for _, r := range q.Rewrites {
		list = append(list, ui.Change{Field: r.Before.Name, Before: r.Before.Conditions, After: r.After.Conditions})
	}
	return list
}

func (q question) title() string {
	if len(q.Rewrites) == 0 {
		return fmt.Sprintf("Change how %q signs in?", q.Old)
	}
	return fmt.Sprintf("Rename %q to %q?", q.Old, q.New)
}

func (q question) text() string {
	if len(q.Rewrites) == 0 {
		return "Nothing is saved yet. From Apply on, the tenant has to accept the new credentials; until it does, distribution to it stands still."
	}
	return fmt.Sprintf("Nothing is saved yet. %s the old name. Without rewriting, %s no longer mean%s this deployment: what %s there now becomes left in tenant.",
		ui.Plural(len(q.Rewrites), "policy names", "policies name"), these(len(q.Rewrites)), verbS(len(q.Rewrites)), these(len(q.Rewrites))+" send"+verbS(len(q.Rewrites)))
}

// buttons are the answers.
func (q question) buttons() []ui.Button {
	if len(q.Rewrites) == 0 {
		return []ui.Button{{Label: "Apply", Kind: ui.Primary}}
	}
	return []ui.Button{
		{Label: "Apply and rewrite " + ui.Plural(len(q.Rewrites), "policy", "policies"), Kind: ui.Primary, Name: "rename", Value: "rewrite"},
		{Label: "Apply without rewriting", Name: "rename", Value: "keep"},
	}
}
