package ui

import (
	"context"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"
)

// Component is anything that can be rendered into a page.
type Component = templ.Component

// Attributes are further HTML attributes, such as htmx's: {"hx-get": "/apps"}. A style attribute is refused by the browser.
type Attributes = templ.Attributes

// Text makes a component of a text.
func Text(text string) Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, templ.EscapeString(text))
		return err
	})
}

// Query gives an address with one value of the query changed; an empty value removes it. The cursor "after" is dropped,
// since another filter or order starts at the first row again.
func Query(current url.Values, key, value string) string {
	next := url.Values{}
	for k, v := range current {
		if k != "after" && k != key {
			next[k] = v
		}
	}
	if value != "" {
		next.Set(key, value)
	}
	return "?" + next.Encode()
}

func initials(name string) string {
	parts := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(" ._-@", r) })
	first := []rune{}
	for _, p := range parts {
		first = append(first, []rune(p)[0])
	}
	if len(first) == 1 {
		first = []rune(parts[0])
	}
	return strings.ToUpper(string(first[:min(2, len(first))]))
}

func sortedKeys(values url.Values) []string { return slices.Sorted(maps.Keys(values)) }
