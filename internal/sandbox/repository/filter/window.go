package filter

import (
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// Window is a span of dates that bounds what a filter can find; a zero end is open.
type Window struct{ From, To state.Date }

// WindowOf gives the window in which a filter bounds a date property, both ends included; bounded is false when it does not, or when
// alternatives make that hard to see. The filter itself is still to be asked.
func WindowOf(text, property string) (w Window, bounded bool) {
	tokens, err := lex(text)
	if err != nil || slices.ContainsFunc(tokens, func(t token) bool { return t.is("or") || t.is("not") }) {
		return Window{}, false
	}
	for i := 0; i+2 < len(tokens); i++ {
		date, err := state.ParseDate(tokens[i+2].text)
		if !tokens[i].is(property) || err != nil || date.IsZero() {
			continue
		}
		operator := strings.ToLower(tokens[i+1].text)
		if operator == "ge" || operator == "gt" || operator == "eq" {
			w.From, bounded = later(w.From, date), true
		}
		if operator == "le" || operator == "lt" || operator == "eq" {
			w.To, bounded = earlier(w.To, date), true
		}
	}
	return w, bounded
}

func later(a, b state.Date) state.Date {
	if b.After(a) {
		return b
	}
	return a
}

func earlier(a, b state.Date) state.Date {
	if a.IsZero() || a.After(b) {
		return b
	}
	return a
}
