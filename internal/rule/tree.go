package rule

import "strings"

// Expr is a node of the syntax tree: *Logical, *Not, *Paren, *Compare, *Call, *Path, *Text, *Bool or *Bad. A nil Expr
// is the empty condition, which is always true.
type Expr interface {
	// Span is the part of the text that the node was read from.
	Span() Span
}

// Op is an operator in its canonical spelling.
type Op string

// The operators (rule-language.md section 1).
const (
	And         Op = "and"
	Or          Op = "or"
	Equal       Op = "="   // ignores case
	SameText    Op = "=="  // regards case
	NotEqual    Op = "!="  // ignores case
	NotSameText Op = "!==" // regards case
	Like        Op = "like"
	Matches     Op = "matches"
)

// Operators are the operators that compare, in the order of the Basic editor.
func Operators() []Op { return []Op{Equal, NotEqual, Like, Matches, SameText, NotSameText} }

type node struct{ at Span }

func (n node) Span() Span { return n.at }

// Logical joins two or more terms by one operator, and or or; Joins are the places of the operator between them.
type Logical struct {
	node

	Op    Op
	Terms []Expr
	Joins []Span
}

// Not is "!" before its operand.
type Not struct {
	node

	Operand Expr
}

// Paren is an expression in parentheses.
type Paren struct {
	node

	Inner Expr
}

// Compare compares two values.
type Compare struct {
	node

	Op          Op
	OpSpan      Span
	Left, Right Expr
}

// Call is a function call: Target.Name(Args).
type Call struct {
	node

	Target *Path // without the function's name; no segments for a bare name
	Name   Segment
	Args   []Expr
}

// Path is a property: names joined by dots, such as resource.stream.@Region.
type Path struct {
	node

	Segments []Segment
}

// Segment is one name of a path, as written, with its @ where it is a custom property.
type Segment struct {
	Name string
	Span Span
}

// Text is a text in quotes; Value is without quotes and escapes.
type Text struct {
	node

	Value string
}

// Bool is true or false.
type Bool struct {
	node

	Value bool
}

// Bad stands where the text could not be read; a fault says why.
type Bad struct{ node }

// Canonical gives the path in lower case, as Env is asked for it: names ignore case.
func (p *Path) Canonical() string { return strings.ToLower(p.String()) }

// String gives the path as written, without blanks.
func (p *Path) String() string {
	var b strings.Builder
	for i, s := range p.Segments {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(s.Name)
	}
	return b.String()
}

// Inner takes the parentheses around an expression away.
func Inner(e Expr) Expr {
	for {
		p, ok := e.(*Paren)
		if !ok {
			return e
		}
		e = p.Inner
	}
}

// Walk visits every node of the tree, parents first.
func Walk(e Expr, visit func(Expr)) {
	if e == nil {
		return
	}
	visit(e)
	for _, child := range children(e) {
		Walk(child, visit)
	}
}

func children(e Expr) []Expr {
	switch e := e.(type) {
	case *Logical:
		return e.Terms
	case *Not:
		return []Expr{e.Operand}
	case *Paren:
		return []Expr{e.Inner}
	case *Compare:
		return []Expr{e.Left, e.Right}
	case *Call:
		if len(e.Target.Segments) == 0 {
			return e.Args
		}
		return append([]Expr{e.Target}, e.Args...)
	default:
		return nil
	}
}
