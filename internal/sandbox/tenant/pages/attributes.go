package pages

import (
	"strings"

	"github.com/a-h/templ"
)

// attributes joins a field to its label, its fault and its help.
func attributes(f Field) templ.Attributes {
	id := fieldID(f.Name)
	set := templ.Attributes{"id": id, "name": f.Name, "autocomplete": "off"}
	var about []string
	if f.Error != "" {
		set["aria-invalid"] = "true"
		about = append(about, id+"-error")
	}
	if f.Help != "" {
		about = append(about, id+"-help")
	}
	if len(about) > 0 {
		set["aria-describedby"] = strings.Join(about, " ")
	}
	if f.First {
		set["autofocus"] = true
	}
	return set
}
