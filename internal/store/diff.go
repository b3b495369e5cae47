package store

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/account"
)

// field is one field of a thing, as the audit trail shows it.
type field struct{ name, value string }

// diff gives the fields that differ. Both lists name the same fields in the same order; a nil list stands for a thing that
// is not there, so that a created one shows what it was made with, and a deleted one what it had.
func diff(before, after []field) []account.Change {
	var changes []account.Change
	for i := range max(len(before), len(after)) {
		var c account.Change
		if i < len(before) {
			c.Field, c.Before = before[i].name, before[i].value
		}
		if i < len(after) {
			c.Field, c.After = after[i].name, after[i].value
		}
		if c.Before != c.After {
			changes = append(changes, c)
		}
	}
	return changes
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func whenText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func countText(n int64) string { return strconv.FormatInt(n, 10) }

// valuesText gives custom property values in a stable order.
func valuesText(values map[string][]string) string {
	var parts []string
	for name, list := range values {
		if len(list) > 0 {
			parts = append(parts, name+"="+strings.Join(list, ", "))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, "; ")
}
