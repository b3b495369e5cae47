package rule

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// The slips that show by a letter right behind a closing quote: valid texts have none there but words of the language.
var (
	doubled        = regexp.MustCompile(`^"([^"=\r\n]*[^"=\s])""`) // ""eu""
	foreignDoubled = regexp.MustCompile(`^'([^'=\r\n]+)''`)        // ''eu''
	leading        = regexp.MustCompile(`^[\pL\pN_-]+`)
	inner          = regexp.MustCompile(`^([\pL\pN][\pL\pN_-]*)"`)                             // "O"Brien"
	foreignInner   = regexp.MustCompile(`^([\pL\pN]+['’][\pL\pN][\pL\pN_-]*)['’]`)             // 'O'Brien'
	swallowed      = regexp.MustCompile(`^([^\r\n]*?)[ \t)]*\s(?:and|or|&&|\|\|)\s[^"]*=\s*$`) // "eu and resource.name="
)

// slipped reads a text in straight quotes whose closing quote is surely not where one stands: doubled quotes, a quote inside
// without backslash, or a closing quote that was forgotten before and.
func (l *lexer) slipped(start Position, raw string) bool {
	behind := l.text[l.at.Offset+len(raw)+1:]
	if r, _ := utf8.DecodeRuneInString(behind); !isNamePart(r) {
		return false
	}
	if _, legal := words[leading.FindString(behind)]; legal {
		return false
	}
	if m := doubled.FindStringSubmatch(l.text[l.at.Offset:l.lineEnd()]); raw == "" && m != nil {
		l.misquoted(start, len(m[0]), m[1], "Double quotes stand once on each side of a text: write %s.")
		return true
	}
	if m := inner.FindStringSubmatch(behind); m != nil && !strings.ContainsAny(raw, "=\r\n") {
		l.misquoted(start, len(raw)+1+len(m[0]), raw+`"`+m[1], "A double quote inside a text needs a backslash before it: write %s.")
		return true
	}
	m := swallowed.FindStringSubmatch(raw)
	if m == nil {
		return false
	}
	l.forgotten(start, m[1])
	return true
}

// misquoted reads a text of some bytes behind its first quote.
func (l *lexer) misquoted(start Position, length int, value, sentence string) {
	l.skipTo(l.at.Offset + length)
	at := l.since(start)
	l.faultf(at, "quote-misplaced", replace(at, Quote(value), "Write "+brief(Quote(value))), sentence, brief(Quote(value)))
	l.emit(kindText, value, start)
}

// forgotten reads a text that has no closing quote, or a foreign one, before the and that follows.
func (l *lexer) forgotten(start Position, raw string) {
	value := strings.TrimRight(raw, foreignQuotes)
	l.skipTo(l.at.Offset + len(value))
	from := l.at
	l.skipTo(l.at.Offset + len(raw) - len(value))
	l.faultf(l.since(start), "quote-unclosed", replace(l.since(from), `"`, "Close the text"), "This text is not closed: a double quote is missing at its end.")
	l.emit(kindText, unescape(value), start)
}
