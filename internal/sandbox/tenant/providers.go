package tenant

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// Protocols and providers of the identity providers that this sandbox takes: multi-cloud (qlik-cloud-api.md section
// 1.2) and JWT (section 1.1).
const (
	multiCloudProtocol = "qsefw-local-bearer-token"
	multiCloudProvider = "qlik"
	jwtProtocol        = "jwtAuth"
	jwtProvider        = "external"
)

// maxDescription bounds descriptions, in characters.
const maxDescription = 256

// protocolOf gives the protocol of a configuration; those of older files are multi-cloud.
func protocolOf(p state.Provider) string {
	if p.Protocol == "" {
		return multiCloudProtocol
	}
	return p.Protocol
}

// AddIdentityProvider makes a multi-cloud identity provider configuration from a local bearer token, as the page
// does. The error has the field that is at fault: description or token.
func (s *Server) AddIdentityProvider(description, definition string) error {
	_, err := s.addMultiCloud(description, definition)
	return err
}

func (s *Server) addMultiCloud(description, text string) (state.Provider, error) {
	d, err := parseDefinition(text)
	if err != nil {
		return state.Provider{}, fault.Field(fault.Invalid, "token", "%s", fault.Of(err).Text)
	}
	return s.addProvider(multiCloudProtocol, description, d)
}

// addJWT makes a JWT identity provider: its tokens make sessions at /login/jwt-session.
func (s *Server) addJWT(description string, d definition) (state.Provider, error) {
	d.Audience = loginAudience
	if err := d.checkJWT(); err != nil {
		return state.Provider{}, fault.Field(fault.Invalid, "pem", "%s", fault.Of(err).Text)
	}
	return s.addProvider(jwtProtocol, description, d)
}

func (s *Server) addProvider(protocol, description string, d definition) (state.Provider, error) {
	description, err := checkedDescription(description)
	if err != nil {
		return state.Provider{}, err
	}
	now := s.now().UTC()
	provider := state.Provider{ID: randomHex(), Protocol: protocol, Description: description, Issuer: d.Issuer, Audience: d.Audience,
		KeyID: d.StaticKeys[0].KeyID, PEM: d.StaticKeys[0].PEM, Created: now, Updated: now}
	return provider, s.db.Write(func(tx *state.Tx) error { return putProvider(tx, provider) })
}

func checkedDescription(text string) (string, error) {
	text = strings.TrimSpace(text)
	if len([]rune(text)) > maxDescription {
		return "", fault.Field(fault.Invalid, "description", "The description is longer than %d characters.", maxDescription)
	}
	return text, nil
}

