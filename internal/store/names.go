package store

import (
	"context"
	"strings"

	"github.com/skyferry/skyferry/internal/fault"
)

// freeName refuses a name that another row of the table has, ignoring case and outer blanks, and an empty one. The table's
// unique index stands behind it; looking first gives a sentence at the right field.
func (tx *tx) freeName(ctx context.Context, table, kind, name, ownID string) error {
	if strings.TrimSpace(name) == "" {
		return fault.Field(fault.Invalid, "name", "Enter a name.")
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
