package properties

import (
	"net/url"
	"slices"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
)

// Choices are the custom properties of one app or stream on its edit page. They render as a group of fields.
type Choices struct {
	Offered []site.Property
	Chosen  map[string][]string // values by the property's name
	Fault   string              // of the field "properties"
}

// ForApps gives the custom properties that apps may have.
func ForApps(rows []store.PropertyRow) []site.Property {
	return offered(rows, func(p site.Property) bool { return p.ForApps })
}

// ForStreams gives the custom properties that streams may have.
func ForStreams(rows []store.PropertyRow) []site.Property {
	return offered(rows, func(p site.Property) bool { return p.ForStreams })
}

func offered(rows []store.PropertyRow, wanted func(site.Property) bool) []site.Property {
	var list []site.Property
	for _, row := range rows {
		if wanted(row.Property) {
			list = append(list, row.Property)
		}
	}
	return list
}

// Choose reads the values that a form ticks.
func Choose(offered []site.Property, form url.Values) Choices {
	c := Choices{Offered: offered, Chosen: map[string][]string{}}
	for _, p := range offered {
		if values := form[fieldOf(p)]; len(values) > 0 {
			c.Chosen[p.Name] = values
		}
	}
	return c
}

// fieldOf names the field by the id: a property that is renamed meanwhile keeps what was ticked.
func fieldOf(p site.Property) string { return "property." + p.ID }

func (c Choices) has(p site.Property, value string) bool {
	return slices.Contains(c.Chosen[p.Name], value)
}
