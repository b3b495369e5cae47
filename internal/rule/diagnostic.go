package rule

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Severity tells whether a text is refused or only doubted.
type Severity int

// A Fault makes the text invalid; a Warning is legal but surely not meant.
const (
	Fault Severity = iota
	Warning
)

// Fix is a change of the text that removes the cause: the span is replaced by the text.
type Fix struct {
	Title string
	Span  Span
	Text  string
}

// Apply gives the conditions with the fix made.
func (f Fix) Apply(conditions string) string {
	return conditions[:f.Span.Start.Offset] + f.Text + conditions[f.Span.End.Offset:]
}

// Codes of warnings that other judges of the same text may give, too.
const (
	NeverTrue    = "never-true"
	ValueUnknown = "value-unknown"
)

// Diagnostic is one fault or warning: where, a stable code, a sentence for people, and the fix where there is one.
type Diagnostic struct {
	Severity Severity
	Code     string
	Span     Span
	Message  string
	Fix      *Fix
}

// String gives place and sentence: "line 1, column 15: ...".
func (d Diagnostic) String() string { return d.Span.Start.String() + ": " + d.Message }

// Snippet shows the line of the text where the diagnostic begins, with carets below the part that is meant.
func (d Diagnostic) Snippet(text string) string {
	start := d.Span.Start.Offset
	from := strings.LastIndexAny(text[:start], "\r\n") + 1
	to := len(text)
	if n := strings.IndexAny(text[start:], "\r\n"); n >= 0 {
		to = start + n
	}
	marked := utf8.RuneCountInString(text[start:max(start, min(d.Span.End.Offset, to))])
	return text[from:to] + "\n" + strings.Repeat(" ", d.Span.Start.Column-1) + strings.Repeat("^", max(1, marked))
}

// FirstFault gives the first fault of the list, if any.
func FirstFault(list []Diagnostic) (Diagnostic, bool) {
	i := slices.IndexFunc(list, func(d Diagnostic) bool { return d.Severity == Fault })
	if i < 0 {
		return Diagnostic{}, false
	}
	return list[i], true
}

// maxDiagnostics ends the list, for faults and warnings apart, so that warnings never crowd out a fault.
const maxDiagnostics = 50

// report collects diagnostics.
type report struct {
	list  []Diagnostic
	count [Warning + 1]int
}

func (r *report) faultf(at Span, code string, fix *Fix, format string, args ...any) {
	r.add(Diagnostic{Fault, code, at, fmt.Sprintf(format, args...), fix})
}

func (r *report) warnf(at Span, code string, fix *Fix, format string, args ...any) {
	r.add(Diagnostic{Warning, code, at, fmt.Sprintf(format, args...), fix})
}

func (r *report) add(d Diagnostic) {
	if r.count[d.Severity] < maxDiagnostics {
		r.count[d.Severity]++
		r.list = append(r.list, d)
	}
}

// sorted gives the diagnostics in the order of the text.
func (r *report) sorted() []Diagnostic {
	slices.SortStableFunc(r.list, func(a, b Diagnostic) int { return a.Span.Start.Offset - b.Span.Start.Offset })
	return r.list
}

// replace makes a fix that puts text in place of a span.
func replace(at Span, text, title string) *Fix { return &Fix{Title: title, Span: at, Text: text} }

// insert makes a fix that puts text at a place.
func insert(at Position, text, title string) *Fix {
	return &Fix{Title: title, Span: Span{at, at}, Text: text}
}

// Merge gives the diagnostics of two lists in the order of the text.
func Merge(a, b []Diagnostic) []Diagnostic {
	r := &report{}
	for _, d := range slices.Concat(a, b) {
		r.add(d)
	}
	return r.sorted()
}
