package policy

import "strings"

// arrow stands for → and ->.
const arrow = "→"

// testWord is a word, a mark, or a quoted name of a test line.
type testWord struct {
	text   string
	quoted bool
}

// closing are the quotes that open a name, each with the one that ends it.
var closing = map[rune]rune{'"': '"', '`': '`', '“': '”', '„': '“'}

// testWords takes a line apart, and says whether a quote stays open.
func testWords(line string) (words []testWord, open bool) {
	rest := []rune(strings.ReplaceAll(line, "->", arrow))
	for len(rest) > 0 {
		end, isQuote := closing[rest[0]]
		switch {
		case isQuote:
			name, used := quotedName(rest[1:], end)
			if used < 0 {
				return words, true
			}
			words, rest = append(words, testWord{name, true}), rest[1+used:]
		case isMark(rest[0]):
			words, rest = append(words, testWord{string(rest[0]), false}), rest[1:]
		case isBlank(rest[0]):
			rest = rest[1:]
		default:
			n := 0
			for n < len(rest) && !isMark(rest[n]) && !isBlank(rest[n]) {
				n++
			}
			words, rest = append(words, testWord{string(rest[:n]), false}), rest[n:]
		}
	}
	return words, false
}

// quotedName reads up to the end of the quote, and how many characters that are; -1 if it does not end. A backslash before a
// quote or a backslash makes it a part of the name.
func quotedName(text []rune, end rune) (name string, used int) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == end:
			return b.String(), i + 1
		case c == '\\' && i+1 < len(text) && (text[i+1] == end || text[i+1] == '\\'):
			i++
			b.WriteRune(text[i])
		default:
			b.WriteRune(c)
		}
	}
	return "", -1
}

func isMark(c rune) bool { return c == ',' || c == '=' || string(c) == arrow }

func isBlank(c rune) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\u00a0' }
