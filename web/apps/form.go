package apps

import (
	"net/url"
	"strings"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/properties"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// form is what people write about an app.
type form struct {
	Name        string
	Description string
	Tags        string // with commas between, as typed
	Choices     properties.Choices
	Faults      map[string]string
	Opened      string // mark of what the page showed when it was opened
	Shown       string // what it showed of an app that the site keeps
	refused     refusal
	stored      site.App
	rights      site.Rights
}

func formOf(app site.App, rows []store.PropertyRow, rights site.Rights) form {
	f := form{
		Name: app.Name, Description: app.Description, Tags: tagText(app), stored: app, rights: rights,
		Choices: properties.Choices{Offered: properties.ForApps(rows), Chosen: app.Properties},
	}
	f.Opened, f.Shown = respond.Mark(f.edit()), shownText(app)
	return f
}

func tagText(app site.App) string { return strings.Join(app.Tags, ", ") }

// filled is the form with what was sent. What the site does not let be changed stays as it is.
func (f form) filled(sent url.Values) form {
	if f.rights.Edit {
		f.Name, f.Tags = strings.TrimSpace(sent.Get("name")), sent.Get("tags")
		f.Description = strings.ReplaceAll(sent.Get("description"), "\r\n", "\n")
	}
	if f.rights.Properties {
		f.Choices = properties.Choose(f.Choices.Offered, sent)
	}
	f.Opened = sent.Get("opened")
	return f
}

func (f form) edit() store.AppEdit {
	return store.AppEdit{Name: f.Name, Description: f.Description, Properties: f.Choices.Chosen, Tags: strings.Split(f.Tags, ",")}
}

func (f *form) fail(err error) {
	e := fault.Of(err)
	if f.Faults = e.Fields; len(f.Faults) == 0 {
		f.Faults = map[string]string{"name": e.Text}
	}
	f.Choices.Fault = f.Faults["properties"]
}

func (f form) nameField() ui.Field {
	return ui.Field{Name: "name", Label: "Name", Value: f.Name, Was: f.stored.Name, Required: true, Error: f.Faults["name"], Attrs: ui.Attributes{"maxlength": "256"}}
}

func (f form) descriptionField() ui.Field {
	return ui.Field{Name: "description", Label: "Description", Type: "textarea", Rows: 2, Value: f.Description, Was: f.stored.Description, Optional: f.rights.Edit, Error: f.Faults["description"]}
}

func (f form) tagsField() ui.Field {
	field := ui.Field{Name: "tags", Label: "Tags", Value: f.Tags, Was: tagText(f.stored), Error: f.Faults["tags"]}
	if f.rights.Edit {
		field.Optional, field.Help = true, "With commas between them."
	}
	return field
}

// faultList is the summary on top.
func (f form) faultList() []ui.FieldError {
	list := ui.ErrorsOf(f.nameField(), f.descriptionField(), f.tagsField())
	if f.Choices.Fault != "" {
		list = append(list, ui.FieldError{ID: "properties", Message: "Custom properties: " + f.Choices.Fault})
	}
	return list
}
