package tenant

import (
	"context"
	"sync"
	"time"
)

// renewBefore is how long before its end a pass is replaced; a short-lived one is replaced after four fifths.
const renewBefore = 5 * time.Minute

// cache keeps one pass until shortly before its end, and lets one caller at a time get the next.
type cache struct {
	now   func() time.Time
	fetch func(ctx context.Context) (pass Pass, life time.Duration, err error)
	turn  chan struct{} // holds one element; a channel, so that waiting ends with the context

	mu    sync.Mutex
	pass  Pass
	renew time.Time
}

func newCache(now func() time.Time, fetch func(context.Context) (Pass, time.Duration, error)) *cache {
	return &cache{now: now, fetch: fetch, turn: make(chan struct{}, 1)}
}

// Pass gives the kept pass, or a new one.
func (c *cache) Pass(ctx context.Context) (Pass, error) {
	if pass, ok := c.kept(); ok {
		return pass, nil
	}
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return Pass{}, &Error{Call: CallSignIn, Cause: Interrupted, err: context.Cause(ctx)}
	}
	if pass, ok := c.kept(); ok { // another caller got it meanwhile
		return pass, nil
	}
	asked := c.now()
	pass, life, err := c.fetch(ctx)
	if err != nil {
		return Pass{}, err
	}
	c.keep(pass, asked.Add(life-min(renewBefore, life/5)))
	return pass, nil
}

func (c *cache) kept() (Pass, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pass, c.pass != Pass{} && c.now().Before(c.renew)
}

func (c *cache) keep(pass Pass, renew time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pass, c.renew = pass, renew
}

// replace puts another pass in the place of an old one, with the same end. It reports whether the old one was the kept one.
func (c *cache) replace(old, pass Pass) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pass != old {
		return false
	}
	c.pass = pass
	return true
}

// Drop forgets the pass if it is the kept one.
func (c *cache) Drop(_ context.Context, pass Pass, _ error) { c.replace(pass, Pass{}) }
