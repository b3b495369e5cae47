package tenant

import (
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

type assignmentBody struct {
	ID         string   `json:"id"`
	TenantID   string   `json:"tenantId"`
	SpaceID    string   `json:"spaceId"`
	Type       string   `json:"type"`
	AssigneeID string   `json:"assigneeId"`
	Roles      []string `json:"roles"`
	CreatedAt  string   `json:"createdAt"`
	CreatedBy  string   `json:"createdBy"`
	UpdatedAt  string   `json:"updatedAt"`
	UpdatedBy  string   `json:"updatedBy"`
	Links      links    `json:"links"`
}

func (s *Server) assignmentBody(r *http.Request, a state.Assignment) assignmentBody {
	space := baseURL(r) + "/api/v1/spaces/" + a.SpaceID
	return assignmentBody{ID: a.ID, TenantID: s.id, SpaceID: a.SpaceID, Type: a.Type, AssigneeID: a.AssigneeID, Roles: a.Roles,
		CreatedAt: stamp(a.Created), CreatedBy: a.CreatedBy, UpdatedAt: stamp(a.Updated), UpdatedBy: a.UpdatedBy,
		Links: links{Self: linkTo(space + "/assignments/" + a.ID), Space: linkTo(space)}}
}

// listAssignments is GET /api/v1/spaces/{id}/assignments. The owner, who has every role, is not among them.
func (s *Server) listAssignments(w http.ResponseWriter, r *http.Request) error {
	order, err := listingOf(r, map[string]string{"": state.BySpace}, usualCursors)
	if err != nil {
		return err
	}
	query, id := r.URL.Query(), chi.URLParam(r, "id")
	order.prefix = state.InSpace(id)
	wanted := func(a state.Assignment) bool {
		return a.SpaceID == id && wantedText(query.Get("assigneeId"), a.AssigneeID) && wantedText(query.Get("type"), a.Type)
	}
	var list listBody[assignmentBody]
	err = s.db.Read(func(tx *state.Tx) error {
		if _, err := oneSpace(tx, id); err != nil {
			return err
		}
		page, err := readRows(tx, state.Assignments, order, wanted)
		if err != nil {
			return err
		}
		list = listOf(r, order, page, func(a state.Assignment) assignmentBody { return s.assignmentBody(r, a) })
		count, err := countOf(tx, state.Assignments, wanted)
		list.Meta = &listMeta{*count}
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}

// postAssignment is POST /api/v1/spaces/{id}/assignments: 201, or 409 when the assignee has one in this space.
func (s *Server) postAssignment(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Type, AssigneeID string
		Roles            []string
	}
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	var made state.Assignment
	err := s.db.Write(func(tx *state.Tx) (err error) {
		made, err = s.addAssignment(tx, callerOf(r), state.Assignment{SpaceID: chi.URLParam(r, "id"), Type: body.Type, AssigneeID: body.AssigneeID, Roles: body.Roles})
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, s.assignmentBody(r, made))
	return nil
}

func (s *Server) addAssignment(tx *state.Tx, who caller, a state.Assignment) (state.Assignment, error) {
	space, err := oneSpace(tx, a.SpaceID)
	if err != nil {
		return a, err
	}
	if err := mayManage(tx, who, space.ID); err != nil {
		return a, err
	}
	if err := checkRoles(space, a.Roles); err != nil {
		return a, err
	}
	if err := checkAssignee(tx, a); err != nil {
		return a, err
	}
	if _, taken, err := state.Assignments.First(tx, state.ByAssignee, state.InSpace(space.ID)+a.AssigneeID); err != nil || taken {
		if taken { // code and detail are those that scripts of Qlik's read (qlik-cloud-api.md section 0.2)
			err = coded(http.StatusConflict, "AssignmentConflict", "Conflict", "assignment of assignee already exists in space")
		}
		return a, err
	}
	now := s.now().UTC()
	a.ID, a.CreatedBy, a.UpdatedBy, a.Created, a.Updated = randomHex(), who.ID, who.ID, now, now
	return a, state.Assignments.Put(tx, a.ID, a)
}

func checkAssignee(tx *state.Tx, a state.Assignment) error {
	switch a.Type {
	case "user", "bot":
		_, err := oneUser(tx, a.AssigneeID)
		return err
	case "group":
		_, err := oneGroup(tx, a.AssigneeID)
		return err
	}
	return fault.New(fault.Invalid, "The type of an assignment is user, group or bot.")
}

func checkRoles(space state.Space, roles []string) error {
	if len(roles) == 0 {
		return fault.New(fault.Invalid, "An assignment needs at least one role.")
	}
	for _, role := range roles {
		if !slices.Contains(assignable[space.Type], role) {
			return fault.New(fault.Invalid, "A %s space has not the role %q; it has %v.", space.Type, role, assignable[space.Type])
		}
	}
	return nil
}

// assignmentOf finds the assignment that a call names, in its space.
func assignmentOf(tx *state.Tx, r *http.Request) (state.Assignment, state.Space, error) {
	space, err := oneSpace(tx, chi.URLParam(r, "id"))
	if err != nil {
		return state.Assignment{}, space, err
	}
	a, found, err := state.Assignments.Get(tx, chi.URLParam(r, "assignment"))
	if err == nil && (!found || a.SpaceID != space.ID) {
		err = fault.New(fault.NotFound, "There is no assignment %q in the space %q.", chi.URLParam(r, "assignment"), space.Name)
	}
	return a, space, err
}

// getAssignment is GET /api/v1/spaces/{id}/assignments/{assignment}.
func (s *Server) getAssignment(w http.ResponseWriter, r *http.Request) error {
	var found state.Assignment
	err := s.db.Read(func(tx *state.Tx) (err error) {
		found, _, err = assignmentOf(tx, r)
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, s.assignmentBody(r, found))
	return nil
}

// putAssignment is PUT /api/v1/spaces/{id}/assignments/{assignment}: the whole list of roles.
func (s *Server) putAssignment(w http.ResponseWriter, r *http.Request) error {
	var body struct{ Roles []string }
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	var changed state.Assignment
	err := s.db.Write(func(tx *state.Tx) error {
		found, space, err := assignmentOf(tx, r)
		if err == nil {
			err = mayManage(tx, callerOf(r), space.ID)
		}
		if err == nil {
			err = checkRoles(space, body.Roles)
		}
		if err != nil {
			return err
		}
		changed = found
		changed.Roles, changed.UpdatedBy, changed.Updated = body.Roles, callerOf(r).ID, s.now().UTC()
		return state.Assignments.Put(tx, changed.ID, changed)
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, s.assignmentBody(r, changed))
	return nil
}

// deleteAssignment is DELETE /api/v1/spaces/{id}/assignments/{assignment}.
func (s *Server) deleteAssignment(w http.ResponseWriter, r *http.Request) error {
	return s.noContent(w, func(tx *state.Tx) error {
		found, space, err := assignmentOf(tx, r)
		if err == nil {
			err = mayManage(tx, callerOf(r), space.ID)
		}
		if err != nil {
			return err
		}
		return state.Assignments.Delete(tx, found.ID)
	})
}
