package tenant

import (
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/sandbox/tenant/pages"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

const clientsPath = "/oauth-clients"

func (s *Server) clientPages(r chi.Router) {
	r.Get("/", s.page(func(w http.ResponseWriter, r *http.Request) error { return s.showClients(w, r, http.StatusOK, nil) }))
	r.Get("/new", s.page(func(w http.ResponseWriter, r *http.Request) error {
		return showForm(w, r, s.showClients, clientForm(""))
	}))
	r.Post("/new", s.page(s.createClient))
	r.Get("/{id}/delete", s.page(s.askDeleteClient))
	r.Post("/{id}/delete", s.page(s.confirmDeleteClient))
}

func (s *Server) showClients(w http.ResponseWriter, r *http.Request, status int, window templ.Component) error {
	var rows []pages.Client
	err := s.db.Read(func(tx *state.Tx) error {
		all, err := state.Clients.All(tx, nil)
		for _, c := range all {
			rows = append(rows, pages.Client{ID: c.ID, Name: c.Name, Created: c.Created})
		}
		return err
	})
	if err != nil {
		return err
	}
	frame := s.frame(r, "OAuth clients", "Programs that sign in with a client id and a client secret.", clientsPath)
	frame.Create = clientsPath + "/new"
	return s.render(w, r, status, pages.Clients(frame, rows, window))
}

func clientForm(name string) pages.Form {
	return pages.Form{Title: "Create OAuth client", Action: clientsPath + "/new", Cancel: clientsPath, Button: "Create",
		Help:   "The client has the role TenantAdmin. Its secret is shown once, after Create.",
		Fields: []pages.Field{{Name: "name", Label: "Name", Value: name, First: true}}}
}

func (s *Server) createClient(w http.ResponseWriter, r *http.Request) error {
	name := r.PostForm.Get("name")
	client, secret, err := s.addClient(name)
	if err != nil {
		return refuseForm(w, r, s.showClients, clientForm(name), err)
	}
	return s.done(w, r, clientsPath, pages.Notice{
		Text:    fmt.Sprintf("OAuth client %q created. Copy the secret now: it is not shown again.", client.Name),
		Secrets: []pages.Secret{{Label: "Client ID", Value: client.ID}, {Label: "Client secret", Value: secret}}})
}

func (s *Server) askDeleteClient(w http.ResponseWriter, r *http.Request) error {
	var client state.Client
	err := s.db.Read(func(tx *state.Tx) (err error) {
		client, err = oneClient(tx, chi.URLParam(r, "id"))
		return err
	})
	if err != nil {
		return err
	}
	return s.showClients(w, r, http.StatusOK, pages.QuestionWindow(pages.Question{
		Title:     fmt.Sprintf("Delete OAuth client %q?", client.Name),
		Sentences: []string{"From then on its id and secret get no token, and the tokens it has are refused."},
		Action:    clientsPath + "/" + client.ID + "/delete", Cancel: clientsPath}))
}

func (s *Server) confirmDeleteClient(w http.ResponseWriter, r *http.Request) error {
	if err := s.deleteClient(chi.URLParam(r, "id")); err != nil {
		return err
	}
	return s.done(w, r, clientsPath, pages.Notice{Text: "Deleted. Its tokens are refused from now on."})
}
