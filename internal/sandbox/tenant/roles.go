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
	list := allOf(r, roleNames, roleNamed)
	list.Data = slices.DeleteFunc(list.Data, func(b roleBody) bool { return !wanted(roleFields(b)) })
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
			writeJSON(w, http.StatusOK, role)
			return nil
		}
	}
	return fault.New(fault.NotFound, "There is no role %q.", id)
}
