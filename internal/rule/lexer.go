package rule

import (
	"regexp"
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

	// What is found once on a line and holds to its end, so that time grows with the length only.
	eol      int // where the line ends; before the place: not looked for yet
	straight int // up to here no straight double quote closes a text
	double   int // up to here no other double one does
	single   int // up to here no single one does
}

const end rune = -1

// lex gives the tokens of a text, the last of kind kindEnd.
func lex(text string, r *report) []token {
	l := &lexer{report: r, text: text, at: Position{Line: 1, Column: 1}, tokens: make([]token, 0, len(text)/4+2), eol: -1}
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
		if !l.pasted(r) {
			l.symbol()
		}
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
func (l *lexer) afterDot() bool { return l.after(kindDot) }

func (l *lexer) after(k kind) bool {
	return len(l.tokens) > 0 && l.tokens[len(l.tokens)-1].kind == k
}

// name reads a name, a custom property with its @, or a word of the language.
func (l *lexer) name() {
	start := l.at
	if l.peek() == '@' {
		start = l.sign()
	}
	for isNamePart(l.peek()) {
		l.skip()
	}
	if c := l.peek(); (c == '*' || c == '?' || c == '"') && l.after(kindCompare) {
		l.bareEnd(start)
		return
	}
	l.emitName(l.since(start).In(l.text), start)
}

// sign reads the @ of a custom property and gives where it stands.
func (l *lexer) sign() (start Position) {
	first := l.at
	for l.peek() == '@' {
		start = l.at
		l.skip()
	}
	switch at := (Span{first, start}); {
	case !isNameStart(l.peek()) && l.enclosedName(first):
	case !isNameStart(l.peek()):
		l.faultf(l.since(first), "name-expected", nil, "After @ the name of a custom property is expected; it begins with a letter.")
	case first != start:
		l.faultf(at, "name-expected", replace(at, "", "Write one @"), "One @ stands before the name of a custom property.")
	}
	return start
}

var enclosedName = regexp.MustCompile(`^(?:"[^"\r\n]*"|\[[^\[\]\r\n]*\])`)

// enclosedName reads a name in quotes or brackets behind its @.
func (l *lexer) enclosedName(start Position) bool {
	found := enclosedName.FindString(l.text[l.at.Offset:])
	if found == "" {
		return false
	}
	l.skipTo(l.at.Offset + len(found))
	l.notEnclosed(l.since(start), found[1:len(found)-1], "@")
	return true
}

// bareEnd reads a value without its opening quote, or without any.
func (l *lexer) bareEnd(start Position) {
	if l.peek() != '"' {
		l.unquotedTo(start, l.at.Offset+len(bareValue.FindString(l.text[l.at.Offset:])))
		return
	}
	value := l.since(start).In(l.text)
	l.skip()
	l.faultf(l.since(start), "quote-unclosed", insert(start, `"`, "Open the text"), "The quote that opens this text is missing.")
	l.emit(kindText, value, start)
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
	word := l.since(start).In(l.text)
	if l.after(kindCompare) {
		l.unquotedTo(start, start.Offset+len(bareValue.FindString(l.text[start.Offset:])))
		return
	}
	at := l.since(start)
	if l.afterDot() {
		l.faultf(at, "name-expected", nil, "%s cannot be the name of a property: names begin with a letter.", brief(word))
		l.emit(kindName, word, start)
		return
	}
	l.unquotedTo(start, l.at.Offset)
}

func (l *lexer) symbol() {
	start := l.at
	for _, s := range symbolsBy[l.text[start.Offset]] {
		if !strings.HasPrefix(l.text[start.Offset:], s.text) || s.text == "=<" && placeholder.MatchString(l.text[start.Offset+1:]) {
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
	l.faultf(at, "operator-unknown", meaning(at, s.instead), s.problem, s.text)
}

// stray passes over what no token begins with.
func (l *lexer) stray() {
	start, r := l.at, l.peek()
	l.skip()
	at := l.since(start)
	if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
		l.faultf(at, "blank-unusual", replace(at, " ", "Make it a space"),
			"Here is an unusual blank (U+%04X), often from a copied text; only space, tab and line ends may stand between words.", r)
		return
	}
	var fix *Fix
	if r == ';' || r == '…' {
		fix = replace(at, "", "Remove it")
	}
	l.faultf(at, "character-unexpected", fix, "The character %q does not belong here.", at.In(l.text))
}

// lineEnd gives the offset where the line ends.
func (l *lexer) lineEnd() int {
	if l.eol >= l.at.Offset {
		return l.eol
	}
	l.eol = len(l.text)
	if n := strings.IndexAny(l.text[l.at.Offset:], "\r\n"); n >= 0 {
		l.eol = l.at.Offset + n
	}
	return l.eol
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
