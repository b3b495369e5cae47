package tenant

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// patience is how long a call waits for its turn. What would take longer is told to the caller, which has better things to do.
const patience = 5 * time.Second

// Pace keeps all calls to one tenant within what the tenant allows, and the bytes of uploads within what an admin allows. All
// clients of a tenant share one, and it outlives them. A nil Pace lets everything pass.
type Pace struct {
	now func() time.Time

	mu     sync.Mutex
	tiers  [tiers]turns
	line   *rate.Limiter // bytes of uploads; nil: no limit
	budget int64         // what line was made from
}

// turns are those of one tier.
type turns struct {
	made   *window
	closed time.Time // the tenant said so; zero: it never did
}

// NewPace makes one for a tenant that was not called for five minutes.
func NewPace(now func() time.Time) *Pace {
	p := &Pace{now: now}
	for t := range tiers {
		p.tiers[t].made = newWindow(t.allowed())
	}
	return p
}

// Keep lets a client keep to a pace. Set it before the client is used.
func (c *Client) Keep(p *Pace) { c.pace = p }

// send makes one call at the pace that the tenant allows.
func (c *Client) send(ctx context.Context, k call, pass Pass) (answer, error) {
	if err := c.pace.turn(ctx, k); err != nil {
		return answer{}, err
	}
	k.line = c.pace.bandwidth()
	a, err := send(ctx, c.http, k, pass)
	c.seeCertificate(a)
	c.pace.heed(k.tier(), err)
	return a, err
}

// turn waits until the call may be made. The error says after how long to come again, when that is too long to wait.
func (p *Pace) turn(ctx context.Context, k call) error {
	for {
		wait := p.take(k.tier())
		switch {
		case wait <= 0:
			return nil
		case wait > patience:
			return &Error{Call: k.name, Cause: RateLimited, RetryAfter: wait, Detail: "it allows so many calls a minute, and they are used up"}
		}
		if err := pause(ctx, wait); err != nil {
			return &Error{Call: k.name, Cause: Interrupted, err: err}
		}
	}
}

// take counts a call that may be made now, or tells how long it has to wait.
func (p *Pace) take(t Tier) time.Duration {
	if p == nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now, its := p.now(), &p.tiers[t]
	if wait := its.closed.Sub(now); wait > 0 {
		return wait
	}
	if wait := its.made.full(now); wait > 0 {
		return wait
	}
	its.made.add(now)
	return 0
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// heed closes a tier for as long as the tenant wants it; the others go on.
func (p *Pace) heed(t Tier, err error) {
	if e := limitedBy(err); p != nil && e != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		if until := p.now().Add(e.RetryAfter); until.After(p.tiers[t].closed) {
			p.tiers[t].closed = until
		}
	}
}

// limitedBy gives the error by which a tenant closed a tier, nil for any other.
func limitedBy(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok && e.Cause == RateLimited && e.Status != 0 {
		return e
	}
	return nil
}

// Usage is what was called in a tier, as of now.
type Usage struct {
	Calls   int       // in the last five minutes
	Allowed int       // by the tenant, in five minutes
	Closed  time.Time // until then the tenant takes no more; zero: it takes them
}

// Usage tells of a tier.
func (p *Pace) Usage(t Tier) Usage {
	u := Usage{Allowed: t.PerWindow()}
	if p == nil {
		return u
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if u.Calls = p.tiers[t].made.count(now); p.tiers[t].closed.After(now) {
		u.Closed = p.tiers[t].closed
	}
	return u
}
