package rule

import (
	"slices"
	"strings"
)

// The limits against abuse.
const (
	MaxText  = 64 << 10 // bytes of a condition
	MaxDepth = 200      // parentheses, negations and calls within each other
)

// Parse reads a condition. Every fault of the text is told at once; the tree then has Bad nodes, or the meaning that the
// fix would give. A nil Expr is the empty condition, and only that.
func Parse(text string) (Expr, []Diagnostic) {
	r := &report{}
	if len(text) > MaxText {
		r.faultf(Span{start(), start()}, "too-long", nil, "The text has %d bytes; at most %d are allowed.", len(text), MaxText)
		return &Bad{node{Span{start(), start()}}}, r.list
	}
	p := &parser{report: r, tokens: lex(text, r), text: text}
	if p.peek().kind == kindEnd {
		if len(r.list) > 0 {
			return &Bad{node{Span{start(), start()}}}, r.sorted()
		}
		return nil, nil
	}
	return p.whole(), r.sorted()
}

func start() Position { return Position{Line: 1, Column: 1} }

// The binding powers: comparison binds tighter than !, then and, then or (rule-language.md section 1).
const (
	powerOr = iota + 1
	powerAnd
	powerNot
	powerCompare
)

// parser is a Pratt parser with recovery: each fault is told once, and each step consumes a token.
type parser struct {
	*report
	text   string
	tokens []token
	i      int
	depth  int
	deep   bool // the nesting limit was passed; told once
}

func (p *parser) peek() token { return p.tokens[p.i] }

// next takes a token; the end is never passed.
func (p *parser) next() token {
	t := p.tokens[p.i]
	if t.kind != kindEnd {
		p.i++
	}
	return t
}

// whole reads the text to its end, over closing parentheses that nothing opened.
func (p *parser) whole() Expr {
	e := p.expr(0)
	for p.peek().kind != kindEnd {
		t := p.next()
		p.unexpected(t, e)
		if k := p.peek().kind; k == kindAnd || k == kindOr {
			e = p.climb(e, 0)
			continue
		}
		if p.peek().kind == kindEnd {
			break
		}
		rest := p.expr(0)
		e = &Bad{node{Span{e.Span().Start, rest.Span().End}}}
	}
	return e
}

// unexpected tells of a token that cannot stand behind a condition.
func (p *parser) unexpected(t token, left Expr) {
	next := p.peek()
	switch {
	case t.kind == kindClose:
		p.faultf(t.span, "unexpected", replace(t.span, "", "Remove it"), "This ) closes nothing: it has no opening parenthesis.")
	case t.kind == kindComma && next.kind == kindText:
		p.faultf(t.span, "list", p.again(t.span, left), "A comma joins nothing; write each comparison by itself and join them with or.")
	case t.kind == kindComma && next.kind != kindEnd:
		p.faultf(t.span, "unexpected", nil, "A comma joins nothing; conditions are joined by and or or.")
	case next.kind == kindEnd:
		p.faultf(t.span, "unexpected", replace(t.span, "", "Remove it"), "Here %s does not belong.", brief(t.value))
	default:
		p.faultf(t.span, "unexpected", nil, "Here %s does not belong.", brief(t.value))
	}
}

// again puts the beginning of the last comparison in the place of a comma: a="x","y" becomes a="x" or a="y".
func (p *parser) again(at Span, left Expr) *Fix {
	if l, ok := left.(*Logical); ok {
		left = l.Terms[len(l.Terms)-1]
	}
	e, ok := left.(*Compare)
	if !ok {
		return nil
	}
	return replace(at, " or "+e.Left.Span().In(p.text)+spaced(e.Op), "Write the comparison again")
}

// expr reads an expression whose operators bind at least as tight as the power.
func (p *parser) expr(power int) Expr {
	return p.climb(p.prefix(), power)
}

// climb reads on behind what is read.
func (p *parser) climb(left Expr, power int) Expr {
	for {
		tight := infixPower(p.peek(), left)
		if tight == 0 || tight < power {
			return left
		}
		left = p.infix(left, tight)
	}
}

