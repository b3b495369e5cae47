package tenant

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// maxSpaceName bounds the name of a space, in characters; the pattern is Qlik's (qlik-cloud-api.md section 5).
const maxSpaceName = 256

var spaceName = regexp.MustCompile(`^[^"*?<>/|\\:]+$`)

// addSpace makes a space; names are unique, ignoring case.
func (s *Server) addSpace(tx *state.Tx, who caller, name, kind, description string) (state.Space, error) {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return state.Space{}, fault.Field(fault.Invalid, "name", "A space needs a name.")
	case len([]rune(name)) > maxSpaceName || !spaceName.MatchString(name):
		return state.Space{}, fault.Field(fault.Invalid, "name",
			`The name of a space has %d characters at most and none of " * ? < > / | \ :`, maxSpaceName)
	case kind != state.Managed && kind != state.Shared:
		return state.Space{}, fault.Field(fault.Invalid, "type", "The type of a space is managed or shared.")
	case len(description) > 8<<10:
		return state.Space{}, fault.Field(fault.Invalid, "description", "The description is longer than 8 kB.")
	}
	same, err := state.Spaces.All(tx, func(have state.Space) bool { return strings.EqualFold(have.Name, name) })
	if err != nil {
		return state.Space{}, err
	}
	if len(same) > 0 {
		return state.Space{}, fault.Field(fault.Conflict, "name", "There is a space named %q already.", same[0].Name)
	}
	space := state.Space{ID: randomHex(), Name: name, Type: kind, Description: description, OwnerID: who.ID, Created: s.now().UTC()}
	return space, state.Spaces.Put(tx, space.ID, space)
}

func oneSpace(tx *state.Tx, id string) (state.Space, error) {
	space, found, err := state.Spaces.Get(tx, id)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "There is no space %q.", id)
	}
	return space, err
}

// deleteSpace removes an empty space; 412 when apps are in it.
func (s *Server) deleteSpace(id string) error {
	return s.db.Write(func(tx *state.Tx) error {
		space, err := oneSpace(tx, id)
		if err != nil {
			return err
		}
		inside, err := state.Apps.All(tx, func(a state.App) bool { return a.SpaceID == id })
		if err != nil {
			return err
		}
		if len(inside) > 0 {
			return refuse(http.StatusPreconditionFailed, "The space %q is not empty: %d apps are in it. Move or delete them first.", space.Name, len(inside))
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

func (s *Server) spaceBody(r *http.Request, space state.Space) spaceBody {
	return spaceBody{ID: space.ID, TenantID: s.id, Type: space.Type, Name: space.Name, Description: space.Description,
		OwnerID: space.OwnerID, CreatedAt: stamp(space.Created), CreatedBy: space.OwnerID, UpdatedAt: stamp(space.Created),
		Meta:  spaceMeta{Actions: []string{"read", "update", "delete"}, AssignableRoles: []string{}, Roles: []string{}},
		Links: links{Self: linkTo(baseURL(r) + "/api/v1/spaces/" + space.ID)}}
}

// listSpaces is GET /api/v1/spaces; name is a contains-match, type an exact one.
func (s *Server) listSpaces(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	name, kind := strings.ToLower(query.Get("name")), query.Get("type")
	limit, err := limitOf(r)
	if err != nil {
		return err
	}
	var all []state.Space
	err = s.db.Read(func(tx *state.Tx) (err error) {
		all, err = state.Spaces.All(tx, func(have state.Space) bool {
			return (kind == "" || have.Type == kind) && strings.Contains(strings.ToLower(have.Name), name)
		})
		return err
	})
	if err != nil {
		return err
	}
	part, next := page(all, limit, query.Get("page"), func(have state.Space) string { return have.ID })
	list := listBody[spaceBody]{Data: []spaceBody{}, Links: links{Self: linkTo(selfURL(r))}}
	for _, space := range part {
		list.Data = append(list.Data, s.spaceBody(r, space))
	}
	if next != "" {
		list.Links.Next = nextURL(r, next)
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}

// postSpace is POST /api/v1/spaces: 201, or 409 when the name is taken.
func (s *Server) postSpace(w http.ResponseWriter, r *http.Request) error {
	var body struct{ Name, Type, Description string }
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	var space state.Space
	err := s.db.Write(func(tx *state.Tx) (err error) {
		space, err = s.addSpace(tx, callerOf(r), body.Name, body.Type, body.Description)
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, s.spaceBody(r, space))
	return nil
}

// getSpace is GET /api/v1/spaces/{id}.
func (s *Server) getSpace(w http.ResponseWriter, r *http.Request) error {
	var space state.Space
	err := s.db.Read(func(tx *state.Tx) (err error) {
		space, err = oneSpace(tx, chi.URLParam(r, "id"))
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, s.spaceBody(r, space))
	return nil
}

// removeSpace is DELETE /api/v1/spaces/{id}.
func (s *Server) removeSpace(w http.ResponseWriter, r *http.Request) error {
	if err := s.deleteSpace(chi.URLParam(r, "id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
