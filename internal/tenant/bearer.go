package tenant

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	bearerLife = 30 * time.Minute
	// clockSlack is how far the tenant's clock may be behind ours before it finds our token too young.
	clockSlack = time.Minute
)

// SigningKey signs the tokens of a deployment that uses the local bearer token or a JWT identity provider.
type SigningKey struct {
	ID      string          // kid, as in the definition that the tenant holds
	Issuer  string          // iss, unique per key
	Private *rsa.PrivateKey `json:"-"`
}

// Format prints the key's id and issuer only, whatever the verb.
func (k SigningKey) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "key %s of %s", k.ID, k.Issuer)
}

// claims are those that the documented JWT sign-in requires (qlik-cloud-api.md section 2.1). The claims of Qlik's own
// multi-cloud tokens are not public; these are our choice.
type claims struct {
	SubType       string `json:"subType"`
	Name          string `json:"name"`
	Email         string `json:"email"`
	EmailVerified bool   `json:"email_verified"`
	jwt.RegisteredClaims
}

// LocalBearer signs tokens for the audience with the key, each good for 30 minutes and kept for 25.
func LocalBearer(key SigningKey, audience string, now func() time.Time) SignIn {
	return newCache(now, func(context.Context) (Pass, time.Duration, error) {
		token, err := key.sign(audience, now())
		return Bearer(token), bearerLife, err
	})
}

// sign gives a token of the key with every claim that the documented JWT sign-in requires, and an id of its own.
func (k SigningKey) sign(audience string, now time.Time) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, bearerClaims(k.Issuer, audience, now))
	token.Header["kid"] = k.ID
	text, err := token.SignedString(k.Private)
	if err != nil {
		return "", fmt.Errorf("sign a token with key %s: %w", k.ID, err)
	}
	return text, nil
}

func bearerClaims(issuer, audience string, now time.Time) claims {
	since := jwt.NewNumericDate(now.Add(-clockSlack))
	return claims{
		SubType: "user", Name: "Skyferry distribution", Email: "distribution@skyferry.invalid", EmailVerified: true,
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: "skyferry-distribution", ID: rand.Text(),
			IssuedAt: since, NotBefore: since, ExpiresAt: jwt.NewNumericDate(now.Add(bearerLife)),
		},
	}
}
