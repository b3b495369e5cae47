package tenant

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// maxSpaceName bounds the name of a space, in characters; the pattern is Qlik's (qlik-cloud-api.md section 5).
const maxSpaceName = 256

var (
	spaceName  = regexp.MustCompile(`^[^"*?<>/|\\:]+$`)
	spaceTypes = []string{state.Shared, state.Managed, state.Data}
)

// addSpace makes a space; names are unique, ignoring case.
func (s *Server) addSpace(tx *state.Tx, who caller, name, kind, description string) (state.Space, error) {
	if !slices.Contains(spaceTypes, kind) {
		return state.Space{}, fault.Field(fault.Invalid, "type", "The type of a space is managed, shared or data.")
	}
	if err := mayMakeSpace(tx, who, kind); err != nil {
		return state.Space{}, err
	}
	if err := spaceQuota(tx, kind); err != nil {
		return state.Space{}, err
	}
	now := s.now().UTC()
	space := state.Space{ID: randomHex(), Name: strings.TrimSpace(name), Type: kind, Description: description, OwnerID: who.ID, Created: now, Updated: now}
	return space, storeSpace(tx, space)
}

// spaceQuota holds the number of shared spaces against the plan.
func spaceQuota(tx *state.Tx, kind string) error {
	plan, err := currentPlan(tx)
	if err != nil || kind != state.Shared || plan.SharedSpaces == noLimit {
		return err
	}
	if n := state.Spaces.CountIn(tx, state.ByType, state.Shared+"\x00"); n >= plan.SharedSpaces {
		return fault.New(fault.Forbidden, "The plan allows %d shared spaces, and there are %d.", plan.SharedSpaces, n)
	}
	return nil
}

// storeSpace checks and stores a space.
func storeSpace(tx *state.Tx, space state.Space) error {
	switch {
	case space.Name == "":
		return fault.Field(fault.Invalid, "name", "A space needs a name.")
	case len([]rune(space.Name)) > maxSpaceName || !spaceName.MatchString(space.Name) || strings.ContainsFunc(space.Name, isControl):
		return fault.Field(fault.Invalid, "name",
			`The name of a space has %d characters at most and none of " * ? < > / | \ :`, maxSpaceName)
	case len(space.Description) > 8<<10:
		return fault.Field(fault.Invalid, "description", "The description is longer than 8 kB.")
	}
	same, found, err := state.Spaces.First(tx, state.ByName, strings.ToLower(space.Name))
	if err != nil {
		return err
	}
	if found && same.ID != space.ID {
		return fault.Field(fault.Conflict, "name", "There is a space named %q already.", same.Name)
	}
	return state.Spaces.Put(tx, space.ID, space)
}

func oneSpace(tx *state.Tx, id string) (state.Space, error) {
	space, found, err := state.Spaces.Get(tx, id)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "There is no space %q.", id)
	}
	return space, err
}

// deleteSpace removes an empty space and its assignments; 412 when apps are in it.
func (s *Server) deleteSpace(who caller, id string) error {
	return s.db.Write(func(tx *state.Tx) error {
		space, err := oneSpace(tx, id)
		if err != nil {
			return err
		}
		if err := mayManage(tx, who, id); err != nil {
			return err
		}
		if inside := state.Apps.CountIn(tx, state.BySpace, state.InSpace(id)); inside > 0 {
			return refuse(http.StatusPreconditionFailed, "The space %q is not empty: %d apps are in it. Move or delete them first.", space.Name, inside)
		}
		assigned, err := state.Assignments.All(tx, func(a state.Assignment) bool { return a.SpaceID == id })
		for _, a := range assigned {
			if err := state.Assignments.Delete(tx, a.ID); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
		return state.Spaces.Delete(tx, id)
	})
}

func checkManagedSpace(tx *state.Tx, id string) error {
	space, err := oneSpace(tx, id)
	if err == nil && space.Type != state.Managed {
		err = fault.New(fault.Invalid, "The space %q is not a managed space.", space.Name)
	}
	return err
}

// checkSharedSpace accepts a shared space, and the empty id: the personal space.
func checkSharedSpace(tx *state.Tx, id string) error {
	if id == "" {
		return nil
	}
	space, err := oneSpace(tx, id)
	if err == nil && space.Type != state.Shared {
		err = fault.New(fault.Invalid, "The space %q is not a shared space.", space.Name)
	}
	return err
}

type spaceBody struct {
	ID          string    `json:"id"`
	TenantID    string    `json:"tenantId"`
	Type        string    `json:"type"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	OwnerID     string    `json:"ownerId"`
	CreatedAt   string    `json:"createdAt"`
	CreatedBy   string    `json:"createdBy"`
	UpdatedAt   string    `json:"updatedAt"`
	Meta        spaceMeta `json:"meta"`
	Links       links     `json:"links"`
}

type spaceMeta struct {
	Actions         []string `json:"actions"`
	AssignableRoles []string `json:"assignableRoles"`
	Roles           []string `json:"roles"`
}

// spaceBody tells a space with what the caller may do in it.
func (s *Server) spaceBody(tx *state.Tx, r *http.Request, space state.Space) (spaceBody, error) {
	self := baseURL(r) + "/api/v1/spaces/" + space.ID
	roles, err := rolesIn(tx, callerOf(r), space)
	return spaceBody{ID: space.ID, TenantID: s.id, Type: space.Type, Name: space.Name, Description: space.Description,
		OwnerID: space.OwnerID, CreatedAt: stamp(space.Created), CreatedBy: space.OwnerID, UpdatedAt: stamp(space.Changed()),
		Meta:  spaceMeta{Actions: actionsIn(callerOf(r), space, roles), AssignableRoles: assignable[space.Type], Roles: roles},
		Links: links{Self: linkTo(self), Assignments: linkTo(self + "/assignments")}}, err
}

func actionsIn(who caller, space state.Space, roles []string) []string {
	actions := []string{"read"}
	if who.Admin || slices.Contains(roles, "facilitator") {
		actions = append(actions, "update", "delete", "change_owner")
	}
	if space.Type == state.Managed && slices.Contains(roles, "publisher") {
		actions = append(actions, "publish")
	}
	if space.Type == state.Shared && slices.Contains(roles, "producer") {
		actions = append(actions, "create")
	}
	return actions
}

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
