package rule

import (
	"slices"
	"strings"
)

// function is what can be called.
type function struct {
	name     string // as it is written
	argument bool   // takes a text: the name of an action
	only     string // the root that it is asked of; empty: any path
	unusable string // why a distribution policy cannot call it; empty: it can
}

var callable = []function{
	{name: "Empty"},
	{name: "HasPrivilege", argument: true, unusable: "HasPrivilege asks what a user may do, and a distribution policy has no user."},
	{name: "IsAnonymous", only: "user", unusable: "IsAnonymous asks about a user, and a distribution policy has no user."},
	{name: "IsOwned", only: "resource"},
}

// functions are the spellings, for suggestions.
var functions = []string{"Empty", "HasPrivilege", "IsAnonymous", "IsOwned"}

// call checks a function call.
func (c *checker) call(e *Call) {
	i := slices.IndexFunc(callable, func(f function) bool { return strings.EqualFold(f.name, e.Name.Name) })
	if i < 0 {
		c.unknown(e)
		return
	}
	f := callable[i]
	if c.turned(e, f.name) {
		return
	}
	if f.unusable != "" && c.known.Kind == Distribution {
		c.faultf(e.Name.Span, "function-unusable", nil, "%s", f.unusable)
		return
	}
	c.arguments(e, f)
	switch {
	case len(e.Target.Segments) == 0:
		c.faultf(e.Name.Span, "target-missing", nil, "%s needs a property before it, such as %s.", f.name, f.example())
	case f.name == "Empty":
		c.empty(e)
	default:
		c.asked(e, f)
	}
}

func (f function) example() string {
	switch {
	case f.name == "Empty":
		return "resource.@Cloud.Empty()"
	case f.argument:
		return `resource.stream.HasPrivilege("read")`
	default:
		return f.only + "." + f.name + "()"
	}
}

// isFunction says whether there is a function of the name.
func isFunction(name string) bool {
	return slices.ContainsFunc(functions, func(f string) bool { return strings.EqualFold(f, name) })
}

// foldings are functions that people call to ignore case.
var foldings = []string{"lower", "upper", "tolower", "toupper", "lcase", "ucase"}

func (c *checker) unknown(e *Call) {
	if c.searching(e) || c.parted(e) {
		return
	}
	if slices.Contains(foldings, strings.ToLower(e.Name.Name)) {
		c.faultf(e.Name.Span, "function-unknown", nil, "There is no function %s, and none is needed: = and like ignore case.", e.Name.Name)
		return
	}
	if near, ok := nearest(e.Name.Name, functions); ok {
		if c.turned(e, near) {
			return
		}
		c.faultf(e.Name.Span, "function-unknown", replace(e.Name.Span, near, "Write "+near), "There is no function %s. Is %s meant?", e.Name.Name, near)
		return
	}
	c.faultf(e.Name.Span, "function-unknown", nil, "There is no function %s; rules know Empty, HasPrivilege, IsAnonymous and IsOwned.", brief(e.Name.Name))
}

// arguments checks what stands in the parentheses.
func (c *checker) arguments(e *Call, f function) {
	if len(e.Args) == 0 {
		if f.argument {
			c.faultf(e.Name.Span, "arguments", nil, "%s needs the name of an action, such as %s.", f.name, f.example())
		}
		return
	}
	if slices.ContainsFunc(e.Args, isBad) { // told by the parser
		return
	}
	at := Span{e.Args[0].Span().Start, e.Args[len(e.Args)-1].Span().End}
	word, isPath := Inner(e.Args[0]).(*Path)
	switch _, text := Inner(e.Args[0]).(*Text); {
	case f.argument && isPath && len(e.Args) == 1 && len(word.Segments) == 1:
		quoted := Quote(word.String())
		c.faultf(at, "quote-missing", replace(at, quoted, "Put it in quotes"), "Put %s in double quotes: %s.", brief(word.String()), brief(quoted))
	case !f.argument:
		c.faultf(at, "arguments", replace(at, "", "Remove it"), "%s takes nothing in its parentheses.", f.name)
	case len(e.Args) > 1 || !text:
		c.faultf(at, "arguments", nil, "%s takes one text in double quotes, such as %s.", f.name, f.example())
	}
}

func isBad(e Expr) bool {
	_, bad := e.(*Bad)
	return bad
}

// asked checks what a function is asked of.
func (c *checker) asked(e *Call, f function) {
	at := c.path(e.Target)
	first := strings.ToLower(e.Target.Segments[0].Name)
	if at.ok && f.only != "" && (first != f.only || at.entity == nil && !at.open || f.only == "user" && len(e.Target.Segments) > 1) {
		c.faultf(e.Target.at, "target-wrong", nil, "%s is asked of %s: write %s.", f.name, f.only, f.example())
	}
}

// empty checks that a value or a thing is asked, and not a root, which is always there.
func (c *checker) empty(e *Call) {
	if at := c.path(e.Target); at.ok && len(e.Target.Segments) < 2 {
		c.faultf(e.Name.Span, "target-missing", nil, "Empty needs a property before it, such as resource.@Cloud.Empty().")
	}
}
