package policies

import (
	"slices"
	"strconv"
	"strings"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/rule"
	"github.com/skyferry/skyferry/internal/rule/basic"
	"github.com/skyferry/skyferry/web/ui"
)

// was gives the stored values, to show what a field was; empty for a new policy.
func (p page) was() form {
	if p.Stored == nil {
		return form{}
	}
	return formOf(*p.Stored)
}

// with completes a field by its fault and its stored value.
func (p page) with(f ui.Field, was string) ui.Field {
	f.Error, f.Was = p.Form.Faults[f.Name], was
	return p.guarded(f)
}

// guarded keeps a field from whoever may only look: a text can still be marked and copied.
func (p page) guarded(f ui.Field) ui.Field {
	choice := f.Type == "select" || f.Type == "checkbox"
	f.Disabled, f.ReadOnly = choice && !p.MayChange, !choice && !p.MayChange
	return f
}

func (p page) template() ui.Field {
	f := ui.Field{Name: "template", Label: "Create rule from template", Type: "select", Value: p.Form.Template}
	for _, t := range policy.Templates() {
		f.Options = append(f.Options, ui.Option{Value: t.Name})
	}
	if p.MayChange {
		f.Attrs = ui.Attributes{"hx-post": "/policies/check", "hx-trigger": "change", "hx-vals": `{"do":"template"}`}
	}
	return p.with(f, p.was().Template)
}

func (p page) name() ui.Field {
	return p.with(ui.Field{Name: "name", Label: "Name", Value: p.Form.Name, Required: true}, p.was().Name)
}

func (p page) description() ui.Field {
	return p.with(ui.Field{Name: "description", Label: "Description", Value: p.Form.Description, Optional: true}, p.was().Description)
}

func (p page) filter() ui.Field {
	return p.with(ui.Field{Name: "filter", Label: "Resource filter", Value: p.Form.Filter, Mono: true, Required: true, Help: "App_* is every app; App_ and an app’s id is one."}, p.was().Filter)
}

func (p page) distribute() ui.Field {
	return p.guarded(ui.Field{Name: "distribute", Label: "Distribute", Type: "checkbox", Checked: p.Form.Distribute, Error: p.Form.Faults["actions"]})
}

func (p page) disabled() ui.Field {
	return p.guarded(ui.Field{Name: "disabled", Label: "Disabled", Type: "checkbox", Checked: p.Form.Disabled})
}

func (p page) tags() ui.Field {
	return p.with(ui.Field{Name: "tags", Label: "Tags", Value: p.Form.Tags, Optional: true, Help: "Separate them by commas."}, p.was().Tags)
}

func (p page) conditions() ui.Field {
	f := ui.Field{
		Name: "conditions", Label: "Conditions", Type: "textarea", Value: p.Form.Conditions, Was: p.was().Conditions, Mono: true,
		Rows: min(max(4, strings.Count(p.Form.Conditions, "\n")+1), 16), Attrs: ui.Attributes{"aria-describedby": "conditions-notes"},
	}
	if p.MayChange {
		f.Attrs["hx-post"], f.Attrs["hx-trigger"] = "/policies/check", "input delay:300ms"
	}
	if p.faulty() {
		f.Attrs["aria-invalid"] = "true"
	}
	return p.guarded(f)
}

// faulty says whether the conditions cannot be applied.
func (p page) faulty() bool {
	_, found := rule.FirstFault(p.Notes)
	return found
}

// errors lists the faults for the summary, in the order of the form.
func (p page) errors() []ui.FieldError {
	conditions := p.conditions()
	conditions.Error = p.Form.Faults["conditions"]
	distribute := p.distribute()
	distribute.Label = "Action"
	return ui.ErrorsOf(p.template(), p.name(), p.description(), p.filter(), distribute, conditions, p.testsField(), p.tags(), p.reasonField())
}

// selectOf is a control of a row. A value that the list does not have is kept.
type selectOf struct {
	Name, Label, Value string
	Number             int
	Options            []string
}

func (s selectOf) id() string { return s.Name + "-" + strconv.Itoa(s.Number) }

func (p page) selects(r basic.Row, number int) []selectOf {
	operators := []string{}
	for _, o := range rule.Operators() {
		operators = append(operators, string(o))
	}
	list := []selectOf{
		{"side", "Side", r.Side, number, []string{"subject", "resource"}},
		{"property", "Property", r.Property, number, p.Known.Properties},
		{"operator", "Operator", r.Operator, number, operators},
		{"valuetype", "Value type", r.ValueType, number, []string{basic.Value, basic.Property}},
	}
	for i, s := range list {
		if !slices.Contains(s.Options, s.Value) {
			list[i].Options = append(slices.Clip(s.Options), s.Value)
		}
	}
	return list
}

// hint names known values for a row.
func (p page) hint(r basic.Row) string {
	const most = 6
	list := p.Known.suggestions(r)
	if len(list) == 0 {
		return ""
	}
	text := "Known: " + strings.Join(list[:min(len(list), most)], ", ")
	if len(list) > most {
		text += ", …"
	}
	return text
}
