package records

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

// Index keeps the records of a table in an order of its own, so that a list is read page by page and not as a whole.
// Key gives a record's place; false leaves the record out. Equal places are told apart by the record's key.
type Index[T any] struct {
	Name string
	Key  func(T) (place string, in bool)
}

// entry is the key under which a record stands in the index: its place and its own key.
func (i Index[T]) entry(record T, key string) ([]byte, bool) {
	place, in := i.Key(record)
	return []byte(place + "\x00" + key), in
}

// Part says what of an index is read: the entries that begin with Prefix and lie behind After, or before it when
// Backward is set; an empty After means from the end in question.
type Part struct {
	Prefix   string
	After    string // an entry, as Visit got it
	Backward bool
	Only     func(entry string) bool // nil: all; a refused entry costs no reading of its record
}

// Visit gets the entries of a part of an index in order, each with its record, until it returns false.
func (t Table[T]) Visit(tx *Tx, index string, part Part, visit func(entry string, record T) (more bool, err error)) error {
	cursor := tx.bolt.Bucket([]byte(t.Name + "/" + index)).Cursor()
	for entry, key := part.first(cursor); entry != nil && bytes.HasPrefix(entry, []byte(part.Prefix)); entry, key = part.next(cursor) {
		if part.Only != nil && !part.Only(string(entry)) {
			continue
		}
		record, found, err := t.Get(tx, string(key))
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("index %s of %s names %q, which is not there", index, t.Name, key)
		}
		if more, err := visit(string(entry), record); err != nil || !more {
			return err
		}
	}
	return nil
}

func (p Part) first(c *bbolt.Cursor) (entry, key []byte) {
	if !p.Backward {
		if p.After == "" {
			return c.Seek([]byte(p.Prefix))
		}
		entry, key = c.Seek([]byte(p.After))
		if string(entry) == p.After {
			return c.Next()
		}
		return entry, key
	}
	end := p.After
	if end == "" {
		end = p.Prefix + "\xff" // behind every entry with the prefix: places are UTF-8 text
	}
	if entry, _ = c.Seek([]byte(end)); entry == nil {
		return c.Last()
	}
	return c.Prev()
}

func (p Part) next(c *bbolt.Cursor) (entry, key []byte) {
	if p.Backward {
		return c.Prev()
	}
	return c.Next()
}

// EntryOf gives the entry of a record in an index, by which lists are in order.
func (t Table[T]) EntryOf(index string, record T, key string) string {
	for _, i := range t.Indexes {
		if i.Name == index {
			entry, _ := i.entry(record, key)
			return string(entry)
		}
	}
	return ""
}

// CountIn gives the number of records whose place in an index begins with prefix, without reading the records.
func (t Table[T]) CountIn(tx *Tx, index, prefix string) (n int) {
	cursor := tx.bolt.Bucket([]byte(t.Name + "/" + index)).Cursor()
	for entry, _ := cursor.Seek([]byte(prefix)); entry != nil && bytes.HasPrefix(entry, []byte(prefix)); entry, _ = cursor.Next() {
		n++
	}
	return n
}

// First gives the first record whose place in an index is exactly this.
func (t Table[T]) First(tx *Tx, index, place string) (record T, found bool, err error) {
	err = t.Visit(tx, index, Part{Prefix: place + "\x00"}, func(_ string, first T) (bool, error) {
		record, found = first, true
		return false, nil
	})
	return record, found, err
}

// unindex takes the stored record of a key out of the table's indexes.
func (t Table[T]) unindex(tx *Tx, key string) error {
	if len(t.Indexes) == 0 {
		return nil
	}
	before, found, err := t.Get(tx, key)
	if err != nil || !found {
		return err
	}
	for _, index := range t.Indexes {
		if entry, in := index.entry(before, key); in {
			if err := tx.bolt.Bucket([]byte(t.Name + "/" + index.Name)).Delete(entry); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t Table[T]) index(tx *Tx, key string, record T) error {
	for _, index := range t.Indexes {
		if entry, in := index.entry(record, key); in {
			if err := tx.bolt.Bucket([]byte(t.Name+"/"+index.Name)).Put(entry, []byte(key)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Prepare makes the table's buckets, and the entries of an index that is new to an older file.
func (t Table[T]) Prepare(tx *Tx) error {
	records, err := tx.bolt.CreateBucketIfNotExists([]byte(t.Name))
	if err != nil {
		return fmt.Errorf("make bucket %s: %w", t.Name, err)
	}
	for _, index := range t.Indexes {
		name := []byte(t.Name + "/" + index.Name)
		if tx.bolt.Bucket(name) != nil {
			continue
		}
		bucket, err := tx.bolt.CreateBucket(name)
		if err != nil {
			return fmt.Errorf("make index %s: %w", name, err)
		}
		if err := index.fill(bucket, records); err != nil {
			return fmt.Errorf("fill index %s: %w", name, err)
		}
	}
	return nil
}

func (i Index[T]) fill(bucket, records *bbolt.Bucket) error {
	return records.ForEach(func(key, raw []byte) error {
		var record T
		if err := json.Unmarshal(raw, &record); err != nil {
			return err
		}
		entry, in := i.entry(record, string(key))
		if !in {
			return nil
		}
		return bucket.Put(entry, key)
	})
}

// Moment writes a time so that texts sort as the times do.
func Moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }
