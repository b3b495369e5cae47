package repository

import (
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/sandbox/records"
	"github.com/skyferry/skyferry/internal/sandbox/repository/filter"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// selection is what one call may and wants to see of a kind.
type selection[T any] struct {
	kind   kind[T]
	s      *Server
	who    caller
	names  names
	hidden func(id string) bool // nil: nothing is
	filter filter.Filter
	order  filter.Order
	grants bool   // privileges=true
	whole  bool   // there is no filter
	index  string // in whose order the window of dates is read; empty: the table by id
	window filter.Window
}

func (k kind[T]) selection(s *Server, r *http.Request) (sel selection[T], err error) {
	q := query(r)
	sel = selection[T]{kind: k, s: s, who: callerOf(r), grants: strings.EqualFold(q["privileges"], "true")}
	sel.hidden, sel.whole = s.hiding(k.schema, sel.who), strings.TrimSpace(q["filter"]) == ""
	for _, date := range k.dates {
		if window, bounded := filter.WindowOf(q["filter"], date.property); bounded && sel.index == "" {
			sel.index, sel.window = date.index, window
		}
	}
	if sel.filter, err = filter.Parse(q["filter"], k.entity()); err != nil {
		return sel, err
	}
	if sel.order, err = filter.ParseOrder(q["orderby"], k.entity()); err != nil {
		return sel, err
	}
	err = s.db.Read(func(tx *state.Tx) (err error) {
		sel.names, err = readNames(tx)
		return err
	})
	return sel, err
}

// seen makes an entity ready to be shown; false: this caller does not see it.
func (sel selection[T]) seen(tx *state.Tx, entity *T) bool {
	if sel.who.blind || !sel.seesApp(tx, entity) {
		return false
	}
	sel.kind.fresh(tx, sel.names, entity)
	if sel.grants {
		sel.kind.grant(entity, sel.who.privilegesOn(entity))
	}
	return true
}

// seesApp judges an app, and what belongs to one, by the rights on that app. A private sheet is its owner's.
func (sel selection[T]) seesApp(tx *state.Tx, entity *T) bool {
	switch e := any(entity).(type) {
	case *state.Stored:
		return sel.who.reads(e.App) && !sel.hides(e.ID)
	case *state.Object:
		private := e.Kind() == state.PrivateSheet
		return sel.seesAppOf(tx, e.App.ID) && (!private || sel.who.readsAll || sel.who.owns(e.Owner))
	case *state.ReloadTask:
		return sel.seesAppOf(tx, e.App.ID)
	}
	return true
}

func (sel selection[T]) seesAppOf(tx *state.Tx, id string) bool {
	app, found, err := state.Apps.Get(tx, id)
	return err == nil && found && sel.who.reads(app.App) && !sel.hides(id)
}

func (sel selection[T]) hides(id string) bool { return sel.hidden != nil && sel.hidden(id) }

// everything says whether the selection is the whole table, so that it need not be read to be counted.
func (sel selection[T]) everything() bool {
	return sel.whole && sel.hidden == nil && sel.who.readsAll && !sel.who.blind
}

// visit calls do with each entity of the selection: by id as it is read, or in the order that was asked for.
func (sel selection[T]) visit(do func(T) error) error {
	if sel.order == nil {
		return sel.read(do)
	}
	var all []T
	err := sel.read(func(entity T) error {
		all = append(all, entity)
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(all, func(a, b T) int {
		return sel.order(reflect.ValueOf(sel.kind.full(a)), reflect.ValueOf(sel.kind.full(b)))
	})
	for _, entity := range all {
		if err := do(entity); err != nil {
			return err
		}
	}
	return nil
}

// read goes through the table page by page. One that is changed meanwhile has a later date, and is not given twice.
func (sel selection[T]) read(do func(T) error) error {
	given := map[string]bool{}
	for after, more := "", true; more; {
		var seen []T
		var err error
		if seen, after, more, err = sel.nextSeen(after); err != nil {
			return err
		}
		for _, entity := range seen {
			id := sel.kind.base(&entity).ID
			if given[id] || !sel.filter(reflect.ValueOf(sel.kind.full(entity))) {
				continue
			}
			if sel.index != "" {
				given[id] = true
			}
			if err := do(entity); err != nil {
				return err
			}
		}
	}
	return nil
}

// nextSeen reads a page in a transaction of its own, and gives what of it the caller sees.
func (sel selection[T]) nextSeen(after string) (seen []T, last string, more bool, err error) {
	err = sel.s.db.Read(func(tx *state.Tx) error {
		page, behind, err := sel.page(tx, after)
		for i := range page {
			if sel.seen(tx, &page[i]) {
				seen = append(seen, page[i])
			}
		}
		last, more = behind, len(page) == pageSize
		return err
	})
	return seen, last, more, err
}

// page reads the next records: by id, or those in the window of dates by date.
func (sel selection[T]) page(tx *state.Tx, after string) (page []T, last string, err error) {
	if sel.index == "" {
		return sel.kind.table.Page(tx, after, pageSize)
	}
	if after == "" && !sel.window.From.IsZero() {
		after = records.Moment(sel.window.From.Time)
	}
	end := ""
	if !sel.window.To.IsZero() {
		end = records.Moment(sel.window.To.Time) + "\x01" // behind every entry of that moment
	}
	err = sel.kind.table.Visit(tx, sel.index, state.Part{After: after}, func(entry string, record T) (bool, error) {
		if end != "" && entry > end {
			return false, nil
		}
		page, last = append(page, record), entry
		return len(page) < pageSize, nil
	})
	return page, last, err
}

func (sel selection[T]) count() (n int, err error) {
	if sel.everything() {
		err = sel.s.db.Read(func(tx *state.Tx) error { n = sel.kind.table.Count(tx); return nil })
		return n, err
	}
	err = sel.read(func(T) error { n++; return nil })
	return n, err
}
