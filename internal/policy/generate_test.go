package policy_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
)

// generator makes policies, apps and targets from few words, so that they often meet, and counts what it made.
type generator struct {
	*rand.Rand
	made map[string]int
}

var (
	words     = []string{"eu", "EU", "us", "Finance", "finance", "HR", "Straße", "a*b", "a?b", `a\b`, "x y", "é", "É"}
	patterns  = []string{"e*", "*u", "*", "?u", "Fin*nce", `a\*b`, `a\?b`, `a\\b`, "*R*", "É", "", "x ?"}
	regexps   = []string{"e.", "(eu|us)", "FIN.*", "[a-h]+", ".", "a.b", "x y", ""}
	appPaths  = []string{"resource.name", "Resource.Stream.Name", "resource.@Cloud", "resource.stream.@Region", "resource.owner.name", "resource.owner.userId", "resource.stream.owner.email", "resource.id", "resource.resourcetype", "resource.owner.@Dept"}
	reference = []string{"resource.owner", "resource.stream.owner", "resource.stream"}
)

func (g *generator) pick(list []string) string { return list[g.IntN(len(list))] }

func (g *generator) count(what string) { g.made[what]++ }

func (g *generator) path() string {
	if g.IntN(3) == 0 {
		return "subject.name"
	}
	return g.pick(appPaths)
}

// condition gives a text; deeper ones are rarer.
func (g *generator) condition(depth int) string {
	if depth == 0 || g.IntN(3) == 0 {
		return g.atom()
	}
	switch g.IntN(4) {
	case 0:
		g.count("!")
		return "!(" + g.condition(depth-1) + ")"
	case 1:
		g.count("and")
		return "(" + g.condition(depth-1) + " and " + g.condition(depth-1) + ")"
	case 2:
		g.count("or")
		return "(" + g.condition(depth-1) + "||" + g.condition(depth-1) + " or " + g.condition(depth-1) + ")"
	default:
		g.count("mixed")
		return g.condition(depth-1) + " or " + g.atom() + " && " + g.atom()
	}
}

func (g *generator) atom() string {
	switch g.IntN(10) {
	case 0:
		if g.IntN(3) == 0 {
			g.count("IsOwned")
			return "resource.IsOwned()"
		}
		g.count("Empty")
		return g.pick(append([]string{"subject.name"}, append(reference, appPaths...)...)) + ".Empty()"
	case 1:
		g.count("constant")
		return g.pick([]string{"true", "false"})
	case 2:
		g.count("like")
		return g.path() + ` like "` + g.pick(patterns) + `"`
	case 3:
		g.count("matches")
		return g.path() + ` matches "` + g.pick(regexps) + `"`
	case 4:
		g.count("reference")
		return g.pick([]string{"resource.owner", "resource.stream.owner"}) + g.pick([]string{"=", "!="}) + "resource.stream.owner"
	default:
		return g.comparison()
	}
}

func (g *generator) comparison() string {
	op := g.pick([]string{"=", "=", "!=", "==", "!=="})
	g.count(op)
	text := `"` + strings.ReplaceAll(g.pick(append(words, "")), `\`, `\\`) + `"`
	if text == `""` {
		g.count("empty text")
	}
	switch g.IntN(5) {
	case 0:
		g.count("join")
		return "subject.name" + op + g.pick(appPaths)
	case 1:
		g.count("two paths")
		return g.path() + op + g.path()
	case 2:
		g.count("text first")
		return text + op + g.path()
	default:
		return g.path() + op + text
	}
}

func (g *generator) policies(n int) (list []policy.Policy) {
	for i := range n {
		p := policy.Policy{ID: fmt.Sprint(i), Name: fmt.Sprint("p", i), ResourceFilter: "App_*", Actions: policy.ActionDistribute, Conditions: g.condition(3)}
		switch g.IntN(8) {
		case 0:
			g.count("guard")
			p.Effect, p.Actions = policy.Never, 0
		case 1:
			g.count("disabled")
			p.Disabled = true
		case 2:
			g.count("filter by id")
			p.ResourceFilter = "App_" + appNumber(g.IntN(4)) + ", app_" + strings.ToUpper(appNumber(g.IntN(9)))
		case 3:
			g.count("filter of all")
			p.ResourceFilter = g.pick([]string{"*", "App*"})
		case 4:
			g.count("no conditions")
			p.Conditions = ""
		}
		list = append(list, p)
	}
	return list
}

func appNumber(i int) string { return fmt.Sprintf("0000000%x-0000-4000-8000-00000000abcd", i) }

func (g *generator) app(i int) site.App {
	a := site.App{ID: appNumber(i), Name: g.pick(words), Owner: g.owner(), Properties: g.properties("Cloud")}
	if g.IntN(8) > 0 {
		a.Stream = &site.Stream{ID: g.pick(words), Name: g.pick(words), Owner: g.owner(), Properties: g.properties("Region")}
	} else {
		g.count("unpublished")
	}
	return a
}

func (g *generator) owner() site.Owner {
	if g.IntN(4) == 0 {
		g.count("no owner")
		return site.Owner{}
	}
	return site.Owner{ID: g.pick([]string{"o1", "o2"}), Name: g.pick(words), UserID: g.pick(words), Email: g.pick(words)}
}

func (g *generator) properties(name string) map[string][]string {
	n := g.IntN(4)
	g.count(fmt.Sprintf("%d values", n))
	values := make([]string, n)
	for i := range values {
		values[i] = g.pick(append(words, ""))
	}
	return map[string][]string{name: values}
}

func (g *generator) targets() (list []policy.Target) {
	for i, name := range []string{"eu", "US", "Straße", "", g.pick(words)} {
		list = append(list, policy.Target{ID: fmt.Sprint("t", i), Name: name})
	}
	return list
}
