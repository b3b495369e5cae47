package rule

import (
	"slices"
	"strings"
)

// Trace is the truth of one part of a condition for one app and one deployment.
type Trace struct {
	Text     string // canonical
	Span     Span
	True     bool
	Seen     []Seen   // the values that a comparison or call read
	Children []*Trace // the parts of and, or, ! and parentheses

	expr Expr
}

// Seen is what one property held; no values means missing.
type Seen struct {
	Path   string // as written
	Values []string
}

// Explain judges every part of a condition that has no faults. The empty condition gives a true trace without text.
func Explain(e Expr, env Env) *Trace {
	if e == nil {
		return &Trace{True: true}
	}
	t := &Trace{Text: Format(e), Span: e.Span(), expr: e}
	switch e := e.(type) {
	case *Logical:
		t.explainTerms(e, env)
	case *Not:
		t.Children = []*Trace{Explain(e.Operand, env)}
		t.True = !t.Children[0].True
	case *Paren:
		t.Children = []*Trace{Explain(e.Inner, env)}
		t.True = t.Children[0].True
	default:
		t.explainPart(e, env)
	}
	return t
}

func (t *Trace) explainTerms(e *Logical, env Env) {
	for _, term := range e.Terms {
		t.Children = append(t.Children, Explain(term, env))
	}
	if e.Op == And {
		t.True = !slices.ContainsFunc(t.Children, func(c *Trace) bool { return !c.True })
		return
	}
	t.True = slices.ContainsFunc(t.Children, isTrue)
}

func isTrue(t *Trace) bool { return t.True }

// explainPart judges a comparison or a call. What does not compile is not true.
func (t *Trace) explainPart(e Expr, env Env) {
	if program, err := Compile(e); err == nil {
		t.True = program.Eval(env)
	}
	Walk(e, func(e Expr) {
		if path, ok := e.(*Path); ok {
			t.Seen = append(t.Seen, Seen{path.String(), env.Values(path.Canonical())})
		}
	})
}

// Matched gives the smallest part that made the condition true, as canonical text with the values it saw; "" when it is
// not true, or the condition is empty.
func (t *Trace) Matched() string {
	if !t.True || t.expr == nil {
		return ""
	}
	for {
		if _, ok := t.expr.(*Paren); !ok {
			return t.matched()
		}
		t = t.Children[0]
	}
}

func (t *Trace) matched() string {
	switch e := t.expr.(type) {
	case *Paren:
		return "(" + t.Children[0].Matched() + ")"
	case *Logical:
		if e.Op == And {
			parts := make([]string, len(t.Children))
			for i, c := range t.Children {
				parts[i] = c.matched()
			}
			return strings.Join(parts, " and ")
		}
		return t.smallest().Matched()
	default:
		return t.Text + bracketed(t.telling())
	}
}

// smallest gives the true part with the shortest text; the first of equals.
func (t *Trace) smallest() *Trace {
	var best *Trace
	for _, c := range t.Children {
		if c.True && (best == nil || len(c.Text) < len(best.Text)) {
			best = c
		}
	}
	return best
}

// telling gives the values that the text does not show by itself.
func (t *Trace) telling() []Seen {
	if e, ok := t.expr.(*Compare); ok && t.True && (e.Op == Equal || e.Op == SameText) && len(t.Seen) == 1 && len(t.Seen[0].Values) < 2 {
		return nil
	}
	seen := slices.Clone(t.Seen)
	for _, c := range t.Children {
		seen = append(seen, c.telling()...)
	}
	return seen
}

func bracketed(seen []Seen) string {
	if len(seen) == 0 {
		return ""
	}
	parts := make([]string, len(seen))
	for i, s := range seen {
		parts[i] = s.String()
	}
	return " [" + strings.Join(parts, "; ") + "]"
}

// String gives property and values in words: resource.@Cloud is "eu", "us".
func (s Seen) String() string {
	const most = 5
	if len(s.Values) == 0 {
		return s.Path + " is missing"
	}
	shown := make([]string, 0, most+1)
	for i, v := range s.Values {
		if i == most {
			shown = append(shown, "…")
			break
		}
		shown = append(shown, brief(Quote(v)))
	}
	return s.Path + " is " + strings.Join(shown, ", ")
}
