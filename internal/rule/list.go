package rule

import "strings"

// choices reads a list of texts where one value is expected, in parentheses, braces or brackets, from token i. Comparisons
// joined by or say the same; sign is what negates them.
func (p *parser) choices(left Expr, op token, i int, sign string) bool {
	texts, end := p.listed(i)
	if end == 0 {
		return false
	}
	at := Span{p.tokens[i].span.Start, p.tokens[end-1].span.End}
	whole := Span{left.Span().Start, at.End}
	var fix *Fix
	if op.value != string(NotEqual) && op.value != string(NotSameText) {
		parts := make([]string, len(texts))
		for n, t := range texts {
			parts[n] = left.Span().In(p.text) + spaced(Op(op.value)) + Quote(t.value)
		}
		if joined := sign + "(" + strings.Join(parts, " or ") + ")"; len(joined) < MaxText {
			fix = replace(whole, joined, "Write each comparison")
		}
	}
	p.i = end
	p.faultf(Span{op.span.Start, at.End}, "list", fix, "There are no lists: write each comparison by itself and join them with or.")
	return true
}

// listed gives the texts of a list from token i, and the token behind it; 0 for no list.
func (p *parser) listed(i int) (texts []token, end int) {
	if k := p.tokens[i].kind; k != kindOpen && k != kindListOpen {
		return nil, 0
	}
	for i++; p.tokens[i].kind == kindText; i++ {
		texts = append(texts, p.tokens[i])
		switch next := p.tokens[i+1]; next.kind {
		case kindComma, kindOr:
			i++
		case kindClose, kindListClose:
			if len(texts) == 1 && next.kind == kindClose {
				return nil, 0 // a text in parentheses is legal
			}
			return texts, i + 2
		default:
			return nil, 0
		}
	}
	return nil, 0
}

// list refuses what stands in braces or brackets (rule-language.md section 1).
func (p *parser) list() Expr {
	open := p.next()
	at := open.span
	for depth := 0; p.peek().kind != kindEnd && p.peek().kind != kindListClose; {
		switch p.peek().kind {
		case kindOpen:
			depth++
		case kindClose:
			depth--
		}
		if depth < 0 {
			break
		}
		at.End = p.next().span.End
	}
	if p.peek().kind == kindListClose {
		at.End = p.next().span.End
	}
	p.faultf(at, "list", nil, "Braces and brackets mean nothing here; parentheses group, and values are compared one by one.")
	return &Bad{node{at}}
}

// bracketed reads a name in brackets or quotes behind a dot or a path, [@Cloud] or "@Cloud"; false for anything else.
func (p *parser) bracketed(from Position) (Segment, bool) {
	i := p.i
	if p.tokens[i].kind == kindListOpen {
		i++
	}
	name := p.tokens[i]
	brackets := i > p.i
	if name.kind != kindName && name.kind != kindText || brackets && p.tokens[i+1].kind != kindListClose {
		return Segment{}, false
	}
	if brackets {
		i++
	}
	at := Span{from, p.tokens[i].span.End}
	p.i = i + 1
	p.notEnclosed(at, name.value, ".")
	return Segment{name.value, at}, true
}

// notEnclosed tells of a name in quotes or brackets, with what stands before it.
func (r *report) notEnclosed(at Span, name, before string) {
	if !isName(name) {
		r.faultf(at, "name-blank", nil, "%s cannot be read: a name has letters, digits, _ and -, and stands without quotes and brackets.", brief(before+Quote(name)))
		return
	}
	r.faultf(at, "name-expected", replace(at, before+name, "Write "+before+brief(name)), "A name stands without quotes and brackets: %s%s.", before, brief(name))
}

func isName(text string) bool {
	text = strings.TrimPrefix(text, "@")
	for i, r := range text {
		if i == 0 && !isNameStart(r) || !isNamePart(r) {
			return false
		}
	}
	return text != ""
}
