package policies

import (
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/site"
)

// valuesIn gives what the published apps have at the paths that no list of the site names: their names, and the owners of them and of their
// streams.
func valuesIn(apps []site.App) map[string][]string {
	paths := map[string]func(site.App) string{
		"resource.name":                func(a site.App) string { return a.Name },
		"resource.owner.name":          func(a site.App) string { return a.Owner.Name },
		"resource.owner.userId":        func(a site.App) string { return a.Owner.UserID },
		"resource.owner.userDirectory": func(a site.App) string { return a.Owner.Directory },
		"resource.owner.email":         func(a site.App) string { return a.Owner.Email },
		"resource.stream.owner.name":   func(a site.App) string { return a.Stream.Owner.Name },
		"resource.stream.owner.userId": func(a site.App) string { return a.Stream.Owner.UserID },
	}
	values := map[string][]string{}
	for path, of := range paths {
		if list := distinct(apps, of); len(list) > 0 {
			values[path] = list
		}
	}
	return values
}

// distinct gives the values without repetition in the order of the alphabet, and no more than a list may have.
func distinct(apps []site.App, of func(site.App) string) (list []string) {
	seen := map[string]bool{"": true}
	for _, a := range apps {
		if v := of(a); !seen[v] {
			seen[v] = true
			list = append(list, v)
		}
	}
	slices.SortFunc(list, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return list[:min(len(list), maxKnown)]
}
