package properties

import (
	"net/url"
	"strings"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// form is what the edit page shows and sends.
type form struct {
	Name        string
	Description string
	Values      string // one on each line, as typed
	ForApps     bool
	ForStreams  bool
	Faults      map[string]string
	Opened      string // mark of what the page showed when it was opened

	Stored   store.PropertyRow // zero: new
	Rights   site.Rights
	Policies []policy.Policy // that read it by its stored name
	History  []account.Record
}

// blank is the form of a new property; it is shown only where the site lets it be made.
func blank() form { return form{ForApps: true, Rights: site.Rights{Define: true}} }

func formOf(p store.PropertyRow) form {
	f := form{Name: p.Name, Description: p.Description, Values: strings.Join(p.Values, "\n"), ForApps: p.ForApps, ForStreams: p.ForStreams, Stored: p}
	f.Opened = respond.Mark(p.Property)
	return f
}

// filled is the form with what was sent.
func (f form) filled(sent url.Values) form {
	f.Name = strings.TrimPrefix(strings.TrimSpace(sent.Get("name")), "@")
	f.Description, f.Opened = sent.Get("description"), sent.Get("opened")
	f.Values = strings.ReplaceAll(sent.Get("values"), "\r\n", "\n")
	f.ForApps, f.ForStreams = sent.Get("apps") != "", sent.Get("streams") != ""
	return f
}

func (f form) isNew() bool { return f.Stored.ID == "" }

func (f form) property() site.Property {
	return site.Property{ID: f.Stored.ID, Name: f.Name, Description: f.Description, Values: f.values(), ForApps: f.ForApps, ForStreams: f.ForStreams}
}

func (f form) values() []string {
	var list []string
	for line := range strings.Lines(f.Values) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

func (f form) check() error {
	faults := map[string]string{}
	switch {
	case f.Name == "":
		faults["name"] = "Enter a name."
	case !policy.IsPropertyName(f.Name):
		faults["name"] = "Conditions could not write this name. Begin with a letter; then letters, digits, _ and - may follow, without blanks."
	}
	if len(f.values()) == 0 {
		faults["values"] = "Enter at least one value; apps and streams choose among them."
	}
	if !f.ForApps && !f.ForStreams {
		faults["apps"] = "Tick For apps, For streams, or both."
	}
	return fault.InFields(faults)
}

func (f *form) fail(err error) {
	e := fault.Of(err)
	if f.Faults = e.Fields; len(f.Faults) == 0 {
		f.Faults = map[string]string{"name": e.Text}
	}
}

func (f form) nameField() ui.Field {
	return ui.Field{
		Name: "name", Label: "Name", Value: f.Name, Was: f.Stored.Name, Required: true, Error: f.Faults["name"], Warning: f.renameWarning(),
		Help: "Conditions write it as resource.@" + f.example() + ".", Attrs: ui.Attributes{"maxlength": "128"},
	}
}

func (f form) descriptionField() ui.Field {
	return ui.Field{Name: "description", Label: "Description", Value: f.Description, Was: f.Stored.Description, Optional: true, Error: f.Faults["description"]}
}

func (f form) valuesField() ui.Field {
	return ui.Field{
		Name: "values", Label: "Values", Type: "textarea", Rows: 6, Value: f.Values, Required: true, Error: f.Faults["values"],
		Help: "One on each line. A value that you remove goes from the apps and streams that have it.",
	}
}

func (f form) appsField() ui.Field {
	return ui.Field{Name: "apps", Label: "For apps", Type: "checkbox", Checked: f.ForApps, Error: f.Faults["apps"]}
}

func (f form) streamsField() ui.Field {
	return ui.Field{Name: "streams", Label: "For streams", Type: "checkbox", Checked: f.ForStreams}
}
