package deployments

import (
	"net/url"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/web/ui"
)

var kinds = []ui.Option{
	{Value: string(deployment.Unspecified), Label: "unspecified"},
	{Value: string(deployment.Production)},
	{Value: string(deployment.Test)},
	{Value: string(deployment.Sandbox)},
}

// was gives the stored values, to show what a field was; empty for a new deployment.
func (p page) was() form {
	if p.Stored == nil {
		return form{}
	}
	return formOf(*p.Stored, "")
}

// with completes a field by its fault and its stored value.
func (p page) with(f ui.Field, was string) ui.Field {
	f.Error, f.Was = p.Form.Faults[f.Name], was
	return f
}

func (p page) connection() []ui.Field {
	f, was := p.Form, p.was()
	return []ui.Field{
		p.with(ui.Field{Name: "name", Label: "Deployment name", Value: f.Name, Required: true, Help: "Policies compare it with subject.name."}, was.Name),
		p.with(ui.Field{Name: "endpoint", Label: "API endpoint", Type: "url", Value: f.Endpoint, Required: true, Help: "The tenant’s address, such as https://my-tenant.eu.qlikcloud.com"}, was.Endpoint),
		p.with(ui.Field{Name: "audience", Label: "Audience", Value: f.Audience, Required: true, Attrs: p.refreshToken()}, was.Audience),
		{Name: "local", Label: "Use local bearer token", Type: "checkbox", Value: "on", Checked: f.Local},
	}
}

// refreshToken lets the token follow the audience while it is typed.
func (p page) refreshToken() ui.Attributes {
	if p.Token.Text == "" {
		return nil
	}
	q := url.Values{}
	if p.Form.Draft != "" {
		q.Set("draft", p.Form.Draft)
	} else {
		q.Set("deployment", p.Form.ID)
	}
	return ui.Attributes{
		"hx-get": "/deployments/token?" + q.Encode(), "hx-trigger": "input changed delay:300ms, change",
		"hx-target": "#token-area", "hx-swap": "outerHTML", "hx-sync": "this:replace",
	}
}

func (p page) credentials() []ui.Field {
	f, was := p.Form, p.was()
	secretField := ui.Field{Name: "clientsecret", Label: "Client secret", Type: "password", Help: "Stored encrypted, never shown again.", Attrs: ui.Attributes{"autocomplete": "new-password"}}
	if p.hasSecret() {
		secretField.Help = "Empty keeps the stored one. It is never shown."
	}
	if f.clientSecret != "" {
		secretField.Warning = "Enter it again: a secret is never written into a page."
	}
	return []ui.Field{
		p.with(ui.Field{Name: "clientid", Label: "Client ID", Value: f.ClientID, Mono: true}, was.ClientID),
		p.with(secretField, ""),
		p.with(ui.Field{Name: "tokenendpoint", Label: "Token endpoint", Type: "url", Value: f.TokenEndpoint, Help: "Where the tenant gives tokens, such as https://my-tenant.eu.qlikcloud.com/oauth/token"}, was.TokenEndpoint),
	}
}

// hasSecret says whether a client secret is stored.
func (p page) hasSecret() bool {
	return p.Stored != nil && p.Stored.Auth == deployment.ClientCredentials
}

func (p page) about() []ui.Field {
	f, was := p.Form, p.was()
	return []ui.Field{
		p.with(ui.Field{Name: "kind", Label: "Kind", Type: "select", Value: f.Kind, Options: kinds, Short: true, Optional: true, Help: "Shown wherever the deployment is named. On Production, Delete and a change of the key ask for the name."}, was.Kind),
		p.with(ui.Field{Name: "contact", Label: "Contact", Value: f.Contact, Optional: true, Help: "Whom to ask about this tenant."}, was.Contact),
		p.with(ui.Field{Name: "note", Label: "Note", Type: "textarea", Rows: 2, Value: f.Note, Optional: true}, was.Note),
		p.with(ui.Field{Name: "hold", Label: "Hold new apps above", Type: "text", Value: f.HoldAbove, Short: true, Optional: true, Help: "When one change would bring more new apps than this, they wait until somebody has looked. 0 holds every new app, empty none."}, was.HoldAbove),
	}
}

// errors are all faults, in the order of the page.
func (p page) errors() []ui.FieldError {
	var all []ui.Field
	if p.Question != nil {
		all = append(all, p.Question.field())
	}
	return ui.ErrorsOf(slices.Concat(all, p.connection(), p.credentials(), p.about(), p.landing(), p.spaces(), p.identity())...)
}

// refusal heads the summary. A sentence that stands at a field is not said twice.
func (p page) refusal() string {
	for _, text := range p.Form.Faults {
		if text == p.Form.Refused {
			return "Not applied."
		}
	}
	return strings.TrimSpace("Not applied. " + p.Form.Refused)
}
