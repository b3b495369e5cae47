package policy

import (
	"slices"

	"github.com/skyferry/skyferry/internal/rule"
)

// Beside gives the reading for a page that shows its text and the diagnostics of the same conditions: without the warnings
// that one of them says already, so that each thing is said once.
func (r Reading) Beside(notes []rule.Diagnostic) Reading {
	r.Warnings = slices.DeleteFunc(slices.Clone(r.Warnings), func(w ReadingWarning) bool {
		return w.InText || slices.ContainsFunc(notes, w.isSaidBy)
	})
	return r
}

func (w ReadingWarning) isSaidBy(d rule.Diagnostic) bool {
	return w.Code == d.Code && d.Span.Start.Offset <= w.Cause.Start.Offset && w.Cause.End.Offset <= d.Span.End.Offset
}
