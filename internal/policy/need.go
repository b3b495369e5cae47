package policy

import (
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/rule"
)

const subjectName = "subject.name"

// need is a comparison without which a condition cannot be true: a path has a value, whatever its case. Value is folded and
// never empty.
type need struct{ path, value string }

// needs gives what a condition needs; there may be more than it finds.
func needs(e rule.Expr) []need {
	switch e := rule.Inner(e).(type) {
	case *rule.Logical:
		if e.Op != rule.And {
			return nil
		}
		var all []need
		for _, term := range e.Terms {
			all = append(all, needs(term)...)
		}
		return all
	case *rule.Compare:
		return needed(e)
	default:
		return nil
	}
}

func needed(e *rule.Compare) []need {
	path, text, ok := sorted(e)
	if !ok || text.Value == "" || e.Op != rule.Equal && e.Op != rule.SameText {
		return nil
	}
	return []need{{strings.ToLower(path.String()), fold(text.Value)}}
}

// chosen gives what a policy is listed under, a value of the app rather than the target's name, since there are more of these;
// and the folded name of the only target that the condition can be true for. Both are empty where there are others.
func chosen(needed []need) (under need, subject string) {
	for _, n := range needed {
		if under.path == "" || under.path == subjectName {
			under = n
		}
		if subject == "" && n.path == subjectName {
			subject = n.value
		}
	}
	return under, subject
}

// residual gives what is still to be asked of a condition when the needs are known to be met; nil for nothing.
func residual(e rule.Expr, met ...need) rule.Expr {
	switch inner := rule.Inner(e).(type) {
	case *rule.Logical:
		if inner.Op == rule.And {
			return rest(inner, met)
		}
	case *rule.Compare:
		if n := needed(inner); inner.Op == rule.Equal && len(n) > 0 && slices.Contains(met, n[0]) {
			return nil
		}
	}
	return e
}

func rest(and *rule.Logical, met []need) rule.Expr {
	left := &rule.Logical{Op: rule.And}
	for _, term := range and.Terms {
		if r := residual(term, met...); r != nil {
			left.Terms = append(left.Terms, r)
		}
	}
	switch len(left.Terms) {
	case 0:
		return nil
	case 1:
		return left.Terms[0]
	default:
		return left
	}
}
