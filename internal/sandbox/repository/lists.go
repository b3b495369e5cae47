package repository

import (
	"encoding/json"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

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
		n, err := sel.count()
		if err != nil {
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
