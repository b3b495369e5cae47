package tenant

import (
	"context"
	"sync"
	"time"
)

// renewBefore is how long before its end a token is replaced; a short-lived one is replaced after four fifths.
const renewBefore = 5 * time.Minute

// cache keeps one token until shortly before its end, and lets one caller at a time get the next.
type cache struct {
	now   func() time.Time
	fetch func(ctx context.Context) (token string, life time.Duration, err error)
	turn  chan struct{} // holds one element; a channel, so that waiting ends with the context

	mu    sync.Mutex
	token string
	renew time.Time
}

func newCache(now func() time.Time, fetch func(context.Context) (string, time.Duration, error)) *cache {
	return &cache{now: now, fetch: fetch, turn: make(chan struct{}, 1)}
}

// Token gives the kept token, or a new one.
func (c *cache) Token(ctx context.Context) (string, error) {
	if token, ok := c.kept(); ok {
		return token, nil
	}
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return "", &Error{Call: CallSignIn, Cause: Interrupted, err: context.Cause(ctx)}
	}
	if token, ok := c.kept(); ok { // another caller got it meanwhile
		return token, nil
	}
	asked := c.now()
	token, life, err := c.fetch(ctx)
	if err != nil {
		return "", err
	}
	c.keep(token, asked.Add(life-min(renewBefore, life/5)))
	return token, nil
}

func (c *cache) kept() (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token, c.token != "" && c.now().Before(c.renew)
}

func (c *cache) keep(token string, renew time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token, c.renew = token, renew
}

// Drop forgets the token if it is the kept one.
func (c *cache) Drop(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token == token {
		c.token = ""
	}
}
