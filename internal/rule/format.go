package rule

import "strings"

// Format gives the canonical text: one blank around words, none around signs, and, or instead of && and ||, the
// parentheses as they are. Reading it back gives the same tree. The tree must have no faults.
func Format(e Expr) string {
	var b strings.Builder
	write(&b, e)
	return b.String()
}

// Brief gives the canonical text, cut where it is too long for a message.
func Brief(e Expr) string { return brief(Format(e)) }

func write(b *strings.Builder, e Expr) {
	switch e := e.(type) {
	case *Logical:
		for i, term := range e.Terms {
			if i > 0 {
				b.WriteString(" " + string(e.Op) + " ")
			}
			write(b, term)
		}
	case *Not:
		b.WriteByte('!')
		write(b, e.Operand)
	case *Paren:
		b.WriteByte('(')
		write(b, e.Inner)
		b.WriteByte(')')
	case *Compare:
		write(b, e.Left)
		b.WriteString(spaced(e.Op))
		write(b, e.Right)
	case *Call:
		writeCall(b, e)
	case *Path:
		b.WriteString(e.String())
	case *Text:
		b.WriteString(Quote(e.Value))
	case *Bool:
		b.WriteString(map[bool]string{true: "true", false: "false"}[e.Value])
	case *Bad:
		b.WriteString("…")
	}
}

// spaced gives an operator with the blanks that words need.
func spaced(op Op) string {
	if op == Like || op == Matches {
		return " " + string(op) + " "
	}
	return string(op)
}

func writeCall(b *strings.Builder, e *Call) {
	if len(e.Target.Segments) > 0 {
		b.WriteString(e.Target.String() + ".")
	}
	name := e.Name.Name
	for _, f := range functions {
		if strings.EqualFold(f, name) {
			name = f
		}
	}
	b.WriteString(name + "(")
	for i, arg := range e.Args {
		if i > 0 {
			b.WriteString(", ")
		}
		write(b, arg)
	}
	b.WriteByte(')')
}
