package basic

import (
	"slices"
	"strconv"
	"strings"

	"github.com/skyferry/skyferry/internal/rule"
)

// String writes the conditions: ((subject.name="eu")), or several ones joined, where and binds tighter than or, with a
// group in parentheses. A row that stands for nothing yet is left out; nothing is ever added.
func (c Conditions) String() string {
	c = c.complete()
	if len(c.Rows) == 0 {
		return ""
	}
	var b strings.Builder
	for i, r := range c.Rows {
		if i > 0 {
			b.WriteString(" " + r.Join + " ")
		}
		for _, g := range c.Groups {
			b.WriteString(once("(", g.First == i))
		}
		b.WriteString("(" + r.String() + ")")
		for _, g := range c.Groups {
			b.WriteString(once(")", g.Last == i))
		}
	}
	return "(" + b.String() + ")"
}

func once(sign string, yes bool) string {
	if yes {
		return sign
	}
	return ""
}

// complete gives the conditions without the rows that stand for nothing.
func (c Conditions) complete() Conditions {
	c = Conditions{slices.Clone(c.Rows), slices.Clone(c.Groups)}
	for i, r := range slices.Backward(c.Rows) {
		if !r.Complete() {
			c.remove(i)
		}
	}
	return c
}

// String gives the comparison of the row, without parentheses.
func (r Row) String() string {
	compare := rule.Compare{Op: rule.Op(r.Operator), Left: path(r.Side + "." + r.Property), Right: &rule.Text{Value: r.Value}}
	if r.ValueType == Property {
		compare.Right = path(strings.TrimSpace(r.Value))
	}
	return rule.Format(&compare)
}

func path(text string) *rule.Path {
	p := &rule.Path{}
	for name := range strings.SplitSeq(text, ".") {
		p.Segments = append(p.Segments, rule.Segment{Name: name})
	}
	return p
}

// Read gives the rows and groups of conditions: what String writes, and what somebody wrote by hand of comparisons, and,
// or and parentheses. Where the editor cannot show it, why says so in words. The empty condition has no rows.
func Read(e rule.Expr) (c Conditions, why string) {
	r := &reader{}
	if e != nil {
		r.whole(e)
	}
	if len(r.Rows) > MaxRows {
		r.refuse("The text has " + strconv.Itoa(len(r.Rows)) + " conditions, more than rows can show.")
	}
	if r.why != "" {
		return Conditions{}, r.why
	}
	r.Settle()
	return r.Conditions, ""
}

type reader struct {
	Conditions

	depth int
	why   string
}

func (r *reader) refuse(why string) {
	if r.why == "" {
		r.why = why
	}
}

// whole reads all conditions. Parentheses around everything mean nothing, and Qlik's editor writes two pairs, so they make
// no group, unless the rows inside have theirs too: this is how String writes a group of all rows.
func (r *reader) whole(e rule.Expr) {
	outer, _ := e.(*rule.Paren)
	all, joined := rule.Inner(e).(*rule.Logical)
	if joined && outer != nil && isParen(outer.Inner) && hasParen(all) {
		r.group(all, "")
		return
	}
	r.part(rule.Inner(e), "")
}

func isParen(e rule.Expr) bool { _, ok := e.(*rule.Paren); return ok }

func hasParen(e rule.Expr) (found bool) {
	rule.Walk(e, func(e rule.Expr) { found = found || isParen(e) })
	return found
}

// part reads a term, which is joined with what stands before it.
func (r *reader) part(e rule.Expr, join rule.Op) {
	if l, ok := e.(*rule.Logical); ok {
		r.chain(l, join)
		return
	}
	inner := rule.Inner(e)
	if l, ok := inner.(*rule.Logical); ok {
		r.group(l, join)
		return
	}
	r.row(inner, join)
}

func (r *reader) chain(l *rule.Logical, join rule.Op) {
	for _, term := range l.Terms {
		r.part(term, join)
		join = l.Op
	}
}

func (r *reader) group(l *rule.Logical, join rule.Op) {
	if r.depth == MaxDepth {
		r.refuse("The text has parentheses more than " + strconv.Itoa(MaxDepth) + " deep, which groups cannot show.")
		return
	}
	r.depth++
	first := len(r.Rows)
	r.chain(l, join)
	r.Groups = append(r.Groups, Group{first, len(r.Rows) - 1})
	r.depth--
}

// row reads one comparison.
func (r *reader) row(e rule.Expr, join rule.Op) {
	compare, ok := e.(*rule.Compare)
	if !ok {
		r.refuse("Rows show comparisons only, and the text has " + rule.Brief(e) + ".")
		return
	}
	left, ok := rule.Inner(compare.Left).(*rule.Path)
	if !ok || len(left.Segments) < 2 {
		r.refuse("Rows have the property on the left, and the text has " + rule.Brief(e) + ".")
		return
	}
	row := Row{Join: string(join), Operator: string(compare.Op), ValueType: Value, Kept: true}
	row.Side, row.Property = rule.Spelled(left)
	switch right := rule.Inner(compare.Right).(type) {
	case *rule.Text:
		row.Value = right.Value
	case *rule.Path:
		row.ValueType, row.Value = Property, right.String()
	default:
		r.refuse("Rows compare with a text or a property, and the text has " + rule.Brief(e) + ".")
	}
	r.Rows = append(r.Rows, row)
}
