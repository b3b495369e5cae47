package tenant

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Tokens gives bearer tokens and forgets those that were refused. It is safe for concurrent use.
type Tokens interface {
	// Token gives a token that is good for some minutes at least.
	Token(ctx context.Context) (string, error)
	// Drop forgets this token, so that the next Token is a new one. A token that is not the present one is ignored.
	Drop(token string)
}

// Client talks to one tenant. It is safe for concurrent use.
type Client struct {
	base   *url.URL // scheme and host only; nil when the endpoint is no web address
	tokens Tokens
	http   *http.Client
	now    func() time.Time
	quiet  time.Duration
	answer time.Duration
}

// New makes a client for the tenant at endpoint ("https://my-tenant.eu.qlikcloud.com"; a path is ignored). An endpoint
// that is no web address fails at the first call. hc comes from NewHTTPClient, which keeps the guard.
func New(endpoint string, tokens Tokens, hc *http.Client) *Client {
	c := &Client{tokens: tokens, http: strict(hc), now: time.Now, quiet: quietTime, answer: answerTime}
	if u, err := url.Parse(strings.TrimSpace(endpoint)); err == nil && u.Host != "" {
		c.base = &url.URL{Scheme: u.Scheme, Host: u.Host}
	}
	return c
}

// strict is hc, but it follows a redirect only for a read and on the same host: a token must not travel, and a POST must
// not turn into a GET.
func strict(hc *http.Client) *http.Client {
	same := *hc
	same.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		first := via[0]
		read := first.Method == http.MethodGet || first.Method == http.MethodHead
		if !read || len(via) > 3 || !sameHost(req.URL, first.URL) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return &same
}

// sameHost compares name and port, and refuses to leave TLS.
func sameHost(a, b *url.URL) bool {
	return strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b) && a.Scheme == b.Scheme
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// api gives the address of a path below /api/v1/.
func (c *Client) api(path string, query url.Values) string {
	if c.base == nil {
		return ""
	}
	address := c.base.String() + "/api/v1/" + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return address
}

// do makes a call with a token. A refused token is dropped and the call made once more with a new one.
func (c *Client) do(ctx context.Context, k call) (answer, string, error) {
	token, err := c.tokens.Token(ctx)
	if err != nil {
		return answer{}, "", err
	}
	a, err := send(ctx, c.http, k, token)
	if CauseOf(err) != Unauthorized {
		return a, token, err
	}
	c.tokens.Drop(token)
	renewed, renewErr := c.tokens.Token(ctx)
	if renewErr != nil {
		return answer{}, "", renewErr
	}
	if renewed == token || (k.chunk != nil && k.chunk.rewind() != nil) {
		return a, token, err
	}
	a, err = send(ctx, c.http, k, renewed)
	if CauseOf(err) == Unauthorized {
		c.tokens.Drop(renewed)
	}
	return a, renewed, err
}

// fetch makes a call and reads the JSON of its answer into out.
func (c *Client) fetch(ctx context.Context, k call, out any) error {
	a, token, err := c.do(ctx, k)
	if err != nil {
		return err
	}
	return k.decode(a, out, token)
}

// Origin is the tenant's scheme and host, "" when the endpoint is no web address.
func (c *Client) Origin() string {
	if c.base == nil {
		return ""
	}
	return c.base.String()
}