// infixPower tells how tight the token binds what stands before it; 0 ends the expression.
func infixPower(t token, left Expr) int {
	switch t.kind {
	case kindOr:
		return powerOr
	case kindAnd:
		return powerAnd
	case kindCompare:
		return powerCompare
	case kindName, kindText, kindBool, kindNot, kindOpen, kindListOpen: // an operator is missing
		if isValue(left) {
			return powerCompare
		}
		return powerAnd
	default:
		return 0
	}
}

func isValue(e Expr) bool {
	switch e.(type) {
	case *Path, *Text:
		return true
	default:
		return false
	}
}

func (p *parser) infix(left Expr, power int) Expr {
	switch t := p.peek(); t.kind {
	case kindAnd, kindOr:
		p.next()
		return p.logical(left, Op(t.value), t.span, p.expr(power+1))
	case kindCompare:
		p.next()
		return p.compare(left, t, p.operand(left, t))
	default:
		return p.noOperator(left, t, power)
	}
}

// logical adds a term to a chain of one operator, so that long chains stay flat.
func (p *parser) logical(left Expr, op Op, join Span, right Expr) Expr {
	at := Span{left.Span().Start, right.Span().End}
	if l, ok := left.(*Logical); ok && l.Op == op {
		l.at, l.Terms, l.Joins = at, append(l.Terms, right), append(l.Joins, join)
		return l
	}
	return &Logical{node{at}, op, []Expr{left, right}, []Span{join}}
}

func (p *parser) compare(left Expr, t token, right Expr) Expr {
	at := Span{left.Span().Start, right.Span().End}
	if _, chained := left.(*Compare); chained {
		p.faultf(t.span, "comparison-chained", nil, `A comparison ends with its second value; join a further one with "and" or "or".`)
		return &Bad{node{at}}
	}
	return &Compare{node{at}, Op(t.value), t.span, left, right}
}

// operand reads what stands right of a comparison.
func (p *parser) operand(left Expr, op token) Expr {
	if second := p.peek(); second.kind == kindCompare {
		p.twice(op, p.next())
		op = second
	}
	if p.peek().kind == kindNot {
		p.negatedOperand(op, p.next())
	}
	if p.choices(left, op, p.i, "") {
		return p.bad()
	}
	if !startsOperand(p.peek()) {
		p.faultf(op.span, "value-missing", nil, `After %s a value is expected: a text in double quotes, or a property such as resource.name.`, op.value)
		return p.bad()
	}
	return p.words(p.expr(powerCompare + 1))
}

// negatedOperand tells of a ! behind an operator: a = !"x".
func (p *parser) negatedOperand(op, not token) {
	at := Span{op.span.Start, not.span.End}
	if negative := "!" + op.value; slices.Contains(Operators(), Op(negative)) {
		p.faultf(at, "operator-unknown", replace(at, negative, "Write "+negative), "Different is written %s.", negative)
		return
	}
	p.faultf(at, "value-expected", nil, "A value cannot be negated; a negation stands before the whole comparison.")
}

// twice tells of two operators side by side, which may be one with a blank inside.
func (p *parser) twice(first, second token) {
	at := Span{first.span.Start, second.span.End}
	var fix *Fix
	if joined := first.value + second.value; slices.Contains(Operators(), Op(joined)) {
		fix = replace(at, joined, "Write "+joined)
	}
	p.faultf(at, "operator-unknown", fix, "Two operators stand side by side: %s.", brief(at.In(p.text)))
}

// words reads on over a value of several words without quotes.
func (p *parser) words(value Expr) Expr {
	path, ok := value.(*Path)
	if t := p.peek(); !ok || len(path.Segments) > 1 || t.kind != kindName || isWord(t, "not") {
		return value
	}
	last := p.i
	for p.tokens[last+1].kind == kindName {
		last++
	}
	switch p.tokens[last+1].kind {
	case kindEnd, kindClose, kindAnd, kindOr:
	default:
		return value
	}
	p.i = last + 1
	at := Span{value.Span().Start, p.tokens[last].span.End}
	text := at.In(p.text)
	p.faultf(at, "quote-missing", replace(at, Quote(text), "Put it in quotes"), "Put %s in double quotes: %s.", brief(text), brief(Quote(text)))
	return &Text{node{at}, text}
}

func startsOperand(t token) bool {
	return slices.Contains([]kind{kindName, kindText, kindBool, kindNot, kindOpen, kindListOpen}, t.kind)
}

