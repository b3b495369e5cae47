// Package users is about the people who use the console: the list of users, and one's own account.
package users

import (
	"context"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/web/middleware"
	"github.com/skyferry/skyferry/web/respond"
)

// Store is what the screen needs of the database.
type Store interface {
	Users(ctx context.Context) ([]account.User, error)
	User(ctx context.Context, id string) (account.User, error)
	UpdateUser(ctx context.Context, user account.User) error
	Sessions(ctx context.Context, userID string) ([]account.Session, error)
	DeleteSession(ctx context.Context, idHash string) error
	History(ctx context.Context, kind, id string) ([]account.Record, error)
}

// Accounts knows passwords; *account.Directory does.
type Accounts interface {
	AddUser(ctx context.Context, user account.User, password string) (string, error)
	ChangePassword(ctx context.Context, userID, password string) error
	Authenticate(ctx context.Context, name, password string) (account.User, error)
}

// Sessions tells which session a request belongs to.
type Sessions interface {
	respond.Noticer
	CurrentID(r *http.Request) string
}

// Screen is the pages of users.
type Screen struct {
	Store    Store
	Accounts Accounts
	Sessions Sessions
}

// Routes mounts the pages for administrators.
func (s *Screen) Routes(r chi.Router) {
	r.Get("/", s.list)
	r.Get("/new", s.showNew)
	r.Post("/", s.create)
	r.Get("/{id}", s.show)
	r.Post("/{id}", s.update)
	r.Post("/{id}/password", s.setPassword)
}

// AccountRoutes mounts the pages that every user has.
func (s *Screen) AccountRoutes(r chi.Router) {
	r.Get("/", s.showAccount)
	r.Post("/password", s.changeOwnPassword)
	r.Post("/sessions/{session}/end", s.endSession)
}

func (s *Screen) list(w http.ResponseWriter, r *http.Request) {
	users, err := s.Store.Users(r.Context())
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, listPage(users, r.URL.Query()))
}

func (s *Screen) showNew(w http.ResponseWriter, r *http.Request) {
	respond.Page(w, r, http.StatusOK, editPage(form{Role: account.Admin, New: true}))
}

func (s *Screen) create(w http.ResponseWriter, r *http.Request) {
	f, err := decode(w, r)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	f.New = true
	_, err = s.Accounts.AddUser(r.Context(), f.user(""), f.password)
	s.answer(w, r, f, err, "Successfully added")
}

func (s *Screen) show(w http.ResponseWriter, r *http.Request) {
	user, err := s.Store.User(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	f := formOf(user)
	if f.History, err = s.Store.History(r.Context(), "user", user.ID); err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, editPage(f))
}

func (s *Screen) update(w http.ResponseWriter, r *http.Request) {
	f, err := decode(w, r)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	f.ID = chi.URLParam(r, "id")
	if f.History, err = s.Store.History(r.Context(), "user", f.ID); err != nil {
		respond.Fault(w, r, err)
		return
	}
	s.answer(w, r, f, s.Store.UpdateUser(r.Context(), f.user(f.ID)), "Successfully updated")
}

func (s *Screen) setPassword(w http.ResponseWriter, r *http.Request) {
	f, err := decode(w, r)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	user, err := s.Store.User(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	f = formOf(user).with(f.password)
	err = s.Accounts.ChangePassword(r.Context(), user.ID, f.password)
	s.answer(w, r, f, err, "Password set. "+user.Name+" is signed out everywhere.")
}

// answer leads back to the list, or shows the form again with what is wrong.
func (s *Screen) answer(w http.ResponseWriter, r *http.Request, f form, err error, notice string) {
	switch {
	case err == nil:
		respond.Done(w, r, s.Sessions, "/users", notice)
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.Conflict):
		f.fail(err)
		respond.Page(w, r, http.StatusUnprocessableEntity, editPage(f))
	default:
		respond.Fault(w, r, err)
	}
}

func (s *Screen) showAccount(w http.ResponseWriter, r *http.Request) {
	s.account(w, r, http.StatusOK, nil)
}

func (s *Screen) account(w http.ResponseWriter, r *http.Request, status int, faults map[string]string) {
	user := middleware.UserOf(r.Context())
	sessions, err := s.Store.Sessions(r.Context(), user.ID)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, status, accountPage(user, sessions, s.Sessions.CurrentID(r), faults))
}

func (s *Screen) changeOwnPassword(w http.ResponseWriter, r *http.Request) {
	if err := respond.Form(w, r); err != nil {
		respond.Fault(w, r, err)
		return
	}
	user := middleware.UserOf(r.Context())
	_, err := s.Accounts.Authenticate(r.Context(), user.Name, r.PostForm.Get("old"))
	if fault.Is(err, fault.Unauthorized) {
		err = fault.Field(fault.Invalid, "old", "This is not your present password.")
	}
	if err == nil {
		err = s.Accounts.ChangePassword(r.Context(), user.ID, r.PostForm.Get("password"))
	}
	switch {
	case err == nil:
		http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.Unavailable):
		s.account(w, r, http.StatusUnprocessableEntity, fieldsOf(err, "old"))
	default:
		respond.Fault(w, r, err)
	}
}

// endSession ends one of the user's own sessions.
func (s *Screen) endSession(w http.ResponseWriter, r *http.Request) {
	user, id := middleware.UserOf(r.Context()), chi.URLParam(r, "session")
	sessions, err := s.Store.Sessions(r.Context(), user.ID)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	for _, session := range sessions {
		if session.ID != id {
			continue
		}
		if err := s.Store.DeleteSession(r.Context(), id); err != nil {
			respond.Fault(w, r, err)
			return
		}
		respond.Done(w, r, s.Sessions, "/account", "Session ended.")
		return
	}
	respond.Fault(w, r, fault.New(fault.NotFound, "This session has ended already."))
}
