package tenant

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

// CallSignIn is the Call of errors that come from getting a token.
const CallSignIn = "sign in"

// Credentials are those of an OAuth client of the tenant (machine to machine).
type Credentials struct {
	ID       string
	Secret   func() string // so that it stands in no text, however these are printed
	Endpoint string        // token endpoint, for instance https://my-tenant.eu.qlikcloud.com/oauth/token
}

// ClientCredentials gets tokens from the token endpoint (qlik-cloud-api.md section 2.2). The documented JSON goes first; an
// endpoint that does not take it gets a form. A client that is not accepted gives Unauthorized, with whatever 4xx the endpoint
// says it.
func ClientCredentials(c Credentials, hc *http.Client, now func() time.Time) SignIn {
	hc = strict(hc)
	var form atomic.Bool // the endpoint took a form, and not JSON
	return newCache(now, func(ctx context.Context) (Pass, time.Duration, error) {
		pass, life, err := c.ask(ctx, hc, form.Load())
		if !wantsOtherForm(err) {
			return pass, life, notAccepted(err)
		}
		pass, life, otherErr := c.ask(ctx, hc, !form.Load())
		if otherErr != nil {
			return Pass{}, 0, notAccepted(err) // what the endpoint said first is about the client
		}
		form.Store(!form.Load())
		return pass, life, nil
	})
}

// wantsOtherForm says whether the endpoint may not have understood the request: it says so, or answers 400, by which an
// endpoint refuses a form that it does not read as well as a client that it does not know.
func wantsOtherForm(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Status == http.StatusUnsupportedMediaType || e.Status == http.StatusBadRequest)
}

// ask makes one request for a token, as a form or as JSON.
func (c Credentials) ask(ctx context.Context, hc *http.Client, form bool) (Pass, time.Duration, error) {
	secret := c.Secret()
	fields := map[string]string{"client_id": c.ID, "client_secret": secret, "grant_type": "client_credentials"}
	k := call{name: CallSignIn, method: http.MethodPost, url: c.Endpoint, secrets: []string{secret, url.QueryEscape(secret)}}
	if k.payload = fields; form {
		k.payload, k.form = nil, url.Values{}
		for name, value := range fields {
			k.form.Set(name, value)
		}
	}
	a, err := send(ctx, hc, k, Pass{})
	if err != nil {
		return Pass{}, 0, err
	}
	return k.granted(a)
}

// granted reads the token and its life.
func (k call) granted(a answer) (Pass, time.Duration, error) {
	var granted struct {
		Token string `json:"access_token"`
		Life  int64  `json:"expires_in"` // seconds
	}
	if err := k.decode(a, &granted, Pass{}); err != nil {
		return Pass{}, 0, err
	}
	if granted.Token == "" || granted.Life <= 0 || granted.Life > maxLife {
		return Pass{}, 0, k.bad(a, "it has no token with a sensible life")
	}
	return Bearer(granted.Token), time.Duration(granted.Life) * time.Second, nil
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
