package policies

import (
	"net/http"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/web/ui"
)

// kindOf is the word for it.
func kindOf(e policy.Effect) string {
	if e == policy.Never {
		return "guard"
	}
	return "policy"
}

// effectOf reads the hidden field.
func effectOf(text string) policy.Effect {
	if text == string(policy.Never) {
		return policy.Never
	}
	return policy.Grant
}

// home is the overview that has it.
func home(e policy.Effect) string {
	if e == policy.Never {
		return "/policies/guards"
	}
	return "/policies"
}

func (f form) guard() bool { return f.Effect == policy.Never }

// newGuard opens an empty page for a guard.
func (s *Screen) newGuard(w http.ResponseWriter, r *http.Request) {
	s.begin(w, r, newForm(policy.Never))
}

// forbidsNothing is what a new guard begins with: no deployment has an empty name.
const forbidsNothing = `((subject.name=""))`

// words says what the form does now, as a policy or as a guard.
func (f form) words(r result) string {
	changes := sentences(r.stays(), r.freed())
	switch {
	case !f.guard():
		return sentences(r.goes(), r.review())
	case f.Disabled:
		return sentences("It is disabled, so it forbids nothing.", changes)
	case changes == "":
		return "It changes nothing now."
	default:
		return changes
	}
}

// sentences joins those that say anything.
func sentences(list ...string) string {
	return strings.Join(slices.DeleteFunc(list, func(s string) bool { return s == "" }), " ")
}

// tabs stand over both overviews.
func (o overview) tabs() []ui.Tab {
	return []ui.Tab{
		{Label: "Policies", Href: "/policies", Count: o.Policies, Current: !o.Guards},
		{Label: "Guards", Href: "/policies/guards", Count: o.GuardCount, Current: o.Guards},
	}
}

// blocks says what a guard takes away: "12 apps in eu, us".
func (e entry) blocks() string {
	switch {
	case e.Policy.Disabled:
		return "Nothing: it is disabled"
	case e.Apps == 0:
		return "Nothing now"
	default:
		return ui.Plural(e.Apps, "app", "apps") + " in " + names(e.GoesTo)
	}
}

// reads is a guard's condition as a sentence.
func (e entry) reads(o overview) string {
	return ui.Capital(policy.Read(policy.Never, e.Policy.Conditions, targets(o.Deployments)).Within(e.Policy.ResourceFilter).Text)
}

func (o overview) guardTable() ui.Table {
	t := o.table()
	t.ID, t.Caption = "guards", "Guards"
	t.Columns = []ui.Column{
		{Key: "name", Label: "Name", Sortable: true},
		{Key: "conditions", Label: "Conditions", Sortable: true},
		{Key: "apps", Label: "Blocks", Sortable: true},
		{Key: "disabled", Label: "Disabled", Sortable: true},
		{Key: "changed", Label: "Changed", Sortable: true, WideOnly: true},
		{Key: "tags", Label: "Tags", Minor: true, WideOnly: true},
	}
	return t
}
