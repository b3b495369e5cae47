package api

import (
	"html"
	"regexp"
	"strings"
	"unicode"
)

// Characters of a stranger's words that an error keeps.
const (
	maxWords = 200
	maxStart = 80
)

var (
	secretLike = regexp.MustCompile(`(?i)bearer\s+\S{8,}|eyJ[\w-]+\.[\w-]+(\.[\w-]*)?`)
	titles     = regexp.MustCompile(`(?is)<(?:title|h1|h2)[^>]*>(.*?)</`)
	tags       = regexp.MustCompile(`(?s)<[^>]*>`)
)

// cut makes a stranger's words fit for an error: one line, short, without what looks like a token.
func cut(text string, limit int) string {
	text = secretLike.ReplaceAllString(text, "(secret)")
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return text
}

// begins quotes the first characters of an answer.
func begins(body []byte) string {
	if len(body) == 0 {
		return "it is empty"
	}
	return "it begins: “" + cut(string(body[:min(len(body), 4096)]), maxStart) + "”"
}

// isPage says whether an answer is a web page.
func isPage(contentType string, body []byte) bool {
	if strings.Contains(strings.ToLower(contentType), "html") {
		return true
	}
	return strings.HasPrefix(strings.TrimLeft(string(body[:min(len(body), 512)]), " \t\r\n\uFEFF"), "<")
}

// title is what a web page calls itself, or its first words.
func title(body []byte) string {
	if found := titles.FindSubmatch(body); found != nil {
		body = found[1]
	}
	return cut(html.UnescapeString(tags.ReplaceAllString(string(body), " ")), maxStart)
}
