package ui

import (
	"context"
	"io"
	"maps"
	"strings"
)

// Field is one control of a form with its label, help and fault.
type Field struct {
	ID        string // Name when empty
	Name      string
	Label     string
	Type      string // text (when empty), password, url, email, number, textarea, select, checkbox, radio, file, hidden
	Value     string // what stands in it; of a checkbox: what is sent when it is ticked ("on" when empty)
	Checked   bool   // of a checkbox
	Help      string
	Error     string // what is wrong, as a sentence; empty when nothing is
	Warning   string // what to mind; blocks nothing
	Optional  bool   // says "optional" beside the label
	Required  bool   // Apply waits, with scripts, until it is not empty
	ReadOnly  bool
	Disabled  bool
	Mono      bool // code: monospaced, no spelling help
	Short     bool // a narrow control, for selects and numbers
	HideLabel bool // the label is for screen readers only
	Rows      int  // of a textarea; 3 when 0
	Options   []Option
	Was       string // what is stored, when Value differs: shows "Was ..." and the undo arrow
	Attrs     Attributes
}

// text is what stands in a textarea. Parsers of HTML leave out a line end right behind the tag, so one more keeps it.
func (f Field) text() string {
	if strings.HasPrefix(f.Value, "\n") {
		return "\n" + f.Value
	}
	return f.Value
}

// Option is one choice of a select or of radio buttons.
type Option struct {
	Value string
	Label string // Value when empty
	Help  string // of a radio button
}

// Render writes the field.
func (f Field) Render(ctx context.Context, w io.Writer) error { return f.view().Render(ctx, w) }

func (f Field) id() string {
	if f.ID != "" {
		return f.ID
	}
	return f.Name
}

func (f Field) kind() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

func (f Field) rows() int {
	if f.Rows == 0 {
		return 3
	}
	return f.Rows
}

// ticked is the value that a ticked checkbox sends.
func (f Field) ticked() string {
	if f.Value == "" {
		return "on"
	}
	return f.Value
}

func (f Field) changed() bool { return f.Was != "" && f.Was != f.Value }

// wasLabel names the stored value as people know it: by the option's label.
func (f Field) wasLabel() string {
	for _, o := range f.Options {
		if o.Value == f.Was {
			return o.label()
		}
	}
	return f.Was
}

// described gives the ids of the sentences about the field.
func (f Field) described() string {
	var ids []string
	for _, part := range []struct{ text, suffix string }{{f.Error, "-error"}, {f.Warning, "-warning"}, {f.Help, "-help"}} {
		if part.text != "" {
			ids = append(ids, f.id()+part.suffix)
		}
	}
	return strings.Join(ids, " ")
}

// attrs are the attributes that every kind of control has.
func (f Field) attrs() Attributes {
	a := Attributes{"id": f.id(), "name": f.Name, "required": f.Required, "disabled": f.Disabled}
	if f.ReadOnly { // a browser that goes back brings typed text back, but must not bring back what the page showed before
		a["readonly"], a["autocomplete"] = true, "off"
	}
	if d := f.described(); d != "" {
		a["aria-describedby"] = d
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	if f.Was != "" {
		a["data-was"] = f.Was
	}
	if f.Mono {
		a["spellcheck"], a["autocapitalize"] = "false", "none"
	}
	maps.Copy(a, f.Attrs)
	return a
}

func (o Option) label() string {
	if o.Label == "" {
		return o.Value
	}
	return o.Label
}
