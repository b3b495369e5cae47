package repository

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository/filter"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// selection is what one call may and wants to see of a kind.
type selection[T any] struct {
	kind   kind[T]
	s      *Server
	who    caller
	names  names
	hidden func(id string) bool
	filter filter.Filter
	order  filter.Order
	grants bool // privileges=true
}

func (k kind[T]) selection(s *Server, r *http.Request) (sel selection[T], err error) {
	q := query(r)
	sel = selection[T]{kind: k, s: s, who: callerOf(r), grants: strings.EqualFold(q["privileges"], "true")}
	sel.hidden = s.hiding(k.schema, sel.who)
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
		return sel.who.reads(e.App) && !sel.hidden(e.ID)
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
	return err == nil && found && sel.who.reads(app.App) && !sel.hidden(id)
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

// read goes through the table page by page, in a transaction for each.
func (sel selection[T]) read(do func(T) error) error {
	for after, more := "", true; more; {
		var page, seen []T
		err := sel.s.db.Read(func(tx *state.Tx) (err error) {
			page, after, err = sel.kind.table.Page(tx, after, pageSize)
			for i := range page {
				if sel.seen(tx, &page[i]) {
					seen = append(seen, page[i])
				}
			}
			return err
		})
		if err != nil {
			return err
		}
		for _, entity := range seen {
			if !sel.filter(reflect.ValueOf(sel.kind.full(entity))) {
				continue
			}
			if err := do(entity); err != nil {
				return err
			}
		}
		more = len(page) == pageSize
	}
	return nil
}

// list answers with a whole list, written element by element. A fault half way drops the connection, so that a part is
// never taken for the whole.
func (k kind[T]) list(s *Server, form func(T) any) http.HandlerFunc {
	return s.api(func(w http.ResponseWriter, r *http.Request) error {
		sel, err := k.selection(s, r)
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", jsonType)
		before := "["
		err = sel.visit(func(entity T) error {
			text, err := json.Marshal(form(entity))
			if err == nil {
				_, err = w.Write(append([]byte(before), text...))
			}
			before = ","
			return err
		})
		if err != nil {
			s.log.ErrorContext(r.Context(), "list broke off", "error", err)
			panic(http.ErrAbortHandler)
		}
		if before == "[" {
			_, err = w.Write([]byte("[]"))
		} else {
			_, err = w.Write([]byte("]"))
		}
		return err
	})
}

// count is GET .../count: {"value": n}.
func (k kind[T]) count(s *Server) http.HandlerFunc {
	return s.api(func(w http.ResponseWriter, r *http.Request) error {
		sel, err := k.selection(s, r)
		if err != nil {
			return err
		}
		n := 0
		if err := sel.read(func(T) error { n++; return nil }); err != nil {
			return err
		}
		writeJSON(w, http.StatusOK, map[string]int{"value": n})
		return nil
	})
}

// one is GET .../{id}: in full, or 404, also when the caller may not see it.
func (k kind[T]) one(s *Server) http.HandlerFunc {
	return s.api(func(w http.ResponseWriter, r *http.Request) error {
		entity, err := k.find(s, r)
		if err != nil {
			return err
		}
		writeJSON(w, http.StatusOK, k.full(entity))
		return nil
	})
}

// find gives the entity of the path, ready to be shown.
func (k kind[T]) find(s *Server, r *http.Request) (entity T, err error) {
	sel, err := k.selection(s, r)
	if err != nil {
		return entity, err
	}
	id := chi.URLParam(r, "id")
	err = s.db.Read(func(tx *state.Tx) (err error) {
		if entity, err = k.get(tx, id); err == nil && !sel.seen(tx, &entity) {
			err = fault.New(fault.NotFound, "There is no %s %q.", k.schema, id)
		}
		return err
	})
	return entity, err
}
