// Package records keeps what a sandbox knows in one bbolt file: typed records in one bucket each, changed in transactions
// that are on disk before they return.
package records

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/skyferry/skyferry/internal/fault"
)

// lockWait is how long Open waits for another process to let go of the file.
const lockWait = time.Second

// DB is the state file. It is safe for concurrent use: one writer at a time, readers see the last commit.
type DB struct{ bolt *bbolt.DB }

// Tx is one transaction; it is valid only inside the function that got it.
type Tx struct{ bolt *bbolt.Tx }

// Preparer is a table, whatever its records are.
type Preparer interface{ Prepare(tx *Tx) error }

// Open opens or makes the state file with its tables. The error is a sentence for people.
func Open(path string, tables ...Preparer) (*DB, error) {
	file, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fault.Wrap(err, fault.Unavailable,
			"Another process uses the sandbox's state file %s. Stop it, or name another folder.", path)
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable,
			"The sandbox's state file %s cannot be opened. Make the folder writable, or name another one.", path)
	}
	db := &DB{bolt: file}
	return db, db.Write(func(tx *Tx) error {
		for _, table := range tables {
			if err := table.Prepare(tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// Close waits for running transactions and closes the file; a second call does nothing.
func (d *DB) Close() error { return d.bolt.Close() }

// Read runs a reading transaction.
func (d *DB) Read(do func(*Tx) error) error {
	return d.bolt.View(func(tx *bbolt.Tx) error { return do(&Tx{tx}) })
}

// Write runs a writing transaction. When do or the commit fails nothing has changed.
func (d *DB) Write(do func(*Tx) error) error {
	return d.bolt.Update(func(tx *bbolt.Tx) error { return do(&Tx{tx}) })
}

// Table is one bucket of records in JSON, in the order of their keys, with a bucket for each index.
type Table[T any] struct {
	Name    string
	Indexes []Index[T]
}

// Get gives the record of a key, and whether there is one.
func (t Table[T]) Get(tx *Tx, key string) (record T, found bool, err error) {
	raw := tx.bolt.Bucket([]byte(t.Name)).Get([]byte(key))
	if raw == nil {
		return record, false, nil
	}
	if err := json.Unmarshal(raw, &record); err != nil {
		return record, false, fmt.Errorf("read %s %s: %w", t.Name, key, err)
	}
	return record, true, nil
}

// Put stores a record under its key, over an older one.
func (t Table[T]) Put(tx *Tx, key string, record T) error {
	raw, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("write %s %s: %w", t.Name, key, err)
	}
	if err := t.unindex(tx, key); err != nil {
		return err
	}
	if err := tx.bolt.Bucket([]byte(t.Name)).Put([]byte(key), raw); err != nil {
		return err
	}
	return t.index(tx, key, record)
}

// Delete removes the record of a key, if there is one.
func (t Table[T]) Delete(tx *Tx, key string) error {
	if err := t.unindex(tx, key); err != nil {
		return err
	}
	return tx.bolt.Bucket([]byte(t.Name)).Delete([]byte(key))
}

// Count gives the number of records.
func (t Table[T]) Count(tx *Tx) int {
	return tx.bolt.Bucket([]byte(t.Name)).Stats().KeyN
}

// All gives every record that keep accepts, by key; keep may be nil.
func (t Table[T]) All(tx *Tx, keep func(T) bool) ([]T, error) {
	var all []T
	err := tx.bolt.Bucket([]byte(t.Name)).ForEach(func(key, raw []byte) error {
		var record T
		if err := json.Unmarshal(raw, &record); err != nil {
			return fmt.Errorf("read %s %s: %w", t.Name, key, err)
		}
		if keep == nil || keep(record) {
			all = append(all, record)
		}
		return nil
	})
	return all, err
}

// Page gives the next records behind a key, by key, and the key of the last one; an empty key is the beginning. Less than
// limit records are the end.
func (t Table[T]) Page(tx *Tx, after string, limit int) (page []T, last string, err error) {
	cursor := tx.bolt.Bucket([]byte(t.Name)).Cursor()
	key, raw := cursor.Seek([]byte(after))
	if after != "" && string(key) == after {
		key, raw = cursor.Next()
	}
	for ; key != nil && len(page) < limit; key, raw = cursor.Next() {
		var record T
		if err := json.Unmarshal(raw, &record); err != nil {
			return page, last, fmt.Errorf("read %s %s: %w", t.Name, key, err)
		}
		page, last = append(page, record), string(key)
	}
	return page, last, nil
}

// Trim deletes the first records by key, so that at most so many remain. It is for tables without indexes.
func (t Table[T]) Trim(tx *Tx, keep int) error {
	bucket := tx.bolt.Bucket([]byte(t.Name))
	cursor := bucket.Cursor()
	for surplus := bucket.Stats().KeyN - keep; surplus > 0; surplus-- {
		if key, _ := cursor.First(); key == nil {
			return nil
		}
		if err := cursor.Delete(); err != nil {
			return err
		}
	}
	return nil
}
