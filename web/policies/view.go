package policies

import (
	"maps"
	"slices"
	"strconv"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/rule/basic"
	"github.com/skyferry/skyferry/web/ui"
)

func (p page) layout() ui.Page {
	l := ui.Page{
		Title: "New distribution policy", Section: "/policies", Paper: true, Live: true,
		Crumbs: []ui.Link{{Label: "Distribution policies", Href: "/policies"}},
		Styles: []string{"css/policy.css", "css/policies-more.css"}, Scripts: []string{"js/policy.js", "js/rows.js", "editor/dist/conditions.js"},
	}
	if p.Form.guard() {
		l.Title, l.Beside = "New guard", ui.Chip("Guard")
		l.Crumbs = append(l.Crumbs, ui.Link{Label: "Guards", Href: home(policy.Never)})
	}
	if p.Stored != nil {
		l.Title = p.Stored.Name
		l.Aside = applied(*p.Stored)
	}
	return l
}

// action is where the form goes.
func (p page) action() string {
	switch {
	case p.Form.ID == "" && p.Form.guard():
		return "/policies/guards/new"
	case p.Form.ID == "":
		return "/policies/new"
	}
	return path(p.Form.ID)
}

func (p page) groups() []ui.NavItem {
	items := []ui.NavItem{
		{Label: "Identification", Href: "#identification"}, {Label: "Basic", Href: "#basic"},
		{Label: "Advanced", Href: "#advanced"}, {Label: "Tests", Href: "#tests-group"},
		{Label: "Tags", Href: "#tags-group"},
	}
	if p.MayChange {
		items = append(items, ui.NavItem{Label: "This change", Href: "#reason-group"})
	}
	if p.Stored != nil {
		items = append(items, ui.NavItem{Label: "History", Href: "#history", Count: len(p.History)})
	}
	return items
}

func (p page) bar() ui.ActionBar {
	bar := ui.ActionBar{Left: []ui.Button{
		{Label: p.Result.apply(p.Form.guard()), Kind: ui.Primary, Form: "policy", Attrs: ui.Attributes{"id": "apply"}}, {Label: "Cancel", Href: home(p.Form.Effect)},
	}}
	if p.Stored != nil {
		bar.Right = []ui.Button{{Label: "Copy", Href: "/policies/copy?id=" + p.Stored.ID}, {Label: "Delete", Kind: ui.Danger, Href: "/policies/delete?id=" + p.Stored.ID}}
	}
	return bar
}

// swap makes a part take the place of the one on the page.
func (p page) swap() ui.Attributes {
	if !p.Part {
		return nil
	}
	return ui.Attributes{"hx-swap-oob": "true"}
}

// live lets a button of the form act in place.
func (p page) live() ui.Attributes { return ui.Attributes{"hx-post": "/policies/check"} }

// liveRows lets the conditions follow the rows while somebody types.
func (p page) liveRows() ui.Attributes {
	if !p.MayChange {
		return nil
	}
	return ui.Attributes{"hx-post": "/policies/check", "hx-trigger": "input delay:80ms"}
}

func liveResult(live bool) ui.Attributes {
	if !live {
		return nil
	}
	return ui.Attributes{
		"hx-post": "/policies/result", "hx-include": "#policy", "hx-trigger": "input from:#policy delay:600ms, change from:#policy delay:600ms",
		"hx-swap": "outerHTML", "hx-sync": "this:replace",
	}
}

func kept(r basic.Row) string {
	if r.Kept || r.Value != "" {
		return "yes"
	}
	return ""
}

// from is the number that a row had before a button moved it; policy.js needs it to keep what was typed since.
func from(r basic.Row) string {
	if r.From == 0 {
		return ""
	}
	return strconv.Itoa(r.From)
}

// withValues are the paths that values are known of.
func (k known) withValues() []string { return slices.Sorted(maps.Keys(k.Values)) }

func (r result) sampleNote() string {
	return ui.Number(r.Matched) + " by this rule · " + ui.Bytes(r.Size)
}
