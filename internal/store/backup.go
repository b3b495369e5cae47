package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/skyferry/skyferry/internal/fault"
)

// Backup writes a consistent copy of the database file to another file, which must not exist, while a console may be
// running on it. Secrets in the copy are sealed, and the key is not part of it.
func Backup(ctx context.Context, file, to string) (err error) {
	if _, err := os.Stat(file); err != nil {
		return fault.Wrap(err, fault.NotFound, "there is no database %s; name the console's data folder", file)
	}
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fault.Wrap(err, fault.Conflict, "the file %s is there already; choose another name for the backup", to)
	case err != nil:
		return fault.Wrap(err, fault.Unavailable, "the backup %s cannot be written; choose another place", to)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(to) // half a backup is none
		}
	}()
	if err := target.Close(); err != nil {
		return err
	}
	return copyInto(ctx, file, to)
}

// copyInto lets SQLite write the copy: it takes an empty file as its target.
func copyInto(ctx context.Context, file, to string) error {
	db, err := sql.Open("sqlite3", source(file, "_txlock=deferred"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, to); err != nil {
		return fmt.Errorf("write the backup %s: %w", to, normal(err))
	}
	return settle(to)
}

// settle makes the copy durable before anybody relies on it.
func settle(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
