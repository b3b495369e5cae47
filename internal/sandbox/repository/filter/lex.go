// Package filter reads the filters and orders of QRS lists (qlik-repository-api.md section 3.2): property, operator, value,
// joined by and, or, not and parentheses. It works on the entities as they are written, by the names of their JSON.
package filter

import (
	"strings"
	"unicode/utf8"

	"github.com/skyferry/skyferry/internal/fault"
)

// maxLength bounds a filter in bytes, maxDepth its nesting.
const (
	maxLength = 64 << 10
	maxDepth  = 100
)

type token struct {
	text   string
	quoted bool
}

// is reports whether the token is this word or sign.
func (t token) is(word string) bool { return !t.quoted && strings.EqualFold(t.text, word) }

// unreadable is what QRS answers for a filter that it cannot read.
func unreadable(text string) error {
	return fault.New(fault.Invalid, "Cannot parse the expression: %s", text)
}

// lex cuts a filter into tokens.
func lex(text string) (tokens []token, err error) {
	if len(text) > maxLength || !utf8.ValidString(text) {
		return nil, fault.New(fault.Invalid, "Cannot parse the expression: it has more than %d bytes, or is no UTF-8", maxLength)
	}
	for rest := text; ; {
		rest = strings.TrimLeft(rest, " \t\r\n")
		if rest == "" {
			return tokens, nil
		}
		var t token
		if t, rest, err = next(rest); err != nil {
			return nil, unreadable(text)
		}
		tokens = append(tokens, t)
	}
}

func next(rest string) (token, string, error) {
	switch rest[0] {
	case '(', ')':
		return token{text: rest[:1]}, rest[1:], nil
	case '\'':
		return quotedText(rest[1:])
	}
	end := strings.IndexAny(rest, " \t\r\n()'")
	if end < 0 {
		end = len(rest)
	}
	return token{text: rest[:end]}, rest[end:], nil
}

// quotedText reads up to the closing quote. A quote inside is written twice or with a backslash before it; a backslash before
// anything else stands for itself, since accounts have one.
func quotedText(rest string) (token, string, error) {
	var b strings.Builder
	for i := 0; i < len(rest); i++ {
		more := i+1 < len(rest)
		switch {
		case rest[i] == '\\' && more && (rest[i+1] == '\'' || rest[i+1] == '\\'), rest[i] == '\'' && more && rest[i+1] == '\'':
			i++
			b.WriteByte(rest[i])
		case rest[i] == '\'':
			return token{b.String(), true}, rest[i+1:], nil
		default:
			b.WriteByte(rest[i])
		}
	}
	return token{}, "", unreadable(rest)
}
