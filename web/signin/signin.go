// Package signin is the way in and out: the sign-in form, the one-time set-up link, and sign-out.
package signin

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"unicode"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/web/respond"
)

// Accounts knows who may sign in; *account.Directory does.
type Accounts interface {
	Authenticate(ctx context.Context, name, password string) (account.User, error)
	SetUp(ctx context.Context, token, password string) (account.User, error)
}

// Sessions starts and ends sessions.
type Sessions interface {
	SignIn(w http.ResponseWriter, r *http.Request, userID string) error
	SignOut(w http.ResponseWriter, r *http.Request) error
}

// Audit keeps what was refused. *store.Store does.
type Audit interface {
	RefusedSignIn(ctx context.Context, name string) error
}

// Screen is the sign-in page.
type Screen struct {
	Accounts Accounts
	Sessions Sessions
	Audit    Audit
}

// Routes mounts the pages that need no sign-in.
func (s *Screen) Routes(r chi.Router) {
	r.Get("/sign-in", s.show)
	r.Post("/sign-in", s.signIn)
	r.Post("/sign-out", s.signOut)
	r.Get("/setup", s.showSetup)
	r.Post("/setup", s.setUp)
}

type form struct {
	Name  string
	To    string
	Error string
	Token string
}

func (s *Screen) show(w http.ResponseWriter, r *http.Request) {
	respond.Page(w, r, http.StatusOK, signInPage(form{To: local(r.URL.Query().Get("to"))}))
}

func (s *Screen) signIn(w http.ResponseWriter, r *http.Request) {
	if err := respond.Form(w, r); err != nil {
		respond.Fault(w, r, err)
		return
	}
	f := form{Name: r.PostForm.Get("name"), To: local(r.PostForm.Get("to"))}
	user, err := s.Accounts.Authenticate(r.Context(), f.Name, r.PostForm.Get("password"))
	if fault.Is(err, fault.Unauthorized) || fault.Is(err, fault.Unavailable) {
		if err := s.Audit.RefusedSignIn(r.Context(), f.Name); err != nil {
			slog.WarnContext(r.Context(), "a refused sign-in was not recorded", "error", err)
		}
		f.Error = fault.Of(err).Text
		respond.Page(w, r, http.StatusUnprocessableEntity, signInPage(f))
		return
	}
	s.enter(w, r, user, f.To, err)
}

// enter starts the session and goes on to the page that was asked for.
func (s *Screen) enter(w http.ResponseWriter, r *http.Request, user account.User, to string, err error) {
	if err == nil {
		err = s.Sessions.SignIn(w, r, user.ID)
	}
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (s *Screen) signOut(w http.ResponseWriter, r *http.Request) {
	if err := s.Sessions.SignOut(w, r); err != nil {
		respond.Fault(w, r, err)
		return
	}
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
}

func (s *Screen) showSetup(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Referrer-Policy", "no-referrer") // the address holds the token
	respond.Page(w, r, http.StatusOK, setupPage(form{Token: r.URL.Query().Get("token")}))
}

func (s *Screen) setUp(w http.ResponseWriter, r *http.Request) {
	if err := respond.Form(w, r); err != nil {
		respond.Fault(w, r, err)
		return
	}
	f := form{Token: r.PostForm.Get("token")}
	password := r.PostForm.Get("password")
	if password != r.PostForm.Get("again") {
		f.Error = "The two passwords differ. Type the same one twice."
	} else if user, err := s.Accounts.SetUp(r.Context(), f.Token, password); !isForm(err) {
		s.enter(w, r, user, "/", err)
		return
	} else {
		f.Error = fault.Of(err).Text
	}
	respond.Page(w, r, http.StatusUnprocessableEntity, setupPage(f))
}

// isForm says whether an error is one that the person at the form can mend.
func isForm(err error) bool {
	return fault.Is(err, fault.Invalid) || fault.Is(err, fault.Unauthorized) || fault.Is(err, fault.NotFound)
}

// local keeps an address to return to only when it is a path of this console: an open redirect would help phishing.
func local(to string) string {
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsFunc(to, misleading) {
		return "/"
	}
	return to
}

// misleading says whether browsers read a character of an address in their own way: "\\" as "/", and they drop tabs and
// line ends, so that "/<tab>/host" is another host.
func misleading(r rune) bool { return r == '\\' || unicode.IsControl(r) }
