package repository

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository/pages"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

const (
	sessionLife = 12 * time.Hour
	maxForm     = 64 << 10
)

func randomText() string { return rand.Text() + rand.Text() }

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func (s *Server) isAdminKey(key string) bool {
	return subtle.ConstantTimeCompare([]byte(hashOf(key)), []byte(hashOf(s.adminKey))) == 1
}

// hubRoutes are the pages, and the sandbox's own calls.
func (s *Server) hubRoutes() http.Handler {
	r := chi.NewRouter()
	r.Get("/healthz", getHealth)
	r.Get("/readyz", s.getReady)
	r.Route("/sandbox/v1", s.ownRoutes)
	r.Group(s.pageRoutes)
	return r
}

func (s *Server) pageRoutes(r chi.Router) {
	r.Use(secured, http.NewCrossOriginProtection().Handler)
	r.Handle("/sandbox/assets/*", http.StripPrefix("/sandbox/assets", http.FileServerFS(pages.Assets())))
	r.Get("/signin", func(w http.ResponseWriter, r *http.Request) { s.showSignIn(w, r, http.StatusOK, "") })
	r.Post("/signin", s.doSignIn)
	r.Group(func(r chi.Router) {
		r.Use(s.signedIn)
		r.Get("/", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/apps", http.StatusSeeOther) })
		r.Post("/signout", s.page(s.doSignOut))
		r.Get("/apps", s.page(func(w http.ResponseWriter, r *http.Request) error { return s.showApps(w, r, nil) }))
		r.Post("/apps", s.page(s.uploadApp))
		r.Get("/apps/{id}", s.page(func(w http.ResponseWriter, r *http.Request) error { return s.showApp(w, r, nil) }))
		r.Post("/apps/{id}/{verb}", s.page(s.doWithApp))
		r.Get("/rules", s.page(s.showRules))
		r.Post("/rules/{id}/{verb}", s.page(s.switchRuleFromPage))
		r.Get("/history", s.page(s.showHistory))
		r.Get("/faults", s.page(func(w http.ResponseWriter, r *http.Request) error { return s.showFaults(w, r, nil) }))
		r.Post("/faults", s.page(s.startFault))
		r.Post("/faults/{id}/stop", s.page(s.stopFault))
		r.Post("/restart", s.page(s.restartFromPage))
	})
}

// secured sets the headers of every page. The style is a file of ours; there are no scripts.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// getReady says whether the state can be read.
func (s *Server) getReady(w http.ResponseWriter, r *http.Request) {
	if err := s.db.Read(func(*state.Tx) error { return nil }); err != nil {
		s.writeError(w, r, err)
		return
	}
	getHealth(w, r)
}

// page shows a page or acts on a form; its error becomes an error page.
func (s *Server) page(show apiFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := show(w, r); err != nil {
			status := statusOf(err)
			if status == http.StatusInternalServerError {
				s.log.ErrorContext(r.Context(), "page failed", "error", err, "path", r.URL.Path)
			}
			_ = s.render(w, r, status, pages.Message(s.frame(r, http.StatusText(status), ""), fault.Of(err).Text))
		}
	}
}

func (s *Server) frame(r *http.Request, title, current string) pages.Frame {
	active := 0
	for _, f := range s.faults.All() {
		if f.Active {
			active++
		}
	}
	return pages.Frame{Title: title, Site: s.name, Host: r.Host, SignedIn: current != "", Current: current, Faults: active, Done: doneTexts[r.URL.Query().Get("done")]}
}

func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	templ.Handler(page, templ.WithStatus(status)).ServeHTTP(w, r)
	return nil
}

// refused puts the reason of a form that was not good on its page; other errors go on as they are.
func refused(f *pages.Frame, err error) int {
	if err == nil {
		return http.StatusOK
	}
	f.Done, f.Problem = "", fault.Of(err).Text
	return http.StatusUnprocessableEntity
}

// isRefusal reports whether the fault is the form's, so that its page is shown again.
func isRefusal(err error) bool { return fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) }

// cookieName carries the site's identity, since cookies ignore ports.
func (s *Server) cookieName() string { return "sandbox_site_" + s.nodeID[:8] }

func (s *Server) showSignIn(w http.ResponseWriter, r *http.Request, status int, problem string) {
	f := s.frame(r, "Sign in", "")
	f.Problem = problem
	_ = s.render(w, r, status, pages.SignIn(f))
}

// doSignIn checks the key; after some wrong ones everybody waits, which a loopback server can afford.
func (s *Server) doSignIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if s.wrongKeys.TokensAt(s.clock()) < 1 {
		s.showSignIn(w, r, http.StatusTooManyRequests, "Too many wrong keys. Wait a minute, then try again.")
		return
	}
	if !s.isAdminKey(strings.TrimSpace(r.PostFormValue("key"))) {
		s.wrongKeys.AllowN(s.clock(), 1)
		s.showSignIn(w, r, http.StatusUnprocessableEntity, "The key is another one. It is in the line that the repository printed when it started.")
		return
	}
	token := randomText()
	err := s.db.Write(func(tx *state.Tx) error {
		if err := s.forgetSessions(tx); err != nil {
			return err
		}
		session := state.Session{Hash: hashOf(token), Expires: s.clock().UTC().Add(sessionLife)}
		return state.Sessions.Put(tx, session.Hash, session)
	})
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	http.SetCookie(w, s.cookie(token, int(sessionLife.Seconds())))
	http.Redirect(w, r, "/apps", http.StatusSeeOther)
}

// forgetSessions deletes those that are over.
func (s *Server) forgetSessions(tx *state.Tx) error {
	over, err := state.Sessions.All(tx, func(have state.Session) bool { return s.clock().After(have.Expires) })
	for _, session := range over {
		err = errors.Join(err, state.Sessions.Delete(tx, session.Hash))
	}
	return err
}

func (s *Server) cookie(token string, age int) *http.Cookie {
	return &http.Cookie{Name: s.cookieName(), Value: token, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode} //nolint:gosec // plain http on loopback
}

func (s *Server) doSignOut(w http.ResponseWriter, r *http.Request) error {
	if cookie, err := r.Cookie(s.cookieName()); err == nil {
		if err := s.db.Write(func(tx *state.Tx) error { return state.Sessions.Delete(tx, hashOf(cookie.Value)) }); err != nil {
			return err
		}
	}
	http.SetCookie(w, s.cookie("", -1))
	http.Redirect(w, r, "/signin", http.StatusSeeOther)
	return nil
}

// signedIn lets browsers with a session through; the others go to the sign-in page.
func (s *Server) signedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var session state.Session
		cookie, err := r.Cookie(s.cookieName())
		if err == nil {
			err = s.db.Read(func(tx *state.Tx) (err error) {
				session, _, err = state.Sessions.Get(tx, hashOf(cookie.Value))
				return err
			})
		}
		if err != nil || !s.clock().Before(session.Expires) {
			http.Redirect(w, r, "/signin", http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r)
	})
}
