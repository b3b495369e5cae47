package policies

import (
	"slices"
	"strconv"
	"unicode/utf16"

	"github.com/skyferry/skyferry/internal/rule"
	"github.com/skyferry/skyferry/web/ui"
)

// noteAttrs tell the editor which part of the text a note is about. The first fault of the text also gets the id that the
// summary leads to.
func (p page) noteAttrs(i int) ui.Attributes {
	at := p.Notes[i].Span
	attrs := ui.Attributes{"data-from": p.place(at.Start), "data-to": p.place(at.End)}
	if i == slices.IndexFunc(p.Notes, func(d rule.Diagnostic) bool { return d.Severity == rule.Fault }) {
		attrs["id"] = "conditions-error"
	}
	return attrs
}

// place counts UTF-16 units, as scripts do.
func (p page) place(at rule.Position) string {
	n := 0
	for _, r := range p.Form.Conditions[:at.Offset] {
		n += max(1, utf16.RuneLen(r))
	}
	return strconv.Itoa(n)
}
