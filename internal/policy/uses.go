package policy

import (
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/rule"
)

// UsesProperty says whether conditions read the custom property of this name (without @), be it of the app, its stream or
// an owner. Names ignore case.
func UsesProperty(conditions, name string) bool {
	e, _ := rule.Parse(conditions)
	found := false
	rule.Walk(e, func(e rule.Expr) {
		if p, ok := e.(*rule.Path); ok {
			found = found || slices.ContainsFunc(p.Segments, func(s rule.Segment) bool { return strings.EqualFold(s.Name, "@"+name) })
		}
	})
	return found
}

// IsPropertyName says whether conditions can write @name: a letter or _, then letters, digits, _ and -.
func IsPropertyName(name string) bool {
	e, diagnostics := rule.Parse("resource.@" + name + ".Empty()")
	call, ok := e.(*rule.Call)
	return ok && len(diagnostics) == 0 && len(call.Target.Segments) == 2 && call.Target.Segments[1].Name == "@"+name
}
