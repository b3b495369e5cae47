package tenant

import (
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

var spaceOrders = map[string]string{"": state.ByName, "name": state.ByName, "type": state.ByType, "createdAt": state.ByCreated}

// listSpaces is GET /api/v1/spaces; name is a contains-match, type one or more exact ones.
func (s *Server) listSpaces(w http.ResponseWriter, r *http.Request) error {
	order, err := listingOf(r, spaceOrders, usualCursors)
	if err != nil {
		return err
	}
	list := listBody[spaceBody]{Data: []spaceBody{}}
	err = s.db.Read(func(tx *state.Tx) error {
		wanted := spaceFilter(tx, r)
		page, err := readRows(tx, state.Spaces, order, wanted)
		if err != nil {
			return err
		}
		list.Links = pageLinks(r, order, page)
		for _, space := range page.records {
			body, err := s.spaceBody(tx, r, space)
			if err != nil {
				return err
			}
			list.Data = append(list.Data, body)
		}
		count, err := countOf(tx, state.Spaces, wanted)
		list.Meta = &listMeta{*count}
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}

// spaceFilter reads the filters name, type, ownerId, roles and action of a query.
func spaceFilter(tx *state.Tx, r *http.Request) func(state.Space) bool {
	query, who := r.URL.Query(), callerOf(r)
	name, kinds := strings.ToLower(query.Get("name")), wordsOf(query.Get("type"))
	roles := wordsOf(query.Get("roles"))
	if query.Get("action") == "publish" {
		roles, kinds = append(roles, publishingRoles...), []string{state.Managed}
	}
	return func(have state.Space) bool {
		if !strings.Contains(strings.ToLower(have.Name), name) || len(kinds) > 0 && !slices.Contains(kinds, have.Type) ||
			!wantedText(query.Get("ownerId"), have.OwnerID) {
			return false
		}
		if len(roles) == 0 {
			return true
		}
		held, _ := rolesIn(tx, who, have) // a state that cannot be read fails with the list itself
		return slices.ContainsFunc(held, func(role string) bool { return slices.Contains(roles, role) })
	}
}

// wordsOf splits a list at its commas; an empty text has none.
func wordsOf(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// postSpace is POST /api/v1/spaces: 201, or 409 when the name is taken.
func (s *Server) postSpace(w http.ResponseWriter, r *http.Request) error {
	var body struct{ Name, Type, Description string }
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	return s.answerSpace(w, r, http.StatusCreated, func(tx *state.Tx) (state.Space, error) {
		return s.addSpace(tx, callerOf(r), body.Name, body.Type, body.Description)
	})
}

// answerSpace changes a space, or makes one, and answers with it.
func (s *Server) answerSpace(w http.ResponseWriter, r *http.Request, status int, change func(*state.Tx) (state.Space, error)) error {
	var body spaceBody
	err := s.db.Write(func(tx *state.Tx) error {
		space, err := change(tx)
		if err != nil {
			return err
		}
		body, err = s.spaceBody(tx, r, space)
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, status, body)
	return nil
}

// getSpace is GET /api/v1/spaces/{id}.
func (s *Server) getSpace(w http.ResponseWriter, r *http.Request) error {
	var body spaceBody
	err := s.db.Read(func(tx *state.Tx) error {
		space, err := oneSpace(tx, chi.URLParam(r, "id"))
		if err != nil {
			return err
		}
		body, err = s.spaceBody(tx, r, space)
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, body)
	return nil
}

// spaceChange are the properties that can change; nil leaves one as it is.
type spaceChange struct{ Name, Description, OwnerID *string }

func (c spaceChange) apply(tx *state.Tx, space *state.Space) error {
	if c.Name != nil {
		space.Name = strings.TrimSpace(*c.Name)
	}
	if c.Description != nil {
		space.Description = *c.Description
	}
	if c.OwnerID == nil {
		return nil
	}
	_, err := oneUser(tx, *c.OwnerID)
	space.OwnerID = *c.OwnerID
	return err
}

func (s *Server) changeSpace(w http.ResponseWriter, r *http.Request, change spaceChange) error {
	return s.answerSpace(w, r, http.StatusOK, func(tx *state.Tx) (state.Space, error) {
		space, err := oneSpace(tx, chi.URLParam(r, "id"))
		if err == nil {
			err = mayManage(tx, callerOf(r), space.ID)
		}
		if err == nil {
			err = change.apply(tx, &space)
		}
		if err != nil {
			return space, err
		}
		space.Updated = s.now().UTC()
		return space, storeSpace(tx, space)
	})
}

// putSpace is PUT /api/v1/spaces/{id}.
func (s *Server) putSpace(w http.ResponseWriter, r *http.Request) error {
	var change spaceChange
	if err := readJSON(w, r, &change); err != nil {
		return err
	}
	return s.changeSpace(w, r, change)
}

// patchSpace is PATCH /api/v1/spaces/{id}. It answers with the space, as the published types say.
func (s *Server) patchSpace(w http.ResponseWriter, r *http.Request) error {
	patch, err := readPatch(w, r)
	if err != nil {
		return err
	}
	var change spaceChange
	into := map[string]**string{"/name": &change.Name, "/description": &change.Description, "/ownerId": &change.OwnerID}
	for _, op := range patch {
		at, known := into[op.Path]
		if op.Op != "replace" || !known {
			return op.unknown()
		}
		value := new(string)
		if err := op.into(value); err != nil {
			return err
		}
		*at = value
	}
	return s.changeSpace(w, r, change)
}

// removeSpace is DELETE /api/v1/spaces/{id}.
func (s *Server) removeSpace(w http.ResponseWriter, r *http.Request) error {
	if err := s.deleteSpace(callerOf(r), chi.URLParam(r, "id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// getSpaceTypes is GET /api/v1/spaces/types.
func (s *Server) getSpaceTypes(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, http.StatusOK, map[string]any{"data": spaceTypes})
	return nil
}

// listShares is GET /api/v1/spaces/{id}/shares: the sandbox has none.
func (s *Server) listShares(w http.ResponseWriter, r *http.Request) error {
	err := s.db.Read(func(tx *state.Tx) error {
		_, err := oneSpace(tx, chi.URLParam(r, "id"))
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, listBody[struct{}]{Data: []struct{}{}, Links: links{Self: linkTo(selfURL(r))}, Meta: &listMeta{}})
	return nil
}
