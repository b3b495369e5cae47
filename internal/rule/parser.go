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
		return &Bad{}, r.list
	}
	p := &parser{report: r, tokens: lex(text, r), text: text}
	if p.peek().kind == kindEnd {
		if len(r.list) > 0 {
			return &Bad{}, r.sorted()
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
		p.faultf(t.span, "unexpected", replace(t.span, "", "Remove it"), "%s", unexpected(t))
		if p.peek().kind == kindEnd {
			break
		}
		rest := p.expr(0)
		e = &Bad{node{Span{e.Span().Start, rest.Span().End}}}
	}
	return e
}

func unexpected(t token) string {
	if t.kind == kindClose {
		return "This ) closes nothing: it has no opening parenthesis."
	}
	return "Here " + t.value + " does not belong."
}

// expr reads an expression whose operators bind at least as tight as the power.
func (p *parser) expr(power int) Expr {
	left := p.prefix()
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
		return p.compare(left, t, p.operand(t))
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
func (p *parser) operand(op token) Expr {
	if !startsOperand(p.peek()) {
		p.faultf(op.span, "value-missing", nil, `After %s a value is expected: a text in double quotes, or a property such as resource.name.`, op.value)
		return p.bad()
	}
	return p.expr(powerCompare + 1)
}

func startsOperand(t token) bool {
	return slices.Contains([]kind{kindName, kindText, kindBool, kindNot, kindOpen, kindListOpen}, t.kind)
}

// noOperator reads on where two operands stand side by side.
func (p *parser) noOperator(left Expr, t token, power int) Expr {
	switch {
	case power == powerAnd:
		if _, told := left.(*Bad); !told {
			p.faultf(t.span, "operator-missing", insert(t.span.Start, "and ", "Put and between"), `Between two conditions "and" or "or" is missing.`)
		}
		return p.logical(left, And, Span{t.span.Start, t.span.Start}, p.expr(powerAnd+1))
	case t.kind == kindName:
		p.next()
		p.faultf(t.span, "operator-unknown", nil, "%s is no operator; rules compare with =, !=, ==, !==, like and matches.", brief(t.value))
	default:
		p.faultf(t.span, "operator-missing", insert(t.span.Start, "=", "Put = between"), "Between two values an operator such as = is missing.")
	}
	at := Span{left.Span().Start, t.span.End}
	if startsOperand(p.peek()) {
		at.End = p.expr(powerCompare + 1).Span().End
	}
	return &Bad{node{at}}
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
