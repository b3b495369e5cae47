package tenant

import (
	"errors"
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

const providersPath = "/identity-providers"

func (s *Server) providerPages(r chi.Router) {
	r.Get("/", s.page(func(w http.ResponseWriter, r *http.Request) error { return s.showProviders(w, r, http.StatusOK, nil) }))
	r.Get("/new", s.page(func(w http.ResponseWriter, r *http.Request) error {
		return showForm(w, r, s.showProviders, providerForm(url.Values{"type": {typeMultiCloud}}))
	}))
	r.Post("/new", s.page(s.createProvider))
	r.Get("/{id}/delete", s.page(s.askDeleteProvider))
	r.Post("/{id}/delete", s.page(s.confirmDeleteProvider))
}

func (s *Server) showProviders(w http.ResponseWriter, r *http.Request, status int, window templ.Component) error {
	var rows []pages.Provider
	err := s.db.Read(func(tx *state.Tx) error {
		all, err := state.Providers.All(tx, nil)
		for _, p := range all {
			rows = append(rows, pages.Provider{ID: p.ID, Type: typeOf(p), Description: p.Description, Issuer: p.Issuer, Audience: p.Audience,
				KeyID: p.KeyID, Created: p.Created})
		}
		return err
	})
	if err != nil {
		return err
	}
	frame := s.frame(r, "Identity provider", "Who may call this tenant's API with a token of their own.", providersPath)
	frame.Create = providersPath + "/new"
	return s.render(w, r, status, pages.Providers(frame, rows, window))
}

// The types of a configuration, as Qlik's console names them.
const (
	typeMultiCloud = "Multi-cloud"
	typeJWT        = "JWT"
)

func typeOf(p state.Provider) string {
	if protocolOf(p) == jwtProtocol {
		return typeJWT
	}
	return typeMultiCloud
}

// providerForm has the fields of both types; the style shows those of the chosen one where the browser can.
func providerForm(entered url.Values) pages.Form {
	return pages.Form{Title: "Create identity provider configuration", Action: providersPath + "/new", Cancel: providersPath,
		Button: "Create", Fields: []pages.Field{
			{Name: "type", Label: "Type", Kind: pages.Select, Value: entered.Get("type"), Options: []string{typeMultiCloud, typeJWT}, First: true},
			{Name: "description", Label: "Description", Value: entered.Get("description")},
			{Name: "token", Label: "Local bearer token", Kind: pages.Area, Value: withoutPrivateKey(entered.Get("token")), For: typeMultiCloud,
				Help: "The text that the deployment gives to copy. It holds an issuer and a public key, and no secret."},
			{Name: "issuer", Label: "Issuer", Value: entered.Get("issuer"), For: typeJWT, Help: "The claim iss of the tokens, of the type JWT."},
			{Name: "kid", Label: "Key ID", Value: entered.Get("kid"), For: typeJWT, Help: "The kid in the header of the tokens, of the type JWT."},
			{Name: "pem", Label: "Certificate", Kind: pages.Area, Value: withoutPrivateKey(entered.Get("pem")), For: typeJWT,
				Help: "A certificate or a public key in PEM, of the type JWT."},
		}}
}

func (s *Server) createProvider(w http.ResponseWriter, r *http.Request) error {
	provider, err := s.addProviderOfType(r.PostForm)
	if err != nil {
		return refuseForm(w, r, s.showProviders, providerForm(r.PostForm), err)
	}
	return s.done(w, r, providersPath, pages.Notice{
		Text: fmt.Sprintf("Created. Tokens of issuer %s, signed with key %s, are accepted from now on.", provider.Issuer, provider.KeyID)})
}

func (s *Server) addProviderOfType(form url.Values) (state.Provider, error) {
	switch form.Get("type") {
	case typeMultiCloud:
		return s.addMultiCloud(form.Get("description"), form.Get("token"))
	case typeJWT:
		return s.addJWT(form.Get("description"), definition{Issuer: strings.TrimSpace(form.Get("issuer")),
			StaticKeys: []staticKey{{KeyID: strings.TrimSpace(form.Get("kid")), PEM: form.Get("pem")}}})
	}
	return state.Provider{}, fault.Field(fault.Invalid, "type", "This sandbox takes the types %s and %s.", typeMultiCloud, typeJWT)
}

// withoutPrivateKey keeps what was pasted for the next try, but never sends a private key back.
func withoutPrivateKey(text string) string {
	if _, err := decodeDefinition(text); errors.Is(err, errPrivateKey) || holdsPrivateKey([]byte(text)) {
		return ""
	}
	return text
}

func (s *Server) providerQuestion(id string) (pages.Question, error) {
	var provider state.Provider
	err := s.db.Read(func(tx *state.Tx) (err error) {
		provider, err = oneProvider(tx, id)
		return err
	})
	return pages.Question{
		Title: fmt.Sprintf("Delete %q?", nameOf(provider)),
		Sentences: []string{
			fmt.Sprintf("From then on this tenant refuses every token of issuer %s, signed with key %s.", provider.Issuer, provider.KeyID),
			"The apps that came this way stay here and are no longer refreshed.",
		},
		Action: providersPath + "/" + id + "/delete", Cancel: providersPath,
	}, err
}

func nameOf(provider state.Provider) string {
	if provider.Description == "" {
		return provider.KeyID
	}
	return provider.Description
}

func (s *Server) askDeleteProvider(w http.ResponseWriter, r *http.Request) error {
	question, err := s.providerQuestion(chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	return s.showProviders(w, r, http.StatusOK, pages.QuestionWindow(question))
}

func (s *Server) confirmDeleteProvider(w http.ResponseWriter, r *http.Request) error {
	if err := s.deleteProvider(chi.URLParam(r, "id")); err != nil {
		return err
	}
	return s.done(w, r, providersPath, pages.Notice{Text: "Deleted. Its tokens are refused from now on."})
}
