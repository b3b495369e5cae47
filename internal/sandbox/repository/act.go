package repository

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/records"
	"github.com/skyferry/skyferry/internal/sandbox/repository/filter"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// The types of change.
const (
	added   = 1
	updated = 2
	deleted = 3
)

var changeNames = map[int]string{added: "added", updated: "updated", deleted: "deleted"}

// act is one change of the site, with all that belongs to it: one transaction, one entry in the log for each entity, and
// what subscribers are told when it is on disk.
type act struct {
	s         *Server
	tx        *state.Tx
	who       caller
	at        state.Date
	names     *names // nil: to be read again
	contextID string // of the engine that acts; empty: none
	told      []event
	unused    []string // contents that may be needed no more
	happened  []happening
}

// act does a change in the name of somebody. Acts follow each other, so that subscribers hear them in order and contents in
// use are never removed.
func (s *Server) act(who caller, do func(*act) error) error {
	s.contents.Commit.Lock()
	defer s.contents.Commit.Unlock()
	a := &act{s: s, who: who, at: state.At(s.now())}
	err := s.db.Write(func(tx *state.Tx) error {
		a.tx = tx
		if err := do(a); err != nil {
			return err
		}
		return s.trimChanges(tx, len(a.told))
	})
	if err != nil {
		return err
	}
	for _, what := range a.happened {
		s.history.note(what)
	}
	s.told.tell(a.told)
	return s.dropUnused(a.unused)
}

// trimChanges keeps the log bounded. The caller holds Commit.
func (s *Server) trimChanges(tx *state.Tx, more int) error {
	if s.untrimmed += more; s.untrimmed < trimEvery {
		return nil
	}
	s.untrimmed = 0
	return state.Changes.Trim(tx, changesKept)
}

func (s *Server) dropUnused(sums []string) (err error) {
	for _, sum := range sums {
		used := false
		err = errors.Join(err, s.db.Read(func(tx *state.Tx) error {
			_, found, err := state.Apps.First(tx, state.BySum, sum)
			used = found
			return err
		}))
		if err == nil && !used {
			err = s.contents.Drop(sum)
		}
	}
	return err
}

// put stores an entity, new or changed: it sets the dates and notes what has changed.
func (k kind[T]) put(a *act, entity T) (T, error) {
	base := k.base(&entity)
	before, found, err := k.table.Get(a.tx, base.ID)
	if err != nil {
		return entity, err
	}
	base.ModifiedByUserName, base.ModifiedDate = a.who.user.Account(), a.at
	change := updated
	if found {
		// Two changes never have the same date: clients compare them.
		if old := k.base(&before).ModifiedDate; !a.at.After(old) {
			base.ModifiedDate = state.At(old.Add(time.Millisecond))
		}
		base.CreatedDate = k.base(&before).CreatedDate
	} else {
		change, base.CreatedDate = added, a.at
	}
	if err := k.table.Put(a.tx, base.ID, entity); err != nil {
		return entity, err
	}
	a.names = nil
	if err := a.freshen(func(n names) { k.fresh(a.tx, n, &entity) }); err != nil {
		return entity, err
	}
	var changed []string
	if found {
		changed = changedProperties(k.full(before), k.full(entity))
	}
	return entity, a.note(k.schema, *base, change, changed, k.full(entity))
}

// remove deletes an entity.
func (k kind[T]) remove(a *act, entity T) error {
	base := *k.base(&entity)
	if err := k.table.Delete(a.tx, base.ID); err != nil {
		return err
	}
	a.names, base.ModifiedDate = nil, a.at
	return a.note(k.schema, base, deleted, nil, k.full(entity))
}

// freshen gives the names as they are within the transaction.
func (a *act) freshen(do func(names)) error {
	if a.names == nil {
		n, err := readNames(a.tx)
		if err != nil {
			return err
		}
		a.names = &n
	}
	do(*a.names)
	return nil
}

// note writes the log and keeps the event for the subscribers.
func (a *act) note(schema string, base state.Base, change int, changed []string, entity any) error {
	a.told = append(a.told, event{entity: reflect.ValueOf(entity), info: newInfo(a, schema, base, change, changed)})
	name, _ := filter.Value(reflect.ValueOf(entity), "name")
	text, _ := name.(string)
	a.happened = append(a.happened, happening{What: happenedChange, Did: changeNames[change], Type: schema, ID: base.ID, Name: text, By: a.who.user.Account(),
		Detail: strings.Join(changed, ", ")})
	line := state.Change{ID: base.ID, Type: schema, ChangeType: change, ChangeDate: a.at, SchemaPath: "ChangeLogEntry"}
	return state.Changes.Put(a.tx, records.Moment(a.s.clock())+" "+uuid.NewString(), line)
}

// changedProperties names the properties of base types that differ: references and lists are never named (section 2.1).
func changedProperties(before, after any) []string {
	old, now := flat(before), flat(after)
	changed := []string{}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if old[name] != now[name] {
			changed = append(changed, name)
		}
	}
	return changed
}

// flat gives the properties of base types.
func flat(entity any) map[string]any {
	var all map[string]any
	text, err := json.Marshal(entity)
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		panic(err) // entities are plain structs
	}
	for name, value := range all {
		switch value.(type) {
		case map[string]any, []any, nil:
			delete(all, name)
		}
	}
	return all
}

// newID gives an entity its id where it has none; a given one must be a GUID.
func newID(given string) (string, error) {
	if given == "" || given == state.NoID {
		return uuid.NewString(), nil
	}
	id, err := uuid.Parse(given)
	if err != nil {
		return "", fault.New(fault.Invalid, "The id %q is no GUID.", given)
	}
	return id.String(), nil
}
