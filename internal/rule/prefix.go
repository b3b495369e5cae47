package rule

// prefix reads what an expression begins with.
func (p *parser) prefix() Expr {
	switch t := p.peek(); t.kind {
	case kindName:
		if isWord(t, "not") && startsOperand(p.tokens[p.i+1]) {
			at := Span{t.span.Start, p.tokens[p.i+1].span.Start}
			p.faultf(t.span, "operator-unknown", replace(at, "!", "Write !"), "There is no word %s; a negation is written !.", t.value)
			return p.not()
		}
		if (isWord(t, "where") || isWord(t, "when")) && startsOperand(p.tokens[p.i+1]) {
			at := Span{t.span.Start, p.tokens[p.i+1].span.Start}
			p.next()
			p.faultf(t.span, "operator-unknown", replace(at, "", "Remove it"), "A condition stands for itself, without %s.", t.value)
			return p.prefix()
		}
		return p.path()
	case kindText:
		p.next()
		return &Text{node{t.span}, t.value}
	case kindBool:
		p.next()
		return &Bool{node{t.span}, t.value == "true"}
	case kindNot:
		return p.not()
	case kindOpen:
		return p.paren()
	case kindListOpen:
		return p.list()
	default:
		return p.missing(t)
	}
}

// missing tells that a condition is expected. It consumes nothing: the caller's next step does.
func (p *parser) missing(t token) Expr {
	switch {
	case t.kind == kindEnd && p.deep: // told already
	case p.i > 0 && (t.kind == kindAnd || t.kind == kindOr) && p.tokens[p.i-1].kind == t.kind:
		p.faultf(t.span, "condition-missing", replace(t.span, "", "Remove it"), "Here %s stands twice.", t.value)
	case t.kind == kindEnd || t.kind == kindClose:
		p.faultf(t.span, "condition-missing", nil, `Here a condition is expected, such as subject.name="eu".`)
	default:
		p.faultf(t.span, "condition-missing", nil, "Before %s a condition is expected.", t.value)
	}
	return p.bad()
}

func (p *parser) not() Expr {
	t := p.next()
	if !p.deeper(t) {
		return p.bad()
	}
	operand := p.expr(powerNot)
	p.depth--
	return &Not{node{Span{t.span.Start, operand.Span().End}}, operand}
}

func (p *parser) paren() Expr {
	open := p.next()
	if !p.deeper(open) {
		return p.bad()
	}
	inner := p.expr(0)
	end := p.close(open)
	p.depth--
	return &Paren{node{Span{open.span.Start, end}}, inner}
}

// close takes the closing parenthesis, or tells what stands in its place.
func (p *parser) close(open token) Position {
	switch t := p.peek(); {
	case t.kind == kindClose:
		return p.next().span.End
	case t.kind == kindEnd && p.deep: // told already
		return t.span.End
	case t.kind == kindEnd:
		p.faultf(open.span, "paren-unclosed", insert(p.tokens[p.i-1].span.End, ")", "Put ) at the end"), "This parenthesis is never closed.")
		return t.span.End
	case t.kind == kindComma:
		p.faultf(t.span, "list", nil, `Several values cannot stand in parentheses; write each comparison by itself and join them with or.`)
	default:
		p.faultf(t.span, "unexpected", nil, "Here %s does not belong.", brief(t.value))
	}
	return p.skipClose()
}

// skipClose passes over everything up to the closing parenthesis that belongs to the open one.
func (p *parser) skipClose() Position {
	for open := 1; open > 0; {
		switch t := p.next(); t.kind {
		case kindEnd:
			return t.span.End
		case kindOpen:
			open++
		case kindClose:
			open--
		default:
		}
	}
	return p.tokens[p.i-1].span.End
}

const usualPath = 3 // names: resource.stream.name

// path reads names joined by dots, and the call that may follow.
func (p *parser) path() Expr {
	first := p.next()
	segments := append(make([]Segment, 0, usualPath), Segment{first.value, first.span})
	for p.peek().kind == kindDot {
		dot := p.next()
		name, ok := p.segment(dot)
		if !ok {
			return &Bad{node{Span{first.span.Start, dot.span.End}}}
		}
		segments = append(segments, name)
	}
	if p.peek().kind == kindOpen {
		return p.call(segments)
	}
	return newPath(segments)
}

// segment reads the name behind a dot.
func (p *parser) segment(dot token) (Segment, bool) {
	for p.peek().kind == kindDot {
		again := p.next()
		p.faultf(again.span, "name-expected", replace(again.span, "", "Remove it"), "One dot stands before a name.")
	}
	if name := p.peek(); name.kind == kindName {
		p.next()
		return Segment{name.value, name.span}, true
	}
	name, ok := p.bracketed(dot.span.Start)
	if !ok {
		p.faultf(dot.span, "name-expected", nil, "After the dot a name is expected.")
	}
	return name, ok
}

func newPath(segments []Segment) *Path {
	at := segments[0].Span
	at.End = segments[len(segments)-1].Span.End
	return &Path{node{at}, segments}
}

func (p *parser) call(segments []Segment) Expr {
	open := p.next()
	last := len(segments) - 1
	c := &Call{Target: &Path{}, Name: segments[last]}
	if last > 0 {
		c.Target = newPath(segments[:last])
	}
	if !p.deeper(open) {
		return p.bad()
	}
	c.Args = p.arguments()
	c.at = Span{segments[0].Span.Start, p.close(open)}
	p.depth--
	return c
}

func (p *parser) arguments() (args []Expr) {
	if p.peek().kind == kindClose {
		return nil
	}
	for {
		args = append(args, p.expr(0))
		if p.peek().kind != kindComma {
			return args
		}
		p.next()
	}
}
