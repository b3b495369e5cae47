package tenant

import (
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
)

// roleNames are the roles that can be assigned; the sandbox looks only at the first.
var roleNames = []string{tenantAdmin, "AnalyticsAdmin", "AuditAdmin", "DataAdmin", "Developer", "ManagedSpaceCreator",
	"SharedSpaceCreator", "PrivateAnalyticsContentCreator"}

type roleBody struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Type  string `json:"type"`
	Level string `json:"level"`
}

// wholeRole is the Role of the published types; users and groups carry the short form.
type wholeRole struct {
	roleBody

	Description   string `json:"description"`
	TenantID      string `json:"tenantId"`
	CreatedAt     string `json:"createdAt"`
	LastUpdatedAt string `json:"lastUpdatedAt"`
	CanEdit       bool   `json:"canEdit"`
	CanDelete     bool   `json:"canDelete"`
	Links         links  `json:"links"`
}

func (s *Server) wholeRole(r *http.Request, name string) wholeRole {
	role := roleNamed(name)
	return wholeRole{roleBody: role, TenantID: s.id, CreatedAt: stamp(s.created), LastUpdatedAt: stamp(s.created),
		Links: links{Self: linkTo(baseURL(r) + "/api/v1/roles/" + role.ID)}}
}

func roleNamed(name string) roleBody {
	level := "user"
	if name == tenantAdmin || name == "AnalyticsAdmin" || name == "AuditAdmin" || name == "DataAdmin" {
		level = "admin"
	}
	return roleBody{userIDOf("role " + name)[:24], name, "default", level}
}

// rolesOf gives the names of referred roles.
func rolesOf(refs []roleRef) ([]string, error) {
	var names []string
	for _, ref := range refs {
		at := slices.IndexFunc(roleNames, func(name string) bool { return name == ref.Name || roleNamed(name).ID == ref.ID })
		if at < 0 {
			return nil, fault.New(fault.Invalid, "There is no role %q.", ref.ID+ref.Name)
		}
		names = append(names, roleNames[at])
	}
	return names, nil
}

// listRoles is GET /api/v1/roles: all on one page, narrowed by a filter on name, level or type.
func (s *Server) listRoles(w http.ResponseWriter, r *http.Request) error {
	wanted, err := parseFilter(r.URL.Query().Get("filter"))
	if err != nil {
		return err
	}
	list := allOf(r, roleNames, func(name string) wholeRole { return s.wholeRole(r, name) })
	list.Data = slices.DeleteFunc(list.Data, func(b wholeRole) bool { return !wanted(roleFields(b.roleBody)) })
	writeJSON(w, http.StatusOK, list)
	return nil
}

func roleFields(b roleBody) fields {
	have := map[string]string{"id": b.ID, "name": b.Name, "type": b.Type, "level": b.Level}
	return func(name string) ([]string, bool) {
		value, ok := have[name]
		return []string{value}, ok
	}
}

// getRole is GET /api/v1/roles/{id}.
func (s *Server) getRole(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "id")
	for _, name := range roleNames {
		if role := roleNamed(name); role.ID == id {
			writeJSON(w, http.StatusOK, s.wholeRole(r, name))
			return nil
		}
	}
	return fault.New(fault.NotFound, "There is no role %q.", id)
}
