package rule

import (
	"fmt"
	"strconv"
	"strings"
)

// site doubts a fixed text that the site does not have at the property it is compared with.
func (c *checker) site(e *Compare, property Expr, text *Text) {
	if c.known.Deployments == nil && c.known.Streams == nil && c.known.Choices == nil {
		return
	}
	p, ok := property.(*Path)
	if !ok || c.known.Kind != Distribution || text.Value == "" || strings.Contains(text.Value, "*") || e.Op == Like || e.Op == Matches {
		return
	}
	names, what := c.names(p)
	if len(names) == 0 || holds(names, text.Value) {
		return
	}
	if near, ok := nearest(text.Value, names); ok {
		c.warnf(text.at, ValueUnknown, replace(text.at, Quote(near), "Write "+Quote(near)), "There is no %s named %s. Is %s meant?", what, brief(Quote(text.Value)), Quote(near))
		return
	}
	c.warnf(text.at, ValueUnknown, nil, "There is no %s named %s.", what, brief(Quote(text.Value)))
}

// names gives what the site has at a path, and what it is.
func (c *checker) names(p *Path) (names []string, what string) {
	switch p.Canonical() {
	case "subject.name":
		return c.known.Deployments, "deployment"
	case "resource.stream.name":
		return c.known.Streams, "stream"
	default:
		last := p.Segments[len(p.Segments)-1].Name
		return c.known.Choices[strings.ToLower(strings.TrimPrefix(last, "@"))], "value of " + last
	}
}

// lacking warns of != on a property that most apps lack: it is true for all of these.
func (c *checker) lacking(e *Compare) {
	p, ok := Inner(e.Left).(*Path)
	if !ok || c.known.Lacking == nil || c.known.Kind != Distribution || e.Op != NotEqual && e.Op != NotSameText {
		return
	}
	none, all := c.known.Lacking(p.Canonical())
	if none*2 <= all || none == 0 {
		return
	}
	guard := "!" + p.String() + ".Empty()"
	fix := replace(e.at, "("+guard+" and "+Format(e)+")", "Add "+guard)
	c.warnf(e.at, "true-for-missing", fix, "True for %s that have no %s; add %s.", apps(none), p.Segments[len(p.Segments)-1].Name, guard)
}

// openSubject warns of what also takes in deployments that are set up later.
func (c *checker) openSubject(e Expr) {
	if c.known.Kind != Distribution {
		return
	}
	switch e := e.(type) {
	case *Compare:
		if Mentions(e.Left, "subject") && e.Op != Equal && e.Op != SameText {
			c.warnf(e.at, "subject-open", nil, "This also matches deployments that are set up later.")
		}
	case *Not:
		if Mentions(e.Operand, "subject") {
			c.warnf(e.at, "subject-open", nil, "A negation of the deployment also matches deployments that are set up later.")
		}
	}
}

// Mentions says whether an expression reads anything below a root, such as subject or user.
func Mentions(e Expr, root string) (found bool) {
	Walk(e, func(e Expr) {
		if p, ok := e.(*Path); ok && strings.EqualFold(p.Segments[0].Name, root) {
			found = true
		}
	})
	return found
}

// OneSided warns of the parts of an outermost or that say nothing about the deployment, and of those that say nothing about
// the app beside parts that do: the usual slip of an or that should be an and. It is for distribution policies.
func OneSided(e Expr) []Diagnostic {
	r := &report{}
	terms, picky := []Expr{e}, false
	if l, ok := Inner(e).(*Logical); ok && l.Op == Or {
		terms = l.Terms
	}
	for _, term := range terms {
		picky = picky || Mentions(term, "resource")
	}
	for _, term := range terms {
		switch {
		case e == nil:
			r.warnf(Span{start(), start()}, "subject-missing", nil, "Without conditions every published app goes to every deployment, also to those that are set up later.")
		case !Mentions(term, "subject") && !isFalse(term):
			r.warnf(term.Span(), "subject-missing", nil, "This part names no deployment: it also matches deployments that are set up later.")
		case !Mentions(term, "resource") && picky:
			r.warnf(term.Span(), "resource-missing", nil, "This part says nothing about the app: every published app goes there.")
		}
	}
	return r.list
}

func isFalse(e Expr) bool {
	b, ok := Inner(e).(*Bool)
	return ok && !b.Value
}

func apps(n int) string {
	if n == 1 {
		return "1 app"
	}
	return thousands(n) + " apps"
}

// thousands writes a count as people read it: 2,611.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
