package tenant

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/pages"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// memberPages are the pages of the roles in a space.
func (s *Server) memberPages(r chi.Router) {
	r.Get("/{id}/members", s.page(func(w http.ResponseWriter, r *http.Request) error { return s.showMembers(w, r, http.StatusOK, nil) }))
	r.Get("/{id}/members/new", s.page(func(w http.ResponseWriter, r *http.Request) error {
		form, err := s.memberForm(r, url.Values{})
		if err != nil {
			return err
		}
		return showForm(w, r, s.showMembers, form)
	}))
	r.Post("/{id}/members/new", s.page(s.createMember))
	r.Get("/{id}/members/{assignment}/delete", s.page(s.askDeleteMember))
	r.Post("/{id}/members/{assignment}/delete", s.page(s.confirmDeleteMember))
}

func membersPath(r *http.Request) string {
	return spacesPath + "/" + chi.URLParam(r, "id") + "/members"
}

func (s *Server) showMembers(w http.ResponseWriter, r *http.Request, status int, window templ.Component) error {
	id := chi.URLParam(r, "id")
	var space state.Space
	var list []pages.Member
	err := s.db.Read(func(tx *state.Tx) (err error) {
		if space, err = oneSpace(tx, id); err != nil {
			return err
		}
		part := state.Part{Prefix: state.InSpace(id)}
		return state.Assignments.Visit(tx, state.BySpace, part, func(_ string, a state.Assignment) (bool, error) {
			name, err := assigneeName(tx, a)
			list = append(list, pages.Member{ID: a.ID, Name: name, Type: a.Type, AssigneeID: a.AssigneeID, Roles: a.Roles, Created: a.Created})
			return len(list) < appsPerPage, err
		})
	})
	if err != nil {
		return err
	}
	frame := s.frame(r, fmt.Sprintf("Members of %q", space.Name), "Who has which roles in this "+space.Type+" space, besides its owner.", spacesPath)
	frame.Create = membersPath(r) + "/new"
	return s.render(w, r, status, pages.Members(frame, id, list, window))
}

// assigneeName gives the name of a user or group; one that was deleted has only its id.
func assigneeName(tx *state.Tx, a state.Assignment) (string, error) {
	if a.Type == "group" {
		group, _, err := state.Groups.Get(tx, a.AssigneeID)
		return cmp.Or(group.Name, a.AssigneeID), err
	}
	user, _, err := state.Users.Get(tx, a.AssigneeID)
	return cmp.Or(user.Name, user.Subject, a.AssigneeID), err
}

func (s *Server) memberForm(r *http.Request, entered url.Values) (pages.Form, error) {
	var space state.Space
	var subjects []string
	err := s.db.Read(func(tx *state.Tx) (err error) {
		if space, err = oneSpace(tx, chi.URLParam(r, "id")); err != nil {
			return err
		}
		return state.Users.Visit(tx, state.BySubject, state.Part{}, func(_ string, u state.User) (bool, error) {
			subjects = append(subjects, u.Subject)
			return len(subjects) < appsPerPage, nil
		})
	})
	return pages.Form{Title: "Add member", Action: membersPath(r) + "/new", Cancel: membersPath(r), Button: "Add", Fields: []pages.Field{
		{Name: "member", Label: "User or group", Kind: pages.Suggest, Value: entered.Get("member"), Options: subjects, First: true,
			Help: "The subject of a user, or the name of a group. OAuth clients are users, too."},
		{Name: "roles", Label: "Roles", Value: entered.Get("roles"), Help: "One or more of " + strings.Join(assignable[space.Type], ", ") + ", with commas."},
	}}, err
}

func (s *Server) createMember(w http.ResponseWriter, r *http.Request) error {
	roles := strings.FieldsFunc(r.PostForm.Get("roles"), func(c rune) bool { return c == ',' || c == ' ' })
	err := s.db.Write(func(tx *state.Tx) error {
		a, err := assigneeNamed(tx, strings.TrimSpace(r.PostForm.Get("member")))
		if err != nil {
			return err
		}
		a.SpaceID, a.Roles = chi.URLParam(r, "id"), roles
		_, err = s.addAssignment(tx, s.pageCaller(r), a)
		return err
	})
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		form, formErr := s.memberForm(r, r.PostForm)
		if formErr != nil {
			return formErr
		}
		if fault.Of(err).Fields == nil {
			err = fault.Field(fault.Invalid, "roles", "%s", fault.Of(err).Text)
		}
		return refuseForm(w, r, s.showMembers, form, err)
	}
	if err != nil {
		return err
	}
	return s.done(w, r, membersPath(r), pages.Notice{Text: "Member added."})
}

// assigneeNamed finds a user by subject, or a group by name.
func assigneeNamed(tx *state.Tx, text string) (state.Assignment, error) {
	user, found, err := state.Users.First(tx, state.BySubject, text)
	if err != nil || found {
		return state.Assignment{Type: "user", AssigneeID: user.ID}, err
	}
	group, found, err := state.Groups.First(tx, state.ByName, strings.ToLower(text))
	if err == nil && !found {
		err = fault.Field(fault.Invalid, "member", "There is no user with the subject %q and no group of this name.", text)
	}
	return state.Assignment{Type: "group", AssigneeID: group.ID}, err
}

func (s *Server) askDeleteMember(w http.ResponseWriter, r *http.Request) error {
	var name string
	err := s.db.Read(func(tx *state.Tx) error {
		found, _, err := assignmentOf(tx, r)
		if err != nil {
			return err
		}
		name, err = assigneeName(tx, found)
		return err
	})
	if err != nil {
		return err
	}
	return s.showMembers(w, r, http.StatusOK, pages.QuestionWindow(pages.Question{Title: fmt.Sprintf("Delete the roles of %q here?", name),
		Sentences: []string{"Apps in the space stay as they are."}, Action: r.URL.Path, Cancel: membersPath(r)}))
}

func (s *Server) confirmDeleteMember(w http.ResponseWriter, r *http.Request) error {
	err := s.db.Write(func(tx *state.Tx) error {
		found, _, err := assignmentOf(tx, r)
		if err != nil {
			return err
		}
		return state.Assignments.Delete(tx, found.ID)
	})
	if err != nil {
		return err
	}
	return s.done(w, r, membersPath(r), pages.Notice{Text: "Roles deleted."})
}
