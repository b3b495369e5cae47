package policy

import (
	"strings"

	"github.com/skyferry/skyferry/internal/rule"
)

// answer is what all apps say together: everyone yes, everyone no, or the bits. The bits belong to somebody else and are
// never written.
type answer struct {
	yes, no bool
	bits    Bits
}

var (
	everyone = answer{yes: true}
	nobody   = answer{no: true}
)

// formula is a condition that is judged for all apps at once, for one target.
type formula interface {
	over(a *Apps, t Target) answer
}

// newFormula compiles a condition that rule.Compile takes.
func newFormula(e rule.Expr) (formula, error) {
	switch e := e.(type) {
	case nil:
		return everyone, nil
	case *rule.Paren:
		return newFormula(e.Inner)
	case *rule.Bool:
		if e.Value {
			return everyone, nil
		}
		return nobody, nil
	case *rule.Not:
		inner, err := newFormula(e.Operand)
		return negation{inner}, err
	case *rule.Logical:
		return newJunction(e)
	default:
		l, err := newLeaf(e)
		return judgement{l}, err
	}
}

func newJunction(e *rule.Logical) (formula, error) {
	j := junction{either: e.Op == rule.Or}
	for _, term := range e.Terms {
		f, err := newFormula(term)
		if err != nil {
			return nil, err
		}
		j.terms = append(j.terms, f)
	}
	return j, nil
}

func (x answer) over(*Apps, Target) answer { return x }

// negation turns an answer round.
type negation struct{ inner formula }

func (n negation) over(a *Apps, t Target) answer {
	x := n.inner.over(a, t)
	if x.yes || x.no {
		return answer{yes: x.no, no: x.yes}
	}
	out := make(Bits, len(x.bits)) // numbers without an app become true, too: the published ones are chosen at the end
	for i, w := range x.bits {
		out[i] = ^w
	}
	return answer{bits: out}
}

// judgement is a comparison or a call.
type judgement struct{ *leaf }

func (j judgement) over(a *Apps, t Target) answer {
	if j.sides.resource {
		return answer{bits: j.leaf.over(a, t)}
	}
	holds := j.named && t.Name != "" && strings.EqualFold(t.Name, j.value)
	if !j.named {
		env := &environment{}
		env.aim(t)
		holds = j.program.Eval(env)
	}
	if holds {
		return everyone
	}
	return nobody
}

// junction joins terms by and; where either is set, by or.
type junction struct {
	either bool
	terms  []formula
}

func (j junction) over(a *Apps, t Target) answer {
	neutral, decides := everyone, func(x answer) bool { return x.no }
	if j.either {
		neutral, decides = nobody, func(x answer) bool { return x.yes }
	}
	sum, own := neutral, false
	for _, term := range j.terms {
		x := term.over(a, t)
		switch {
		case decides(x):
			return x
		case x.bits == nil: // neutral
		case sum.bits == nil:
			sum = x
		case !own:
			sum, own = answer{bits: append(Bits(nil), sum.bits...)}, true
			j.join(sum.bits, x.bits)
		default:
			j.join(sum.bits, x.bits)
		}
	}
	return sum
}

func (j junction) join(sum, x Bits) {
	if j.either {
		sum.Or(x)
		return
	}
	sum.And(x)
}
