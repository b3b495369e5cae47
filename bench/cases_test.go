// Package bench measures the deciding of Skyferry beside three public engines, on the same cases in one run. It is a module
// of its own, so that the product does not depend on them. `make bench` runs it, docs/benchmarks.md has the table.
package bench

import "fmt"

// example is one case in the four languages. The peers compare as they do by themselves, with regard to case: folding would
// cost them more. What like asks is written in each as its authors would write it.
type example struct{ ours, cel, expr, rego string }

// examples gives n cases: 70 % equality or join, 20 % like or or, 10 % functions.
func examples(n int) []example {
	list := make([]example, n)
	for i := range list {
		target, stream := fmt.Sprintf("tenant-%d", i%20), fmt.Sprintf("Stream %d", i%50)
		switch kind := i % 10; {
		case kind < 5:
			list[i] = example{
				fmt.Sprintf(`subject.name=%q and resource.stream.name=%q`, target, stream),
				fmt.Sprintf(`subject.name == %q && resource.stream.name == %q`, target, stream),
				fmt.Sprintf(`subject.name == %q && resource.stream.name == %q`, target, stream),
				fmt.Sprintf(`input.subject.name == %q; input.resource.stream.name == %q`, target, stream),
			}
		case kind < 7:
			list[i] = example{
				fmt.Sprintf(`subject.name=resource.@Cloud and resource.stream.name=%q`, stream),
				fmt.Sprintf(`subject.name in resource.Cloud && resource.stream.name == %q`, stream),
				fmt.Sprintf(`subject.name in resource.Cloud && resource.stream.name == %q`, stream),
				fmt.Sprintf(`input.subject.name == input.resource.Cloud[_]; input.resource.stream.name == %q`, stream),
			}
		case kind < 9:
			list[i] = example{
				fmt.Sprintf(`subject.name=%q and (resource.name like "App %d*" or resource.stream.name=%q)`, target, i%100, stream),
				fmt.Sprintf(`subject.name == %q && (resource.name.startsWith("App %d") || resource.stream.name == %q)`, target, i%100, stream),
				fmt.Sprintf(`subject.name == %q && (resource.name startsWith "App %d" || resource.stream.name == %q)`, target, i%100, stream),
				fmt.Sprintf(`input.subject.name == %q; or(startswith(input.resource.name, "App %d"), input.resource.stream.name == %q)`, target, i%100, stream),
			}
		default:
			list[i] = example{
				fmt.Sprintf(`subject.name=%q and !resource.@Cloud.Empty() and resource.owner.name=%q`, target, fmt.Sprint("Owner ", i%30)),
				fmt.Sprintf(`subject.name == %q && size(resource.Cloud) > 0 && resource.owner.name == %q`, target, fmt.Sprint("Owner ", i%30)),
				fmt.Sprintf(`subject.name == %q && len(resource.Cloud) > 0 && resource.owner.name == %q`, target, fmt.Sprint("Owner ", i%30)),
				fmt.Sprintf(`input.subject.name == %q; count(input.resource.Cloud) > 0; input.resource.owner.name == %q`, target, fmt.Sprint("Owner ", i%30)),
			}
		}
	}
	return list
}
