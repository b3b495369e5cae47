package tenant

import (
	"net/http"
	"slices"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// Roles of a space that the sandbox looks at when its plan says so (qlik-cloud-api.md section 5).
var (
	editingRoles    = []string{"producer", "codeveloper", "facilitator"}
	publishingRoles = []string{"publisher"}
	managingRoles   = []string{"facilitator"}
)

// assignable are the roles by type of space.
var assignable = map[string][]string{
	state.Shared:  {"consumer", "dataconsumer", "facilitator", "producer", "codeveloper"},
	state.Managed: {"consumer", "contributor", "dataconsumer", "facilitator", "operator", "publisher", "basicconsumer"},
	state.Data:    {"consumer", "dataconsumer", "facilitator", "operator", "producer", "publisher", "datapreview"},
}

// notSite refuses multi-cloud callers, who only import and change what they distributed.
func (s *Server) notSite(answer apiFunc) http.HandlerFunc {
	return s.api(func(w http.ResponseWriter, r *http.Request) error {
		if callerOf(r).Issuer != "" {
			return fault.New(fault.Forbidden, "A multi-cloud token imports apps and changes what it distributed; it cannot do this.")
		}
		return answer(w, r)
	})
}

// rolesIn gives the roles of a caller in a space: the owner has all, the others those of their assignments.
func rolesIn(tx *state.Tx, who caller, space state.Space) ([]string, error) {
	if who.Owner || space.OwnerID == who.ID {
		return assignable[space.Type], nil
	}
	roles := []string{}
	for _, id := range append([]string{who.ID}, who.Groups...) {
		found, _, err := state.Assignments.First(tx, state.ByAssignee, state.InSpace(space.ID)+id)
		if err != nil {
			return nil, err
		}
		roles = append(roles, found.Roles...)
	}
	slices.Sort(roles)
	return slices.Compact(roles), nil
}

// mayAct reports whether the caller has one of the roles in a space. The personal space is everybody's own; and unless
// the plan says that roles count, everybody may act everywhere.
func mayAct(tx *state.Tx, who caller, spaceID string, roles []string) error {
	plan, err := currentPlan(tx)
	if err != nil || !plan.SpaceRoles || spaceID == "" || who.Owner {
		return err
	}
	space, err := oneSpace(tx, spaceID)
	if err != nil {
		return err
	}
	have, err := rolesIn(tx, who, space)
	if err == nil && !slices.ContainsFunc(have, func(role string) bool { return slices.Contains(roles, role) }) {
		err = fault.New(fault.Forbidden, "%s needs one of the roles %v in the space %q. Add it as a member.", who.Name, roles, space.Name)
	}
	return err
}

// mayManage reports whether the caller may change a space itself.
func mayManage(tx *state.Tx, who caller, spaceID string) error {
	if who.Admin {
		return nil
	}
	return mayAct(tx, who, spaceID, managingRoles)
}

// mayMakeSpace reports whether the caller may make a space of a type.
func mayMakeSpace(tx *state.Tx, who caller, kind string) error {
	plan, err := currentPlan(tx)
	if err != nil || !plan.SpaceRoles || who.Admin {
		return err
	}
	role := map[string]string{state.Shared: "SharedSpaceCreator", state.Managed: "ManagedSpaceCreator"}[kind]
	if !slices.Contains(who.Roles, role) {
		return fault.New(fault.Forbidden, "%s has not the role %s, which making a %s space needs.", who.Name, role, kind)
	}
	return nil
}
