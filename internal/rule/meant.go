package rule

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// loneText judges a text that stands where a condition is expected: the rest of a="x" or "y", or a whole condition in quotes.
func (c *checker) loneText(e *Text) {
	if inside, faults := Parse(e.Value); len(faults) == 0 && isCondition(inside) {
		c.faultf(e.at, "comparison-missing", replace(e.at, e.Value, "Take the quotes away"), "The condition stands in quotes; take them away.")
		return
	}
	var fix *Fix
	if c.last != nil {
		begin := Format(c.last.Left) + spaced(c.last.Op)
		fix = insert(e.at.Start, begin, "Write the comparison again")
	}
	c.faultf(e.at, "comparison-missing", fix, "%s alone is no condition; compare it with something.", brief(Format(e)))
}

func isCondition(e Expr) bool {
	switch Inner(e).(type) {
	case *Logical, *Not, *Compare, *Call:
		return true
	default:
		return false
	}
}

// uncalled tells of a function without its parentheses.
func (c *checker) uncalled(e *Path) bool {
	last := e.Segments[len(e.Segments)-1]
	i := slices.IndexFunc(callable, func(f function) bool { return strings.EqualFold(f.name, last.Name) })
	if i < 0 || len(e.Segments) < 2 || callable[i].argument {
		return false
	}
	c.faultf(last.Span, "comparison-missing", insert(last.Span.End, "()", "Write ()"), "%s is a function; parentheses follow it: %s().", last.Name, brief(Format(e)))
	return true
}

// truth tells of a call that is compared with true or false, which it is by itself.
func (c *checker) truth(e *Compare) bool {
	call, ok := Inner(e.Left).(*Call)
	if !ok {
		return false
	}
	value := strings.Trim(strings.ToLower(Format(Inner(e.Right))), `"`)
	if value != "true" && value != "false" {
		return false
	}
	sign := ""
	if (value == "false") != (e.Op == NotEqual || e.Op == NotSameText) {
		sign = "!"
	}
	c.call(call)
	c.faultf(Span{e.OpSpan.Start, e.at.End}, "value-expected", replace(e.at, sign+Format(call), "Leave out the comparison"),
		"%s is true or false by itself; compare it with nothing.", brief(call.Name.Name))
	return true
}

// absent tells of a comparison with null and the like.
func (c *checker) absent(e *Compare) bool {
	path, ok := Inner(e.Left).(*Path)
	null, isPath := Inner(e.Right).(*Path)
	if !ok || !isPath || len(null.Segments) != 1 || !slices.Contains(absences, strings.ToLower(null.String())) {
		return false
	}
	sign := ""
	if e.Op == NotEqual || e.Op == NotSameText {
		sign = "!"
	}
	if at := c.path(path); at.ok {
		c.missingValue(e.at, sign+path.String()+".Empty()")
	}
	return true
}

// aliases are words that people write for the roots.
var aliases = map[string]string{
	"app": "resource", "apps": "resource", "deployment": "subject", "tenant": "subject", "target": "subject",
}

// strange tells of a root that is unknown, with what was probably meant; quoted says that it may be a text without quotes.
func (c *checker) strange(p *Path, quoted bool) {
	first, own := p.Segments[0], rootsOf[c.known.Kind]
	name := strings.ToLower(first.Name)
	near, ok := nearest(name, slices.Sorted(maps.Keys(own)))
	alias := aliases[name]
	switch {
	case len(p.Segments) == 1 && quoted:
		c.faultf(first.Span, "quote-missing", replace(first.Span, Quote(first.Name), "Put it in quotes"),
			"%s is neither a text nor a property; put a text in double quotes: %s.", brief(first.Name), brief(Quote(first.Name)))
	case ok:
		c.faultf(first.Span, "root-unknown", replace(first.Span, near, "Write "+near), "%s is unknown. Is %s meant?%s", first.Name, near, foreignLetters(first.Name))
	case own[alias] != nil && !own[alias].open && len(p.Segments) > 1:
		c.faultf(first.Span, "root-unknown", replace(first.Span, alias, "Write "+alias), "%s is unknown; in a policy it is %s.", first.Name, alias)
	case own["resource"].has(name) && (len(p.Segments) > 1 || name == "resourcetype"):
		c.faultf(first.Span, "root-unknown", insert(first.Span.Start, "resource.", "Write resource."+first.Name), "%s needs what it belongs to. Is resource.%s meant?", first.Name, first.Name)
	case c.joined(first):
	default:
		c.faultf(first.Span, "root-unknown", nil, "%s is unknown; a property begins with %s.", brief(first.Name), strings.Join(slices.Sorted(maps.Keys(own)), " or "))
	}
}

