package tenant

import (
	"crypto/subtle"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/faults"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// accessLife is how long an access token lives (qlik-cloud-api.md section 2.2).
const accessLife = 6 * time.Hour

// The grants that this sandbox gives.
const (
	grantClient      = "client_credentials"
	grantImpersonate = "urn:qlik:oauth:user-impersonation"
)

type tokenRequest struct {
	ClientID        string     `json:"client_id"`
	ClientSecret    string     `json:"client_secret"`
	ClientAssertion string     `json:"client_assertion"`
	GrantType       string     `json:"grant_type"`
	Scope           string     `json:"scope"`
	UserLookup      userLookup `json:"user_lookup"`
	Token           string     `json:"token"` // of /oauth/revoke
}

// userLookup names the user whom a client impersonates.
type userLookup struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	Scope       string `json:"scope"`
	TokenType   string `json:"token_type"`
	ExpiresAt   string `json:"expires_at"`
	ExpiresIn   int    `json:"expires_in"`
}

// postToken is POST /oauth/token, in JSON or as a form.
func (s *Server) postToken(w http.ResponseWriter, r *http.Request) error {
	request, err := readTokenRequest(w, r)
	if err == nil {
		err = request.check()
	}
	if err == nil {
		err = s.takeCall("oauth "+request.ClientID, writing)
	}
	if err != nil {
		return err
	}
	life := faults.TokenLife(r.Context(), accessLife)
	token, expires, err := s.grant(request, life)
	if err != nil {
		return err
	}
	scope := request.Scope
	if scope == "" {
		scope = "admin_classic"
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, tokenAnswer{AccessToken: token, Scope: scope, TokenType: "bearer",
		ExpiresAt: stamp(expires), ExpiresIn: int(life.Seconds())})
	return nil
}

// check refuses what the sandbox does not do, in words: other grants exist in Qlik Cloud.
func (t tokenRequest) check() error {
	switch {
	case t.GrantType != grantClient && t.GrantType != grantImpersonate:
		return fault.New(fault.Invalid, "This sandbox takes grant_type %s and %s, not %q.", grantClient, grantImpersonate, t.GrantType)
	case t.ClientAssertion != "":
		return fault.New(fault.Invalid, "This sandbox takes client_secret, not client_assertion.")
	case t.ClientID == "" || len(t.ClientID) > maxDescription:
		return fault.New(fault.Unauthorized, "The client id is unknown or the client secret is wrong.")
	}
	return nil
}

// readTokenRequest reads the body; the secret may come as Basic authentication instead (RFC 6749 section 2.3.1), where
// official clients repeat the client id in the body.
func readTokenRequest(w http.ResponseWriter, r *http.Request) (tokenRequest, error) {
	request, err := readTokenBody(w, r)
	id, secret, basic := r.BasicAuth()
	if basic && request.ClientSecret == "" && (request.ClientID == "" || request.ClientID == id) {
		request.ClientID, request.ClientSecret = id, secret
	}
	return request, err
}

func readTokenBody(w http.ResponseWriter, r *http.Request) (tokenRequest, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" {
		var request tokenRequest
		return request, readJSON(w, r, &request)
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxJSON)
	if err := r.ParseForm(); err != nil {
		return tokenRequest{}, fault.Wrap(err, fault.Invalid, "The form cannot be read.")
	}
	form := r.PostForm
	request := tokenRequest{ClientID: form.Get("client_id"), ClientSecret: form.Get("client_secret"), GrantType: form.Get("grant_type"),
		Scope: form.Get("scope"), ClientAssertion: form.Get("client_assertion"), Token: form.Get("token")}
	return request, nil
}

// grant makes an access token for a client that proves itself; only the token's hash is kept.
func (s *Server) grant(request tokenRequest, life time.Duration) (token string, expires time.Time, err error) {
	expires = s.now().Add(life)
	err = s.db.Write(func(tx *state.Tx) error {
		client, found, err := state.Clients.Get(tx, request.ClientID)
		if err != nil {
			return err
		}
		secret := hashOf(request.ClientSecret)
		if !found || subtle.ConstantTimeCompare([]byte(secret), []byte(client.SecretHash)) != 1 {
			return fault.New(fault.Unauthorized, "The client id is unknown or the client secret is wrong.")
		}
		access := state.Token{ClientID: client.ID, Expires: expires.UTC()}
		user := s.botOf(client).ID
		if request.GrantType == grantImpersonate {
			if user, err = request.UserLookup.find(tx); err != nil {
				return err
			}
			access.UserID = user
		}
		if token, err = s.signToken(user, "accessToken", "sandbox", expires); err != nil {
			return err
		}
		access.Hash = hashOf(token)
		return state.Tokens.Put(tx, access.Hash, access)
	})
	return token, expires, err
}

// find gives the id of the user that is looked up.
func (l userLookup) find(tx *state.Tx) (string, error) {
	var user state.User
	var found bool
	var err error
	switch l.Field {
	case "subject":
		user, found, err = state.Users.First(tx, state.BySubject, l.Value)
	case "userId":
		user, found, err = state.Users.Get(tx, l.Value)
	case "email":
		user, found, err = state.Users.First(tx, state.ByEmail, strings.ToLower(l.Value))
	default:
		return "", fault.New(fault.Invalid, "user_lookup has the field subject, userId or email, not %q.", l.Field)
	}
	if err == nil && (!found || user.Status == userDisabled) {
		err = fault.New(fault.Unauthorized, "There is no active user whose %s is %q.", l.Field, l.Value)
	}
	return user.ID, err
}

// postRevoke is POST /oauth/revoke: 200, also for a token that nobody knows (RFC 7009).
func (s *Server) postRevoke(w http.ResponseWriter, r *http.Request) error {
	request, err := readTokenRequest(w, r)
	if err != nil {
		return err
	}
	if request.Token == "" {
		return fault.New(fault.Invalid, "token is missing.")
	}
	if err := s.db.Write(func(tx *state.Tx) error { return state.Tokens.Delete(tx, hashOf(request.Token)) }); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, struct{}{})
	return nil
}

// getAuthorizationServer is GET /.well-known/oauth-authorization-server (RFC 8414).
func (s *Server) getAuthorizationServer(w http.ResponseWriter, r *http.Request) error {
	base := baseURL(r)
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer": base, "authorization_endpoint": base + "/oauth/authorize", "token_endpoint": base + "/oauth/token",
		"revocation_endpoint": base + "/oauth/revoke", "jwks_uri": base + "/.well-known/jwks.json",
		"grant_types_supported":                 []string{grantClient, grantImpersonate},
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "client_secret_basic"},
		"response_types_supported":              []string{"code"}, "code_challenge_methods_supported": []string{"S256"},
		"scopes_supported": []string{"admin_classic", "admin.apps", "admin.apps:export", "admin.apps:read", "admin.spaces",
			"admin.spaces:read", "admin.users", "admin.users:read", "apps", "apps:export", "apps:read", "user_default"},
	})
	return nil
}
