package tenant

import (
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/sandbox/tenant/pages"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

const keysPath = "/api-keys"

func (s *Server) keyPages(r chi.Router) {
	r.Get("/", s.page(func(w http.ResponseWriter, r *http.Request) error { return s.showKeys(w, r, http.StatusOK, nil) }))
	r.Get("/new", s.page(func(w http.ResponseWriter, r *http.Request) error {
		return showForm(w, r, s.showKeys, keyForm("", ""))
	}))
	r.Post("/new", s.page(s.createKey))
	r.Get("/{id}/delete", s.page(s.askDeleteKey))
	r.Post("/{id}/delete", s.page(s.confirmDeleteKey))
}

func (s *Server) showKeys(w http.ResponseWriter, r *http.Request, status int, window templ.Component) error {
	var rows []pages.Key
	err := s.db.Read(func(tx *state.Tx) error {
		all, err := state.Keys.All(tx, nil)
		for _, k := range all {
			rows = append(rows, pages.Key{ID: k.ID, Description: k.Description, Tail: k.Tail, State: s.statusOfKey(k), Expires: k.Expires, Created: k.Created})
		}
		return err
	})
	if err != nil {
		return err
	}
	frame := s.frame(r, "API keys", "Keys for scripts and for signing in here, besides the administrator's own.", keysPath)
	frame.Create = keysPath + "/new"
	return s.render(w, r, status, pages.Keys(frame, rows, window))
}

func keyForm(description, expiry string) pages.Form {
	return pages.Form{Title: "Create API key", Action: keysPath + "/new", Cancel: keysPath, Button: "Create",
		Help: "The key has the role TenantAdmin. It is shown once, after Create.",
		Fields: []pages.Field{{Name: "description", Label: "Description", Value: description, First: true},
			{Name: "expiry", Label: "Expires after", Value: expiry, Help: "A span such as P7D or PT24H. Empty: as long as this tenant allows."}}}
}

func (s *Server) createKey(w http.ResponseWriter, r *http.Request) error {
	description := r.PostForm.Get("description")
	key, text, err := s.addKey(s.pageCaller(r), description, r.PostForm.Get("expiry"))
	if err != nil {
		return refuseForm(w, r, s.showKeys, keyForm(description, r.PostForm.Get("expiry")), err)
	}
	return s.done(w, r, keysPath, pages.Notice{
		Text:    fmt.Sprintf("API key %q created. Copy it now: it is not shown again.", key.Description),
		Secrets: []pages.Secret{{Label: "API key", Value: text}}})
}

func (s *Server) askDeleteKey(w http.ResponseWriter, r *http.Request) error {
	var key state.Key
	err := s.db.Read(func(tx *state.Tx) (err error) {
		key, err = oneKey(tx, chi.URLParam(r, "id"))
		return err
	})
	if err != nil {
		return err
	}
	return s.showKeys(w, r, http.StatusOK, pages.QuestionWindow(pages.Question{
		Title:     fmt.Sprintf("Delete API key %q?", key.Description),
		Sentences: []string{"From then on calls with it are refused, and who signed in with it here is signed out."},
		Action:    keysPath + "/" + key.ID + "/delete", Cancel: keysPath}))
}

func (s *Server) confirmDeleteKey(w http.ResponseWriter, r *http.Request) error {
	if err := s.deleteKey(chi.URLParam(r, "id")); err != nil {
		return err
	}
	return s.done(w, r, keysPath, pages.Notice{Text: "Deleted. The key is refused from now on."})
}
