package store

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/skyferry/skyferry/internal/fault"
)

// The longest texts that people write, in characters. Longer ones would break every table that shows them.
const (
	maxName = 256 // names, tags, values
	maxText = 2000
)

// freeName refuses a name that another row of the table has, ignoring case and outer blanks, and one that is no name. The
// table's unique index stands behind it; looking first gives a sentence at the right field.
func (tx *tx) freeName(ctx context.Context, table, kind, name, ownID string) error {
	if err := soundName(name); err != nil {
		return err
	}
	var taken bool
	err := tx.row(ctx, `SELECT EXISTS (SELECT 1 FROM `+table+` WHERE name_key = ? AND id <> ?)`, nameKey(name), ownID).Scan(&taken)
	if err != nil {
		return err
	}
	if taken {
		return fault.Field(fault.Conflict, "name", "There is a %s with the name %q already. Choose another name.", kind, strings.TrimSpace(name))
	}
	return nil
}

// soundName refuses a name that is empty, too long, or cannot be seen whole in one line.
func soundName(name string) error {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return fault.Field(fault.Invalid, "name", "Enter a name.")
	case strings.ContainsFunc(name, unicode.IsControl):
		return fault.Field(fault.Invalid, "name", "Leave line breaks and other control characters out of the name.")
	default:
		return within(maxName, "name", name)
	}
}

// within refuses texts that are longer than limit, in characters.
func within(limit int, field string, texts ...string) error {
	for _, text := range texts {
		if utf8.RuneCountInString(text) > limit {
			return fault.Field(fault.Invalid, field, "This is too long; at most %d characters are allowed.", limit)
		}
	}
	return nil
}
