package tenant

import (
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// The types of a collection; one of type public is a tag (qlik-cloud-api.md section 5).
const (
	collectionPrivate  = "private"
	collectionPublic   = "public"
	collectionGoverned = "publicgoverned"
)

var collectionTypes = []string{collectionPrivate, collectionPublic, collectionGoverned}

type collectionBody struct {
	ID          string `json:"id"`
	TenantID    string `json:"tenantId"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Type        string `json:"type"`
	CreatorID   string `json:"creatorId"`
	UpdaterID   string `json:"updaterId"`
	CreatedAt   string `json:"createdAt"`
	UpdatedAt   string `json:"updatedAt"`
	ItemCount   int    `json:"itemCount"`
	Full        bool   `json:"full"`
	Links       links  `json:"links"`
}

func (s *Server) collectionBody(tx *state.Tx, r *http.Request, c state.Collection) collectionBody {
	self := baseURL(r) + "/api/v1/collections/" + c.ID
	return collectionBody{ID: c.ID, TenantID: s.id, Name: c.Name, Description: c.Description, Type: c.Type, CreatorID: c.CreatorID,
		UpdaterID: c.UpdaterID, CreatedAt: stamp(c.Created), UpdatedAt: stamp(c.Updated),
		ItemCount: state.Memberships.CountIn(tx, state.ByCollection, c.ID+"\x00"), Links: links{Self: linkTo(self), Items: linkTo(self + "/items")}}
}

// mayReadCollection: a private collection is its maker's own.
func mayReadCollection(c state.Collection, who caller) bool {
	return c.Type != collectionPrivate || c.CreatorID == who.ID
}

func mayChangeCollection(c state.Collection, who caller) bool {
	return c.CreatorID == who.ID || c.Type != collectionPrivate && (who.Admin || c.Type == collectionPublic)
}

var collectionOrders = map[string]string{"": state.ByCreated, "createdAt": state.ByCreated, "name": state.ByName, "updatedAt": state.ByUpdated}

// listCollections is GET /api/v1/collections.
func (s *Server) listCollections(w http.ResponseWriter, r *http.Request) error {
	return s.answerCollections(w, r, func(*state.Tx) (func(state.Collection) bool, error) {
		return func(state.Collection) bool { return true }, nil
	})
}

// listItemCollections is GET /api/v1/items/{id}/collections.
func (s *Server) listItemCollections(w http.ResponseWriter, r *http.Request) error {
	return s.answerCollections(w, r, func(tx *state.Tx) (func(state.Collection) bool, error) {
		app, err := appOfItem(tx, chi.URLParam(r, "id"))
		return func(c state.Collection) bool { return isMember(tx, c.ID, app.ID) }, err
	})
}

func (s *Server) answerCollections(w http.ResponseWriter, r *http.Request, also func(*state.Tx) (func(state.Collection) bool, error)) error {
	order, err := listingOf(r, collectionOrders, usualCursors)
	if err != nil {
		return err
	}
	wanted := wantedCollection(r)
	var list listBody[collectionBody]
	err = s.db.Read(func(tx *state.Tx) error {
		more, err := also(tx)
		if err != nil {
			return err
		}
		page, err := readRows(tx, state.Collections, order, func(c state.Collection) bool { return wanted(c) && more(c) })
		list = listOf(r, order, page, func(c state.Collection) collectionBody { return s.collectionBody(tx, r, c) })
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}

// wantedCollection reads the filters id, name (exact), query (in name or description), type, types and creatorId.
func wantedCollection(r *http.Request) func(state.Collection) bool {
	query, who := r.URL.Query(), callerOf(r)
	text, types := strings.ToLower(query.Get("query")), append(wordsOf(query.Get("type")), wordsOf(query.Get("types"))...)
	return func(c state.Collection) bool {
		said := strings.Contains(strings.ToLower(c.Name), text) || strings.Contains(strings.ToLower(c.Description), text)
		return mayReadCollection(c, who) && said && wantedText(query.Get("id"), c.ID) && wantedText(query.Get("creatorId"), c.CreatorID) &&
			(query.Get("name") == "" || strings.EqualFold(query.Get("name"), c.Name)) && (len(types) == 0 || slices.Contains(types, c.Type))
	}
}

// oneCollection finds a collection that the caller may see.
func oneCollection(tx *state.Tx, r *http.Request) (state.Collection, error) {
	id := chi.URLParam(r, "id")
	found, there, err := state.Collections.Get(tx, id)
	if err == nil && (!there || !mayReadCollection(found, callerOf(r))) {
		err = fault.New(fault.NotFound, "There is no collection %q.", id)
	}
	return found, err
}

// ownCollection finds a collection that the caller may change.
func ownCollection(tx *state.Tx, r *http.Request) (state.Collection, error) {
	found, err := oneCollection(tx, r)
	if err == nil && !mayChangeCollection(found, callerOf(r)) {
		err = fault.New(fault.Forbidden, "The caller may not change the collection %q.", found.Name)
	}
	return found, err
}

// storeCollection checks and stores a collection. A public one has its name alone; 409 else.
func storeCollection(tx *state.Tx, c state.Collection) error {
	name, err := checkedName(c.Name, "name", "A collection needs a name.")
	if err != nil {
		return err
	}
	if !slices.Contains(collectionTypes, c.Type) {
		return fault.Field(fault.Invalid, "type", "The type of a collection is private, public or publicgoverned.")
	}
	c.Name = name
	taken := false
	err = state.Collections.Visit(tx, state.ByName, state.Part{Prefix: strings.ToLower(name) + "\x00"}, func(_ string, have state.Collection) (bool, error) {
		taken = taken || have.ID != c.ID && have.Type == c.Type && c.Type != collectionPrivate
		return !taken, nil
	})
	if err == nil && taken {
		err = fault.Field(fault.Conflict, "name", "There is a collection named %q already.", name)
	}
	if err != nil {
		return err
	}
	return state.Collections.Put(tx, c.ID, c)
}

func (s *Server) newCollection(who caller, name, kind, description string) state.Collection {
	now := s.now().UTC()
	return state.Collection{ID: randomHex(), Name: strings.TrimSpace(name), Type: kind, Description: description, CreatorID: who.ID, UpdaterID: who.ID, Created: now, Updated: now}
}

// answerCollection changes or makes a collection and answers with it.
func (s *Server) answerCollection(w http.ResponseWriter, r *http.Request, status int, change func(*state.Tx) (state.Collection, error)) error {
	var body collectionBody
	err := s.db.Write(func(tx *state.Tx) error {
		c, err := change(tx)
		if err == nil {
			err = storeCollection(tx, c)
		}
		body = s.collectionBody(tx, r, c)
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, status, body)
	return nil
}

// postCollection is POST /api/v1/collections: 201.
func (s *Server) postCollection(w http.ResponseWriter, r *http.Request) error {
	var body struct{ Name, Type, Description string }
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	return s.answerCollection(w, r, http.StatusCreated, func(*state.Tx) (state.Collection, error) {
		return s.newCollection(callerOf(r), body.Name, body.Type, body.Description), nil
	})
}

// getCollection is GET /api/v1/collections/{id}.
func (s *Server) getCollection(w http.ResponseWriter, r *http.Request) error {
	var body collectionBody
	err := s.db.Read(func(tx *state.Tx) error {
		found, err := oneCollection(tx, r)
		body = s.collectionBody(tx, r, found)
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, body)
	return nil
}

// changeCollection lets change set properties of a collection.
func (s *Server) changeCollection(w http.ResponseWriter, r *http.Request, change func(*state.Collection) error) error {
	return s.answerCollection(w, r, http.StatusOK, func(tx *state.Tx) (state.Collection, error) {
		found, err := ownCollection(tx, r)
		if err == nil {
			err = change(&found)
		}
		found.UpdaterID, found.Updated = callerOf(r).ID, s.now().UTC()
		return found, err
	})
}

// putCollection is PUT /api/v1/collections/{id}.
func (s *Server) putCollection(w http.ResponseWriter, r *http.Request) error {
	var body struct{ Name, Description *string }
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	return s.changeCollection(w, r, func(c *state.Collection) error {
		if body.Name != nil {
			c.Name = *body.Name
		}
		if body.Description != nil {
			c.Description = *body.Description
		}
		return nil
	})
}

// patchCollection is PATCH /api/v1/collections/{id}.
func (s *Server) patchCollection(w http.ResponseWriter, r *http.Request) error {
	patch, err := readPatch(w, r)
	if err != nil {
		return err
	}
	return s.changeCollection(w, r, func(c *state.Collection) error {
		into := map[string]*string{"/name": &c.Name, "/description": &c.Description, "/type": &c.Type}
		for _, op := range patch {
			at, known := into[op.Path]
			if op.Op != "replace" || !known {
				return op.unknown()
			}
			if err := op.into(at); err != nil {
				return err
			}
		}
		return nil
	})
}

// deleteCollection is DELETE /api/v1/collections/{id}: 204; the items stay.
func (s *Server) deleteCollection(w http.ResponseWriter, r *http.Request) error {
	return s.noContent(w, func(tx *state.Tx) error {
		found, err := ownCollection(tx, r)
		if err != nil {
			return err
		}
		return dropCollection(tx, found.ID)
	})
}

func dropCollection(tx *state.Tx, id string) error {
	members, err := membersOf(tx, state.ByCollection, id)
	for _, m := range members {
		if err := state.Memberships.Delete(tx, state.MembershipKey(m.CollectionID, m.AppID)); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	return state.Collections.Delete(tx, id)
}
