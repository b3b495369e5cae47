package policies

import (
	"cmp"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/web/ui"
)

// shows says whether filters and search leave an entry.
func (o overview) shows(e entry) bool {
	switch disabled := o.Query.Get("disabled"); {
	case disabled == "yes" && !e.Policy.Disabled, disabled == "no" && e.Policy.Disabled:
		return false
	}
	if id := o.Query.Get("deployment"); id != "" && !slices.ContainsFunc(e.GoesTo, func(d deployment.Deployment) bool { return d.ID == id }) {
		return false
	}
	p := e.Policy
	text := strings.ToLower(strings.Join([]string{p.Name, p.Description, p.Conditions, p.ResourceFilter, strings.Join(p.Tags, " ")}, "\n"))
	for word := range strings.FieldsSeq(strings.ToLower(o.Query.Get("q"))) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// order compares entries by a column; by name when it is unknown.
func order(by string, descending bool) func(a, b entry) int {
	name := func(a, b entry) int {
		return cmp.Compare(strings.ToLower(a.Policy.Name), strings.ToLower(b.Policy.Name))
	}
	column, ok := map[string]func(a, b entry) int{
		"goes":        func(a, b entry) int { return cmp.Compare(names(a.GoesTo), names(b.GoesTo)) },
		"apps":        func(a, b entry) int { return cmp.Compare(a.Apps, b.Apps) },
		"filter":      func(a, b entry) int { return cmp.Compare(a.Policy.ResourceFilter, b.Policy.ResourceFilter) },
		"disabled":    func(a, b entry) int { return cmp.Compare(yesNo(a.Policy.Disabled), yesNo(b.Policy.Disabled)) },
		"conditions":  func(a, b entry) int { return cmp.Compare(a.Policy.Conditions, b.Policy.Conditions) },
		"changed":     func(a, b entry) int { return a.Policy.Modified.Compare(b.Policy.Modified) },
		"description": func(a, b entry) int { return cmp.Compare(a.Policy.Description, b.Policy.Description) },
	}[by]
	if !ok {
		column = name
	}
	return func(a, b entry) int {
		c := cmp.Or(column(a, b), name(a, b))
		if descending {
			return -c
		}
		return c
	}
}

func names(list []deployment.Deployment) string {
	var all []string
	for _, d := range list {
		all = append(all, d.Name)
	}
	return strings.Join(all, ", ")
}

func yesNo(yes bool) string {
	if yes {
		return "Yes"
	}
	return "No"
}

func actionWords(actions int) string {
	if actions&policy.ActionDistribute != 0 {
		return "Distribute"
	}
	return ui.Dash
}
