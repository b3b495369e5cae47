package tenant

import (
	"crypto/subtle"
	"mime"
	"net/http"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/faults"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// accessLife is how long an access token lives (qlik-cloud-api.md section 2.2).
const accessLife = 6 * time.Hour

type tokenRequest struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	GrantType    string `json:"grant_type"`
	Scope        string `json:"scope"`
}

type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	Scope       string `json:"scope"`
	TokenType   string `json:"token_type"`
	ExpiresAt   string `json:"expires_at"`
	ExpiresIn   int    `json:"expires_in"`
}

// postToken is POST /oauth/token: client credentials, in JSON or as a form.
func (s *Server) postToken(w http.ResponseWriter, r *http.Request) error {
	request, err := readTokenRequest(w, r)
	if err != nil {
		return err
	}
	if request.GrantType != "client_credentials" {
		return fault.New(fault.Invalid, "This sandbox takes only grant_type client_credentials.")
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

func readTokenRequest(w http.ResponseWriter, r *http.Request) (tokenRequest, error) {
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
	return tokenRequest{form.Get("client_id"), form.Get("client_secret"), form.Get("grant_type"), form.Get("scope")}, nil
}

// grant makes an access token for a client that proves itself; only the token's hash is kept.
func (s *Server) grant(request tokenRequest, life time.Duration) (token string, expires time.Time, err error) {
	token, expires = randomText(48), s.now().Add(life)
	err = s.db.Write(func(tx *state.Tx) error {
		client, found, err := state.Clients.Get(tx, request.ClientID)
		if err != nil {
			return err
		}
		secret := hashOf(request.ClientSecret)
		if !found || subtle.ConstantTimeCompare([]byte(secret), []byte(client.SecretHash)) != 1 {
			return fault.New(fault.Unauthorized, "The client id is unknown or the client secret is wrong.")
		}
		access := state.Token{Hash: hashOf(token), ClientID: client.ID, Expires: expires.UTC()}
		return state.Tokens.Put(tx, access.Hash, access)
	})
	return token, expires, err
}
