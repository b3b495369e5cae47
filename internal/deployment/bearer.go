package deployment

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/secret"
)

const (
	keyBits = 2048 // the least that RS256 is safe with; what identity providers commonly take
	kidSize = 8    // bytes of the public key's hash
)

// NewKey makes a signing key for a site. Its id comes from the public key, so that both sides can compare it, and its
// issuer is unique per key, because an identity provider of a tenant is found by the issuer.
func NewKey(siteID string, now time.Time) (SigningKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return SigningKey{}, fmt.Errorf("make a signing key: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		return SigningKey{}, fmt.Errorf("write the public key: %w", err)
	}
	secretHalf, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return SigningKey{}, fmt.Errorf("write the private key: %w", err)
	}
	sum := sha256.Sum256(public)
	kid := hex.EncodeToString(sum[:kidSize])
	certificate, err := certify(kid, private, now)
	if err != nil {
		return SigningKey{}, err
	}
	return SigningKey{
		Key: Key{
			ID: kid, Issuer: "skyferry:" + siteID + ":" + kid,
			PublicPEM: encodePEM("PUBLIC KEY", public), Certificate: certificate, Created: now.UTC().Truncate(time.Microsecond),
		},
		PrivatePEM: secret.Text(encodePEM("PRIVATE KEY", secretHalf)),
	}, nil
}

// NewDraft makes a key for a deployment that is not applied yet, and gives its private half apart.
func NewDraft(siteID string, now time.Time) (Draft, secret.Text, error) {
	key, err := NewKey(siteID, now)
	if err != nil {
		return Draft{}, "", err
	}
	return Draft{ID: uuid.NewString(), Key: key.Key, Expires: key.Created.Add(DraftLife)}, key.PrivatePEM, nil
}

func encodePEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// definition is the local bearer token before base64: what a tenant needs to trust a key, and nothing secret. Qlik has not
// published its own format.
type definition struct {
	Issuer     string      `json:"issuer"`
	Audience   string      `json:"audience"`
	StaticKeys []staticKey `json:"staticKeys"`
}

type staticKey struct {
	KeyID string `json:"kid"`
	PEM   string `json:"pem"`
}

// Definition gives the local bearer token: the text that an admin pastes into the tenant's identity provider
// configuration. It holds the public half of the key only.
func Definition(key Key, audience string) string {
	text, err := json.Marshal(definition{
		Issuer: key.Issuer, Audience: audience, StaticKeys: []staticKey{{KeyID: key.ID, PEM: key.PublicPEM}},
	})
	if err != nil {
		panic(err) // plain texts always marshal
	}
	return base64.StdEncoding.EncodeToString(text)
}
