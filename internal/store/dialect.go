package store

import (
	"strconv"
	"strings"
)

// dialect is the database's way of writing SQL, where it differs.
type dialect int

const (
	sqlite dialect = iota
	postgres
)

// rebind turns `?` into what the database wants. Queries never hold `$n` themselves: mattn's driver would bind them in the
// order in which they appear, silently. Nor may they hold a `?` inside a text.
func (d dialect) rebind(query string) string {
	if d == sqlite {
		return query
	}
	var b strings.Builder
	n := 0
	for part := range strings.SplitSeq(query, "?") {
		if n > 0 {
			b.WriteString("$" + strconv.Itoa(n))
		}
		b.WriteString(part)
		n++
	}
	return b.String()
}

// marks gives "?, ?, ?" for an IN list of n values.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

// anys turns ids into arguments.
func anys(ids []string) []any {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	return args
}
