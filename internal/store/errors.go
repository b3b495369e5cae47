package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/mattn/go-sqlite3"

	"github.com/skyferry/skyferry/internal/fault"
)

// normal turns what a database says into our faults, by code and never by text. A fault stays as it is. Names are looked
// up before they are written, so a constraint that still breaks means that somebody else was quicker.
func normal(err error) error {
	var broken sqlite3.Error
	if _, ours := errors.AsType[*fault.Error](err); ours || !errors.As(err, &broken) {
		return err
	}
	switch {
	case broken.ExtendedCode == sqlite3.ErrConstraintUnique, broken.ExtendedCode == sqlite3.ErrConstraintPrimaryKey:
		return fault.Wrap(err, fault.Conflict, "Somebody else has just made the same thing. Look again, and choose another name.")
	case broken.ExtendedCode == sqlite3.ErrConstraintForeignKey:
		return fault.Wrap(err, fault.Conflict, "Something that this refers to was deleted meanwhile, or is still in use. Look again.")
	case broken.Code == sqlite3.ErrFull:
		return fault.Wrap(err, fault.Unavailable, "The disk of the data folder is full. Make room, then try again.")
	case broken.Code == sqlite3.ErrBusy:
		return fault.Wrap(err, fault.Unavailable, "The database is busy. Try again in a moment.")
	case broken.Code == sqlite3.ErrInterrupt:
		return context.Canceled
	default:
		return err
	}
}

// missing turns "no row" into a fault that says what is not there; other errors stay.
func missing(err error, format string, args ...any) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.Wrap(err, fault.NotFound, format, args...)
	}
	return err
}

// stale is the fault of a change that is based on an older version.
func stale(by string) error {
	return fault.New(fault.Conflict, "This was changed meanwhile by %s. Load the page again, and make your change there.", by)
}
