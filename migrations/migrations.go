// Package migrations holds the numbered SQL of the database's tables: one folder for each dialect, with the same numbers
// and names in each. A released file is never changed; a new one is added.
package migrations

import "embed"

// SQLite has the files for SQLite, in the folder sqlite.
//
//go:embed sqlite/*.sql
var SQLite embed.FS
