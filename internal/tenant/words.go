package tenant

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

const (
	maxWords = 300 // characters of a tenant's own words that an error keeps
	maxStart = 80  // characters that are shown of an answer that we do not understand
)

// bearer matches what looks like a token, whoever it belongs to; a mere word after "bearer" does not.
var bearer = regexp.MustCompile(`(?i)(bearer\s+([a-z]*[^a-z\s]\S*|\S{20,}))|(eyJ[\w-]+\.[\w-]+(\.[\w-]*)?)`)

// clean makes a tenant's words fit for an error: one line, short, without secrets.
func clean(text string, hide []string) string { return cut(text, hide, maxWords) }

// start gives the first characters of an answer, or says that it is empty.
func start(body []byte, hide []string) string {
	if len(body) == 0 {
		return "it is empty"
	}
	return cut(string(body[:min(len(body), 4096)]), hide, maxStart)
}

func cut(text string, hide []string, limit int) string {
	for _, secret := range hide {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "(secret)")
		}
	}
	text = bearer.ReplaceAllString(text, "(secret)")
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return text
}

// host names where a redirect leads, without path and query.
func host(location string) string {
	if u, err := url.Parse(location); err == nil && u.Host != "" {
		return ", " + cut(u.Host, nil, maxStart)
	}
	return ""
}

// said is what an error answer tells; each service has its own variant (qlik-cloud-api.md section 0.2).
type said struct{ code, title, detail, trace string }

// nothing is said by an answer that is not of the documented form.
var nothing = said{}

func parseRefusal(body []byte) said {
	var b struct {
		Errors              []struct{ Code, Title, Detail loose }
		TraceID             loose
		Code, Title, Detail loose
	}
	if json.Unmarshal(body, &b) != nil { //nolint:musttag // names are matched in any case: services differ
		return said{}
	}
	s := said{string(b.Code), string(b.Title), string(b.Detail), string(b.TraceID)}
	if len(b.Errors) > 0 {
		s.code, s.title, s.detail = string(b.Errors[0].Code), string(b.Errors[0].Title), string(b.Errors[0].Detail)
	}
	return s
}

// loose is a JSON string; any other JSON value becomes its text, so that one odd field does not hide the others.
type loose string

// UnmarshalJSON takes whatever comes.
func (l *loose) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) != nil {
		text = string(data)
	}
	*l = loose(text)
	return nil
}
