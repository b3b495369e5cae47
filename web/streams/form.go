package streams

import (
	"net/url"
	"strings"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/properties"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// form is what the edit page shows and sends.
type form struct {
	Name    string
	Choices properties.Choices
	Faults  map[string]string
	Opened  string // mark of what the page showed when it was opened

	Stored  store.StreamRow // zero: new
	Rights  site.Rights
	History []account.Record
}

// filled is the form with what was sent.
func (f form) filled(sent url.Values) form {
	f.Name = strings.TrimSpace(sent.Get("name"))
	f.Choices = properties.Choose(f.Choices.Offered, sent)
	f.Opened = sent.Get("opened")
	return f
}

// mark is that of what the form shows.
func (f form) mark() string {
	st := f.stream()
	return respond.Mark([]any{st.Name, st.Properties})
}

// stream keeps the owner: it is no field of the form.
func (f form) stream() site.Stream {
	return site.Stream{ID: f.Stored.ID, Name: f.Name, Owner: f.Stored.Owner, Properties: f.Choices.Chosen}
}

func (f *form) fail(err error) {
	e := fault.Of(err)
	if f.Faults = e.Fields; len(f.Faults) == 0 {
		f.Faults = map[string]string{"name": e.Text}
	}
	f.Choices.Fault = f.Faults["properties"]
}

func (f form) nameField() ui.Field {
	return ui.Field{
		Name: "name", Label: "Name", Value: f.Name, Was: f.Stored.Name, Required: true, ReadOnly: !f.Rights.Define, Error: f.Faults["name"],
		Help: "Conditions compare it as resource.stream.name.", Attrs: ui.Attributes{"maxlength": "256"},
	}
}

// faultList is the summary on top.
func (f form) faultList() []ui.FieldError {
	list := ui.ErrorsOf(f.nameField())
	if f.Choices.Fault != "" {
		list = append(list, ui.FieldError{ID: "properties", Message: "Custom properties: " + f.Choices.Fault})
	}
	return list
}

func (f form) isNew() bool { return f.Stored.ID == "" }

func (f form) title() string {
	if f.isNew() {
		return "New stream"
	}
	return f.Stored.Name
}

func (f form) action() string {
	if f.isNew() {
		return "/streams"
	}
	return path(f.Stored.ID)
}

func path(id string) string { return "/streams/" + id }

func appsIn(id string) string { return "/apps?" + url.Values{"stream": {id}}.Encode() }

// updated is the notice after Apply.
func (f form) updated() string {
	if f.Stored.Apps == 0 {
		return "Successfully updated"
	}
	return "Successfully updated. Policies decide anew about " + ui.Plural(f.Stored.Apps, "app", "apps") + " in " + f.Name + "."
}
