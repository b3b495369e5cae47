package movein

import (
	"strconv"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/origin"
	"github.com/skyferry/skyferry/web/policies"
	"github.com/skyferry/skyferry/web/ui"
)

func (v view) summary() string {
	if v.site.Kind != site.Repository || v.trouble != "" {
		return ""
	}
	return ui.Plural(v.rules, "rule", "rules") + " of " + v.site.Host + " · " + ui.Number(len(v.plan.Offers)+len(v.plan.Left)) + " with the action Distribute"
}

// native names the rules by which the site itself sends.
func (v view) native() (names []string) {
	for _, r := range v.plan.Native {
		names = append(names, r.Name)
	}
	return names
}

// empty says why there is nothing to choose from; nil: there is.
func (v view) empty() ui.Component {
	again := &ui.Button{Label: "Read again", Href: Path}
	switch {
	case v.site.Kind == site.Unset:
		return ui.Empty{Icon: ui.IconPolicy, Title: "No site is connected yet.", Text: "The rules are read from the repository of your Qlik Sense site. Connect it first.", Action: &ui.Button{Label: "Connect the site", Kind: ui.Primary, Href: "/site"}}
	case v.site.Kind != site.Repository:
		return ui.Empty{Icon: ui.IconPolicy, Title: "No rules to move in.", Text: "The site is the console's own: it has no rules. Rules are read from a Qlik repository.", Action: &ui.Button{Label: "Site", Href: "/site"}}
	case v.trouble != "":
		return ui.MessageBox{Kind: ui.Bad, Bold: "The rules of the site could not be read.", Text: v.trouble, Action: again}
	case len(v.plan.Offers)+len(v.plan.Left) == 0:
		return ui.Empty{Icon: ui.IconPolicy, Title: "No rule of the site has the action Distribute.",
			Text:   "The site answers " + ui.Plural(v.rules, "rule", "rules") + " to " + origin.User(v.site) + ". If there should be one, that user may not read it: the right is Read on SystemRule_*.",
			Action: again}
	}
	return nil
}

func (v view) table(selectable bool) ui.Table {
	return ui.Table{
		ID: "moving-in", Caption: "Rules that can become policies", Selectable: selectable,
		Columns: []ui.Column{
			{Key: "name", Label: "Name"}, {Key: "filter", Label: "Resource filter"}, {Key: "conditions", Label: "Conditions"},
			{Key: "actions", Label: "Actions"}, {Key: "disabled", Label: "Disabled"}, {Key: "changes", Label: "What would change"},
		},
	}
}

func (v view) bar(mayChange bool) ui.ActionBar {
	again := ui.Button{Label: "Read again", Href: Path}
	if !mayChange || len(v.rows) == 0 {
		return ui.ActionBar{Left: []ui.Button{again}}
	}
	return ui.ActionBar{Left: []ui.Button{{Label: "Import", Kind: ui.Primary, Form: "rules", NeedsRow: true}, again}, Note: "You see what changes before anything is imported."}
}

func heldWords(c policies.Change) string {
	return "More than " + strconv.Itoa(*c.Deployment.HoldAbove) + " at once: held for review in " + c.Deployment.Name + "."
}

func quoted(name string) string { return `"` + name + `"` }

func yesNo(yes bool) string {
	if yes {
		return "Yes"
	}
	return "No"
}

func (q question) title() string {
	return "Import " + ui.Plural(len(q.rows), "rule", "rules") + "?"
}

// summary stands on top of a choice that cannot be imported as it is.
func (q question) summary() string {
	switch {
	case q.refused != "" && q.would.Breaks != "":
		return q.refused + " " + q.would.Breaks
	case q.refused != "":
		return q.refused
	case q.would.Breaks != "":
		return "It cannot be imported so. " + q.would.Breaks
	case len(q.gone) > 0:
		return "Not everything that was chosen can be imported."
	}
	return ""
}

func (q question) faultList() []ui.FieldError {
	var list []ui.FieldError
	for _, no := range q.gone {
		list = append(list, ui.FieldError{Message: no.Rule + ": " + no.Why})
	}
	for _, r := range q.rows {
		if f := q.nameField(r); f.Error != "" {
			list = append(list, ui.FieldError{ID: f.ID, Message: r.Rule.Name + ": " + f.Error})
		}
	}
	return list
}

func (q question) nameField(r row) ui.Field {
	f := ui.Field{ID: "name-" + r.Rule.ID, Name: "name:" + r.Rule.ID, Label: "Name", Value: r.Policy.Name, Required: true, Error: q.faults[r.Rule.ID], Attrs: ui.Attributes{"maxlength": "256"}}
	if f.Error == "" && r.Clash != "" {
		f.Help = r.Clash
	}
	return f
}
