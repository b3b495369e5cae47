package tenant

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// The bounds of a call. An import answers only when the engine has read the whole app, so it gets as long as Qlik's own
// uploader gives it (qlik-cloud-api.md section 6).
const (
	callTimeout   = 30 * time.Second
	importTimeout = 10 * time.Minute
	maxAnswer     = 1 << 20 // bytes
)

var errTimeout = errors.New("no answer in time")

// call is one request to a tenant.
type call struct {
	name    string // as words, for errors: "import the app"
	method  string
	url     string
	header  map[string]string
	payload any           // sent as JSON when not nil
	form    url.Values    // sent as a form when not nil
	chunk   *chunk        // sent as it is when not nil; then its watchdog ends the call, and timeout does not
	timeout time.Duration // 0: callTimeout
	daily   bool          // it counts among the imports that the tenant's plan allows in a day
	creates bool          // done late it could make a second thing or undo a newer one, so a lost answer is OutcomeUnknown
	secrets []string      // must not come back in an error text
	line    *rate.Limiter // that the chunk shares; nil: no limit
}

// answer is what came back with a status of 2xx.
type answer struct {
	status int
	header http.Header
	body   []byte
	tls    *tls.ConnectionState // nil without TLS
}

// send makes one call with one pass (the zero Pass for none) and reads the whole bounded answer. When it returns, nobody reads the
// chunk's source any more.
func send(parent context.Context, hc *http.Client, k call, pass Pass) (answer, error) {
	ctx, cancel := k.limit(parent)
	defer cancel()
	var sent atomic.Bool
	req, body, err := k.request(httptrace.WithClientTrace(ctx, watchSending(&sent)), pass)
	if err != nil {
		return answer{}, err
	}
	a, err := k.exchange(parent, hc, req, pass, &sent)
	cancel()
	body.wait()
	if fault := body.sourceFault(); fault != nil {
		return answer{}, fmt.Errorf("%s: read what is to be uploaded: %w", k.name, fault)
	}
	return a, err
}

func (k call) exchange(parent context.Context, hc *http.Client, req *http.Request, pass Pass, sent *atomic.Bool) (answer, error) {
	res, err := hc.Do(req)
	if err != nil {
		return answer{}, k.broken(parent, req.Context(), err, sent.Load())
	}
	defer func() { _ = res.Body.Close() }()
	return k.read(parent, res, pass)
}

// watchSending notes that the tenant may have seen the request. It is said before the last flush, so an error in between
// counts as sent: the cautious side.
func watchSending(sent *atomic.Bool) *httptrace.ClientTrace {
	return &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }}
}

// limit gives the context an end: a total time, or the watchdog of the chunk.
func (k call) limit(parent context.Context) (context.Context, context.CancelFunc) {
	if k.chunk != nil {
		ctx, cancel := context.WithCancelCause(parent)
		k.chunk.cancel = cancel
		return ctx, func() { cancel(nil) }
	}
	timeout := k.timeout
	if timeout == 0 {
		timeout = callTimeout
	}
	return context.WithTimeoutCause(parent, timeout, errTimeout)
}

// request builds the HTTP request; the meter is nil unless there is a chunk.
func (k call) request(ctx context.Context, pass Pass) (*http.Request, *meter, error) {
	body, m, err := k.body(ctx)
	if err != nil {
		return nil, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, k.method, k.url, body)
	if err != nil || req.URL.Host == "" {
		return nil, nil, &Error{Call: k.name, Cause: Unreachable, Detail: "it is no web address"}
	}
	k.setHeaders(req)
	pass.show(req)
	return req, m, nil
}

func (k call) body(ctx context.Context) (io.Reader, *meter, error) {
	switch {
	case k.chunk != nil:
		m := k.chunk.open(ctx, k.line)
		return m, m, nil
	case k.form != nil:
		return strings.NewReader(k.form.Encode()), nil, nil
	case k.payload == nil:
		return http.NoBody, nil, nil
	}
	text, err := json.Marshal(k.payload)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", k.name, err)
	}
	return bytes.NewReader(text), nil, nil
}

func (k call) setHeaders(req *http.Request) {
	req.Header.Set("User-Agent", "skyferry")
	req.Header.Set("Accept", "application/json")
	if k.payload != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if k.form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if k.chunk != nil {
		req.ContentLength = k.chunk.size
	}
	for name, value := range k.header {
		req.Header.Set(name, value)
	}
}

// broken is the error of a call that got no answer, or only a part of one.
func (k call) broken(parent, ctx context.Context, err error, sent bool) *Error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // a *url.Error prints the address with its query
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	e := &Error{Call: k.name, err: err, Cause: Unreachable}
	switch {
	case k.creates && sent:
		e.Cause = OutcomeUnknown
	case errors.Is(err, errStalled):
		e.Cause = Stalled
	case parent.Err() != nil:
		e.Cause = Interrupted
	case sent:
		e.Cause = Busy
	}
	return e
}
