package rule_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/rule"
)

// naive judges a tree as the page of semantics says it, without regard to speed and without the compiler's code.
func naive(e rule.Expr, env env) bool {
	switch e := e.(type) {
	case nil:
		return true
	case *rule.Paren:
		return naive(e.Inner, env)
	case *rule.Not:
		return !naive(e.Operand, env)
	case *rule.Bool:
		return e.Value
	case *rule.Logical:
		truths := map[bool]bool{}
		for _, term := range e.Terms {
			truths[naive(term, env)] = true
		}
		if e.Op == rule.And {
			return !truths[false]
		}
		return truths[true]
	case *rule.Call:
		return len(naiveValues(e.Target, env)) == 0
	case *rule.Compare:
		return naiveCompare(e.Op, naiveValues(e.Left, env), naiveValues(e.Right, env))
	}
	panic(fmt.Sprintf("no rule for %T", e))
}

func naiveValues(e rule.Expr, env env) []string {
	switch e := rule.Inner(e).(type) {
	case *rule.Text:
		return []string{e.Value}
	case *rule.Path:
		return env[strings.ToLower(e.String())]
	}
	panic("no value")
}

func naiveCompare(op rule.Op, left, right []string) bool {
	if len(left) == 0 || len(right) == 0 {
		return op == rule.NotEqual || op == rule.NotSameText
	}
	return slices.ContainsFunc(left, func(l string) bool {
		return slices.ContainsFunc(right, func(r string) bool { return naivePair(op, l, r) })
	})
}

func naivePair(op rule.Op, l, r string) bool {
	whole := func(pattern string) bool { return regexp.MustCompile(`(?i)\A(?:` + pattern + `)\z`).MatchString(l) }
	switch op {
	case rule.Equal:
		return whole(regexp.QuoteMeta(r))
	case rule.NotEqual:
		return !whole(regexp.QuoteMeta(r))
	case rule.SameText:
		return l == r
	case rule.NotSameText:
		return l != r
	case rule.Like:
		return whole(naiveLike(r))
	case rule.Matches:
		return whole(r)
	}
	panic("no rule for " + op)
}

// naiveLike writes a like pattern as a regular expression.
func naiveLike(pattern string) string {
	parts := regexp.MustCompile(`(?s)\\[*?\\]|.`).FindAllString(pattern, -1)
	for i, p := range parts {
		switch {
		case p == "*":
			parts[i] = `(?s:.*)`
		case p == "?":
			parts[i] = `(?s:.)`
		case len(p) == 2 && p[0] == '\\':
			parts[i] = regexp.QuoteMeta(p[1:])
		default:
			parts[i] = regexp.QuoteMeta(p)
		}
	}
	return strings.Join(parts, "")
}

// maker makes random conditions and environments of few words, so that they meet often.
type maker struct{ *rand.Rand }

func (m maker) pick(list ...string) string { return list[m.IntN(len(list))] }

func (m maker) value() string {
	return m.pick("eu", "EU", "us", "", "a*b", "ab", "axb", `a\b`, "ß", "K", "k", "K", "Finance", "finance")
}

func (m maker) path() string {
	return m.pick("subject.name", "resource.name", "resource.stream.name", "resource.@Cloud", "Resource.Stream.@Region", "resource.owner.@none")
}

func (m maker) condition(depth int) string {
	kinds := 4
	if depth > 0 {
		kinds = 8
	}
	switch m.IntN(kinds) {
	case 0:
		return m.path() + m.pick("=", "==", "!=", "!==") + rule.Quote(m.value())
	case 1:
		return m.path() + " like " + rule.Quote(m.pick("e*", "*", "?", "a?b", `a\*b`, "*u*", "*a*b", `\\`, `a\\b`, "f*E", "k", ""))
	case 2:
		return m.pick(m.path()+" matches "+rule.Quote(m.pick(`e.`, `.*`, `(eu|us)`, `\w+`, `k`, `[a-f]+b`)), m.path()+m.pick("=", "!=", "==", "!==")+m.path())
	case 3:
		return m.pick(m.path()+".Empty()", "true", "false", rule.Quote(m.value())+"="+m.path())
	case 4:
		return m.condition(depth-1) + " and " + m.condition(depth-1)
	case 5:
		return m.condition(depth-1) + " or " + m.condition(depth-1)
	case 6:
		return "!" + m.condition(depth-1)
	default:
		return "(" + m.condition(depth-1) + ")"
	}
}

func (m maker) env() env {
	e := env{}
	for _, path := range []string{"subject.name", "resource.name", "resource.stream.name", "resource.@cloud", "resource.stream.@region"} {
		for range m.IntN(3) {
			e[path] = append(e[path], m.value())
		}
	}
	return e
}

func TestOracle(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	m := maker{rand.New(rand.NewPCG(seed, 0))}
	truths := map[bool]int{}
	for range 10_000 {
		text := m.condition(4)
		e, list := rule.Parse(text)
		if len(list) > 0 {
			t.Fatalf("%s: %v", text, list)
		}
		p, err := rule.Compile(e)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		roundTrip(t, text)
		for range 5 {
			env := m.env()
			want := naive(e, env)
			if got := p.Eval(env); got != want {
				t.Fatalf("%s is %v for %v, want %v", text, got, env, want)
			}
			truths[want]++
		}
		env := m.env()
		if trace := rule.Explain(e, env); trace.True != p.Eval(env) || trace.True != (trace.Matched() != "") {
			t.Fatalf("%s is explained as %+v for %v", text, trace, env)
		}
	}
	if truths[true] < 5_000 || truths[false] < 5_000 {
		t.Errorf("the conditions are one-sided: %v", truths)
	}
}
