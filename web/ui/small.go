package ui

import (
	"net/url"
	"slices"
	"strings"
)

// SmallList is a list that is read whole, since people fill it by hand: it is searched and turned round here. Rows come
// sorted by name; words gives what the search looks at.
func SmallList[T any](rows []T, query url.Values, words func(T) []string) []T {
	wanted := strings.ToLower(strings.TrimSpace(query.Get("q")))
	found := make([]T, 0, len(rows))
	for _, row := range rows {
		if strings.Contains(strings.ToLower(strings.Join(words(row), "\n")), wanted) {
			found = append(found, row)
		}
	}
	if query.Get("dir") == "desc" {
		slices.Reverse(found)
	}
	return found
}

// SmallSort is the order of a SmallList for its table's head.
func SmallSort(query url.Values) Sort {
	return Sort{By: "name", Descending: query.Get("dir") == "desc", Query: query}
}
