package deployments

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/web/ui"
)

func (p page) layout() ui.Page {
	l := listLayout()
	l.Crumbs = []ui.Link{{Label: "Deployments setup", Href: "/deployments"}}
	l.Title = "Set up new deployment"
	if p.Stored != nil {
		l.Title = p.Stored.Name
		l.Beside = beside(*p.Stored)
	}
	return l
}

func listLayout() ui.Page {
	return ui.Page{
		Title: "Deployments setup", Section: "/deployments", Paper: true, Live: true,
		Styles: []string{"css/deployments.css"}, Scripts: []string{"js/deployment.js"}, Aside: pauseAllLink(),
	}
}

// action is where the form goes; the draft's id stays in the address.
func (p page) action() string {
	to := "/deployments/new"
	if p.Stored != nil {
		to = path(p.Stored.ID)
	}
	if p.Form.Draft == "" {
		return to
	}
	return to + "?draft=" + url.QueryEscape(p.Form.Draft)
}

// StateOf says in a word how a deployment is; the first is one of the look's states.
func StateOf(s distribution.Summary) (state, words string) {
	switch {
	case s.Deployment.Disabled:
		return "disabled", "Disabled"
	case s.Deployment.Pause != nil:
		return "paused", "Paused"
	case s.Failed > 0:
		return "failed", ui.Number(s.Failed) + " failed"
	case s.Paused > 0:
		return "paused", ui.Number(s.Paused) + " paused"
	case s.Retrying > 0:
		return "retrying", ui.Number(s.Retrying) + " retrying"
	case s.Untried():
		return "untried", "Nothing sent yet"
	default:
		return "ready", "Ready"
	}
}

// queued says how many deliveries are ahead.
func queued(s distribution.Summary) string {
	n := s.Waiting + s.Working + s.Retrying + s.Paused
	switch {
	case s.Working > 0:
		return fmt.Sprintf("%s under way", ui.Number(s.Working))
	case n > 0:
		return ui.Number(n) + " waiting"
	default:
		return ui.Plural(s.InTenant, "app there", "apps there")
	}
}

// standstill is the box about the deployment's own pause, or its being disabled.
func (p page) standstill() *ui.MessageBox {
	if p.Stored == nil {
		return nil
	}
	d := *p.Stored
	switch {
	case d.Disabled:
		return &ui.MessageBox{Kind: ui.Info, Bold: d.Name + " is disabled.", Text: "Nothing is sent there. " + untouched(p.Effects)}
	case d.Pause != nil:
		return &ui.MessageBox{Kind: ui.Warn, Icon: ui.IconPaused, Body: pauseWhy(d, waits(p.Effects.Waiting)+" "+untouched(p.Effects))}
	default:
		return nil
	}
}

func waits(n int) string {
	if n == 0 {
		return "No delivery waits."
	}
	return ui.Plural(n, "delivery waits.", "deliveries wait.")
}

// standing says whether the key is in use.
func (t token) standing() string {
	if t.Draft {
		return "new, in use from Apply on"
	}
	return "in use"
}

// tenantID is the tenant's own id where it is known.
func (p page) tenantID() string {
	if p.Stored == nil {
		return ""
	}
	return p.Stored.TenantID
}

func bodyHelp(tenantID string) string {
	help := "The body of POST /api/v1/identity-providers, as an admin of the tenant sends it."
	if tenantID == "" {
		help += " The id of the tenant is left out while it is not known."
	}
	return help
}

func version(n int64) string { return strconv.FormatInt(n, 10) }

func (p page) bar() ui.ActionBar {
	cancel := ui.Button{Label: "Cancel", Href: "/deployments"}
	if p.Stored != nil && (p.Question != nil || p.Form.Refused != "" || len(p.Form.Faults) > 0) {
		cancel.Href = path(p.Stored.ID)
	}
	bar := ui.ActionBar{Left: []ui.Button{{Label: "Apply", Kind: ui.Primary, Form: "deployment"}, cancel}}
	if p.Question != nil {
		bar.Left, bar.Note = []ui.Button{cancel}, "Answer the question above; nothing is saved yet"
	}
	if p.Stored != nil {
		bar.Right = actions(*p.Stored)
	}
	return bar
}

// actions are those on the whole deployment. Each leads to a page that says what will happen.
func actions(d deployment.Deployment) []ui.Button {
	to := func(label, act string) ui.Button { return ui.Button{Label: label, Href: path(d.ID) + "/" + act} }
	halt, able := to("Pause", "pause"), to("Disable", "disable")
	if d.Pause != nil {
		halt = to("Resume", "resume")
	}
	if d.Disabled {
		able = to("Enable", "enable")
	}
	remove := to("Delete", "delete")
	remove.Kind = ui.Danger
	test := ui.Button{Label: "Test connection", Post: path(d.ID) + "/test#test", Attrs: ui.Attributes{
		"hx-post": path(d.ID) + "/test", "hx-target": "#test", "hx-swap": "innerHTML show:#test:bottom", "hx-sync": "this:drop", "hx-indicator": ".test-wait",
	}}
	return []ui.Button{halt, test, able, remove}
}

func (p page) inTenant() []ui.Fact {
	tenantID := ui.Fact{Label: "Tenant id", Value: p.Stored.TenantID, Mono: true}
	if p.Stored.TenantID == "" {
		tenantID = ui.Fact{Label: "Tenant id", Value: "Not known before the first contact"}
	}
	return []ui.Fact{
		{Label: "Apps", Value: ui.Number(p.Effects.InTenant)},
		{Label: "Left in tenant", Body: leftLink(p.Stored.ID, p.Effects.Left)},
		tenantID,
	}
}

// ends are what is known to end.
func (p page) ends() []ui.Fact {
	var facts []ui.Fact
	for _, e := range p.Stored.Expiries() {
		facts = append(facts, ui.Fact{Label: ui.Capital(strings.TrimPrefix(e.What, "The ")), Body: ui.Time(e.At)})
	}
	return facts
}

// notices are the boxes about what ends soon, and about an API key that is a person's.
func (p page) notices() []ui.MessageBox {
	if p.Stored == nil {
		return nil
	}
	var boxes []ui.MessageBox
	for _, e := range p.Stored.Due(p.Now) {
		kind := ui.Warn
		if e.Notice(p.Now) == 1 {
			kind = ui.Bad
		}
		boxes = append(boxes, ui.MessageBox{Kind: kind, Bold: e.Words(p.Now), Text: e.Then})
	}
	if p.Stored.Person != "" {
		boxes = append(boxes, ui.MessageBox{Kind: ui.Warn, Bold: "The API key is that of a person, " + p.Stored.Person + ".", Text: "It may do what that person may, and ends with the account. For more than a test use client credentials."})
	}
	return boxes
}
