package policy

import (
	"slices"

	"github.com/skyferry/skyferry/internal/rule"
)

// maxClauses ends the attempt to put conditions in words; beyond it they are quoted.
const maxClauses = 24

// atom is a comparison or call that must be true, or false when not is set.
type atom struct {
	expr rule.Expr
	not  bool
}

// clause is one way for the conditions to be true: all its atoms hold. The conditions are true by any clause.
type clause struct {
	term  int // the part of the outermost or that it comes from
	atoms []atom
}

// side says which roots a part of the conditions mentions.
type side struct{ subject, resource bool }

// clauses takes conditions apart; false when there are too many ways.
func clauses(e rule.Expr) ([]clause, bool) {
	var all []clause
	for i, term := range terms(e) {
		ways, ok := expand(term, false)
		if !ok || len(all)+len(ways) > maxClauses {
			return nil, false
		}
		for _, way := range ways {
			all = append(all, clause{i, way})
		}
	}
	return all, true
}

// terms gives the parts of the outermost or; conditions without one are a single part.
func terms(e rule.Expr) []rule.Expr {
	if l, ok := rule.Inner(e).(*rule.Logical); ok && l.Op == rule.Or {
		return l.Terms
	}
	return []rule.Expr{e}
}

// expand gives the ways in which an expression becomes true, or false when not is set.
func expand(e rule.Expr, not bool) ([][]atom, bool) {
	switch e := e.(type) {
	case *rule.Paren:
		return expand(e.Inner, not)
	case *rule.Not:
		return expand(e.Operand, !not)
	case *rule.Bool:
		if e.Value == not {
			return nil, true
		}
		return [][]atom{nil}, true
	case *rule.Logical:
		return expandLogical(e, not)
	default:
		return [][]atom{{{e, not}}}, true
	}
}

func expandLogical(e *rule.Logical, not bool) ([][]atom, bool) {
	either := (e.Op == rule.Or) != not
	var ways [][]atom
	if !either {
		ways = [][]atom{nil}
	}
	for _, term := range e.Terms {
		more, ok := expand(term, not)
		if !ok || len(ways)+len(more) > maxClauses && either || len(ways)*len(more) > maxClauses {
			return nil, false
		}
		if either {
			ways = append(ways, more...)
			continue
		}
		ways = product(ways, more)
	}
	return ways, true
}

// product joins every way of one part with every way of the other.
func product(a, b [][]atom) [][]atom {
	var ways [][]atom
	for _, x := range a {
		for _, y := range b {
			ways = append(ways, slices.Concat(x, y))
		}
	}
	return ways
}

// sides says which roots an expression mentions.
func sides(e rule.Expr) (s side) {
	rule.Walk(e, func(e rule.Expr) {
		if p, ok := e.(*rule.Path); ok {
			switch root(p) {
			case "subject":
				s.subject = true
			case "resource":
				s.resource = true
			}
		}
	})
	return s
}

// sides says which roots a clause mentions.
func (c clause) sides() (s side) {
	for _, a := range c.atoms {
		of := sides(a.expr)
		s.subject = s.subject || of.subject
		s.resource = s.resource || of.resource
	}
	return s
}
