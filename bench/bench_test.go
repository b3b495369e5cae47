package bench

import (
	"fmt"
	"testing"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/rule"
	"github.com/skyferry/skyferry/internal/site"
)

func app(i int) site.App {
	a := site.App{
		ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i), Name: fmt.Sprint("App ", i), Owner: site.Owner{ID: fmt.Sprint("o", i%30), Name: fmt.Sprint("Owner ", i%30)},
		Stream: &site.Stream{ID: fmt.Sprint("s", i%50), Name: fmt.Sprint("Stream ", i%50)}, Properties: map[string][]string{},
	}
	if i%3 > 0 {
		a.Properties["Cloud"] = []string{fmt.Sprintf("tenant-%d", i%20), fmt.Sprintf("tenant-%d", i%7)}
	}
	return a
}

// input is an app and a target as the peers read them.
func input(a site.App, t policy.Target) map[string]any {
	cloud := a.Properties["Cloud"]
	if cloud == nil {
		cloud = []string{}
	}
	return map[string]any{
		"subject":  map[string]any{"name": t.Name},
		"resource": map[string]any{"name": a.Name, "Cloud": cloud, "stream": map[string]any{"name": a.Stream.Name}, "owner": map[string]any{"name": a.Owner.Name}},
	}
}

func targets(n int) (list []policy.Target) {
	for i := range n {
		list = append(list, policy.Target{ID: fmt.Sprint("d", i), Name: fmt.Sprintf("tenant-%d", i)})
	}
	return list
}

func policies(n int) (list []policy.Policy) {
	for i, r := range examples(n) {
		list = append(list, policy.Policy{ID: fmt.Sprint(i), Name: fmt.Sprint("P", i), ResourceFilter: "App_*", Actions: policy.ActionDistribute, Conditions: r.ours})
	}
	return list
}

type env map[string][]string

func (e env) Values(path string) []string { return e[path] }

// The engines agree on the cases, or the figures mean nothing.
func TestEnginesAgree(t *testing.T) {
	for i, r := range examples(50) {
		set := policy.Compile([]policy.Policy{{ID: "1", Name: "1", ResourceFilter: "App_*", Actions: policy.ActionDistribute, Conditions: r.ours}})
		peers := map[string]judge{"cel-go": celJudge(t, r), "expr": exprJudge(t, r), "OPA": regoJudge(t, r)}
		for n := range 60 {
			for _, target := range targets(20) {
				want := set.Reaches(app(n), target)
				for name, peer := range peers {
					if got := peer(input(app(n), target)); got != want {
						t.Fatalf("rule %d, app %d, %s: %s says %v, Skyferry %v", i, n, target.Name, name, got, want)
					}
				}
			}
		}
	}
}

func BenchmarkOneCondition(b *testing.B) {
	a, target := app(4), targets(20)[4]
	r := examples(5)[4]
	in := input(a, target)
	values := env{"subject.name": {target.Name}, "resource.stream.name": {a.Stream.Name}, "resource.name": {a.Name}}
	tree, _ := rule.Parse(r.ours)
	program, err := rule.Compile(tree)
	if err != nil || !program.Eval(values) {
		b.Fatal(err)
	}
	b.Run("Skyferry", func(b *testing.B) {
		for b.Loop() {
			program.Eval(values)
		}
	})
	for name, peer := range map[string]judge{"cel-go": celJudge(b, r), "expr": exprJudge(b, r), "OPA": regoJudge(b, r)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				peer(in)
			}
		})
	}
}

func BenchmarkParseAndCheck(b *testing.B) {
	text := `((subject.name="tenant-eu") and (resource.stream.name="Finance" or resource.stream.name="Sales")) or ((subject.name="tenant-us") and !(resource.@Confidential="yes") and resource.name like "Report *-2026")`
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		tree, _ := rule.Parse(text)
		rule.Check(tree, rule.Vocabulary{})
	}
}

// One app that has changed, against 1,000 policies and 20 deployments. The peers judge every pair.
func BenchmarkOneApp(b *testing.B) {
	all, a, to := examples(1000), app(4), targets(20)
	set, apps, goes := policy.Compile(policies(1000)), policy.NewApps([]site.App{a}), make([]bool, len(to))
	b.Run("Skyferry", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			set.Row(apps, 0, to, goes)
		}
	})
	for name, judgeOf := range map[string]func(testing.TB, example) judge{"cel-go": celJudge, "expr": exprJudge} {
		judges := judgesOf(b, all, judgeOf)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				for _, t := range to {
					in := input(a, t)
					for _, judge := range judges {
						if judge(in) {
							break
						}
					}
				}
			}
		})
	}
}

func judgesOf(b *testing.B, all []example, make func(testing.TB, example) judge) (list []judge) {
	for _, r := range all {
		list = append(list, make(b, r))
	}
	return list
}

// All apps, all policies, all deployments. Preparing is what happens once, when the console starts or the site is read anew.
func BenchmarkMatrix(b *testing.B) {
	var all []site.App
	for i := range 10_000 {
		all = append(all, app(i))
	}
	rules, to := policies(1000), targets(20)
	b.Run("prepare apps", func(b *testing.B) {
		for b.Loop() {
			policy.NewApps(all)
		}
	})
	b.Run("compile set", func(b *testing.B) {
		for b.Loop() {
			policy.Compile(rules)
		}
	})
	b.Run("first", func(b *testing.B) {
		set := policy.Compile(rules)
		for b.Loop() {
			b.StopTimer()
			apps := policy.NewApps(all)
			b.StartTimer()
			set.Matrix(apps, to)
		}
	})
	b.Run("prepared", func(b *testing.B) {
		set, apps := policy.Compile(rules), policy.NewApps(all)
		for b.Loop() {
			set.Matrix(apps, to)
		}
	})
	b.Run("one app changed", func(b *testing.B) {
		set, apps := policy.Compile(rules), policy.NewApps(all)
		set.Matrix(apps, to)
		for b.Loop() {
			apps.Put(all[7])
		}
	})
}
