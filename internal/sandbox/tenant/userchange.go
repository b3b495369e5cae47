package tenant

import (
	"encoding/json"
	"net/http"
	"net/mail"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// roleRef names a role by id or by name.
type roleRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// postUser is POST /api/v1/users: an invited user, 201; 409 when the subject is taken.
func (s *Server) postUser(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Subject, Name, Email, Picture, Status string
		AssignedRoles                         []roleRef
	}
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	roles, err := rolesOf(body.AssignedRoles)
	if err != nil {
		return err
	}
	now := s.now().UTC()
	user := state.User{ID: randomText(24), Subject: strings.TrimSpace(body.Subject), Name: body.Name, Email: body.Email,
		Picture: body.Picture, Status: userInvited, Roles: roles, Created: now, Updated: now}
	if err := checkUser(user); err != nil {
		return err
	}
	if err := s.db.Write(func(tx *state.Tx) error { return addUser(tx, user) }); err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, s.userBody(r, user, nil))
	return nil
}

func checkUser(u state.User) error {
	if u.Subject == "" || len(u.Subject) > maxIssuer || strings.ContainsFunc(u.Subject, isControl) {
		return fault.New(fault.Invalid, "A user needs a subject of 1 to %d characters.", maxIssuer)
	}
	if len(u.Name) > maxIssuer || len(u.Picture) > maxIssuer {
		return fault.New(fault.Invalid, "The name or the picture is longer than %d characters.", maxIssuer)
	}
	if _, err := mail.ParseAddress(u.Email); u.Email != "" && err != nil {
		return fault.New(fault.Invalid, "%q is no e-mail address.", u.Email)
	}
	return nil
}

func addUser(tx *state.Tx, user state.User) error {
	_, taken, err := state.Users.First(tx, state.BySubject, user.Subject)
	if err == nil && taken {
		err = fault.New(fault.Conflict, "There is a user with the subject %q already.", user.Subject)
	}
	if err != nil {
		return err
	}
	return state.Users.Put(tx, user.ID, user)
}

// patchUser is PATCH /api/v1/users/{id}: all or nothing, 204.
func (s *Server) patchUser(w http.ResponseWriter, r *http.Request) error {
	patch, err := readPatch(w, r)
	if err != nil {
		return err
	}
	return s.noContent(w, func(tx *state.Tx) error {
		user, err := oneUser(tx, chi.URLParam(r, "id"))
		if err != nil {
			return err
		}
		for _, op := range patch {
			if err := op.changeUser(&user); err != nil {
				return err
			}
		}
		user.Updated = s.now().UTC()
		return state.Users.Put(tx, user.ID, user)
	})
}

func (o patchOp) changeUser(user *state.User) error {
	switch o.Op + " " + o.Path {
	case "replace /name":
		return o.into(&user.Name)
	case "replace /status":
		if err := o.into(&user.Status); err != nil || slices.Contains([]string{userActive, userDisabled}, user.Status) {
			return err
		}
		return fault.New(fault.Invalid, "The status of a user is active or disabled.")
	case "replace /assignedRoles":
		var refs []roleRef
		if err := json.Unmarshal(o.Value, &refs); err != nil {
			return fault.New(fault.Invalid, "assignedRoles is a list of roles by id or name.")
		}
		roles, err := rolesOf(refs)
		user.Roles = roles
		return err
	case "replace /preferredLocale", "replace /preferredZoneinfo": // nothing here shows times or words to this user
		return nil
	}
	return o.unknown()
}

// deleteUser is DELETE /api/v1/users/{id}; the administrator stays.
func (s *Server) deleteUser(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "id")
	if id == callerOf(r).ID || id == adminID() {
		return fault.New(fault.Invalid, "Nobody deletes himself, nor the sandbox administrator.")
	}
	s.met.Delete(id)
	return s.noContent(w, func(tx *state.Tx) error {
		if _, err := oneUser(tx, id); err != nil {
			return err
		}
		return state.Users.Delete(tx, id)
	})
}
