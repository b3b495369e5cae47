package tenant

import (
	"net/http"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/pages"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// maxForm bounds a posted form, in bytes: a local bearer token fits, in the encoding of forms.
const maxForm = 256 << 10

// pageRoutes are the administration pages.
func (s *Server) pageRoutes(r chi.Router) {
	r.Use(secured, http.NewCrossOriginProtection().Handler)
	r.Handle("/sandbox/assets/*", http.StripPrefix("/sandbox/assets", http.FileServerFS(pages.Assets())))
	r.Get("/signin", s.showSignIn)
	r.Post("/signin", s.doSignIn)
	r.Post("/signout", s.doSignOut)
	r.Group(func(r chi.Router) {
		r.Use(s.signedIn)
		r.Get("/", s.page(s.showTenant))
		r.Route("/apps", s.appPages)
		r.Route("/spaces", s.spacePages)
		r.Route("/collections", s.collectionPages)
		r.Route("/quota", s.quotaPages)
		r.Route("/identity-providers", s.providerPages)
		r.Route("/oauth-clients", s.clientPages)
		r.Route("/api-keys", s.keyPages)
		r.Route(faultsPath, s.faultPages)
	})
}

// pageFunc shows one page or acts on one form; its error becomes an error page.
type pageFunc func(w http.ResponseWriter, r *http.Request) error

func (s *Server) page(show pageFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if err := r.ParseForm(); err != nil {
			s.showError(w, r, refuse(http.StatusRequestEntityTooLarge, "The form is larger than this page takes, or broke off."))
			return
		}
		if err := show(w, r); err != nil {
			s.showError(w, r, err)
		}
	}
}

// frame gives what surrounds a page, and takes the notice that waits for it.
func (s *Server) frame(r *http.Request, title, intro, current string) pages.Frame {
	f := pages.Frame{Title: title, Intro: intro, Tenant: s.name, TenantID: s.id, Host: r.Host, Current: current}
	here := session(r)
	if here.Hash == "" {
		return f
	}
	f.SignedIn, f.KeyTail = true, here.KeyTail
	f.Notice = s.flashes.take(here.Hash)
	f.Faults = s.faults.Active()
	_ = s.db.Read(func(tx *state.Tx) error { // figures in the menu; the page itself reports a broken state
		f.Apps, f.Spaces = state.Apps.Count(tx), state.Spaces.Count(tx)
		return nil
	})
	return f
}

// render answers with a page.
func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	templ.Handler(page, templ.WithStatus(status)).ServeHTTP(w, r)
	return nil
}

// done answers a form that was good: back to the page, with a notice.
func (s *Server) done(w http.ResponseWriter, r *http.Request, path string, notice pages.Notice) error {
	s.flashes.put(session(r).Hash, notice)
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}

// showError answers with a page that says what is wrong.
func (s *Server) showError(w http.ResponseWriter, r *http.Request, err error) {
	status, sentence := statusOf(err), fault.Of(err).Text
	title := http.StatusText(status)
	if status == http.StatusInternalServerError {
		s.log.ErrorContext(r.Context(), "page failed", "error", err, "path", r.URL.Path, "trace", traceOf(r))
		title, sentence = "The sandbox tenant failed", "Its log has the cause under "+traceOf(r)+"."
	}
	_ = s.render(w, r, status, pages.Message(s.frame(r, title, "", ""), sentence))
}

// showTenant is the first page.
func (s *Server) showTenant(w http.ResponseWriter, r *http.Request) error {
	return s.render(w, r, http.StatusOK, pages.Tenant(s.frame(r, "Tenant", "What this server is, and where it is reached.", "/")))
}

// showSignIn is the page before all others.
func (s *Server) showSignIn(w http.ResponseWriter, r *http.Request) {
	_ = s.render(w, r, http.StatusOK, pages.SignIn(s.signInFrame(r), localPath(r.URL.Query().Get("next")), ""))
}

func (s *Server) signInFrame(r *http.Request) pages.Frame {
	return s.frame(r, "Sign in", "Tenant "+s.name+" of the sandbox.", "")
}

// doSignIn checks the key; wrong ones are counted by address.
func (s *Server) doSignIn(w http.ResponseWriter, r *http.Request) {
	s.page(func(w http.ResponseWriter, r *http.Request) error {
		next := localPath(r.PostForm.Get("next"))
		if s.attempts.blocked(r) {
			return s.render(w, r, http.StatusTooManyRequests, pages.SignIn(s.signInFrame(r), next,
				"Too many wrong keys from this address. Wait a minute, then try again."))
		}
		cookie, err := s.signIn(r.PostForm.Get("key"), r.TLS != nil)
		if err != nil {
			return err
		}
		if cookie == nil {
			s.attempts.failed(r)
			return s.render(w, r, http.StatusUnprocessableEntity, pages.SignIn(s.signInFrame(r), next,
				"This tenant does not know the API key. It is in the line that the tenant printed when it started."))
		}
		http.SetCookie(w, cookie)
		http.Redirect(w, r, next, http.StatusSeeOther) //nolint:gosec // next is a path of this server
		return nil
	})(w, r)
}

// doSignOut ends the session here and in the browser.
func (s *Server) doSignOut(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(s.cookieName()); err == nil {
		err := s.db.Write(func(tx *state.Tx) error { return state.Sessions.Delete(tx, hashOf(cookie.Value)) })
		if err != nil {
			s.showError(w, r, err)
			return
		}
	}
	http.SetCookie(w, &http.Cookie{Name: s.cookieName(), Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode}) //nolint:gosec // it holds nothing
	http.Redirect(w, r, "/signin", http.StatusSeeOther)
}
