package repository

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// routes are the calls that every kind has.
func (k kind[T]) routes(s *Server, r chi.Router) {
	r.Get("/", k.list(s, k.brief))
	r.Get("/full", k.list(s, k.full))
	r.Get("/count", k.count(s))
	r.Post("/table", s.api(func(w http.ResponseWriter, r *http.Request) error { return k.tabulate(s, w, r) }))
	r.Post("/many", s.api(func(w http.ResponseWriter, r *http.Request) error { return k.postMany(s, w, r) }))
	r.Post("/", s.api(func(w http.ResponseWriter, r *http.Request) error { return k.post(s, w, r) }))
	r.Get("/{id}", k.one(s))
	r.Put("/{id}", s.api(func(w http.ResponseWriter, r *http.Request) error { return k.replace(s, w, r) }))
	r.Delete("/{id}", s.api(func(w http.ResponseWriter, r *http.Request) error { return k.delete(s, w, r) }))
}

// post makes an entity: 201 and the entity.
func (k kind[T]) post(s *Server, w http.ResponseWriter, r *http.Request) error {
	var body T
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	made, err := k.makeAll(s, callerOf(r), []T{body})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, k.full(made[0]))
	return nil
}

// postMany is POST .../many: all entities of the body in one transaction; 201 and the entities (Add many).
func (k kind[T]) postMany(s *Server, w http.ResponseWriter, r *http.Request) error {
	var bodies []T
	if err := readJSON(w, r, &bodies); err != nil {
		return err
	}
	made, err := k.makeAll(s, callerOf(r), bodies)
	if err != nil {
		return err
	}
	all := make([]any, len(made))
	for i, entity := range made {
		all[i] = k.full(entity)
	}
	writeJSON(w, http.StatusCreated, all)
	return nil
}

// makeAll makes entities as they are posted: all of them or none.
func (k kind[T]) makeAll(s *Server, who caller, bodies []T) (made []T, err error) {
	err = s.act(who, func(a *act) error {
		for _, body := range bodies {
			entity, err := k.make(a, body)
			if err != nil {
				return err
			}
			made = append(made, entity)
		}
		return nil
	})
	return made, err
}

func (k kind[T]) make(a *act, body T) (entity T, err error) {
	if !a.who.acts {
		return entity, errForbidden
	}
	base := k.base(&entity)
	if base.ID, err = newID(k.base(&body).ID); err != nil {
		return entity, err
	}
	if _, there, err := k.table.Get(a.tx, base.ID); err != nil || there {
		return entity, orConflict(err, "There is a %s with this id already.", k.schema)
	}
	if err := k.edit(a, &entity, body); err != nil {
		return entity, err
	}
	return k.put(a, entity)
}

func orConflict(err error, format string, args ...any) error {
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, format, args...)
}

// replace is PUT .../{id} with the whole entity. It is refused with 409 when it was changed since the caller read it.
func (k kind[T]) replace(s *Server, w http.ResponseWriter, r *http.Request) error {
	var body T
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	entity, err := k.find(s, r) // so that what is not seen cannot be changed
	if err != nil {
		return err
	}
	err = s.act(callerOf(r), func(a *act) (err error) {
		if entity, err = k.get(a.tx, k.base(&entity).ID); err != nil {
			return err
		}
		if !mayChange(a.who, &entity) {
			return errForbidden
		}
		if !strings.EqualFold(k.base(&body).ID, k.base(&entity).ID) {
			return fault.New(fault.Invalid, "The id in the body is not the id in the path.")
		}
		if k.base(&entity).ModifiedDate.After(k.base(&body).ModifiedDate) {
			return fault.New(fault.Conflict, "Conflict: the %s was modified at %s.", k.schema, k.base(&entity).ModifiedDate.Format("2006-01-02T15:04:05.000Z"))
		}
		if err := k.edit(a, &entity, body); err != nil {
			return err
		}
		entity, err = k.put(a, entity)
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, k.full(entity))
	return nil
}

// mayChange lets owners change their apps and sheets; everything else needs a role.
func mayChange(who caller, entity any) bool {
	switch e := entity.(type) {
	case *state.Stored:
		return who.changes(e.App)
	case *state.Object:
		return who.acts || who.owns(e.Owner)
	}
	return who.acts
}

// delete is DELETE .../{id}: 204.
func (k kind[T]) delete(s *Server, w http.ResponseWriter, r *http.Request) error {
	entity, err := k.find(s, r)
	if err != nil {
		return err
	}
	if !mayChange(callerOf(r), &entity) {
		return errForbidden
	}
	if err := s.act(callerOf(r), func(a *act) error { return deleteOne(a, k, k.base(&entity).ID) }); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func deleteOne[T any](a *act, k kind[T], id string) error {
	entity, err := k.get(a.tx, id)
	if err != nil {
		return err
	}
	switch e := any(entity).(type) {
	case state.Stored:
		a.unused = append(a.unused, e.SHA256)
		if err := a.forgetApp(e.ID); err != nil {
			return err
		}
	case state.Stream:
		if err := empty(a.tx, e); err != nil {
			return err
		}
	case state.User:
		if e.DeleteProhibited {
			return fault.New(fault.Forbidden, "The user %s is the site's own.", e.Account())
		}
	}
	return k.remove(a, entity)
}

// forgetApp deletes what belongs to an app that is deleted: its objects and its reload tasks.
func (a *act) forgetApp(id string) error {
	if err := a.removeSheets(id, nil); err != nil {
		return err
	}
	tasks, err := state.Tasks.All(a.tx, func(t state.ReloadTask) bool { return t.App.ID == id })
	for _, task := range tasks {
		if err == nil {
			err = taskKind.remove(a, task)
		}
	}
	return err
}

// empty refuses a stream with apps. What a real repository does with them is not known.
func empty(tx *state.Tx, stream state.Stream) error {
	return each(tx, state.Apps, func(a state.Stored) error {
		if a.Stream != nil && a.Stream.ID == stream.ID {
			return fault.New(fault.Conflict, "The stream %q holds the app %q.", stream.Name, a.Name)
		}
		return nil
	})
}
