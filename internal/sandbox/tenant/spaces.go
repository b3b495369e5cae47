package tenant

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

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
