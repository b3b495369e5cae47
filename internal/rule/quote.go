package rule

import "strings"

// The quotes that people paste from documents. Only the straight double quote delimits a text.
const (
	foreignDouble = "“”„‟«»＂″"
	foreignSingle = "'‘’‚‛`´"
	foreignQuotes = foreignDouble + foreignSingle
)

// Quote writes a value as a text of the language. A backslash is doubled only where it would be misread, so that
// patterns keep their look.
func Quote(value string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(value) {
		last := i+1 == len(value)
		if value[i] == '"' || value[i] == '\\' && (last || value[i+1] == '\\' || value[i+1] == '"') {
			b.WriteByte('\\')
		}
		b.WriteByte(value[i])
	}
	b.WriteByte('"')
	return b.String()
}

// unescape reads the inside of a text: \\ and \" lose their backslash, anything else keeps it, so that one or two
// backslashes before w give the same pattern (rule-language.md section 1).
func unescape(raw string) string {
	if !strings.Contains(raw, `\`) {
		return raw
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(raw)
}

// closing gives the offset in raw of the first of the quotes that no backslash escapes, or -1.
func closing(raw, quotes string) int {
	escaped := false
	for i, r := range raw {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case strings.ContainsRune(quotes, r):
			return i
		}
	}
	return -1
}

// quoted reads a text in straight double quotes; it may reach over several lines.
func (l *lexer) quoted() {
	start := l.at
	l.skip()
	to := len(l.text)
	if l.open {
		to = l.lineEnd()
	}
	n := -1
	if l.at.Offset > l.straight {
		n = closing(l.text[l.at.Offset:to], `"`)
	}
	if n < 0 {
		l.straight = max(l.straight, to)
		l.unclosed(start)
		return
	}
	if raw := l.text[l.at.Offset : l.at.Offset+n]; !l.slipped(start, raw) {
		l.skipTo(l.at.Offset + n + 1)
		l.emit(kindText, unescape(raw), start)
	}
}

// unclosed reads a text whose closing quote is missing or typographic: at most to the end of its line, without the
// parentheses that end it.
func (l *lexer) unclosed(start Position) {
	l.open = true
	line := l.text[l.at.Offset:l.lineEnd()]
	if n := closing(line, foreignDouble); n >= 0 {
		l.foreignEnd(start, line[:n])
		return
	}
	raw := strings.TrimRight(line, " \t)")
	l.skipTo(l.at.Offset + len(raw))
	l.faultf(l.since(start), "quote-unclosed", insert(l.at, `"`, "Close the text"), "This text is never closed: a double quote is missing.")
	l.emit(kindText, unescape(raw), start)
}

// foreign reads a text in quotes that are no straight double quotes.
func (l *lexer) foreign(quote rune) {
	start := l.at
	l.skip()
	ends, alone := foreignDouble+`"`, &l.double
	if strings.ContainsRune(foreignSingle, quote) {
		ends, alone = foreignSingle, &l.single
	}
	line := l.text[l.at.Offset:l.lineEnd()]
	if m := foreignDoubled.FindStringSubmatch(line); m != nil && quote == '\'' {
		l.misquoted(start, len(m[0]), m[1], "Texts stand in straight double quotes: write %s.")
		return
	}
	if m := foreignInner.FindStringSubmatch(line); m != nil {
		l.foreignEnd(start, m[1])
		return
	}
	if l.at.Offset > *alone {
		if n := closing(line, ends); n >= 0 {
			l.foreignEnd(start, line[:n])
			return
		}
		*alone = l.lineEnd()
	}
	l.foreignAlone(start)
}

func (l *lexer) foreignAlone(start Position) {
	at := l.since(start)
	l.faultf(at, "quote-typographic", replace(at, "", "Remove it"),
		"The quote %s does not belong here; texts stand in straight double quotes: \"text\".", at.In(l.text))
}

// foreignEnd ends a text whose quotes must be replaced.
func (l *lexer) foreignEnd(start Position, raw string) {
	l.skipTo(l.at.Offset + len(raw))
	l.skip()
	at, value := l.since(start), unescape(raw)
	code, what := "quote-typographic", "typographic quotes"
	if strings.HasPrefix(at.In(l.text), "'") {
		code, what = "quote-single", "single quotes"
	}
	l.faultf(at, code, replace(at, Quote(value), "Use straight quotes"),
		"Texts stand in straight double quotes, not in %s: write %s.", what, brief(Quote(value)))
	l.emit(kindText, value, start)
}

// brief shortens a text for a sentence.
func brief(text string) string {
	const most = 60
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}
