package tenant

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// tenantAdmin is the one role that the sandbox looks at.
const tenantAdmin = "TenantAdmin"

// The statuses of a user.
const (
	userActive   = "active"
	userInvited  = "invited"
	userDisabled = "disabled"
)

func adminID() string { return userIDOf("sandbox administrator") }

// administrator is who holds the sandbox's key.
func (s *Server) administrator() state.User {
	return state.User{ID: adminID(), Subject: `sandbox\administrator`, Name: "Administrator", Email: "administrator@sandbox.invalid",
		Status: userActive, Roles: []string{tenantAdmin}, Created: s.created, Updated: s.created}
}

// botOf is the user that an OAuth client acts as (qlik-cloud-api.md section 2.2).
func (s *Server) botOf(client state.Client) state.User {
	return state.User{ID: userIDOf("oauth " + client.ID), Subject: `qlikbot\` + client.ID, Name: client.Name,
		Email: client.ID + "@sandbox.invalid", ClientID: client.ID, Status: userActive, Roles: []string{tenantAdmin},
		Created: client.Created, Updated: client.Created}
}

// meet stores a user who calls for the first time, so that lists have everybody.
func (s *Server) meet(user state.User) error {
	if _, known := s.met.Load(user.ID); known {
		return nil
	}
	err := s.db.Write(func(tx *state.Tx) error {
		_, found, err := state.Users.Get(tx, user.ID)
		if err != nil || found {
			return err
		}
		return state.Users.Put(tx, user.ID, user)
	})
	if err == nil {
		s.met.Store(user.ID, true)
	}
	return err
}

// userCount tells how many users the tenant has; one where that cannot be read.
func (s *Server) userCount() (n int) {
	n = 1
	_ = s.db.Read(func(tx *state.Tx) error { // what cannot be read fails with the call itself
		n = state.Users.Count(tx)
		return nil
	})
	return n
}

// userBody is the User of the users service.
type userBody struct {
	ID             string     `json:"id"`
	TenantID       string     `json:"tenantId"`
	ClientID       string     `json:"clientId,omitempty"`
	Subject        string     `json:"subject"`
	Name           string     `json:"name"`
	Email          string     `json:"email"`
	Status         string     `json:"status"`
	Picture        string     `json:"picture"`
	Locale         string     `json:"locale"`
	AssignedRoles  []roleBody `json:"assignedRoles"`
	AssignedGroups []groupRef `json:"assignedGroups"`
	AssignedScopes []string   `json:"assignedScopes"`
	CreatedAt      string     `json:"createdAt"`
	LastUpdatedAt  string     `json:"lastUpdatedAt"`
	Links          links      `json:"links"`
}

type groupRef struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	ProviderType string `json:"providerType"`
}

func (s *Server) userBody(r *http.Request, u state.User, groups map[string]state.Group) userBody {
	body := userBody{ID: u.ID, TenantID: s.id, ClientID: u.ClientID, Subject: u.Subject, Name: u.Name, Email: u.Email,
		Status: u.Status, Picture: u.Picture, Locale: "en", AssignedRoles: []roleBody{}, AssignedGroups: []groupRef{},
		AssignedScopes: []string{}, CreatedAt: stamp(u.Created), LastUpdatedAt: stamp(u.Updated),
		Links: links{Self: linkTo(baseURL(r) + "/api/v1/users/" + u.ID)}}
	for _, name := range u.Roles {
		body.AssignedRoles = append(body.AssignedRoles, roleNamed(name))
	}
	for _, id := range u.Groups {
		body.AssignedGroups = append(body.AssignedGroups, groupRef{id, groups[id].Name, groups[id].ProviderType})
	}
	return body
}

// groupsByID gives the groups that users are shown with.
func groupsByID(tx *state.Tx) (map[string]state.Group, error) {
	all, err := state.Groups.All(tx, nil)
	by := map[string]state.Group{}
	for _, group := range all {
		by[group.ID] = group
	}
	return by, err
}

func oneUser(tx *state.Tx, id string) (state.User, error) {
	user, found, err := state.Users.Get(tx, id)
	if err == nil && !found {
		err = coded(http.StatusNotFound, "USERS-7", "Not found", "There is no user %q.", id)
	}
	return user, err
}

// getMe is GET /api/v1/users/me.
func (s *Server) getMe(w http.ResponseWriter, r *http.Request) error {
	return s.answerUser(w, r, callerOf(r).ID)
}

// getUser is GET /api/v1/users/{id}.
func (s *Server) getUser(w http.ResponseWriter, r *http.Request) error {
	return s.answerUser(w, r, chi.URLParam(r, "id"))
}

func (s *Server) answerUser(w http.ResponseWriter, r *http.Request, id string) error {
	var body userBody
	err := s.db.Read(func(tx *state.Tx) error {
		user, err := oneUser(tx, id)
		if err != nil {
			return err
		}
		groups, err := groupsByID(tx)
		body = s.userBody(r, user, groups)
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, body)
	return nil
}

var userOrders = map[string]string{"": state.ByName, "name": state.ByName, "subject": state.BySubject, "email": state.ByEmail}

// listUsers is GET /api/v1/users, with a filter in the form of SCIM.
func (s *Server) listUsers(w http.ResponseWriter, r *http.Request) error {
	return s.answerUsers(w, r, r.URL.Query().Get("filter"))
}

// filterUsers is POST /api/v1/users/actions/filter: the same with the filter in the body.
func (s *Server) filterUsers(w http.ResponseWriter, r *http.Request) error {
	var body struct{ Filter string }
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	return s.answerUsers(w, r, body.Filter)
}

// usersBody is a page of users; totalResults only when it is asked for.
type usersBody struct {
	listBody[userBody]

	TotalResults *int `json:"totalResults,omitempty"`
}

func (s *Server) answerUsers(w http.ResponseWriter, r *http.Request, filter string) error {
	wanted, err := parseFilter(filter)
	if err != nil {
		return err
	}
	order, err := listingOf(r, userOrders, usualCursors)
	if err != nil {
		return err
	}
	var body usersBody
	err = s.db.Read(func(tx *state.Tx) error {
		groups, err := groupsByID(tx)
		if err != nil {
			return err
		}
		keep := func(u state.User) bool { return wanted(userFields(u, groups)) }
		page, err := readRows(tx, state.Users, order, keep)
		body.listBody = listOf(r, order, page, func(u state.User) userBody { return s.userBody(r, u, groups) })
		if all := flag(r, "totalResults"); err == nil && all != nil && *all {
			body.TotalResults, err = countOf(tx, state.Users, keep)
		}
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, body)
	return nil
}

// countOf counts the records that keep accepts.
func countOf[T any](tx *state.Tx, table state.Table[T], keep func(T) bool) (*int, error) {
	all, err := table.All(tx, keep)
	n := len(all)
	return &n, err
}

// userFields gives what a filter may ask of a user.
func userFields(u state.User, groups map[string]state.Group) fields {
	return func(name string) ([]string, bool) {
		switch name {
		case "id":
			return []string{u.ID}, true
		case "subject":
			return []string{u.Subject}, true
		case "name":
			return []string{u.Name}, true
		case "email":
			return []string{u.Email}, true
		case "status":
			return []string{u.Status}, true
		case "clientid":
			return []string{u.ClientID}, true
		case "assignedroles.name":
			return u.Roles, true
		case "assignedroles.id":
			return eachOf(u.Roles, func(name string) string { return roleNamed(name).ID }), true
		case "assignedgroups.id":
			return u.Groups, true
		case "assignedgroups.name":
			return eachOf(u.Groups, func(id string) string { return groups[id].Name }), true
		}
		return nil, false
	}
}

func eachOf(texts []string, change func(string) string) []string {
	var changed []string
	for _, text := range texts {
		changed = append(changed, change(text))
	}
	return changed
}

// countUsers is GET /api/v1/users/actions/count.
func (s *Server) countUsers(w http.ResponseWriter, _ *http.Request) error {
	var total int
	err := s.db.Read(func(tx *state.Tx) error {
		total = state.Users.Count(tx)
		return nil
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]int{"total": total})
	return nil
}
