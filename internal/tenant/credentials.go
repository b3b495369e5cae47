package tenant

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// CallSignIn is the Call of errors that come from getting a token.
const CallSignIn = "sign in"

// Credentials are those of an OAuth client of the tenant (machine to machine).
type Credentials struct {
	ID       string
	Secret   string `json:"-"`
	Endpoint string // token endpoint, for instance https://my-tenant.eu.qlikcloud.com/oauth/token
}

// Format prints the client's id and endpoint only, whatever the verb.
func (c Credentials) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "client %s at %s", c.ID, c.Endpoint)
}

// ClientCredentials gets tokens from the token endpoint (qlik-cloud-api.md section 2.2). A client that is not accepted
// gives Unauthorized, with whatever 4xx the endpoint says it.
func ClientCredentials(c Credentials, hc *http.Client, now func() time.Time) Tokens {
	hc = strict(hc)
	return newCache(now, func(ctx context.Context) (string, time.Duration, error) { return c.signIn(ctx, hc) })
}

func (c Credentials) signIn(ctx context.Context, hc *http.Client) (string, time.Duration, error) {
	k := call{name: CallSignIn, method: http.MethodPost, url: c.Endpoint, secrets: []string{c.Secret}, payload: map[string]string{
		"client_id": c.ID, "client_secret": c.Secret, "grant_type": "client_credentials",
	}}
	a, err := send(ctx, hc, k, "")
	if err != nil {
		return "", 0, notAccepted(err)
	}
	var granted struct {
		Token string `json:"access_token"`
		Life  int64  `json:"expires_in"` // seconds
	}
	if err := k.decode(a, &granted, ""); err != nil {
		return "", 0, err
	}
	if granted.Token == "" || granted.Life <= 0 || granted.Life > maxLife {
		return "", 0, k.bad(a, "it has no token with a sensible life")
	}
	return granted.Token, time.Duration(granted.Life) * time.Second, nil
}

// maxLife of a token, in seconds: a year, far above Qlik's 6 hours, and no overflow.
const maxLife = 365 * 24 * 60 * 60

// notAccepted turns the statuses by which a token endpoint refuses a client into Unauthorized: Qlik answers 400 or 401.
func notAccepted(err error) error {
	if e, ok := errors.AsType[*Error](err); ok && (e.Status == http.StatusBadRequest || e.Status == http.StatusForbidden) {
		e.Cause = Unauthorized
	}
	return err
}
