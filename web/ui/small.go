package ui

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Small is a table that is read whole, since people fill it by hand: it is searched, filtered and sorted here. Rows come
// sorted by name.
type Small[T any] struct {
	Words   func(T) []string          // what the search looks at
	Keys    map[string]func(T) string // by column: what it is sorted by; a column without is not
	Filters map[string]func(T) string // by key of the query: what a row must be
}

// Rows gives the rows that the query asks for, in its order.
func (s Small[T]) Rows(rows []T, query url.Values) []T {
	wanted := strings.ToLower(strings.TrimSpace(query.Get("q")))
	found := make([]T, 0, len(rows))
	for _, row := range rows {
		if strings.Contains(strings.ToLower(strings.Join(s.Words(row), "\n")), wanted) && s.passes(row, query) {
			found = append(found, row)
		}
	}
	if key := s.Keys[query.Get("sort")]; key != nil {
		slices.SortStableFunc(found, func(a, b T) int { return cmp.Compare(strings.ToLower(key(a)), strings.ToLower(key(b))) })
	}
	if query.Get("dir") == "desc" {
		slices.Reverse(found)
	}
	return found
}

func (s Small[T]) passes(row T, query url.Values) bool {
	for key, value := range s.Filters {
		if wanted := query.Get(key); wanted != "" && value(row) != wanted {
			return false
		}
	}
	return true
}

// SmallNumber is a number as a key to sort by.
func SmallNumber(n int) string { return fmt.Sprintf("%012d", n) }

// SmallSort is the order of a Small for its table's head.
func SmallSort(query url.Values) Sort {
	return Sort{By: cmp.Or(query.Get("sort"), "name"), Descending: query.Get("dir") == "desc", Query: query}
}
