package state

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

func open(t *testing.T, path string) *DB {
	t.Helper()
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func put(t *testing.T, db *DB, apps ...App) {
	t.Helper()
	err := db.Write(func(tx *Tx) error {
		for _, app := range apps {
			if err := Apps.Put(tx, app.ID, app); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// read gives the ids of a part of an index, and the entry of the last.
func read(t *testing.T, db *DB, index string, part Part) (ids []string, last string) {
	t.Helper()
	err := db.Read(func(tx *Tx) error {
		return Apps.Visit(tx, index, part, func(entry string, a App) (bool, error) {
			ids, last = append(ids, a.ID), entry
			return true, nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids, last
}

func TestIndexesFollowTheirRecords(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "x.db"))
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	put(t, db, App{ID: "a", Name: "Zebra", SpaceID: "s", Created: at}, App{ID: "b", Name: "ant", SpaceID: "s", Created: at.Add(time.Second)}, App{ID: "c", Name: "ant"})
	check := func(want []string, index string, part Part) {
		t.Helper()
		if got, _ := read(t, db, index, part); !slices.Equal(got, want) {
			t.Errorf("%s %+v: %v, want %v", index, part, got, want)
		}
	}
	check([]string{"b", "c", "a"}, ByName, Part{})
	check([]string{"a", "c", "b"}, ByName, Part{Backward: true})
	check([]string{"b", "a"}, BySpace, Part{Prefix: InSpace("s"), Backward: true})
	_, last := read(t, db, ByName, Part{Prefix: "ant"})
	check([]string{"a"}, ByName, Part{After: last})
	check([]string{"b"}, ByName, Part{After: last, Backward: true})
	put(t, db, App{ID: "a", Name: "Aardvark"})
	check([]string{"a", "b", "c"}, ByName, Part{})
	check([]string{"b"}, BySpace, Part{Prefix: InSpace("s")})
	if err := db.Write(func(tx *Tx) error { return Apps.Delete(tx, "b") }); err != nil {
		t.Fatal(err)
	}
	check([]string{"a", "c"}, ByName, Part{})
	check(nil, BySpace, Part{Prefix: InSpace("s")})
}

// A file of a version that had no index gets its entries when it is opened.
func TestOlderFilesGetTheirIndexes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := open(t, path)
	put(t, db, App{ID: "a", SourceID: "one", Distributed: true}, App{ID: "b"})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := bbolt.Open(path, 0o600, nil)
	if err == nil {
		err = errors.Join(file.Update(func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("apps/" + BySource)) }), file.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	got, _ := read(t, open(t, path), BySource, Part{})
	if !slices.Equal(got, []string{"a"}) {
		t.Errorf("by source: %v", got)
	}
}
