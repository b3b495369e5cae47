package rule

import "strings"

// unusable are the functions of other kinds of rules, in lower case, with the reason why a policy cannot call them.
var unusable = map[string]string{
	"hasprivilege": "HasPrivilege asks what a user may do, and a distribution policy has no user.",
	"isanonymous":  "IsAnonymous asks about a user, and a distribution policy has no user.",
	"isowned":      "IsOwned cannot be used in a distribution policy; !resource.owner.Empty() says the same.",
}

// functions are the spellings, for suggestions.
var functions = []string{"Empty", "HasPrivilege", "IsAnonymous", "IsOwned"}

// call checks a function call: a policy has Empty() only.
func (c *checker) call(e *Call) {
	name := strings.ToLower(e.Name.Name)
	switch near, ok := nearest(name, functions); {
	case name == "empty":
		c.empty(e)
	case unusable[name] != "":
		c.faultf(e.Name.Span, "function-unusable", nil, "%s", unusable[name])
	case ok:
		c.faultf(e.Name.Span, "function-unknown", replace(e.Name.Span, near, "Write "+near), "There is no function %s. Is %s meant?", e.Name.Name, near)
	default:
		c.faultf(e.Name.Span, "function-unknown", nil, "There is no function %s; a policy can call Empty().", brief(e.Name.Name))
	}
}

func (c *checker) empty(e *Call) {
	if len(e.Args) > 0 {
		first, last := e.Args[0].Span(), e.Args[len(e.Args)-1].Span()
		at := Span{first.Start, last.End}
		c.faultf(at, "arguments", replace(at, "", "Remove it"), "Empty takes nothing in its parentheses.")
	}
	if len(e.Target.Segments) > 0 && !c.path(e.Target).ok {
		return
	}
	if len(e.Target.Segments) < 2 {
		c.faultf(e.Name.Span, "target-missing", nil, "Empty needs a property before it, such as resource.@Cloud.Empty().")
	}
}
