package driver

import (
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// Field is what somebody puts into one field.
type Field struct {
	label string
	value string
	tick  bool
	file  io.Reader // value is its name
}

// Text types a value, or chooses the option with this label or value.
func Text(label, value string) Field { return Field{label: label, value: value, tick: true} }

// Tick ticks a box.
func Tick(label string) Field { return Field{label: label, tick: true} }

// Clear unticks a box.
func Clear(label string) Field { return Field{label: label} }

// Attach chooses a file.
func Attach(label, name string, content io.Reader) Field {
	return Field{label: label, value: name, file: content}
}

// Press fills fields and presses a button, and gives the page that follows. Where the button is a link to the page
// with the form, as without scripts, it goes there first.
func (p *Page) Press(ctx context.Context, button string, fields ...Field) (*Page, error) {
	to, err := p.Send(ctx, button, fields...)
	if err != nil {
		return nil, err
	}
	return p.console.Get(ctx, to)
}

// Send is Press without the page that follows: it gives its path. When it returns no error, the console has
// acknowledged the change. *Refused and Unsent say that it has not made it; any other error leaves that open.
func (p *Page) Send(ctx context.Context, button string, fields ...Field) (string, error) {
	form, by := p.formWith(button, fields)
	if form == nil {
		next, err := p.Follow(ctx, button)
		if err != nil {
			return "", Unsent{err}
		}
		if form, by = next.formWith(button, fields); form == nil {
			return "", &Refused{Method: "GET", Path: next.Url.Path, Text: fmt.Sprintf("no form with button %q and fields %v: %s", button, labels(fields), next.Says())}
		}
		p = next
	}
	return p.submit(ctx, form, by, fields)
}

// Follow opens the link with this text.
func (p *Page) Follow(ctx context.Context, link string) (*Page, error) {
	a := p.Find("a[href]").FilterFunction(func(_ int, s *goquery.Selection) bool { return words(s.Text()) == link })
	href, found := a.First().Attr("href")
	if !found {
		return nil, &Refused{Method: "GET", Path: p.Url.Path, Text: fmt.Sprintf("no button and no link %q: %s", link, p.Says())}
	}
	to, err := p.Url.Parse(href)
	if err != nil {
		return nil, err
	}
	return p.console.Get(ctx, to.RequestURI())
}

// formWith finds the button with this name whose form has all the fields.
func (p *Page) formWith(button string, fields []Field) (form, by *goquery.Selection) {
	p.Find("button").EachWithBreak(func(_ int, b *goquery.Selection) bool {
		if b.AttrOr("type", "submit") != "submit" || words(b.Text()) != button && b.AttrOr("aria-label", "") != button {
			return true
		}
		f := p.formOf(b)
		for _, field := range fields {
			if f.Length() == 0 || p.labelled(f, field.label).Length() == 0 {
				return true
			}
		}
		form, by = f, b
		return form.Length() == 0
	})
	return form, by
}

// Buttons gives the names of the page's buttons that begin with a text.
func (p *Page) Buttons(prefix string) (names []string) {
	p.Find("button").Each(func(_ int, b *goquery.Selection) {
		if name := words(b.Text()); strings.HasPrefix(name, prefix) {
			names = append(names, name)
		}
	})
	return names
}

// formOf is the form that a control belongs to.
func (p *Page) formOf(control *goquery.Selection) *goquery.Selection {
	if id, named := control.Attr("form"); named {
		return p.Find("form").FilterFunction(func(_ int, s *goquery.Selection) bool { return s.AttrOr("id", "") == id })
	}
	return control.Closest("form")
}

// controls are the named controls of a form.
func (p *Page) controls(form *goquery.Selection) *goquery.Selection {
	return p.Find("input[name], select[name], textarea[name]").FilterFunction(func(_ int, s *goquery.Selection) bool {
		f := p.formOf(s)
		return f.Length() == 1 && f.Get(0) == form.Get(0)
	})
}

// labelled is the control of a form that a label names.
func (p *Page) labelled(form *goquery.Selection, label string) *goquery.Selection {
	return p.controls(form).FilterFunction(func(_ int, s *goquery.Selection) bool { return p.labelOf(s) == label }).First()
}

func (p *Page) labelOf(control *goquery.Selection) string {
	if label, named := control.Attr("aria-label"); named {
		return label
	}
	id := control.AttrOr("id", "")
	label := p.Find("label").FilterFunction(func(_ int, s *goquery.Selection) bool { return id != "" && s.AttrOr("for", "") == id })
	if label.Length() == 0 {
		label = control.Closest("label")
	}
	return words(label.First().Text())
}

// Value is what stands in the field with this label; empty when there is none.
func (p *Page) Value(label string) string {
	control := p.Find("input, select, textarea").FilterFunction(func(_ int, s *goquery.Selection) bool { return p.labelOf(s) == label }).First()
	return valueOf(control)
}

func valueOf(control *goquery.Selection) string {
	switch goquery.NodeName(control) {
	case "textarea":
		return strings.TrimPrefix(control.Text(), "\n")
	case "select":
		option := control.Find("option[selected]").First()
		if option.Length() == 0 {
			option = control.Find("option").First()
		}
		return option.AttrOr("value", option.Text())
	}
	return control.AttrOr("value", "")
}

func labels(fields []Field) (all []string) {
	for _, f := range fields {
		all = append(all, f.label)
	}
	return all
}

// submit sends a form as a browser does.
func (p *Page) submit(ctx context.Context, form, by *goquery.Selection, fields []Field) (string, error) {
	values, file := p.values(form, fields)
	if name := by.AttrOr("name", ""); name != "" {
		values.Add(name, by.AttrOr("value", ""))
	}
	to, err := p.Url.Parse(by.AttrOr("formaction", form.AttrOr("action", p.Url.RequestURI())))
	if err != nil {
		return "", err
	}
	var body io.Reader = strings.NewReader(values.Encode())
	contentType := "application/x-www-form-urlencoded"
	if form.AttrOr("enctype", "") == "multipart/form-data" {
		body, contentType = multipartOf(values, file)
	}
	a, page, err := p.console.do(ctx, http.MethodPost, to, contentType, body)
	if err != nil {
		return "", err
	}
	if a.code != http.StatusSeeOther {
		return "", refused(http.MethodPost, to, a.code, page)
	}
	next, err := to.Parse(a.location)
	if err != nil {
		return "", err
	}
	return next.RequestURI(), nil
}

// attachment is a file under the name of its field.
type attachment struct {
	Field

	name string
}

// values are what stands in a form's controls after the fields were filled.
func (p *Page) values(form *goquery.Selection, fields []Field) (url.Values, *attachment) {
	values := url.Values{}
	var file *attachment
	p.controls(form).Each(func(_ int, s *goquery.Selection) {
		name, field := s.AttrOr("name", ""), filled(p.labelOf(s), fields)
		_, disabled := s.Attr("disabled")
		kind := s.AttrOr("type", "")
		_, ticked := s.Attr("checked")
		switch {
		case disabled:
		case kind == "file":
			if field != nil {
				file = &attachment{*field, name}
			}
		case kind == "checkbox" || kind == "radio":
			if field != nil && field.tick || field == nil && ticked {
				values.Add(name, s.AttrOr("value", "on"))
			}
		case field != nil:
			values.Add(name, chosen(s, field.value))
		default:
			values.Add(name, valueOf(s))
		}
	})
	return values, file
}

func filled(label string, fields []Field) *Field {
	for i := range fields {
		if fields[i].label == label {
			return &fields[i]
		}
	}
	return nil
}

// chosen turns the label of an option into its value.
func chosen(control *goquery.Selection, value string) string {
	option := control.Find("option").FilterFunction(func(_ int, s *goquery.Selection) bool { return words(s.Text()) == value })
	return option.First().AttrOr("value", value)
}

// multipartOf writes a form with a file while it is read, so that a large file is never in memory.
func multipartOf(values url.Values, file *attachment) (io.Reader, string) {
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	go func() { w.CloseWithError(writeParts(form, values, file)) }()
	return r, form.FormDataContentType()
}

func writeParts(form *multipart.Writer, values url.Values, file *attachment) error {
	for name, list := range values {
		for _, value := range list {
			if err := form.WriteField(name, value); err != nil {
				return err
			}
		}
	}
	if file != nil {
		part, err := form.CreateFormFile(file.name, file.value)
		if err != nil {
			return err
		}
		if _, err := io.CopyBuffer(part, file.file, make([]byte, 1<<18)); err != nil {
			return err
		}
	}
	return form.Close()
}
