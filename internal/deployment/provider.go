package deployment

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// certify gives a certificate of a key, signed by itself: every sample of Qlik's shows the public key of a JWT identity
// provider in this form (qlik-cloud-api.md section 1.1). It has no end of its own (RFC 5280, section 4.1.2.5); the key is
// replaced by rotation.
func certify(kid string, private *rsa.PrivateKey, now time.Time) (string, error) {
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes([]byte(kid)), Subject: pkix.Name{CommonName: "Skyferry " + kid},
		NotBefore: now.Add(-time.Hour), NotAfter: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return "", fmt.Errorf("write the certificate: %w", err)
	}
	return encodePEM("CERTIFICATE", der), nil
}

// PEM is what a JWT identity provider gets of a key: its certificate, or the public key of one that was made without.
func (k Key) PEM() string {
	if k.Certificate != "" {
		return k.Certificate
	}
	return k.PublicPEM
}

// provider is the documented body of POST /api/v1/identity-providers for a JWT identity provider (qlik-cloud-api.md section
// 1.1).
type provider struct {
	TenantIDs   []string        `json:"tenantIds,omitempty"`
	Provider    string          `json:"provider"`
	Protocol    string          `json:"protocol"`
	Interactive bool            `json:"interactive"`
	Active      bool            `json:"active"`
	Description string          `json:"description"`
	Options     providerOptions `json:"options"`
}

type providerOptions struct {
	JWTLoginEnabled bool        `json:"jwtLoginEnabled"`
	Issuer          string      `json:"issuer"`
	StaticKeys      []staticKey `json:"staticKeys"`
}

// ProviderBody gives the JSON that makes a tenant trust a key as a JWT identity provider. The tenant's id is left out while it
// is not known. It holds nothing secret.
func ProviderBody(key Key, tenantID string) string {
	body := provider{
		Provider: "external", Protocol: "jwtAuth", Active: true, Description: "Skyferry " + key.ID,
		Options: providerOptions{true, key.Issuer, []staticKey{{KeyID: key.ID, PEM: strings.ReplaceAll(key.PEM(), "\n", "")}}},
	}
	if tenantID != "" {
		body.TenantIDs = []string{tenantID}
	}
	text, err := json.MarshalIndent(body, "", "  ")
	if err != nil {
		panic(err) // plain texts always marshal
	}
	return string(text)
}