// putProvider stores a new configuration; an issuer has one at most.
func putProvider(tx *state.Tx, provider state.Provider) error {
	same, err := state.Providers.All(tx, func(p state.Provider) bool { return p.Issuer == provider.Issuer })
	if err != nil {
		return err
	}
	if len(same) > 0 {
		field := map[string]string{multiCloudProtocol: "token", jwtProtocol: "issuer"}[provider.Protocol]
		return fault.Field(fault.Conflict, field,
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

// providerBody is the IDP object of section 1; the key in it is public.
type providerBody struct {
	ID                    string          `json:"id"`
	TenantIDs             []string        `json:"tenantIds"`
	Active                bool            `json:"active"`
	Interactive           bool            `json:"interactive"`
	Provider              string          `json:"provider"`
	Protocol              string          `json:"protocol"`
	Description           string          `json:"description"`
	Created               string          `json:"created"`
	LastUpdated           string          `json:"lastUpdated"`
	CreateNewUsersOnLogin bool            `json:"createNewUsersOnLogin"`
	Options               providerOptions `json:"options"`
}

type providerOptions struct {
	Issuer     string      `json:"issuer"`
	Audience   string      `json:"audience,omitempty"`
	StaticKeys []staticKey `json:"staticKeys"`
}

func (s *Server) providerBody(p state.Provider) providerBody {
	body := providerBody{ID: p.ID, TenantIDs: []string{s.id}, Active: true, Provider: multiCloudProvider,
		Protocol: protocolOf(p), Description: p.Description, Created: stamp(p.Created), LastUpdated: stamp(p.Created),
		Options: providerOptions{p.Issuer, p.Audience, []staticKey{{KeyID: p.KeyID, PEM: p.PEM}}}}
	if !p.Updated.IsZero() {
		body.LastUpdated = stamp(p.Updated)
	}
	if body.Protocol == jwtProtocol {
		body.Provider, body.CreateNewUsersOnLogin, body.Options.Audience = jwtProvider, true, ""
	}
	return body
}

// listProviders is GET /api/v1/identity-providers; every configuration is active.
func (s *Server) listProviders(w http.ResponseWriter, r *http.Request) error {
	order, err := listingOf(r, map[string]string{"": state.ByCreated}, usualCursors)
	if err != nil {
		return err
	}
	active := flag(r, "active")
	var list listBody[providerBody]
	err = s.db.Read(func(tx *state.Tx) error {
		page, err := readRows(tx, state.Providers, order, func(state.Provider) bool { return active == nil || *active })
		list = listOf(r, order, page, s.providerBody)
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

// providerRequest is the body of POST; what it does not name is ignored, as official samples send more.
type providerRequest struct {
	Provider, Protocol, Description, Base64Encoded string
	Interactive                                    bool
	Options                                        definition
}

// postProvider is POST /api/v1/identity-providers: 201, or 400; the contract has no 409 here.
func (s *Server) postProvider(w http.ResponseWriter, r *http.Request) error {
	var body providerRequest
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	provider, err := s.addRequested(body)
	if fault.Is(err, fault.Conflict) {
		err = fault.New(fault.Invalid, "%s", fault.Of(err).Text)
	}
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, s.providerBody(provider))
	return nil
}

func (s *Server) addRequested(body providerRequest) (state.Provider, error) {
	switch {
	case body.Interactive:
		return state.Provider{}, fault.New(fault.Invalid, "This sandbox has no interactive identity providers.")
	case body.Protocol == multiCloudProtocol && body.Provider == multiCloudProvider:
		return s.addMultiCloud(body.Description, body.Base64Encoded)
	case body.Protocol == jwtProtocol && body.Provider == jwtProvider:
		return s.addJWT(body.Description, body.Options)
	}
	return state.Provider{}, fault.New(fault.Invalid, "This sandbox takes protocol %q of provider %q and protocol %q of provider %q, not interactive.",
		multiCloudProtocol, multiCloudProvider, jwtProtocol, jwtProvider)
}

// patchProvider is PATCH: of a JWT or multi-cloud configuration only the description can be replaced (section 1).
func (s *Server) patchProvider(w http.ResponseWriter, r *http.Request) error {
	patch, err := readPatch(w, r)
	if err != nil {
		return err
	}
	return s.noContent(w, func(tx *state.Tx) error {
		provider, err := oneProvider(tx, chi.URLParam(r, "id"))
		if err != nil {
			return err
		}
		for _, op := range patch {
			if op.Op != "replace" || op.Path != "/description" {
				return op.unknown()
			}
			if err := op.into(&provider.Description); err != nil {
				return err
			}
		}
		if provider.Description, err = checkedDescription(provider.Description); err != nil {
			return err
		}
		provider.Updated = s.now().UTC()
		return state.Providers.Put(tx, provider.ID, provider)
	})
}

func (s *Server) removeProvider(w http.ResponseWriter, r *http.Request) error {
	if err := s.deleteProvider(chi.URLParam(r, "id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// getProviderStatus is GET .../status: the sandbox has no interactive ones.
func (s *Server) getProviderStatus(w http.ResponseWriter, _ *http.Request) error {
	known := []map[string]any{}
	err := s.db.Read(func(tx *state.Tx) error {
		all, err := state.Providers.All(tx, nil)
		for _, p := range all {
			known = append(known, map[string]any{"active": true, "interactive": false, "provider": s.providerBody(p).Provider})
		}
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"active_interactive_idps_count": 0, "idps_metadata": known})
	return nil
}

// getProviderMeta is GET .../me/meta: a sandbox has no portal and no subscription.
func (s *Server) getProviderMeta(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, http.StatusOK, struct{}{})
	return nil
}

// getProviderWellKnown is GET .../.well-known/metadata.json, a free form in the contract.
func (s *Server) getProviderWellKnown(w http.ResponseWriter, r *http.Request) error {
	writeJSON(w, http.StatusOK, map[string]any{"tenantId": s.id, "issuer": baseURL(r), "protocols": []string{multiCloudProtocol, jwtProtocol},
		"jwt_session_endpoint": baseURL(r) + "/login/jwt-session", "jwks_uri": baseURL(r) + "/.well-known/jwks.json"})
	return nil
}
