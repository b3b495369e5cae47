package policy

import (
	"strings"
	"unicode/utf8"
)

// arrow stands for → and ->.
const arrow = "→"

// testWord is a word, a mark, or a quoted name of a test line.
type testWord struct {
	text       string
	quoted     bool
	start, end int // where it stands in the line, in bytes
}

// closing are the quotes that open a name, each with the one that ends it.
var closing = map[rune]rune{'"': '"', '`': '`', '“': '”', '„': '“'}

// testWords takes a line apart, and says whether a quote stays open.
func testWords(line string) (words []testWord, open bool) {
	for at := 0; at < len(line); {
		c, size := utf8.DecodeRuneInString(line[at:])
		w := testWord{start: at}
		switch end, isQuote := closing[c]; {
		case isBlank(c):
			at += size
			continue
		case isQuote:
			name, used := quotedName(line[at+size:], end)
			if used < 0 {
				return words, true
			}
			w.text, w.quoted, at = name, true, at+size+used
		case strings.HasPrefix(line[at:], "->"):
			w.text, at = arrow, at+len("->")
		case isMark(c):
			w.text, at = string(c), at+size
		default:
			n := wordLength(line[at:])
			w.text, at = line[at:at+n], at+n
		}
		w.end = at
		words = append(words, w)
	}
	return words, false
}

// wordLength is how long the bare word is that the text begins with.
func wordLength(text string) int {
	for i, c := range text {
		if isMark(c) || isBlank(c) || strings.HasPrefix(text[i:], "->") {
			return i
		}
	}
	return len(text)
}

// quotedName reads up to the end of the quote, and how many bytes that are; -1 if it does not end. A backslash before a
// quote or a backslash makes it a part of the name.
func quotedName(text string, end rune) (name string, used int) {
	var b strings.Builder
	escaped := false
	for i, c := range text {
		switch {
		case c == end && !escaped:
			return b.String(), i + utf8.RuneLen(c)
		case c == '\\' && !escaped && escapes(text[i+1:], end):
			escaped = true
			continue
		}
		b.WriteRune(c)
		escaped = false
	}
	return "", -1
}

func escapes(rest string, end rune) bool {
	return strings.HasPrefix(rest, `\`) || strings.HasPrefix(rest, string(end))
}

func isMark(c rune) bool { return c == ',' || c == '=' || string(c) == arrow }

func isBlank(c rune) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\u00a0' }
