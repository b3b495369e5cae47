package rule

import "strings"

// doubtful warns of a legal comparison that is surely not meant.
func (c *checker) doubtful(e *Compare) {
	left, leftText := Inner(e.Left).(*Text)
	right, rightText := Inner(e.Right).(*Text)
	switch {
	case leftText && rightText:
		c.warnf(e.at, "constant", nil, "This compares two fixed texts, so it is the same for every app.")
	case rightText:
		c.doubtfulText(e, right)
		c.site(e, Inner(e.Left), right)
	case leftText:
		c.doubtfulText(e, left)
		c.site(e, Inner(e.Right), left)
	}
	c.openSubject(e)
	c.lacking(e)
}

func (c *checker) doubtfulText(e *Compare, text *Text) {
	equal := e.Op == Equal || e.Op == SameText
	switch {
	case equal && text.Value == "":
		c.warnf(e.at, NeverTrue, nil, "This matches nothing: no value is an empty text.")
	case e.Op == Equal && text == Inner(e.Right) && strings.Contains(text.Value, "*"):
		c.warnf(e.at, "wildcard", useLike(e),
			"%s knows no wildcard, so this is true only for the value %s itself.", e.Op, brief(text.Value))
	case e.Op != Like && e.Op != Matches && strings.Contains(text.Value, "*"):
		c.warnf(e.at, "wildcard", nil, "%s knows no wildcard: * stands for itself here.", e.Op)
	}
}

// useLike puts like in the place of the operator.
func useLike(e *Compare) *Fix {
	return replace(Span{e.Left.Span().End, e.Right.Span().Start}, " like ", "Use like")
}

// alwaysTrue warns of "a is not x, or a is not y": one of both always holds.
func (c *checker) alwaysTrue(e *Logical) {
	if e.Op != Or {
		return
	}
	seen := map[string]string{}
	for _, term := range e.Terms {
		path, value, ok := differs(term)
		if !ok {
			continue
		}
		if other, found := seen[path]; found && !strings.EqualFold(other, value) {
			c.warnf(e.at, "always-true", nil, "This is always true: %s differs from %s or from %s. Is and meant?",
				path, brief(Quote(other)), brief(Quote(value)))
			return
		}
		seen[path] = value
	}
}

// differs takes a comparison path!="value" apart.
func differs(e Expr) (path, value string, ok bool) {
	compare, isCompare := Inner(e).(*Compare)
	if !isCompare || compare.Op != NotEqual && compare.Op != NotSameText {
		return "", "", false
	}
	return sides(compare)
}

// single are the properties that have one value at most.
var single = map[string]bool{
	"subject.name": true, "resource.name": true, "resource.id": true, "resource.resourcetype": true, "resource.stream.name": true,
	"resource.stream.id": true, "resource.owner.name": true, "resource.owner.id": true, "resource.owner.userid": true,
}

// HoldsOneValue says whether an app or a deployment has one value at most at a canonical path.
func HoldsOneValue(path string) bool { return single[path] }

// neverTrue warns of "a is x, and a is y" where a has one value at most.
func (c *checker) neverTrue(e *Logical) {
	if e.Op != And || c.known.Kind != Distribution {
		return
	}
	seen := map[string]string{}
	for _, term := range e.Terms {
		path, value, ok := equals(term)
		if !ok || !single[path] {
			continue
		}
		if other, found := seen[path]; found && !strings.EqualFold(other, value) {
			c.warnf(e.at, NeverTrue, nil, "This is never true: %s cannot be %s and %s at once. Is or meant?", path, brief(Quote(other)), brief(Quote(value)))
			return
		}
		seen[path] = value
	}
}

// equals takes a comparison path="value" apart.
func equals(e Expr) (path, value string, ok bool) {
	compare, isCompare := Inner(e).(*Compare)
	if !isCompare || compare.Op != Equal && compare.Op != SameText {
		return "", "", false
	}
	return sides(compare)
}

func sides(e *Compare) (path, value string, ok bool) {
	left, isPath := Inner(e.Left).(*Path)
	right, isText := Inner(e.Right).(*Text)
	if !isPath || !isText {
		return "", "", false
	}
	return left.Canonical(), right.Value, true
}
