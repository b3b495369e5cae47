package tenant

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

type groupBody struct {
	ID            string     `json:"id"`
	TenantID      string     `json:"tenantId"`
	Name          string     `json:"name"`
	Description   string     `json:"description"`
	ProviderType  string     `json:"providerType"`
	Status        string     `json:"status"`
	AssignedRoles []roleBody `json:"assignedRoles"`
	CreatedAt     string     `json:"createdAt"`
	LastUpdatedAt string     `json:"lastUpdatedAt"`
	Links         links      `json:"links"`
}

func (s *Server) groupBody(r *http.Request, g state.Group) groupBody {
	return groupBody{ID: g.ID, TenantID: s.id, Name: g.Name, Description: g.Description, ProviderType: g.ProviderType,
		Status: userActive, AssignedRoles: []roleBody{}, CreatedAt: stamp(g.Created), LastUpdatedAt: stamp(g.Updated),
		Links: links{Self: linkTo(baseURL(r) + "/api/v1/groups/" + g.ID)}}
}

// listGroups is GET /api/v1/groups, with a filter on name or id.
func (s *Server) listGroups(w http.ResponseWriter, r *http.Request) error {
	wanted, err := parseFilter(r.URL.Query().Get("filter"))
	if err != nil {
		return err
	}
	order, err := listingOf(r, map[string]string{"": state.ByName, "name": state.ByName}, usualCursors)
	if err != nil {
		return err
	}
	var list listBody[groupBody]
	err = s.db.Read(func(tx *state.Tx) error {
		page, err := readRows(tx, state.Groups, order, func(g state.Group) bool { return wanted(groupFields(g)) })
		list = listOf(r, order, page, func(g state.Group) groupBody { return s.groupBody(r, g) })
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}

func groupFields(g state.Group) fields {
	have := map[string]string{"id": g.ID, "name": g.Name, "providertype": g.ProviderType}
	return func(name string) ([]string, bool) {
		value, ok := have[name]
		return []string{value}, ok
	}
}

func oneGroup(tx *state.Tx, id string) (state.Group, error) {
	group, found, err := state.Groups.Get(tx, id)
	if err == nil && !found {
		err = coded(http.StatusNotFound, "GROUPS-7", "Not found", "There is no group %q.", id)
	}
	return group, err
}

// getGroup is GET /api/v1/groups/{id}.
func (s *Server) getGroup(w http.ResponseWriter, r *http.Request) error {
	var group state.Group
	err := s.db.Read(func(tx *state.Tx) (err error) {
		group, err = oneGroup(tx, chi.URLParam(r, "id"))
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, s.groupBody(r, group))
	return nil
}

// postGroup is POST /api/v1/groups: 201, or 409 when the name is taken.
func (s *Server) postGroup(w http.ResponseWriter, r *http.Request) error {
	var body struct{ Name, Description, ProviderType string }
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	name, err := checkedName(body.Name, "name", "A group needs a name.")
	if err != nil {
		return err
	}
	group := s.newGroup(name, "custom")
	group.Description = body.Description
	if body.ProviderType == "idp" {
		group.ProviderType = "idp"
	}
	err = s.db.Write(func(tx *state.Tx) error {
		_, taken, err := state.Groups.First(tx, state.ByName, strings.ToLower(name))
		if err == nil && taken {
			err = fault.New(fault.Conflict, "There is a group named %q already.", name)
		}
		if err != nil {
			return err
		}
		return state.Groups.Put(tx, group.ID, group)
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, s.groupBody(r, group))
	return nil
}

func (s *Server) newGroup(name, provider string) state.Group {
	now := s.now().UTC()
	return state.Group{ID: randomHex(), Name: name, ProviderType: provider, Created: now, Updated: now}
}

// deleteGroup is DELETE /api/v1/groups/{id}.
func (s *Server) deleteGroup(w http.ResponseWriter, r *http.Request) error {
	return s.noContent(w, func(tx *state.Tx) error {
		group, err := oneGroup(tx, chi.URLParam(r, "id"))
		if err != nil {
			return err
		}
		return state.Groups.Delete(tx, group.ID)
	})
}

// groupsNamed gives the ids of groups that a token names, and makes those that are new, unless the settings say otherwise.
func (s *Server) groupsNamed(tx *state.Tx, names []string) (ids []string, err error) {
	settings, err := readGroupSettings(tx)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		group, found, err := state.Groups.First(tx, state.ByName, strings.ToLower(name))
		if err != nil {
			return nil, err
		}
		if !found && !settings.AutoCreate {
			continue
		}
		if !found {
			group = s.newGroup(name, "idp")
			if err := state.Groups.Put(tx, group.ID, group); err != nil {
				return nil, err
			}
		}
		ids = append(ids, group.ID)
	}
	return ids, nil
}
