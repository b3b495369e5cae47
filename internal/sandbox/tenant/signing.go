package tenant

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// The tenant signs access tokens and API keys with a key of its own, as Qlik Cloud does (qlik-cloud-api.md sections 2.2
// and 2.3). Callers should treat them as opaque, and so does the tenant: it finds them by their hash.

// tokenClaims are the claims of such a token.
type tokenClaims struct {
	SubType  string `json:"subType"`
	TenantID string `json:"tenantId"`
	Purpose  string `json:"purpose,omitempty"`
	jwt.RegisteredClaims
}

// signToken makes a token for a user; it says neither name nor rights.
func (s *Server) signToken(user, purpose string, audience string, expires time.Time) (string, error) {
	now := s.now()
	claims := tokenClaims{SubType: "user", TenantID: s.id, Purpose: purpose, RegisteredClaims: jwt.RegisteredClaims{
		ID: randomText(24), Subject: user, Issuer: "qlik.api", Audience: jwt.ClaimStrings{audience}, IssuedAt: jwt.NewNumericDate(now)}}
	if !expires.IsZero() {
		claims.ExpiresAt = jwt.NewNumericDate(expires)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodES384, claims)
	token.Header["kid"] = s.keyID()
	return token.SignedString(s.signing)
}

func (s *Server) keyID() string { return "sandbox-" + s.id[:8] }

// signingKey reads the tenant's key, and makes it the first time.
func signingKey(tx *state.Tx) (*ecdsa.PrivateKey, error) {
	text, found, err := state.Meta.Get(tx, "signing key")
	if err != nil {
		return nil, err
	}
	if !found {
		return newSigningKey(tx)
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("the signing key in the state file is not PEM text")
	}
	return x509.ParseECPrivateKey(block.Bytes)
}

func newSigningKey(tx *state.Tx) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, state.Meta.Put(tx, "signing key", string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})))
}

// getJWKS is GET /.well-known/jwks.json: the public half.
func (s *Server) getJWKS(w http.ResponseWriter, _ *http.Request) error {
	point, err := s.signing.PublicKey.Bytes()
	if err != nil {
		return err
	}
	half := (len(point) - 1) / 2 // an uncompressed point: 4, x, y
	coordinate := base64.RawURLEncoding.EncodeToString
	writeJSON(w, http.StatusOK, map[string]any{"keys": []map[string]string{{"kty": "EC", "crv": "P-384", "alg": "ES384", "use": "sig",
		"kid": s.keyID(), "x": coordinate(point[1 : 1+half]), "y": coordinate(point[1+half:])}}})
	return nil
}
