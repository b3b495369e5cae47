package rule

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// lexer cuts a text into tokens. What people paste or mistype (typographic quotes, AND, <>) is told and then read as
// what was meant, so that one look shows every fault.
type lexer struct {
	*report
	text   string
	at     Position
	tokens []token
	open   bool // a text without closing quote was seen: no later one may reach over its line
}

const end rune = -1

// lex gives the tokens of a text, the last of kind kindEnd.
func lex(text string, r *report) []token {
	l := &lexer{report: r, text: text, at: Position{Line: 1, Column: 1}, tokens: make([]token, 0, len(text)/4+2)}
	for l.peek() != end {
		l.next()
	}
	l.emit(kindEnd, "", l.at)
	return l.tokens
}

func (l *lexer) next() {
	switch r := l.peek(); {
	case r == ' ' || r == '\t' || r == '\r' || r == '\n':
		l.skip()
	case r == '"':
		l.quoted()
	case isForeignQuote(r):
		l.foreign(r)
	case isNameStart(r) || r == '@':
		l.name()
	case unicode.IsDigit(r):
		l.unquoted()
	default:
		l.symbol()
	}
}

// peek gives the character at the place, or end.
func (l *lexer) peek() rune {
	if l.at.Offset >= len(l.text) {
		return end
	}
	if c := l.text[l.at.Offset]; c < utf8.RuneSelf {
		return rune(c)
	}
	r, _ := utf8.DecodeRuneInString(l.text[l.at.Offset:])
	return r
}

// skip moves behind the character at the place.
func (l *lexer) skip() {
	r, size := utf8.DecodeRuneInString(l.text[l.at.Offset:])
	l.at.Offset += size
	if r == '\n' || r == '\r' && l.peek() != '\n' {
		l.at.Line++
		l.at.Column = 1
		return
	}
	l.at.Column++
}

// skipTo moves to an offset ahead.
func (l *lexer) skipTo(offset int) {
	for l.at.Offset < offset {
		l.skip()
	}
}

func (l *lexer) emit(k kind, value string, start Position) {
	l.tokens = append(l.tokens, token{k, value, l.since(start)})
}

func (l *lexer) since(start Position) Span { return Span{start, l.at} }

// afterDot says whether the next name is a property, which may be spelled like a word of the language.
func (l *lexer) afterDot() bool {
	return len(l.tokens) > 0 && l.tokens[len(l.tokens)-1].kind == kindDot
}

// name reads a name, a custom property with its @, or a word of the language.
func (l *lexer) name() {
	start := l.at
	if l.peek() == '@' {
		l.skip()
		if !isNameStart(l.peek()) {
			l.faultf(l.since(start), "name-expected", nil, "After @ the name of a custom property is expected; it begins with a letter.")
		}
	}
	for isNamePart(l.peek()) {
		l.skip()
	}
	l.emitName(l.since(start).In(l.text), start)
}

func (l *lexer) emitName(name string, start Position) {
	lower := strings.ToLower(name)
	k, isWord := words[lower]
	if l.afterDot() || !isWord {
		l.emit(kindName, name, start)
		return
	}
	if name != lower {
		at := l.since(start)
		l.faultf(at, "keyword-case", replace(at, lower, "Write "+lower), "%s must be lower case: %s.", name, lower)
	}
	l.emit(k, lower, start)
}

// unquoted reads a number or an id that should stand in quotes.
func (l *lexer) unquoted() {
	start := l.at
	for isNamePart(l.peek()) {
		l.skip()
	}
	at := l.since(start)
	word := at.In(l.text)
	if l.afterDot() {
		l.faultf(at, "name-expected", nil, "%s cannot be the name of a property: names begin with a letter.", word)
		l.emit(kindName, word, start)
		return
	}
	l.faultf(at, "quote-missing", replace(at, Quote(word), "Put it in quotes"), "Put %s in double quotes: %s.", word, Quote(word))
	l.emit(kindText, word, start)
}

func (l *lexer) symbol() {
	start := l.at
	for _, s := range symbolsBy[l.text[start.Offset]] {
		if !strings.HasPrefix(l.text[start.Offset:], s.text) {
			continue
		}
		l.skipTo(start.Offset + len(s.text))
		if s.problem != "" {
			l.wrongSymbol(s, l.since(start))
		}
		l.emit(s.kind, s.value, start)
		return
	}
	l.stray()
}

func (l *lexer) wrongSymbol(s symbol, at Span) {
	var fix *Fix
	if s.instead != "" {
		fix = replace(at, s.instead, "Write "+s.instead)
	}
	l.faultf(at, "operator-unknown", fix, s.problem, s.text)
}

// stray passes over what no token begins with.
func (l *lexer) stray() {
	start, r := l.at, l.peek()
	if r == '#' || strings.HasPrefix(l.text[start.Offset:], "//") {
		l.skipTo(l.lineEnd())
		l.faultf(l.since(start), "comment", replace(l.since(start), "", "Remove it"), "Conditions have no comments.")
		return
	}
	l.skip()
	at := l.since(start)
	if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
		l.faultf(at, "blank-unusual", replace(at, " ", "Make it a space"),
			"Here is an unusual blank (U+%04X), often from a copied text; only space, tab and line ends may stand between words.", r)
		return
	}
	l.faultf(at, "character-unexpected", nil, "The character %q does not belong here.", at.In(l.text))
}

// lineEnd gives the offset where the line ends.
func (l *lexer) lineEnd() int {
	if n := strings.IndexAny(l.text[l.at.Offset:], "\r\n"); n >= 0 {
		return l.at.Offset + n
	}
	return len(l.text)
}

func isNameStart(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '_'
	}
	return unicode.IsLetter(r)
}

func isNamePart(r rune) bool {
	return isNameStart(r) || '0' <= r && r <= '9' || r == '-' || r >= utf8.RuneSelf && unicode.IsDigit(r)
}

func isForeignQuote(r rune) bool {
	return (r >= utf8.RuneSelf || r == '\'' || r == '`') && strings.ContainsRune(foreignQuotes, r)
}