// noOperator reads on where two operands stand side by side.
func (p *parser) noOperator(left Expr, t token, power int) Expr {
	switch {
	case power == powerAnd:
		return p.noJoin(left, t)
	case t.kind == kindNot || isWord(t, "not"):
		return p.negated(left, t)
	case t.kind == kindName:
		return p.word(left, t)
	case t.kind == kindListOpen && functionOf(left) == "":
		if name, ok := p.bracketed(t.span.Start); ok {
			return &Bad{node{Span{left.Span().Start, name.Span.End}}}
		}
	}
	if name := functionOf(left); name != "" && t.kind == kindText {
		return p.unwrapped(left, name, t)
	}
	if !p.strayBefore(t) {
		p.faultf(t.span, "operator-missing", insert(t.span.Start, "=", "Put = between"), "Between two values an operator such as = is missing.")
	}
	return p.passed(left, t.span.End)
}

// strayBefore says whether the lexer told of a character before the token, which then is the cause.
func (p *parser) strayBefore(t token) bool {
	from := 0
	if p.i > 0 {
		from = p.tokens[p.i-1].span.End.Offset
	}
	return slices.ContainsFunc(p.report.list, func(d Diagnostic) bool {
		return d.Code == "character-unexpected" && d.Fix == nil && d.Span.Start.Offset >= from && d.Span.End.Offset <= t.span.Start.Offset
	})
}

// unwrapped reads the text of a function that lacks its parentheses: HasPrivilege "read".
func (p *parser) unwrapped(left Expr, name string, t token) Expr {
	p.next()
	at := Span{left.Span().End, t.span.End}
	if p.peek().kind == kindClose && p.depth == 0 {
		at.End = p.next().span.End
	}
	call := "(" + Quote(t.value) + ")"
	p.faultf(at, "arguments", replace(at, call, "Write parentheses"), "%s takes its text in parentheses: %s%s.", name, name, brief(call))
	return &Bad{node{Span{left.Span().Start, at.End}}}
}

// functionOf gives the function that a path ends with, which lacks its parentheses; "" for none.
func functionOf(e Expr) string {
	path, ok := e.(*Path)
	if !ok || !isFunction(path.Segments[len(path.Segments)-1].Name) {
		return ""
	}
	return path.Segments[len(path.Segments)-1].Name
}

// joins are words that people write for and, or.
var joins = map[string]Op{"und": And, "et": And, "y": And, "plus": And, "also": And, "oder": Or, "ou": Or, "o": Or}

// noJoin reads on where two conditions stand side by side, perhaps with a word between that joins nothing.
func (p *parser) noJoin(left Expr, t token) Expr {
	op, at := And, Span{t.span.Start, t.span.Start}
	_, told := left.(*Bad)
	switch {
	case t.kind == kindName && !isWord(t, "not") && startsOperand(p.tokens[p.i+1]) && p.tokens[p.i+1].kind != kindOpen:
		p.next()
		at = t.span
		meant := joins[strings.ToLower(t.value)]
		p.faultf(at, "operator-unknown", meaning(at, string(meant)), "%s is no operator; conditions are joined by and or or.", brief(t.value))
	case !told && !p.strayBefore(t):
		p.faultf(t.span, "operator-missing", insert(t.span.Start, "and ", "Put and between"), `Between two conditions "and" or "or" is missing.`)
	}
	return p.logical(left, op, at, p.expr(powerAnd+1))
}

// bad stands for what is missing at the place.
func (p *parser) bad() Expr {
	at := p.peek().span.Start
	return &Bad{node{Span{at, at}}}
}

// deeper says whether one more level may be opened; beyond the limit the rest of the text is not read.
func (p *parser) deeper(t token) bool {
	if p.depth < MaxDepth {
		p.depth++
		return true
	}
	p.deep = true
	p.faultf(t.span, "too-deep", nil, "The text nests deeper than %d levels; write it with fewer parentheses.", MaxDepth)
	p.i = len(p.tokens) - 1
	return false
}

// isWord says whether the token is a name that people use for an operator of other languages.
func isWord(t token, word string) bool { return t.kind == kindName && strings.EqualFold(t.value, word) }
