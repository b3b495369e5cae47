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
	was := formOf(*p.Stored, "")
	if p.Stored.Auth == deployment.LocalBearer {
		was.SignIn = ""
	}
	return was
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

// ways are those of signing in without the local bearer token.
var ways = []ui.Option{
	{Value: string(deployment.ClientCredentials), Label: deployment.ClientCredentials.Words()},
	{Value: string(deployment.JWTProvider), Label: deployment.JWTProvider.Words()},
	{Value: string(deployment.APIKey), Label: deployment.APIKey.Words()},
}

// signIn chooses among them.
func (p page) signIn() ui.Field {
	return p.with(ui.Field{Name: "signin", Label: "Sign in with", Type: "select", Value: p.Form.SignIn, Options: ways, Short: true, Help: "Client credentials are the way that Qlik recommends."}, p.was().SignIn)
}

// client are the fields of an OAuth client.
func (p page) client() []ui.Field {
	f, was := p.Form, p.was()
	return []ui.Field{
		p.with(ui.Field{Name: "clientid", Label: "Client ID", Value: f.ClientID, Mono: true, Help: "Of an OAuth client of the tenant."}, was.ClientID),
		p.secret("clientsecret", "Client secret", f.clientSecret != "", deployment.ClientCredentials),
		p.with(ui.Field{Name: "secretexpires", Label: "Client secret expires", Type: "date", Value: f.SecretExpires, Optional: true, Short: true, Help: "The tenant does not tell it. Notices come 30, 7 and 1 days ahead."}, was.SecretExpires),
		p.with(ui.Field{Name: "tokenendpoint", Label: "Token endpoint", Type: "url", Value: f.TokenEndpoint, Help: "Where the tenant gives tokens, such as https://my-tenant.eu.qlikcloud.com/oauth/token"}, was.TokenEndpoint),
	}
}

// apiKey is the field of an API key.
func (p page) apiKey() ui.Field {
	f := p.secret("apikey", "API key", p.Form.apiKey != "", deployment.APIKey)
	f.Help += " It acts for the person who made it: use it for tests."
	return f
}

// secret is a field whose value is never shown again; of is the way of signing in that has it.
func (p page) secret(name, label string, typed bool, of deployment.Auth) ui.Field {
	f := ui.Field{Name: name, Label: label, Type: "password", Help: "Stored encrypted, never shown again.", Attrs: ui.Attributes{"autocomplete": "new-password"}}
	if p.Stored != nil && p.Stored.Auth == of {
		f.Help = "Empty keeps the stored one. It is never shown."
	}
	if typed {
		f.Warning = "Enter it again: a secret is never written into a page."
	}
	return p.with(f, "")
}

// credentials are all of them, in the order of the page.
func (p page) credentials() []ui.Field {
	return slices.Concat([]ui.Field{p.signIn()}, p.client(), []ui.Field{p.apiKey()})
}

func (p page) about() []ui.Field {
	f, was := p.Form, p.was()
	return []ui.Field{
		p.with(ui.Field{Name: "kind", Label: "Kind", Type: "select", Value: f.Kind, Options: kinds, Short: true, Optional: true, Help: "Shown wherever the deployment is named. On Production, Delete and a change of the key ask for the name."}, was.Kind),
		p.with(ui.Field{Name: "contact", Label: "Contact", Value: f.Contact, Optional: true, Help: "Whom to ask about this tenant."}, was.Contact),
		p.with(ui.Field{Name: "note", Label: "Note", Type: "textarea", Rows: 2, Value: f.Note, Optional: true}, was.Note),
	}
}

// errors are all faults, in the order of the page.
func (p page) errors() []ui.FieldError {
	var all []ui.Field
	if p.Question != nil {
		all = append(all, p.Question.field())
	}
	return ui.ErrorsOf(slices.Concat(all, p.connection(), p.credentials(), p.about(), p.landing(), p.spaces(), p.identity(), p.mayGo(), p.limits())...)
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
