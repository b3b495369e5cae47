package tenant

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// Protocol and provider of a multi-cloud identity provider (qlik-cloud-api.md section 1.2).
const (
	multiCloudProtocol = "qsefw-local-bearer-token"
	multiCloudProvider = "qlik"
)

// maxDescription bounds descriptions, in characters.
const maxDescription = 256

// AddIdentityProvider makes a multi-cloud identity provider configuration from a local bearer token, as the page
// does. The error has the field that is at fault: description or token.
func (s *Server) AddIdentityProvider(description, definition string) error {
	_, err := s.addProvider(description, definition)
	return err
}

func (s *Server) addProvider(description, text string) (state.Provider, error) {
	description = strings.TrimSpace(description)
	if len([]rune(description)) > maxDescription {
		return state.Provider{}, fault.Field(fault.Invalid, "description", "The description is longer than %d characters.", maxDescription)
	}
	d, err := parseDefinition(text)
	if err != nil {
		return state.Provider{}, fault.Field(fault.Invalid, "token", "%s", fault.Of(err).Text)
	}
	provider := state.Provider{ID: randomHex(), Description: description, Issuer: d.Issuer, Audience: d.Audience,
		KeyID: d.StaticKeys[0].KeyID, PEM: d.StaticKeys[0].PEM, Created: s.now().UTC()}
	return provider, s.db.Write(func(tx *state.Tx) error { return putProvider(tx, provider) })
}

// putProvider stores a new configuration; an issuer has one at most.
func putProvider(tx *state.Tx, provider state.Provider) error {
	same, err := state.Providers.All(tx, func(p state.Provider) bool { return p.Issuer == provider.Issuer })
	if err != nil {
		return err
	}
	if len(same) > 0 {
		return fault.Field(fault.Conflict, "token",
			"The configuration %q has this issuer already. Delete that one first when its key was replaced.", same[0].Description)
	}
	return state.Providers.Put(tx, provider.ID, provider)
}

// deleteProvider removes a configuration; its tokens are refused from then on.
func (s *Server) deleteProvider(id string) error {
	return s.db.Write(func(tx *state.Tx) error {
		if _, err := oneProvider(tx, id); err != nil {
			return err
		}
		return state.Providers.Delete(tx, id)
	})
}

func oneProvider(tx *state.Tx, id string) (state.Provider, error) {
	provider, found, err := state.Providers.Get(tx, id)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "There is no identity provider configuration %q.", id)
	}
	return provider, err
}

// providerBody is the IDP object of section 1; the key itself is not in it.
type providerBody struct {
	ID          string          `json:"id"`
	TenantIDs   []string        `json:"tenantIds"`
	Active      bool            `json:"active"`
	Interactive bool            `json:"interactive"`
	Provider    string          `json:"provider"`
	Protocol    string          `json:"protocol"`
	Description string          `json:"description"`
	Created     string          `json:"created"`
	LastUpdated string          `json:"lastUpdated"`
	Options     providerOptions `json:"options"`
}

type providerOptions struct {
	Issuer     string      `json:"issuer"`
	Audience   string      `json:"audience"`
	StaticKeys []staticKey `json:"staticKeys"`
}

func (s *Server) providerBody(p state.Provider) providerBody {
	return providerBody{ID: p.ID, TenantIDs: []string{s.id}, Active: true, Provider: multiCloudProvider,
		Protocol: multiCloudProtocol, Description: p.Description, Created: stamp(p.Created), LastUpdated: stamp(p.Created),
		Options: providerOptions{p.Issuer, p.Audience, []staticKey{{KeyID: p.KeyID, PEM: p.PEM}}}}
}

func (s *Server) listProviders(w http.ResponseWriter, r *http.Request) error {
	list := listBody[providerBody]{Data: []providerBody{}, Links: links{Self: linkTo(selfURL(r))}}
	err := s.db.Read(func(tx *state.Tx) error {
		all, err := state.Providers.All(tx, nil)
		for _, p := range all {
			list.Data = append(list.Data, s.providerBody(p))
		}
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}

func (s *Server) getProvider(w http.ResponseWriter, r *http.Request) error {
	var provider state.Provider
	err := s.db.Read(func(tx *state.Tx) (err error) {
		provider, err = oneProvider(tx, chi.URLParam(r, "id"))
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, s.providerBody(provider))
	return nil
}

func (s *Server) postProvider(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Provider, Protocol, Description, Base64Encoded string
		Interactive                                    bool
	}
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if body.Protocol != multiCloudProtocol || body.Provider != multiCloudProvider || body.Interactive {
		return fault.New(fault.Invalid, "This sandbox takes only protocol %q of provider %q, not interactive.",
			multiCloudProtocol, multiCloudProvider)
	}
	provider, err := s.addProvider(body.Description, body.Base64Encoded)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, s.providerBody(provider))
	return nil
}

func (s *Server) removeProvider(w http.ResponseWriter, r *http.Request) error {
	if err := s.deleteProvider(chi.URLParam(r, "id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
