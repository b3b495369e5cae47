package policy_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
)

// triples is how many sets of policies meet an app and a target; `make soak` asks for more.
func triples(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("SKYFERRY_TRIPLES"))
	if err != nil {
		n = 1_000_000
	}
	if testing.Short() {
		n /= 100
	}
	t.Logf("%d triples", n)
	return n
}

const appsOfARound = 20

// round is a set of policies with apps and targets, and the answers of every way to decide.
type round struct {
	policies []policy.Policy
	apps     []site.App
	targets  []policy.Target
}

func (g *generator) round() round {
	r := round{policies: g.policies(1 + g.IntN(4)), targets: g.targets()}
	for i := range appsOfARound {
		r.apps = append(r.apps, g.app(i%16))
	}
	r.apps = r.apps[:16]
	return r
}

// disagree compares every way to decide with the oracle, for the policies as they are compiled; "" when all agree.
func (r round) disagree(compiled []policy.Policy) string {
	set := policy.Compile(compiled[1:]).With(policy.Policy{ID: compiled[0].ID, Name: "other", ResourceFilter: "*", Actions: policy.ActionDistribute}).With(compiled[0])
	all := policy.NewApps(nil)
	for _, i := range []int{3, 1, 2, 0} { // some are changed later, one goes and comes again
		all.Put(r.apps[i])
	}
	_ = set.Matrix(all, r.targets)
	changed := r.apps[5]
	changed.ID = r.apps[2].ID
	all.Put(changed)
	all.Remove(r.apps[1].ID)
	for _, app := range r.apps {
		all.Put(app)
	}
	matrix := set.Matrix(all, r.targets)
	numbers := map[string]int{}
	for i := range all.Len() {
		numbers[all.At(i).ID] = i
	}
	row := make([]bool, len(r.targets))
	for _, app := range r.apps {
		verdicts := set.Judge(app, r.targets)
		decided := map[string]bool{}
		for _, m := range set.Decide(app, r.targets) {
			decided[m.Target.ID] = true
		}
		each := map[string]bool{}
		set.Each(app, r.targets, func(_ string, t policy.Target) { each[t.ID] = true })
		for i, t := range r.targets {
			want := oracle(r.policies, app, t)
			set.Row(all, numbers[app.ID], r.targets, row)
			got := []bool{row[i], verdicts[i].Goes, decided[t.ID], each[t.ID], set.Reaches(app, t), matrix[i].Has(numbers[app.ID])}
			for way, goes := range got {
				if goes != want {
					return fmt.Sprintf("way %d says %v, the oracle %v:\n%s\napp %+v\nstream %+v\ntarget %+v", way, goes, want, texts(r.policies), app, app.Stream, t)
				}
			}
		}
	}
	return ""
}

func texts(policies []policy.Policy) string {
	var b strings.Builder
	for _, p := range policies {
		fmt.Fprintf(&b, "%q %s disabled %v: %s\n", p.Effect, p.ResourceFilter, p.Disabled, p.Conditions)
	}
	return b.String()
}

func TestEveryWayToDecideAgreesWithTheOracle(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	g := &generator{rand.New(rand.NewPCG(seed, 1)), map[string]int{}}
	for n := triples(t); n > 0; {
		r := g.round()
		if text := r.disagree(r.policies); text != "" {
			t.Fatalf("seed %d: %s", seed, text)
		}
		n -= len(r.apps) * len(r.targets)
	}
	for _, what := range []string{"!", "and", "or", "mixed", "Empty", "IsOwned", "constant", "like", "matches", "reference", "=", "!=", "==", "!==", "join", "two paths",
		"text first", "empty text", "guard", "disabled", "filter by id", "filter of all", "no conditions", "unpublished", "no owner", "0 values", "1 values", "2 values", "3 values"} {
		if g.made[what] == 0 {
			t.Errorf("the generator never made: %s", what)
		}
	}
}

// A compiler that took one operator for another would be found: each is broken in what is compiled, and not in what the
// oracle reads.
func TestABrokenOperatorIsFound(t *testing.T) {
	swap := func(old, with string) func(*policy.Policy) {
		return func(p *policy.Policy) { p.Conditions = strings.ReplaceAll(p.Conditions, old, with) }
	}
	for name, breakIt := range map[string]func(*policy.Policy){
		"= regards case": func(p *policy.Policy) {
			p.Conditions = strings.NewReplacer("!==", "!==", "!=", "!=", "==", "==", "=", "==").Replace(p.Conditions)
		},
		"== ignores case": func(p *policy.Policy) {
			p.Conditions = strings.NewReplacer("!==", "!==", "==", "=").Replace(p.Conditions)
		},
		"!= regards case": func(p *policy.Policy) {
			p.Conditions = strings.NewReplacer("!==", "!==", "!=", "!==").Replace(p.Conditions)
		},
		"!== ignores case": swap("!==", "!="),
		"and is or":        swap(" and ", " or "),
		"&& is or":         swap("&&", "||"),
		"or is and":        swap(" or ", " and "),
		"|| is and":        swap("||", "&&"),
		"! does nothing":   swap("!(", "("),
		"* is one":         swap("*", "?"),
		"? is any":         swap("?", "*"),
		"like is =":        swap(" like ", "="),
		"matches is like":  swap(" matches ", " like "),
		"Empty is not": func(p *policy.Policy) {
			p.Conditions = strings.ReplaceAll(p.Conditions, "resource.@Cloud.Empty()", "!resource.@Cloud.Empty()")
		},
		"IsOwned is not": swap("resource.IsOwned", "!resource.IsOwned"),
		"true is false":  swap("true", "false"),
		"guards grant": func(p *policy.Policy) {
			if p.Effect == policy.Never {
				p.Effect, p.Actions = policy.Grant, policy.ActionDistribute
			}
		},
		"filters do nothing":  func(p *policy.Policy) { p.ResourceFilter = "*" },
		"disabled is enabled": func(p *policy.Policy) { p.Disabled = false },
		"no conditions is false": func(p *policy.Policy) {
			if p.Conditions == "" {
				p.Conditions = "false"
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := &generator{rand.New(rand.NewPCG(7, 7)), map[string]int{}}
			for range 5000 {
				r := g.round()
				broken := append([]policy.Policy(nil), r.policies...)
				for i := range broken {
					breakIt(&broken[i])
				}
				if r.disagree(broken) != "" {
					return
				}
			}
			t.Error("the oracle did not notice")
		})
	}
}
