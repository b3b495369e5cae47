package tenant

import (
	"crypto/rsa"
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// Bounds of a signed token: the longest life (qlik-cloud-api.md section 2.1), and how far clocks may differ.
const (
	longestLife = time.Hour
	leeway      = time.Minute
)

// callerOfJWT checks a token that a client-managed site signed for itself: first the signature by the key of the
// identity provider that the token names, then its claims.
func callerOfJWT(tx *state.Tx, text string, now time.Time) (caller, error) {
	var provider state.Provider
	var claims jwt.RegisteredClaims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithoutClaimsValidation())
	_, err := parser.ParseWithClaims(text, &claims, func(token *jwt.Token) (any, error) {
		var err error
		provider, err = providerOf(tx, claims.Issuer)
		if err != nil {
			return nil, err
		}
		return keyOf(provider, token)
	})
	if err != nil {
		return caller{}, tokenRefused(err)
	}
	if err := checkClaims(provider, claims, now); err != nil {
		return caller{}, tokenRefused(err)
	}
	return caller{ID: userIDOf(provider.Issuer), Subject: claims.Subject, Name: provider.Description,
		Email: "site@sandbox.invalid", Issuer: provider.Issuer}, nil
}

// tokenRefused says why. A sandbox may: the text helps to mend the client and holds no secret.
func tokenRefused(err error) error {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e
	}
	return fault.Wrap(err, fault.Unauthorized, "The bearer token is not accepted: %s.", err)
}

// providerOf finds the identity provider configuration of an issuer.
func providerOf(tx *state.Tx, issuer string) (state.Provider, error) {
	found, err := state.Providers.All(tx, func(p state.Provider) bool { return p.Issuer == issuer })
	if err != nil {
		return state.Provider{}, err
	}
	if len(found) == 0 {
		return state.Provider{}, fault.New(fault.Unauthorized,
			"The bearer token is not accepted: no identity provider configuration has its issuer %q.", issuer)
	}
	return found[0], nil
}

// keyOf gives the public key that must have signed the token.
func keyOf(provider state.Provider, token *jwt.Token) (*rsa.PublicKey, error) {
	if token.Header["kid"] != provider.KeyID {
		return nil, fault.New(fault.Unauthorized,
			"The bearer token is not accepted: its key id is not %q, the one of its identity provider.", provider.KeyID)
	}
	return parsePublicKey(provider.PEM)
}

// checkClaims checks issuer, audience and times, and that nobody signs tokens that live for long.
func checkClaims(provider state.Provider, claims jwt.RegisteredClaims, now time.Time) error {
	validator := jwt.NewValidator(jwt.WithIssuer(provider.Issuer), jwt.WithAudience(provider.Audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(func() time.Time { return now }))
	if err := validator.Validate(claims); err != nil {
		return err
	}
	begin := claims.NotBefore
	if begin == nil {
		begin = claims.IssuedAt
	}
	if begin == nil {
		return errors.New("it says neither nbf nor iat")
	}
	if claims.ExpiresAt.Sub(begin.Time) > longestLife {
		return errors.New("it lives longer than one hour")
	}
	return nil
}
