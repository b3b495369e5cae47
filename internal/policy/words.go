package policy

import (
	"strings"

	"github.com/skyferry/skyferry/internal/rule"
)

// root gives what a path begins with, in lower case.
func root(p *rule.Path) string { return strings.ToLower(p.Segments[0].Name) }

// possessive names a property below its root: name, stream's @Region, stream's owner's name.
func possessive(p *rule.Path) string {
	names := make([]string, 0, len(p.Segments))
	for _, s := range p.Segments[1:] {
		names = append(names, s.Name)
	}
	return strings.Join(names, "'s ")
}

// phrase says what an atom asks of an app or of a deployment: of stream "Finance", whose @Cloud is "eu". What has no
// phrase is quoted.
func phrase(a atom) string {
	switch e := a.expr.(type) {
	case *rule.Call:
		if len(e.Target.Segments) > 1 {
			return emptyPhrase(e.Target, a.not)
		}
	case *rule.Compare:
		if path, text, ok := sorted(e); ok {
			return comparePhrase(e.Op, path, text.Value, a.not)
		}
		if path, ok := names(a); ok {
			return "that its " + possessive(path) + " names"
		}
	}
	quoted := short(rule.Format(a.expr))
	if a.not {
		return "for which not " + quoted
	}
	return "for which " + quoted
}

// sorted gives property and text of a comparison, in whichever order they stand.
func sorted(e *rule.Compare) (*rule.Path, *rule.Text, bool) {
	left, right := rule.Inner(e.Left), rule.Inner(e.Right)
	if _, ok := left.(*rule.Text); ok {
		left, right = right, left
	}
	path, isPath := left.(*rule.Path)
	text, isText := right.(*rule.Text)
	return path, text, isPath && isText && len(path.Segments) > 1
}

// names says whether an atom is subject.name=resource.…: the app names its deployments.
func names(a atom) (*rule.Path, bool) {
	e, ok := a.expr.(*rule.Compare)
	if !ok || a.not || e.Op != rule.Equal && e.Op != rule.SameText {
		return nil, false
	}
	left, isPath := rule.Inner(e.Left).(*rule.Path)
	right, areBoth := rule.Inner(e.Right).(*rule.Path)
	if !isPath || !areBoth {
		return nil, false
	}
	if right.Canonical() == "subject.name" {
		left, right = right, left
	}
	return right, left.Canonical() == "subject.name" && root(right) == "resource" && len(right.Segments) > 1
}

func emptyPhrase(p *rule.Path, not bool) string {
	has := "has no "
	if not {
		has = "has "
	}
	last := len(p.Segments) - 1
	what := p.Segments[last].Name
	if last == 1 {
		return "that " + has + what
	}
	holder := &rule.Path{Segments: p.Segments[:last]}
	return "whose " + possessive(holder) + " " + has + what
}

func comparePhrase(op rule.Op, p *rule.Path, value string, not bool) string {
	quoted := short(rule.Quote(value))
	if op == rule.Equal && !not {
		switch p.Canonical() {
		case "resource.name":
			return "named " + quoted
		case "resource.stream.name":
			return "of stream " + quoted
		case "resource.owner.name":
			return "owned by " + quoted
		}
	}
	return "whose " + possessive(p) + " " + verb(op, not, custom(p)) + " " + quoted
}

// custom says whether the path ends at a custom property, which may have several values or none.
func custom(p *rule.Path) bool { return strings.HasPrefix(p.Segments[len(p.Segments)-1].Name, "@") }

// verb gives an operator in words. Different is subtle where there are several values or none.
func verb(op rule.Op, not, several bool) string {
	words := map[rule.Op][2]string{
		rule.Equal:       {"is", "is not"},
		rule.SameText:    {"is exactly", "is not exactly"},
		rule.Like:        {"is like", "is not like"},
		rule.Matches:     {"matches", "does not match"},
		rule.NotEqual:    {"is not", "is"},
		rule.NotSameText: {"is not exactly", "is exactly"},
	}
	if several {
		words[rule.NotEqual] = [2]string{"is missing or has a value other than", "has no value other than"}
		words[rule.NotSameText] = [2]string{"is missing or has a value other than exactly", "has no value other than exactly"}
	}
	if not {
		return words[op][1]
	}
	return words[op][0]
}
