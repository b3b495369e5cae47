package rule

import (
	"slices"
	"strings"
)

// equalities are words that people write for the signs.
var equalities = map[string]string{"eq": "=", "equals": "=", "equal": "=", "is": "=", "ne": "!=", "neq": "!=", "differs": "!="}

// searches are words of other languages that like can say: what stands before and behind the text that is looked for.
var searches = map[string]struct{ before, behind string }{
	"contains": {"*", "*"}, "startswith": {"", "*"}, "beginswith": {"", "*"}, "endswith": {"*", ""}, "indexof": {"*", "*"},
}

// absences are words that ask for a missing value.
var absences = []string{"null", "empty", "missing", "nil", "none", "undefined"}

// wildcards writes a text so that like takes it as it is, with stars where the word says.
func wildcards(word, text string) (pattern string, known bool) {
	s, known := searches[strings.ToLower(word)]
	return Quote(s.before + strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`).Replace(text) + s.behind), known
}

// word reads a name where an operator is expected.
func (p *parser) word(left Expr, t token) Expr {
	lower, next := strings.ToLower(t.value), p.tokens[p.i+1]
	near, isNear := nearest(lower, []string{string(Like), string(Matches)})
	switch {
	case lower == "is" && p.absent(left):
		return p.bad()
	case lower == "in" && p.choices(left, token{kindCompare, string(Equal), t.span}, p.i+1, ""):
		return p.bad()
	case equalities[lower] != "" && startsOperand(next):
		return p.instead(left, t, equalities[lower], equalities[lower])
	case searches[lower].before+searches[lower].behind != "" && next.kind == kindText:
		pattern, _ := wildcards(lower, next.value)
		at := Span{t.span.Start, next.span.End}
		p.i += 2
		p.faultf(t.span, "operator-unknown", replace(at, "like "+pattern, "Use like"), "There is no %s; write like %s.", t.value, brief(pattern))
		return &Compare{node{Span{left.Span().Start, at.End}}, Like, t.span, left, &Text{node{next.span}, pattern}}
	case isNear && startsOperand(next):
		return p.instead(left, t, near, near)
	case p.strayBefore(t): // told by the lexer
		p.next()
		return p.passed(left, t.span.End)
	case next.kind == kindCompare || next.kind == kindDot || next.kind == kindOpen && isFunction(lower) || strings.HasPrefix(t.value, "@"):
		return p.noDot(left, t)
	}
	p.next()
	p.faultf(t.span, "operator-unknown", nil, "%s is no operator; rules compare with =, !=, ==, !==, like and matches.", brief(t.value))
	return p.passed(left, t.span.End)
}

// passed reads over the operand that may follow what was told.
func (p *parser) passed(left Expr, end Position) Expr {
	if startsOperand(p.peek()) {
		end = p.expr(powerCompare + 1).Span().End
	}
	return &Bad{node{Span{left.Span().Start, end}}}
}

// instead reads a word as the operator that it stands for.
func (p *parser) instead(left Expr, t token, op, sign string) Expr {
	p.next()
	p.faultf(t.span, "operator-unknown", replace(t.span, sign, "Write "+sign), "There is no %s; the operator is %s.", brief(t.value), sign)
	t.value = op
	return p.compare(left, t, p.operand(left, t))
}

// absent reads is null, is empty and is not null.
func (p *parser) absent(left Expr) bool {
	i, sign := p.i+1, ""
	if isWord(p.tokens[i], "not") {
		i, sign = i+1, "!"
	}
	t := p.tokens[i]
	if _, isPath := left.(*Path); !isPath || t.kind != kindName || !slices.Contains(absences, strings.ToLower(t.value)) {
		return false
	}
	p.i = i + 1
	p.missingValue(Span{left.Span().Start, t.span.End}, sign+left.Span().In(p.text)+".Empty()")
	return true
}

func (r *report) missingValue(at Span, instead string) {
	r.faultf(at, "operator-unknown", replace(at, instead, "Use Empty"), "Whether a value is missing is asked by %s.", brief(instead))
}

// noDot tells that a name follows a path without a dot, or that the name of a custom property has a blank.
func (p *parser) noDot(left Expr, t token) Expr {
	path, isPath := left.(*Path)
	if !isPath {
		p.next()
		p.faultf(t.span, "unexpected", nil, "Here %s does not belong.", brief(t.value))
		return p.passed(left, t.span.End)
	}
	gap := Span{left.Span().End, t.span.Start}
	if last := path.Segments[len(path.Segments)-1].Name; strings.HasPrefix(last, "@") && !strings.HasPrefix(t.value, "@") {
		for p.peek().kind == kindName {
			t = p.next()
		}
		at := Span{left.Span().Start, t.span.End}
		p.faultf(at, "name-blank", nil, "%s cannot be read: the name of a custom property has letters, digits, _ and -, and no blanks.", brief(at.In(p.text)))
		return &Bad{node{at}}
	}
	p.faultf(Span{gap.Start, t.span.End}, "name-expected", replace(gap, ".", "Put a dot between"), "A property follows a dot: %s.%s.", brief(path.String()), brief(t.value))
	rest := p.path()
	return &Bad{node{Span{left.Span().Start, rest.Span().End}}}
}

// negated reads a ! or not where an operator is expected: a !like "x", a not like "x", a ! = "x".
func (p *parser) negated(left Expr, t token) Expr {
	op := p.tokens[p.i+1]
	switch {
	case op.kind == kindCompare && strings.HasPrefix(op.value, "="):
		p.next()
		at := Span{t.span.Start, op.span.End}
		p.faultf(at, "operator-unknown", replace(at, "!"+op.value, "Write !"+op.value), "Different is written !%s, without anything between.", op.value)
	case op.kind == kindCompare:
		p.i += 2
		operand := p.operand(left, op)
		at := Span{left.Span().Start, operand.Span().End}
		positive := left.Span().In(p.text) + " " + op.value + " " + operand.Span().In(p.text)
		p.faultf(Span{t.span.Start, op.span.End}, "operator-unknown", replace(at, "!("+positive+")", "Write !( )"), "A negation stands before the comparison: !(%s).", brief(positive))
		return &Bad{node{at}}
	case isWord(op, "in") && p.choices(left, token{kindCompare, string(Equal), t.span}, p.i+2, "!"):
		return p.bad()
	case t.kind == kindNot && startsOperand(op) || op.kind == kindText:
		p.faultf(t.span, "operator-unknown", replace(t.span, "!=", "Write !="), "%s alone compares nothing; different is written !=.", t.value)
		p.next()
		return p.passed(left, t.span.End)
	case t.kind == kindNot:
		p.next()
		p.faultf(t.span, "operator-unknown", nil, "! alone compares nothing; different is written !=.")
		return p.passed(left, t.span.End)
	default:
		return p.word(left, t)
	}
	op = p.next()
	op.value = "!" + op.value
	return p.compare(left, op, p.operand(left, op))
}
