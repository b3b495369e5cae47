package policies

import (
	"strings"

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
	return []*ui.Filter{
		ui.FilterBy("Goes to", "deployment", o.Query, deployments),
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
	return ui.Plural(o.Total, "policy", "policies") + " · " + ui.Number(o.Leaving) + " of " + ui.Plural(o.Published, "published app leaves", "published apps leave") + " the site"
}

func (o overview) bar() ui.ActionBar {
	bar := ui.ActionBar{Left: []ui.Button{{Label: "Create new", Kind: ui.Primary, Icon: ui.IconPlus, Href: "/policies/new"}}}
	if o.Total > 0 {
		bar.More = []ui.Button{{Label: "Delete", Kind: ui.Danger, Form: "chosen", NeedsRow: true}}
	}
	return bar
}

// caution is the short word about an entry below its name.
func (e entry) caution() string {
	switch n := len(e.Warnings); {
	case e.Fault != "":
		return "Sends nothing: not valid"
	case n == 0:
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
	return &ui.Button{Label: "Create new", Kind: ui.Primary, Icon: ui.IconPlus, Href: "/policies/new"}
}
