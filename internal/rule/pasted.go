package rule

import (
	"html"
	"net/url"
	"regexp"
	"strings"
)

// pasted reads what comes with texts that are copied from elsewhere: comments, escapes of web pages and of JSON, placeholders.
// Each is told, and read as what was meant.
func (l *lexer) pasted(r rune) bool {
	switch r {
	case '&':
		return l.entity()
	case '\\':
		return l.escapedQuote()
	case '%':
		return l.percent()
	case '#', '/', '-':
		return l.comment() || l.bareValue()
	case '<':
		return l.comment() || l.placeholder()
	case '*':
		return l.bareValue()
	default:
		return false
	}
}

// comments are how other languages write them; one without an end goes to the end of its line.
var comments = []struct{ begin, end string }{{"#", ""}, {"//", ""}, {"--", ""}, {"/*", "*/"}, {"<!--", "-->"}}

func (l *lexer) comment() bool {
	rest := l.text[l.at.Offset:]
	for _, c := range comments {
		if !strings.HasPrefix(rest, c.begin) || l.afterDot() {
			continue
		}
		start := l.at
		l.skipTo(l.commentEnd(rest, c.end))
		l.faultf(l.since(start), "comment", replace(l.since(start), "", "Remove it"), "Conditions have no comments.")
		return true
	}
	return false
}

func (l *lexer) commentEnd(rest, closing string) int {
	if closing == "" {
		return l.lineEnd()
	}
	if n := strings.Index(rest, closing); n >= 0 {
		return l.at.Offset + n + len(closing)
	}
	return len(l.text)
}

var (
	oneEscape   = regexp.MustCompile(`^&#?[0-9A-Za-z]{1,31};`)
	quoteEscape = regexp.MustCompile(`&(?:quot|apos|[lr][sd]quo|[sb]dquo|sbquo|laquo|raquo|#0*(?:34|39|822[01]|821[67])|#[xX]0*(?:22|27|201[89cdCD]));`)
	allEscapes  = regexp.MustCompile(`^(?:&#?[0-9A-Za-z]{1,31};)+`)
)

// entity reads signs as web pages write them: &amp;&amp; or &quot;eu&quot;.
func (l *lexer) entity() bool {
	first := oneEscape.FindString(l.text[l.at.Offset:])
	switch sign := html.UnescapeString(first); {
	case sign == first:
		return false
	case strings.ContainsAny(sign, `"`+foreignQuotes):
		l.between(first, quoteEscape, "HTML escapes", html.UnescapeString)
		return true
	}
	start := l.at
	run := allEscapes.FindString(l.text[start.Offset:])
	meant := html.UnescapeString(run)
	l.skipTo(start.Offset + len(run))
	if meant == "\u00a0" {
		meant = " "
	}
	for _, s := range symbolsBy[meant[0]] {
		if s.text == meant {
			l.emit(s.kind, s.value, start)
			if s.problem != "" {
				meant = s.instead
			}
		}
	}
	at := l.since(start)
	l.faultf(at, "escaped", meaning(at, meant), "%s is how web pages write a sign; write the sign itself.", brief(run))
	return true
}

// meaning is the fix that puts a sign in the place of a part; nil where there is no such sign.
func meaning(at Span, sign string) *Fix {
	if sign == "" {
		return nil
	}
	return replace(at, sign, "Write "+strings.TrimSpace(sign))
}

// escapedQuote reads a text whose quotes have a backslash before them, as in JSON and in programs.
func (l *lexer) escapedQuote() bool {
	const quote = `\"`
	if !strings.HasPrefix(l.text[l.at.Offset:], quote) {
		return false
	}
	l.between(quote, backslashed, "quotes with a backslash before them", unescape)
	return true
}

var (
	backslashed = regexp.MustCompile(`\\"`)
	percents    = regexp.MustCompile(`%22`)
)

// percent reads a text between quotes as addresses write them: %22eu%22.
func (l *lexer) percent() bool {
	const quote = "%22"
	if !strings.HasPrefix(l.text[l.at.Offset:], quote) {
		return false
	}
	l.between(quote, percents, "escapes of an address", func(raw string) string {
		if value, err := url.PathUnescape(raw); err == nil {
			return value
		}
		return raw
	})
	return true
}

// between reads a text between two marks that stand for quotes; one alone is told and passed over.
func (l *lexer) between(begin string, end *regexp.Regexp, what string, read func(string) string) {
	start := l.at
	l.skipTo(start.Offset + len(begin))
	to := end.FindStringIndex(l.text[l.at.Offset:l.lineEnd()])
	if to == nil {
		at := l.since(start)
		l.faultf(at, "escaped", replace(at, `"`, `Write "`), "Texts stand in straight double quotes, not in %s.", what)
		return
	}
	raw := l.text[l.at.Offset : l.at.Offset+to[0]]
	l.skipTo(l.at.Offset + to[1])
	at, value := l.since(start), read(raw)
	l.faultf(at, "escaped", replace(at, Quote(value), "Use straight quotes"),
		"Texts stand in straight double quotes, not in %s: write %s.", what, brief(Quote(value)))
	l.emit(kindText, value, start)
}

var placeholder = regexp.MustCompile(`^<[\pL_@][\pL\pN_@.-]*>`)

// placeholder reads <name>, as documentation writes what the reader should put in.
func (l *lexer) placeholder() bool {
	found := placeholder.FindString(l.text[l.at.Offset:])
	if found == "" || !l.afterDot() && !l.after(kindCompare) {
		return false
	}
	start := l.at
	l.skipTo(start.Offset + len(found))
	l.faultf(l.since(start), "placeholder", nil, "%s is a placeholder; put in its place what is meant.", brief(found))
	if l.afterDot() {
		l.emit(kindName, found, start)
	} else {
		l.emit(kindText, found, start)
	}
	return true
}

var bareValue = regexp.MustCompile(`^(?:/[^/\r\n]+/|-?[\pL\pN_*?.-]+)`)

// bareValue reads a pattern or number without quotes behind a comparison, such as *Sales* or -5.
func (l *lexer) bareValue() bool {
	found := bareValue.FindString(l.text[l.at.Offset:])
	if found == "" || !l.after(kindCompare) {
		return false
	}
	l.unquotedTo(l.at, l.at.Offset+len(found))
	return true
}

// unquotedTo reads a value that should stand in quotes.
func (l *lexer) unquotedTo(start Position, end int) {
	l.skipTo(end)
	at := l.since(start)
	value := strings.Trim(at.In(l.text), "/")
	l.faultf(at, "quote-missing", replace(at, Quote(value), "Put it in quotes"), "Put %s in double quotes: %s.", brief(at.In(l.text)), brief(Quote(value)))
	l.emit(kindText, value, start)
}