// joined tells of a root and a property without the dot between: subjectname, subject_name.
func (c *checker) joined(s Segment) bool {
	for root, e := range rootsOf[c.known.Kind] {
		rest, found := strings.CutPrefix(strings.ToLower(s.Name), root)
		name := strings.TrimLeft(rest, "_-")
		if found && isName(name) && (e.has(name) || e.open && name != rest) {
			c.faultf(s.Span, "root-unknown", replace(s.Span, root+"."+name, "Write "+root+"."+brief(name)), "%s is unknown. Is %s.%s meant?", brief(s.Name), root, brief(name))
			return true
		}
	}
	return false
}

// has says whether a property of the thing is known by name.
func (e *entity) has(name string) bool {
	if e.open {
		return slices.Contains([]string{"owner", "stream", "app", "resourcetype"}, name)
	}
	_, value := e.value(name)
	return value || e.refs[name] != nil
}

// foreignLetters warns of letters that look like Latin ones.
func foreignLetters(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return unicode.In(r, unicode.Cyrillic, unicode.Greek) }) {
		return " It has letters of another alphabet that look the same."
	}
	return ""
}

// searching tells of name.contains("x"), contains(name, "x") and the like, which like can say.
func (c *checker) searching(e *Call) bool {
	target, args := e.Target, e.Args
	if len(target.Segments) == 0 && len(args) == 2 {
		if path, ok := Inner(args[0]).(*Path); ok {
			target, args = path, args[1:]
		}
	}
	if len(args) != 1 || len(target.Segments) == 0 {
		return false
	}
	text, isText := Inner(args[0]).(*Text)
	if !isText {
		return false
	}
	pattern, known := wildcards(e.Name.Name, text.Value)
	if known {
		c.faultf(e.Name.Span, "function-unknown", replace(e.at, target.String()+" like "+pattern, "Use like"),
			"There is no function %s; write like %s.", e.Name.Name, brief(pattern))
	}
	return known
}

// parted tells of a function's name with a dot inside: Has.Privilege.
func (c *checker) parted(e *Call) bool {
	n := len(e.Target.Segments)
	if n < 2 {
		return false
	}
	before := e.Target.Segments[n-1]
	i := slices.IndexFunc(functions, func(f string) bool { return strings.EqualFold(f, before.Name+e.Name.Name) })
	if i < 0 {
		return false
	}
	at := Span{before.Span.Start, e.Name.Span.End}
	c.faultf(at, "function-unknown", replace(at, functions[i], "Write "+functions[i]), "The function %s is written without a dot inside.", functions[i])
	return true
}

// turned tells of Empty(path), which is asked of the path.
func (c *checker) turned(e *Call, name string) bool {
	if len(e.Args) != 1 || len(e.Target.Segments) > 0 {
		return false
	}
	path, ok := Inner(e.Args[0]).(*Path)
	if !ok {
		return false
	}
	meant := path.String() + "." + name + "()"
	c.faultf(e.at, "target-missing", replace(e.at, meant, "Write it behind"), "%s is asked of what stands before it: %s.", name, brief(meant))
	return true
}
