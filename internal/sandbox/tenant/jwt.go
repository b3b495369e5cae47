package tenant

import (
	"cmp"
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
// identity provider that the token names, then its claims. Who the caller is says the subject, not the key: a site that
// changes its key stays the same user.
func callerOfJWT(tx *state.Tx, text string, now time.Time) (caller, error) {
	provider, claims, err := readSigned(tx, text, multiCloudProtocol, []string{"RS256"})
	if err != nil {
		return caller{}, err
	}
	if err := checkClaims(provider, claims, now); err != nil {
		return caller{}, tokenRefused(err)
	}
	subject := cmp.Or(textOf(claims["sub"]), provider.Issuer)
	user := state.User{ID: userIDOf("site " + subject), Subject: subject, Name: provider.Description, Email: "site@sandbox.invalid",
		Status: userActive, Created: provider.Created, Updated: provider.Created}
	return caller{User: user, Issuer: provider.Issuer}, nil
}

// readSigned checks the signature of a token by the identity provider that it names, which must have this protocol.
func readSigned(tx *state.Tx, text, protocol string, methods []string) (provider state.Provider, claims jwt.MapClaims, err error) {
	claims = jwt.MapClaims{}
	parser := jwt.NewParser(jwt.WithValidMethods(methods), jwt.WithoutClaimsValidation())
	_, err = parser.ParseWithClaims(text, claims, func(token *jwt.Token) (any, error) {
		var err error
		if provider, err = providerOf(tx, textOf(claims["iss"]), protocol); err != nil {
			return nil, err
		}
		return keyOf(provider, token)
	})
	if err != nil {
		return provider, nil, tokenRefused(err)
	}
	return provider, claims, nil
}

// tokenRefused says why. A sandbox may: the text helps to mend the client and holds no secret.
func tokenRefused(err error) error {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e
	}
	return fault.Wrap(err, fault.Unauthorized, "The bearer token is not accepted: %s.", err)
}

// providerOf finds the identity provider configuration of an issuer.
func providerOf(tx *state.Tx, issuer, protocol string) (state.Provider, error) {
	found, err := state.Providers.All(tx, func(p state.Provider) bool { return p.Issuer == issuer })
	switch {
	case err != nil:
		return state.Provider{}, err
	case len(found) == 0:
		return state.Provider{}, fault.New(fault.Unauthorized,
			"The bearer token is not accepted: no identity provider configuration has its issuer %q.", issuer)
	case protocolOf(found[0]) != protocol:
		return state.Provider{}, fault.New(fault.Unauthorized,
			"The bearer token is not accepted: the identity provider of its issuer has the protocol %s, and this call takes %s.", protocolOf(found[0]), protocol)
	}
	return found[0], nil
}

// keyOf gives the public key that must have signed the token.
func keyOf(provider state.Provider, token *jwt.Token) (any, error) {
	if token.Header["kid"] != provider.KeyID {
		return nil, fault.New(fault.Unauthorized,
			"The bearer token is not accepted: its key id is not %q, the one of its identity provider.", provider.KeyID)
	}
	return parseAnyKey(provider.PEM)
}

// validate checks issuer, audience and times.
func validate(provider state.Provider, claims jwt.MapClaims, now time.Time) error {
	return jwt.NewValidator(jwt.WithIssuer(provider.Issuer), jwt.WithAudience(provider.Audience), jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(func() time.Time { return now })).Validate(claims)
}

// checkClaims checks a token that is sent with every call, and that nobody signs tokens that live for long.
func checkClaims(provider state.Provider, claims jwt.MapClaims, now time.Time) error {
	if err := validate(provider, claims, now); err != nil {
		return err
	}
	end, _ := claims.GetExpirationTime() // good after validate
	begin, _ := claims.GetNotBefore()
	if begin == nil {
		begin, _ = claims.GetIssuedAt()
	}
	if begin == nil {
		return errors.New("it says neither nbf nor iat")
	}
	if end.Sub(begin.Time) > longestLife {
		return errors.New("it lives longer than one hour")
	}
	return nil
}
