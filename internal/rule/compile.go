package rule

import (
	"fmt"
	"slices"
	"strings"
)

// Env gives the values of one app and one deployment.
type Env interface {
	// Values gives the values at a lower-case path such as "subject.name" or "resource.stream.@region"; nil where there
	// are none. A path that ends at a thing, such as "resource.owner", gives its id; what HasPrivilege reads stands below it
	// at "$privileges".
	Values(path string) []string
}

// Program is a compiled condition; it may be used by many goroutines at once.
type Program struct{ test test }

// Eval tells whether the condition is true.
func (p *Program) Eval(env Env) bool { return p.test(env) }

type test func(Env) bool

type values func(Env) []string

// Compile makes a program of a condition; the empty one is always true. Check tells in advance what it refuses.
func Compile(e Expr) (*Program, error) {
	if e == nil {
		return &Program{constant(true)}, nil
	}
	t, err := compile(e)
	if err != nil {
		return nil, err
	}
	return &Program{t}, nil
}

func refuse(e Expr, format string, args ...any) error {
	return fmt.Errorf("%s: %s", e.Span().Start, fmt.Sprintf(format, args...))
}

func constant(value bool) test { return func(Env) bool { return value } }

func compile(e Expr) (test, error) {
	switch e := e.(type) {
	case *Logical:
		return compileLogical(e)
	case *Not:
		return compileNot(e)
	case *Paren:
		return compile(e.Inner)
	case *Compare:
		return compileCompare(e)
	case *Call:
		return compileCall(e)
	case *Bool:
		return constant(e.Value), nil
	case *Path: // read as path="true"; a distribution policy cannot have it
		path := e.Canonical()
		return func(env Env) bool { return holds(env.Values(path), "true") }, nil
	default:
		return nil, refuse(e, "this is no condition")
	}
}

func compileLogical(e *Logical) (test, error) {
	terms := make([]test, len(e.Terms))
	for i, term := range e.Terms {
		var err error
		if terms[i], err = compile(term); err != nil {
			return nil, err
		}
	}
	decides := e.Op == Or // the truth of one term that settles the whole
	return func(env Env) bool {
		for _, t := range terms {
			if t(env) == decides {
				return decides
			}
		}
		return !decides
	}, nil
}

func compileNot(e *Not) (test, error) {
	inner, err := compile(e.Operand)
	if err != nil {
		return nil, err
	}
	return func(env Env) bool { return !inner(env) }, nil
}

// compileCall makes a test of a function. What HasPrivilege, IsOwned and IsAnonymous read stands at paths of their own.
func compileCall(e *Call) (test, error) {
	path := e.Target.Canonical()
	switch name := strings.ToLower(e.Name.Name); {
	case !isFunction(name):
		return nil, refuse(e, "there is no function %s", brief(e.Name.Name))
	case len(e.Target.Segments) == 0:
	case name == "empty" && len(e.Args) == 0:
		return func(env Env) bool { return len(env.Values(path)) == 0 }, nil
	case name == "isowned" && len(e.Args) == 0:
		return func(env Env) bool { return len(env.Values(path+".owner")) > 0 }, nil
	case name == "isanonymous" && len(e.Args) == 0:
		return func(env Env) bool { return len(env.Values(path)) == 0 }, nil
	case name == "hasprivilege" && len(e.Args) == 1:
		return compilePrivilege(e, path+".$privileges")
	}
	return nil, refuse(e, "%s cannot be called here", e.Name.Name)
}

func compilePrivilege(e *Call, path string) (test, error) {
	action, ok := Inner(e.Args[0]).(*Text)
	if !ok {
		return nil, refuse(e, "HasPrivilege needs a text")
	}
	return func(env Env) bool { return holds(env.Values(path), action.Value) }, nil
}

func compileCompare(e *Compare) (test, error) {
	left, err := compileValues(e.Left)
	if err != nil {
		return nil, err
	}
	if e.Op == Like || e.Op == Matches {
		return compileMatch(e, left)
	}
	right, err := compileValues(e.Right)
	if err != nil {
		return nil, err
	}
	compare := comparisons[e.Op]
	return func(env Env) bool { return compare(left(env), right(env)) }, nil
}

func compileValues(e Expr) (values, error) {
	switch e := Inner(e).(type) {
	case *Text:
		list := []string{e.Value}
		return func(Env) []string { return list }, nil
	case *Bool:
		list := []string{Format(e)}
		return func(Env) []string { return list }, nil
	case *Path:
		path := e.Canonical()
		return func(env Env) []string { return env.Values(path) }, nil
	default:
		return nil, refuse(e, "a property or a text is needed here")
	}
}

// compileMatch makes a test that any value fits the pattern.
func compileMatch(e *Compare, left values) (test, error) {
	text, ok := Inner(e.Right).(*Text)
	if !ok {
		return nil, refuse(e.Right, "the pattern must be a text")
	}
	match := compileLike(text.Value).match
	if e.Op == Matches {
		re, err := compilePattern(text.Value)
		if err != nil {
			return nil, refuse(text, "%s", err)
		}
		match = re.MatchString
	}
	return func(env Env) bool { return slices.ContainsFunc(left(env), match) }, nil
}
