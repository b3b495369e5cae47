package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/site"
)

var (
	errDial = errors.New("no connection in time")
	errIdle = errors.New("no byte in time")
	errLong = errors.New("the answer did not end in time")
)

// call is one request to the repository.
type call struct {
	name   string // as words, for errors: "read the apps"
	right  string // that the user needs, for errors: "read App"
	method string
	path   string // below /qrs/, escaped
	query  query
	named  bool          // the path names one thing, which may be gone
	body   any           // sent as JSON when not nil
	total  time.Duration // for all of it
	head   time.Duration // until the answer begins
	idle   time.Duration // without a byte
}

// query is a list of names and values, in order.
type query []string

// encode writes spaces as %20: not every server takes a plus for one.
func (q query) encode() string {
	var b strings.Builder
	for i := 0; i+1 < len(q); i += 2 {
		if q[i+1] != "" {
			b.WriteString(q[i] + "=" + escape(q[i+1]) + "&")
		}
	}
	return b.String()
}

func escape(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }

// address of a call, with its xrfkey.
func (c *Client) address(k call, xrfkey string) string {
	return c.origin.String() + "/qrs/" + k.path + "?" + k.query.encode() + "xrfkey=" + xrfkey
}

// request builds the HTTP request of a call, with an xrfkey that is used once.
func (c *Client) request(ctx context.Context, k call) (*http.Request, error) {
	var body io.Reader = http.NoBody // with a length, which http.sys demands (qlik-repository-api.md section 1.4)
	if k.body != nil {
		text, err := json.Marshal(k.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	xrfkey := rand.Text()[:16]
	r, err := http.NewRequestWithContext(ctx, k.method, c.address(k, xrfkey), body)
	if err != nil {
		return nil, &Error{Call: k.name, Kind: Unreachable, Said: "The host " + cut(c.origin.Host, maxStart) + " is no name or address.", Remedy: "Enter the host as a name or IP address, without scheme and path."}
	}
	r.Header.Set("X-Qlik-Xrfkey", xrfkey)
	r.Header.Set("Accept", "application/json")
	if k.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, c.sign(r)
}

// sign says who calls, and that it is administration: rules for the QMC count (qlik-repository-api.md section 1.1).
func (c *Client) sign(r *http.Request) error {
	r.Header.Set("User-Agent", "skyferry")
	r.Header.Set("X-Qlik-Security", "Context=ManagementAccess")
	if c.keys.Way == site.ByProxy {
		jwt, err := c.keys.token()
		r.Header.Set("Authorization", "Bearer "+jwt)
		return err
	}
	r.Header.Set("X-Qlik-User", "UserDirectory="+escape(c.keys.UserDirectory)+"; UserId="+escape(c.keys.UserID))
	return nil
}

// open makes a call and gives the answer of 2xx, to be read and closed. Everything else is an *Error.
func (c *Client) open(parent context.Context, k call) (*answer, error) {
	w := newWatch(parent, k.total)
	r, err := c.request(w.ctx, k)
	if err != nil {
		w.end()
		return nil, naming(err, k)
	}
	return c.send(parent, w, k, r)
}

func naming(err error, k call) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Call == "" {
		e.Call = k.name
	}
	return err
}

func (c *Client) send(parent context.Context, w *watch, k call, r *http.Request) (*answer, error) {
	began := c.now()
	c.calls.Add(1)
	w.arm(k.head)
	response, err := c.http.Do(r) //nolint:bodyclose // the answer closes it
	w.disarm()
	if err != nil {
		defer w.end()
		err = c.broken(parent, w, k, err)
		c.log.DebugContext(parent, "repository call failed", "call", k.name, "error", err)
		return nil, err
	}
	c.log.DebugContext(parent, "repository call", "call", k.name, "method", k.method, "path", k.path, "status", response.StatusCode, "took", c.now().Sub(began))
	a := &answer{call: k, status: response.StatusCode, header: response.Header, size: response.ContentLength, body: response.Body, watch: w}
	a.broken = func(err error) error { return c.broken(parent, w, k, err) }
	if a.status/100 == 2 {
		return a, nil
	}
	defer a.close()
	return nil, c.refusal(a)
}

// fetch makes a call and reads the JSON of its whole answer into out; nil: the answer does not matter.
func (c *Client) fetch(ctx context.Context, k call, out any) error {
	k.total, k.head, k.idle = c.limits.answer, c.limits.answer, c.limits.idle
	return c.fetchIn(ctx, k, out)
}

// fetchIn is fetch with the times of the call.
func (c *Client) fetchIn(ctx context.Context, k call, out any) error {
	a, err := c.open(ctx, k)
	if err != nil {
		return err
	}
	defer a.close()
	body, err := io.ReadAll(io.LimitReader(a, c.limits.answerBytes+1))
	switch {
	case err != nil:
		return err
	case int64(len(body)) > c.limits.answerBytes:
		return c.odd(a, body, "The answer is larger than expected")
	case out == nil:
		return nil
	case isPage(a.header.Get("Content-Type"), body):
		return c.page(a, body)
	}
	if err := json.Unmarshal(body, out); err != nil {
		return c.odd(a, body, "The answer is not the expected data")
	}
	return nil
}
