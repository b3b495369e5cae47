package policy

import (
	"fmt"
	"strings"
)

// Within gives the reading of conditions that a resource filter keeps to some apps. One that reaches all of them, or is not valid,
// changes nothing.
func (r Reading) Within(filter string) Reading {
	f, err := ParseFilter(filter)
	if err != nil || f.all || r.Nothing {
		return r
	}
	only := ", only the app that the resource filter names"
	if n := len(f.ids); n > 1 {
		only = fmt.Sprintf(", only the %d apps that the resource filter names", n)
	}
	r.Text += only
	r.Sentence = strings.TrimSuffix(r.Sentence, ".") + only + "."
	return r
}
