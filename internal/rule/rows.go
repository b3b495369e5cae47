package rule

import "strings"

// Row is one condition of the Basic editor.
type Row struct {
	Side      string // "subject" or "resource"
	Property  string // below the side: "name", "stream.name", "@Cloud"
	Operator  string // one of Operators
	ValueType string // "Value" or "Property"
	Value     string // a text, or a whole path such as "resource.@Cloud"
	Join      string // "or" or "and", with the row before; the first row has none
}

// The value types of a row.
const (
	RowValue    = "Value"
	RowProperty = "Property"
)

// WriteRows gives the conditions of rows: ((subject.name="eu")), or several ones joined, where and binds tighter than
// or. A row without property, or without the property it compares with, is left out; nothing is ever added.
func WriteRows(rows []Row) string {
	var b strings.Builder
	for _, row := range rows {
		if !row.complete() {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(" " + row.join() + " ")
		}
		b.WriteString("(" + row.String() + ")")
	}
	if b.Len() == 0 {
		return ""
	}
	return "(" + b.String() + ")"
}

func (r Row) complete() bool {
	return r.Property != "" && (r.ValueType != RowProperty || strings.TrimSpace(r.Value) != "")
}

func (r Row) join() string {
	if r.Join == string(And) {
		return string(And)
	}
	return string(Or)
}

// String gives the comparison of the row, without parentheses.
func (r Row) String() string {
	value := Quote(r.Value)
	if r.ValueType == RowProperty {
		value = strings.TrimSpace(r.Value)
	}
	return r.Side + "." + r.Property + spaced(Op(r.Operator)) + value
}

// ReadRows reads the rows back from conditions: what WriteRows writes, and flat chains of comparisons that somebody
// wrote by hand. Where rows cannot show it, why says so in words. The empty condition has no rows.
func ReadRows(e Expr) (rows []Row, ok bool, why string) {
	r := &rowReader{}
	if e != nil {
		r.chain(Inner(e), Or)
	}
	if r.why != "" {
		return nil, false, r.why
	}
	return r.rows, true, ""
}

type rowReader struct {
	rows []Row
	why  string
}

// chain reads terms joined by or, or by and within; deeper groups are no rows.
func (r *rowReader) chain(e Expr, join Op) {
	l, ok := e.(*Logical)
	if !ok {
		r.row(Inner(e), join)
		return
	}
	for i, term := range l.Terms {
		if i > 0 {
			join = l.Op
		}
		inner, grouped := Inner(term).(*Logical)
		switch {
		case !grouped:
			r.row(Inner(term), join)
		case l.Op == Or && inner.Op == And:
			r.chain(inner, join)
		default:
			r.refuse("The text groups conditions in parentheses, which rows cannot show.")
		}
	}
}

func (r *rowReader) refuse(why string) {
	if r.why == "" {
		r.why = why
	}
}

// row reads one comparison.
func (r *rowReader) row(e Expr, join Op) {
	compare, ok := e.(*Compare)
	if !ok {
		r.refuse("Rows show comparisons only, and the text has " + brief(Format(e)) + ".")
		return
	}
	left, ok := Inner(compare.Left).(*Path)
	if !ok || len(left.Segments) < 2 {
		r.refuse("Rows have the property on the left, and the text has " + brief(Format(e)) + ".")
		return
	}
	row := Row{Operator: string(compare.Op), ValueType: RowValue, Join: string(join)}
	row.Side, row.Property = spelled(left)
	switch right := Inner(compare.Right).(type) {
	case *Text:
		row.Value = right.Value
	case *Path:
		row.ValueType, row.Value = RowProperty, right.String()
	default:
		r.refuse("Rows compare with a text or a property, and the text has " + brief(Format(e)) + ".")
	}
	if len(r.rows) == 0 {
		row.Join = ""
	}
	r.rows = append(r.rows, row)
}

// spelled gives side and property of a path in the spelling that the editor's lists have.
func spelled(p *Path) (side, property string) {
	names := []string{}
	at := roots[strings.ToLower(p.Segments[0].Name)]
	for _, s := range p.Segments[1:] {
		name := s.Name
		if at != nil {
			name, at = at.spell(name)
		}
		names = append(names, name)
	}
	return strings.ToLower(p.Segments[0].Name), strings.Join(names, ".")
}

// spell gives the canonical name of a property, and the entity it leads to.
func (e *entity) spell(name string) (string, *entity) {
	if lower := strings.ToLower(name); e.refs[lower] != nil {
		return lower, e.refs[lower]
	}
	if value, ok := e.value(name); ok {
		return value, nil
	}
	return name, nil
}
