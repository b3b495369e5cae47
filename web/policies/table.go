package policies

import (
	"strings"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/origin"
	"github.com/skyferry/skyferry/web/ui"
)

func (o overview) table() ui.Table {
	sort := ui.Sort{By: o.Query.Get("sort"), Descending: o.Query.Get("dir") == "desc", Query: o.Query}
	if sort.By == "" {
		sort.By = "name"
	}
	return ui.Table{
		ID: "policies", Caption: "Distribution policies", Sort: sort, Selectable: o.MayChange,
		Columns: []ui.Column{
			{Key: "name", Label: "Name", Sortable: true},
			{Key: "goes", Label: "Goes to", Sortable: true},
			{Key: "apps", Label: "Apps now", Sortable: true, Numeric: true},
			{Key: "filter", Label: "Resource filter", Sortable: true, WideOnly: true},
			{Key: "actions", Label: "Actions", WideOnly: true},
			{Key: "disabled", Label: "Disabled", Sortable: true},
			{Key: "conditions", Label: "Conditions", Sortable: true},
			{Key: "tags", Label: "Tags", Minor: true, WideOnly: true},
			{Key: "description", Label: "Description", Sortable: true, Minor: true, WideOnly: true},
		},
	}
}

func (o overview) filters() []*ui.Filter {
	var deployments []ui.Option
	for _, d := range o.Deployments {
		deployments = append(deployments, ui.Option{Value: d.ID, Label: d.Name})
	}
	where := "Goes to"
	if o.Guards {
		where = "Blocks"
	}
	return []*ui.Filter{
		ui.FilterBy(where, "deployment", o.Query, deployments),
		ui.FilterBy("Disabled", "disabled", o.Query, []ui.Option{{Value: "no", Label: "No"}, {Value: "yes", Label: "Yes"}}),
	}
}

func (o overview) span() int {
	t := o.table()
	if t.Selectable {
		return len(t.Columns) + 1
	}
	return len(t.Columns)
}

// summary stands at the right of the page's head.
func (o overview) summary() string {
	if o.Guards {
		return ui.Plural(o.Total, "guard", "guards")
	}
	return ui.Plural(o.Total, "policy", "policies") + " · " + ui.Number(o.Leaving) + " of " + ui.Plural(o.Published, "published app leaves", "published apps leave") + " the site"
}

func (o overview) bar() ui.ActionBar {
	bar := ui.ActionBar{Left: []ui.Button{{Label: "Create new", Kind: ui.Primary, Icon: ui.IconPlus, Href: home(o.effect()) + "/new"}}}
	if o.Total > 0 {
		bar.More = []ui.Button{{Label: "Copy", Form: "chosen", Action: "/policies/copy", NeedsRow: true}, {Label: "Delete", Kind: ui.Danger, Form: "chosen", NeedsRow: true}}
	}
	if o.Site.Kind == site.Repository && !o.Guards && len(o.Native) == 0 { // else the warning leads there
		bar.Right = []ui.Button{origin.MoveIn()}
	}
	return bar
}

func (o overview) movingIn() *ui.Button {
	b := origin.MoveIn()
	b.Small = true
	return &b
}

// caution is the short word about an entry below its name.
func (e entry) caution() string {
	switch n := len(e.Warnings); {
	case e.Fault != "" && e.Policy.Effect == policy.Never:
		return "Forbids everything: not valid"
	case e.Fault != "":
		return "Sends nothing: not valid"
	case n == 0:
		return ""
	case n == 1 && strings.Contains(e.Warnings[0], "goes to NO deployment"): // a guard may well forbid all
		return ""
	case n == 1 && strings.Contains(e.Warnings[0], "EVERY deployment"):
		return "Goes to EVERY deployment"
	default:
		return ui.Plural(n, "warning", "warnings")
	}
}

// first is the button of the empty overview.
func (o overview) first() *ui.Button {
	if !o.MayChange {
		return nil
	}
	return &ui.Button{Label: "Create new", Kind: ui.Primary, Icon: ui.IconPlus, Href: home(o.effect()) + "/new"}
}

func (o overview) effect() policy.Effect {
	if o.Guards {
		return policy.Never
	}
	return policy.Grant
}

func (o overview) layout() ui.Page {
	return ui.Page{
		Title: "Distribution policies", Section: "/policies", Crumbs: []ui.Link{{Label: "Cloud distribution"}}, Paper: true,
		Aside: ui.Text(o.summary()), Styles: []string{"css/policy.css", "css/policies-more.css"},
	}
}
