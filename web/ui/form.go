package ui

import (
	"context"
	"io"
	"maps"
	"strings"
)

// FieldError is one line of an error summary. Without ID it is a text, else a link to the field.
type FieldError struct{ ID, Message string }

// ErrorsOf collects the faults of fields, in the order of the form.
func ErrorsOf(fields ...Field) []FieldError {
	var errors []FieldError
	for _, f := range fields {
		if f.Error != "" {
			errors = append(errors, FieldError{f.id(), f.Label + ": " + f.Error})
		}
	}
	return errors
}

// ButtonKind says how a button looks.
type ButtonKind string

// The kinds of buttons. A page has one Primary.
const (
	Secondary ButtonKind = ""
	Primary   ButtonKind = "primary"
	Danger    ButtonKind = "danger" // red text, never filled
	Quiet     ButtonKind = "quiet"  // no border
)

// Button is a button, or with Href a link that looks like one.
type Button struct {
	Label  string
	Kind   ButtonKind
	Icon   IconName
	Small  bool
	Name   string // of a submit button: sent with the form
	Value  string
	Href   string // makes it a link
	Dialog string // id of a Dialog that opens instead of following Href; without scripts the link is followed
	Post   string // makes it a form of its own that posts here; never inside another form
	Form   string // id of the form that it submits, when it stands outside
	Action string // where the form is posted instead, for a second button of the same form
	Plain  bool   // type="button": does nothing without scripts, and is hidden then
	// NoCheck leaves a primary button enabled while mandatory fields are empty, for actions that do not need them.
	NoCheck  bool
	Disabled bool
	NeedsRow bool // enabled by scripts only while rows of the table are ticked
	IconOnly bool // Label is for screen readers and the title
	Attrs    Attributes
}

// Render writes the button.
func (b Button) Render(ctx context.Context, w io.Writer) error { return b.view().Render(ctx, w) }

// attrs says formnovalidate at every button that submits: faults are the server's to say, on the 422 page.
func (b Button) attrs() Attributes {
	a := Attributes{"disabled": b.Disabled, "data-no-check": b.NoCheck, "data-needs-row": b.NeedsRow}
	a["formnovalidate"] = b.kindOfButton() == "submit"
	set := func(key, value string) {
		if value != "" {
			a[key] = value
		}
	}
	set("name", b.Name)
	set("form", b.Form)
	set("formaction", b.Action)
	set("data-dialog", b.Dialog)
	if b.Name != "" {
		a["value"] = b.Value
	}
	if b.IconOnly {
		a["aria-label"], a["title"] = b.Label, b.Label
	}
	maps.Copy(a, b.Attrs)
	return a
}

// linkAttrs are those of attrs that a link may have.
func (b Button) linkAttrs() Attributes {
	a := b.attrs()
	for _, key := range []string{"disabled", "formnovalidate", "data-no-check", "data-needs-row", "name", "value", "form", "formaction"} {
		delete(a, key)
	}
	return a
}

// ActionBar stays at the bottom of a page: left the page's own action and Cancel, then a note; right what acts on the
// whole thing, Delete last.
type ActionBar struct {
	Left  []Button
	More  []Button // after a line, still at the left
	Note  string   // "Select rows to act on them"; form.js writes "1 change not applied" here
	Right []Button
	End   Component // at the very right, such as a Pager
}

// Render writes the bar.
func (b ActionBar) Render(ctx context.Context, w io.Writer) error {
	if ShellOf(ctx).ReadsOnly {
		b = b.forReader()
	}
	return b.view().Render(ctx, w)
}

// forReader keeps the buttons that only lead somewhere, and the note unless it is about buttons that went.
func (b ActionBar) forReader() ActionBar {
	kept := ActionBar{Left: leading(b.Left), More: leading(b.More), Right: leading(b.Right), Note: b.Note, End: b.End}
	if len(kept.Left) < len(b.Left) {
		kept.Note = ""
	}
	return kept
}

func leading(buttons []Button) []Button {
	var list []Button
	for _, button := range buttons {
		if button.Href != "" && button.Kind != Primary && button.Kind != Danger {
			list = append(list, button)
		}
	}
	return list
}

// changes says whether the button leads to a page that readers may not open.
func (b *Button) changes() bool {
	return strings.HasSuffix(b.Href, "/new") || strings.HasSuffix(b.Href, "/upload") || b.Post != ""
}
