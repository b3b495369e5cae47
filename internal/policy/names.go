package policy

import (
	"regexp"
	"strings"

	"github.com/skyferry/skyferry/internal/rule"
)

// Names says whether the conditions name a deployment: a fixed text compared with subject.name, ignoring case.
func Names(conditions string, target string) bool {
	e, _ := rule.Parse(conditions)
	for _, l := range literals(e) {
		if l.names(target) {
			return true
		}
	}
	return false
}

// Rename rewrites exactly the texts that name a deployment and keeps every other character. It gives the new text and
// whether anything changed; conditions that cannot be read stay as they are.
func Rename(conditions, from, to string) (string, bool) {
	e, diagnostics := rule.Parse(conditions)
	if len(diagnostics) > 0 {
		return conditions, false
	}
	var b strings.Builder
	done := 0
	for _, l := range literals(e) {
		if l.names(from) {
			at := l.text.Span()
			b.WriteString(conditions[done:at.Start.Offset])
			b.WriteString(rule.Quote(l.written(to)))
			done = at.End.Offset
		}
	}
	b.WriteString(conditions[done:])
	return b.String(), done > 0
}

// literal is a fixed text that is compared with subject.name.
type literal struct {
	op   rule.Op
	text *rule.Text
}

// names says whether the text stands for the deployment; in a pattern only without wildcards.
func (l literal) names(target string) bool { return strings.EqualFold(l.text.Value, l.written(target)) }

// written gives a name as the operator needs it written.
func (l literal) written(name string) string {
	switch l.op {
	case rule.Like:
		return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`).Replace(name)
	case rule.Matches:
		return regexp.QuoteMeta(name)
	default:
		return name
	}
}

// literals finds the texts in the order of the conditions.
func literals(e rule.Expr) (found []literal) {
	rule.Walk(e, func(e rule.Expr) {
		compare, ok := e.(*rule.Compare)
		if !ok {
			return
		}
		if text, ok := against(compare, "subject.name"); ok {
			found = append(found, literal{compare.Op, text})
		}
	})
	return found
}

// against gives the fixed text that the comparison holds against a path, on either side.
func against(c *rule.Compare, path string) (*rule.Text, bool) {
	left, right := rule.Inner(c.Left), rule.Inner(c.Right)
	if _, ok := left.(*rule.Text); ok {
		left, right = right, left
	}
	p, isPath := left.(*rule.Path)
	text, isText := right.(*rule.Text)
	return text, isPath && isText && p.Canonical() == path
}
