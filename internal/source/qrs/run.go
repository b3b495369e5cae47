package qrs

import (
	"context"
	"errors"
	"time"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// Waits after a failure: short at first, since a Repository Service that restarts is back soon.
const (
	firstRetry = 2 * time.Second
	lastRetry  = time.Minute
)

// soonest is the least time between two sweeps that only a suspicion asks for.
const soonest = time.Minute

// rounds is when what was done last, and what is due; only Run touches it.
type rounds struct {
	looked, swept time.Time
	took          time.Duration // of the last sweep
	early         bool          // a sweep is due before its time: the numbers do not agree
	failures      int           // in a row
	untold        int           // looks in a row that found what no callback had told
	missing       int           // how many apps fewer than are known the site said that it has, at the last sweep
	spans         []span        // the windows of the last sweep
	suspected     suspicion     // what the last early sweep was for
	settled       suspicion     // what was suspected still after it: no reason for another
	odd           int           // by how many apps the site's count and its list differed in the last sweep
}

// Run keeps the picture true until the context ends. Whatever fails is shown, and tried again.
func (c *Connector) Run(ctx context.Context) error {
	defer c.end(ctx)
	defer context.AfterFunc(ctx, c.breakOff)()
	c.recall(ctx)
	for wait := time.Duration(0); ; {
		if c.rest(ctx, wait) != nil {
			return nil // asked to stop
		}
		wait = c.after(ctx, c.round(ctx))
	}
}

// rest waits for a while, or until somebody wakes us up.
func (c *Connector) rest(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-c.wake:
	}
	return ctx.Err()
}

// Wake makes the connector do what is due, now.
func (c *Connector) Wake() {
	select {
	case c.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Look makes it look now for all that changed.
func (c *Connector) Look() {
	c.told.hear(nil, false)
	c.told.ask("SystemRule") // who has disabled the site's own distribution wants to see it
	c.Wake()
}

// breakOff ends what reads from the site for others: they hold the gate for which a round may wait.
func (c *Connector) breakOff() {
	c.leave()
	c.exports.breakOff()
}

// end breaks off exports and ends the subscriptions, as far as that is possible in a short time.
func (c *Connector) end(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unsubscribeTime)
	defer cancel()
	c.unsubscribe(ctx)
	c.keepHandles(ctx)
	c.exports.close()
}

// round does what is due, in the order in which people wait for it: apps that a callback named, what changed since the last look,
// everything.
func (c *Connector) round(ctx context.Context) error {
	if c.renewalDue() {
		c.renew(ctx)
		c.told.hear(nil, false) // for what happened while there was no subscription
	}
	if err := c.know(ctx); err != nil {
		return err
	}
	due, err := c.sweepDue(ctx)
	if err != nil {
		return err
	}
	if due {
		return c.sweep(ctx)
	}
	if err := c.readNamed(ctx); err != nil {
		return err
	}
	return c.look(ctx)
}

// know reads at the first round what the store knows.
func (c *Connector) know(ctx context.Context) error {
	c.reading.Lock()
	defer c.reading.Unlock()
	return c.begin(ctx)
}

// after notes how a round ended, and says how long to wait for the next.
func (c *Connector) after(ctx context.Context, err error) time.Duration {
	switch {
	case ctx.Err() != nil:
		return 0
	case err != nil:
		return c.failed(ctx, err)
	}
	c.rounds.failures = 0
	c.show(func(p *site.Picture) { p.Trouble, p.TroubleSince = "", time.Time{} })
	return max(0, c.rounds.looked.Add(c.every(c.Connection.Look, site.DefaultLook)).Sub(c.Now()))
}

// failed shows what is wrong. Before the next round the subscriptions are renewed: who failed may have restarted.
func (c *Connector) failed(ctx context.Context, err error) time.Duration {
	text := "What was read from the site could not be kept. It is tried again; the log says what is wrong."
	if e, ok := errors.AsType[*api.Error](err); ok {
		text = e.Error()
	}
	c.show(func(p *site.Picture) {
		if p.Trouble != text {
			c.Log.WarnContext(ctx, "the site cannot be read", "host", p.Host, "error", err)
		}
		if p.Trouble == "" {
			p.TroubleSince = c.Now()
		}
		p.Trouble = text
		if p.Callbacks && ofTheSite(err) {
			p.Callbacks, p.WhyPolling = false, "The site did not answer, and may have lost the subscriptions. They are made anew as soon as it answers."
		}
	})
	c.rounds.failures++
	wait := min(firstRetry<<min(c.rounds.failures-1, 10), lastRetry)
	return time.Duration(float64(wait) * (0.8 + 0.4*c.Rand()))
}

// every gives an interval or its default.
func (c *Connector) every(given, otherwise time.Duration) time.Duration {
	if given > 0 {
		return given
	}
	return otherwise
}

func (c *Connector) renewalDue() bool {
	c.told.mu.Lock()
	defer c.told.mu.Unlock()
	return c.rounds.failures > 0 || c.told.lost || c.Now().Sub(c.told.made) >= renewEvery
}

// sweepDue says whether everything is to be read: at the start, at the interval, when the numbers do not agree, and when somebody has
// accepted that there are fewer apps.
func (c *Connector) sweepDue(ctx context.Context) (bool, error) {
	since := c.Now().Sub(c.rounds.swept)
	switch {
	case c.rounds.swept.IsZero(), since >= c.every(c.Connection.Sweep, site.DefaultSweep):
		return true, nil
	case c.rounds.early && since >= max(soonest, 10*c.rounds.took):
		return true, nil
	}
	if c.Picture().Shrunk == nil {
		return false, nil
	}
	shrunk, err := c.Store.Shrunk(ctx)
	if err != nil || shrunk == nil || !shrunk.Accepted {
		return false, err
	}
	c.show(func(p *site.Picture) { p.Shrunk = shrunk })
	return true, nil
}

// show changes the picture.
func (c *Connector) show(change func(*site.Picture)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.picture)
}

// Picture says how well the site is seen, as of now.
func (c *Connector) Picture() site.Picture {
	c.mu.Lock()
	p := c.picture
	c.mu.Unlock()
	p.Exports = c.exports.list()
	return p
}
