// Package store keeps everything that must survive: the only package that knows SQL. Queries are written once, with `?`,
// and portable to PostgreSQL; only opening the database and reading the driver's error codes differ.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/secret"
)

// Options are the settings of a Store.
type Options struct {
	Dir string      // the data folder; the database is the file skyferry.db in it
	Box *secret.Box // seals secrets
	Now func() time.Time
	Log *slog.Logger // nil: discard
}

// Store is the console's database. Each exported method is one transaction.
type Store struct {
	writer  *sql.DB // one connection: SQLite has one writer, and waiting for it in Go is fairer than in SQLite
	reader  *sql.DB // several connections that cannot write
	dialect dialect
	box     *secret.Box
	now     func() time.Time
	log     *slog.Logger
	queue   Queue
	siteID  string
}

// Queue is what the store needs of the job queue. Both insert within the transaction, so that no job is ever without its
// row, nor the row without its job.
type Queue interface {
	Decide(ctx context.Context, tx *sql.Tx, eventID string) error
	Deliver(ctx context.Context, tx *sql.Tx, deploymentID, deliveryID string, ticket int64, at time.Time) error
}

// UseQueue gives the store its queue, before anything that makes work is called.
func (s *Store) UseQueue(q Queue) { s.queue = q }

// Writer gives the pool with the single writing connection; the queue keeps its tables there. Never use it inside a
// transaction of the store: it would wait for itself.
func (s *Store) Writer() *sql.DB { return s.writer }

// Close closes the database.
func (s *Store) Close() error { return errors.Join(s.reader.Close(), s.writer.Close()) }

// tx is a transaction with its moment and its actor. Its methods exec, query and row take `?` on every database.
type tx struct {
	*sql.Tx
	dialect dialect
	now     time.Time // one moment for all that the transaction writes, in whole microseconds
	actor   account.Actor
}

// write runs do in a transaction that may write. Nothing stays when do fails.
func (s *Store) write(ctx context.Context, do func(tx *tx) error) error {
	return s.transact(ctx, s.writer, do)
}

// read runs do on one consistent view of the database.
func (s *Store) read(ctx context.Context, do func(tx *tx) error) error {
	return s.transact(ctx, s.reader, do)
}

func (s *Store) transact(ctx context.Context, db *sql.DB, do func(tx *tx) error) error {
	inner, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	defer func() { _ = inner.Rollback() }() // after a commit it does nothing
	now := s.now().UTC().Truncate(time.Microsecond)
	if err := do(&tx{Tx: inner, dialect: s.dialect, now: now, actor: account.ActorOf(ctx)}); err != nil {
		return normal(err)
	}
	if err := inner.Commit(); err != nil {
		return normal(fmt.Errorf("commit: %w", err))
	}
	return nil
}

// exec runs a statement and tells how many rows it touched.
func (tx *tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := tx.ExecContext(ctx, tx.dialect.rebind(query), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query runs a query; the caller closes the rows.
func (tx *tx) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return tx.QueryContext(ctx, tx.dialect.rebind(query), args...)
}

// row runs a query that gives at most one row; Scan gives sql.ErrNoRows when there is none.
func (tx *tx) row(ctx context.Context, query string, args ...any) *sql.Row {
	return tx.QueryRowContext(ctx, tx.dialect.rebind(query), args...)
}

// scanner is a row, alone or among others.
type scanner interface{ Scan(dest ...any) error }

// list runs a query and reads every row of its answer. The query must have a limit, or a table that people fill by hand.
func list[T any](ctx context.Context, tx *tx, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
