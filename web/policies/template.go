package policies

import (
	"slices"

	"github.com/skyferry/skyferry/internal/policy"
)

func template(name string) (policy.Template, bool) {
	all := policy.Templates()
	i := slices.IndexFunc(all, func(t policy.Template) bool { return t.Name == name })
	if i < 0 {
		return policy.Template{}, false
	}
	return all[i], true
}

// handWritten says whether somebody wrote the conditions, so that a template must not take their place unasked.
func handWritten(conditions string) bool {
	return conditions != "" && !slices.ContainsFunc(policy.Templates(), func(t policy.Template) bool { return t.Conditions == conditions })
}

// use fills in the template that is chosen; an unknown one changes nothing and is a fault at Apply.
func (f *form) use() {
	t, ok := template(f.Template)
	if !ok {
		return
	}
	f.Filled, f.Filter, f.Distribute = true, t.Filter, t.Actions&policy.ActionDistribute != 0
	f.set(t.Conditions)
}

// replaceWords says what the chosen template would do to conditions that somebody wrote.
func (p page) replaceWords() string {
	t, _ := template(p.Form.Template)
	if t.Conditions == "" {
		return "The template " + t.Name + " has none, so every published app would go to EVERY deployment. Until you replace them, yours stay."
	}
	return "The template " + t.Name + " has conditions of its own. Until you replace them, yours stay."
}
