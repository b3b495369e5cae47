package tenant

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Client talks to one tenant. It is safe for concurrent use.
type Client struct {
	base   *url.URL // scheme and host only; nil when the endpoint is no web address
	signIn SignIn
	heir   *nextKey // that takes over when the tenant refuses signIn; nil: there is none
	http   *http.Client
	pace   *Pace // nil: none
	now    func() time.Time
	quiet  time.Duration
	answer time.Duration
	call   time.Duration // the longest that a call may take that sets no time of its own

	mu          sync.Mutex // guards what follows, signIn and heir
	certificate time.Time  // see CertificateExpires
}

// New makes a client for the tenant at endpoint ("https://my-tenant.eu.qlikcloud.com"; a path is ignored). An endpoint
// that is no web address fails at the first call. hc comes from NewHTTPClient, which keeps the guard.
func New(endpoint string, signIn SignIn, hc *http.Client) *Client {
	return &Client{base: parseEndpoint(endpoint), signIn: signIn, http: strict(hc), now: time.Now, quiet: quietTime, answer: answerTime, call: callTimeout}
}

// noRedirects is hc, but it follows no redirect: what opens a session must come from the tenant itself.
func noRedirects(hc *http.Client) *http.Client {
	same := *hc
	same.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &same
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

// do makes a call. A refused pass is dropped and the call made once more with a new one; when that is refused as well and
// there is a next key, it is made once with that one.
func (c *Client) do(ctx context.Context, k call) (answer, Pass, error) {
	k.timeout = cmp.Or(k.timeout, c.call)
	signIn, next := c.present()
	a, pass, err := c.attempt(ctx, k, signIn)
	if CauseOf(err) != Unauthorized || next == nil || !k.rewound() {
		return a, pass, err
	}
	other, otherPass, otherErr := c.attempt(ctx, k, next.signIn)
	if CauseOf(otherErr) == Unauthorized || !answered(otherErr) {
		return a, pass, err
	}
	if otherErr == nil {
		c.promote(ctx, next)
	}
	return other, otherPass, otherErr
}

// attempt makes a call in one way of signing in, and renews a refused pass once.
func (c *Client) attempt(ctx context.Context, k call, signIn SignIn) (answer, Pass, error) {
	pass, err := c.letIn(ctx, signIn)
	if err != nil {
		return answer{}, Pass{}, err
	}
	a, err := c.send(ctx, k, pass)
	if CauseOf(err) != Unauthorized && !isCSRFRefused(err) {
		return a, pass, err
	}
	signIn.Drop(ctx, pass, err)
	renewed, renewErr := c.letIn(ctx, signIn)
	if renewErr != nil {
		return answer{}, Pass{}, renewErr
	}
	if renewed == pass || !k.rewound() {
		return a, pass, err
	}
	a, err = c.send(ctx, k, renewed)
	if CauseOf(err) == Unauthorized {
		signIn.Drop(ctx, renewed, err)
	}
	return a, renewed, err
}

// letIn gets a pass. Signing in counts as a change, so that a tenant that wants it later wants changes later.
func (c *Client) letIn(ctx context.Context, signIn SignIn) (Pass, error) {
	pass, err := signIn.Pass(ctx)
	c.pace.heed(Writes, err)
	return pass, err
}

// rewound makes a call ready to be made once more, and reports whether that worked.
func (k call) rewound() bool { return k.chunk == nil || k.chunk.rewind() == nil }

// answered says whether the tenant answered at all.
func answered(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return err == nil || ok && e.Status != 0
}

// fetch makes a call and reads the JSON of its answer into out.
func (c *Client) fetch(ctx context.Context, k call, out any) error {
	a, pass, err := c.do(ctx, k)
	if err != nil {
		return err
	}
	return k.decode(a, out, pass)
}

// CertificateExpires is the end of the TLS certificate that the tenant showed last; zero: none was seen yet.
func (c *Client) CertificateExpires() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.certificate
}

// seeCertificate notes the end of the certificate by which a call was answered.
func (c *Client) seeCertificate(a answer) {
	if a.tls == nil || len(a.tls.PeerCertificates) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.certificate = a.tls.PeerCertificates[0].NotAfter
}

// Origin is the tenant's scheme and host, "" when the endpoint is no web address.
func (c *Client) Origin() string {
	if c.base == nil {
		return ""
	}
	return c.base.String()
}
