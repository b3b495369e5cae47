package api

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/skyferry/skyferry/internal/site"
)

// Options are what a client needs besides the connection. Nil fields: the real clock, no log.
type Options struct {
	Now func() time.Time
	Log *slog.Logger
}

// limits are the bounds of calls.
type limits struct {
	dial     time.Duration // to connect and agree on TLS
	answer   time.Duration // for a whole single answer
	head     time.Duration // until a list begins: QRS gathers it first
	idle     time.Duration // without a byte, in an answer or list
	list     time.Duration // for a whole list, with what the caller does meanwhile
	export   time.Duration // until the engine has written an app's file
	download time.Duration // for a whole file
	pause    time.Duration // without a byte, in a file

	answerBytes  int64
	elementBytes int64
	elements     int // of a list
}

var usual = limits{
	dial: 10 * time.Second, answer: time.Minute, head: 2 * time.Minute, idle: 30 * time.Second, list: time.Hour,
	export: 2 * time.Hour, download: 24 * time.Hour, pause: 2 * time.Minute,
	answerBytes: 8 << 20, elementBytes: 8 << 20, elements: 1_000_000,
}

// Client speaks QRS. It is safe for concurrent use. Close it when it is no longer used.
type Client struct {
	origin *url.URL // scheme and host; the path is the virtual proxy's prefix, or empty
	user   string   // whom the repository takes us for, for people
	keys   credentials
	http   *http.Client
	now    func() time.Time
	log    *slog.Logger
	limits limits
	calls  atomic.Int64
}

// New makes a client for a repository. Certificates, key and JWT are read and checked: what is wrong with them is an *Error. No call
// is made.
func New(c site.Connection, o Options) (*Client, error) {
	client := newClient(c, o)
	if err := client.keys.check(); err != nil {
		client.Close()
		return nil, err
	}
	return client, nil
}

// newClient checks nothing.
func newClient(c site.Connection, o Options) *Client {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	client := &Client{origin: c.Origin(), user: userOf(c), keys: credentials{c, o.Now}, now: o.Now, log: o.Log, limits: usual}
	transport := &http.Transport{
		DialTLSContext:         client.dial,
		IdleConnTimeout:        time.Minute, // Windows closes idle connections after two
		MaxIdleConnsPerHost:    4,
		MaxResponseHeaderBytes: 64 << 10,
		ReadBufferSize:         64 << 10,
	}
	client.http = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if c.Way == site.ByProxy {
		client.http.Jar, _ = cookiejar.New(nil) // one session of the proxy for all calls; it fails for bad options only
	}
	return client
}

// userOf names the user as logs of the site do.
func userOf(c site.Connection) string {
	if c.Way == site.ByProxy {
		return "of the JWT"
	}
	return c.UserDirectory + `\` + c.UserID
}

// Calls is how many calls were made since New.
func (c *Client) Calls() int64 { return c.calls.Load() }

// Close ends idle connections. Calls under way end with their contexts.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// dial connects and agrees on TLS. Certificates are read anew each time, so that renewed files are taken up.
func (c *Client) dial(ctx context.Context, _, address string) (net.Conn, error) {
	config, err := c.keys.tlsConfig(c.origin.Hostname(), &handshake{})
	if err != nil {
		return nil, err
	}
	return c.connect(ctx, address, config)
}
