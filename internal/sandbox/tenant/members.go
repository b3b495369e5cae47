package tenant

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// membersOf gives what belongs to a collection (ByCollection) or to an app (ByMember).
func membersOf(tx *state.Tx, index, id string) (all []state.Membership, err error) {
	err = state.Memberships.Visit(tx, index, state.Part{Prefix: id + "\x00"}, func(_ string, m state.Membership) (bool, error) {
		all = append(all, m)
		return true, nil
	})
	return all, err
}

// eachCollectionOf visits the collections that an app's item is in.
func eachCollectionOf(tx *state.Tx, appID string, visit func(state.Collection)) error {
	members, err := membersOf(tx, state.ByMember, appID)
	for _, m := range members {
		c, found, err := state.Collections.Get(tx, m.CollectionID)
		if err != nil {
			return err
		}
		if found {
			visit(c)
		}
	}
	return err
}

// leaveCollections takes an app's item out of all collections.
func leaveCollections(tx *state.Tx, appID string) error {
	members, err := membersOf(tx, state.ByMember, appID)
	for _, m := range members {
		if err := state.Memberships.Delete(tx, state.MembershipKey(m.CollectionID, m.AppID)); err != nil {
			return err
		}
	}
	return err
}

// listCollectionItems is GET /api/v1/collections/{id}/items, with the filters of items.
func (s *Server) listCollectionItems(w http.ResponseWriter, r *http.Request) error {
	return s.answerItems(w, r, func(tx *state.Tx) (func(state.App) bool, error) {
		found, err := oneCollection(tx, r)
		return func(a state.App) bool { return isMember(tx, found.ID, a.ID) }, err
	})
}

// postCollectionItem is POST /api/v1/collections/{id}/items: 201 with the item, 409 when it is in already.
func (s *Server) postCollectionItem(w http.ResponseWriter, r *http.Request) error {
	var request struct{ ID string }
	if err := readJSON(w, r, &request); err != nil {
		return err
	}
	var body itemBody
	err := s.db.Write(func(tx *state.Tx) error {
		found, err := ownCollection(tx, r)
		if err != nil {
			return err
		}
		app, err := appOfItem(tx, request.ID)
		if err != nil {
			return err
		}
		if isMember(tx, found.ID, app.ID) {
			return fault.New(fault.Conflict, "The item %q is in the collection %q already.", request.ID, found.Name)
		}
		m := state.Membership{CollectionID: found.ID, AppID: app.ID, Added: s.now().UTC()}
		if err := state.Memberships.Put(tx, state.MembershipKey(m.CollectionID, m.AppID), m); err != nil {
			return err
		}
		body, err = s.itemBody(tx, r, app)
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, body)
	return nil
}

// memberOf finds the app of an item in a collection, as a call names them.
func memberOf(tx *state.Tx, r *http.Request, c state.Collection) (state.App, error) {
	app, err := appOfItem(tx, chi.URLParam(r, "item"))
	if err == nil && !isMember(tx, c.ID, app.ID) {
		err = fault.New(fault.NotFound, "The item %q is not in the collection %q.", app.ItemID, c.Name)
	}
	return app, err
}

// getCollectionItem is GET /api/v1/collections/{id}/items/{item}.
func (s *Server) getCollectionItem(w http.ResponseWriter, r *http.Request) error {
	var body itemBody
	err := s.db.Read(func(tx *state.Tx) error {
		found, err := oneCollection(tx, r)
		if err != nil {
			return err
		}
		app, err := memberOf(tx, r, found)
		if err != nil {
			return err
		}
		body, err = s.itemBody(tx, r, app)
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, body)
	return nil
}

// deleteCollectionItem is DELETE /api/v1/collections/{id}/items/{item}: 204.
func (s *Server) deleteCollectionItem(w http.ResponseWriter, r *http.Request) error {
	return s.noContent(w, func(tx *state.Tx) error {
		found, err := ownCollection(tx, r)
		if err != nil {
			return err
		}
		app, err := memberOf(tx, r, found)
		if err != nil {
			return err
		}
		return state.Memberships.Delete(tx, state.MembershipKey(found.ID, app.ID))
	})
}
