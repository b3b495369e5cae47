package qrs

import (
	"context"
	"slices"

	"github.com/skyferry/skyferry/internal/movein"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// sweep reads everything and compares: what no look and no callback told is found here, and what is no longer there.
func (c *Connector) sweep(ctx context.Context) error {
	began, calls := c.Now(), c.Client.Calls()
	c.startSweep()
	defer c.show(func(p *site.Picture) { p.Sweeping = false })
	defer c.apartFrom()()
	c.told.takeRest() // all of it is read now
	if err := c.readAround(ctx); err != nil {
		return err
	}
	read, err := c.readAll(ctx)
	if err != nil {
		return err
	}
	if err := c.takeOwners(ctx); err != nil {
		return err
	}
	if err := c.compare(ctx); err != nil {
		return err
	}
	if err := c.endFirst(ctx, read); err != nil {
		return err
	}
	_, _ = c.Rules(ctx) // a user who may not read rules is no fault: Moving in says so
	c.rounds.swept, c.rounds.looked, c.rounds.took, c.rounds.early = began, began, c.Now().Sub(began), false
	c.show(func(p *site.Picture) {
		p.Fresh, p.Blind = began, read == 0
		p.Swept, p.SweepTook, p.Apps, p.Calls = c.Now(), c.rounds.took, read, int(c.Client.Calls()-calls)
	})
	return nil
}

func (c *Connector) startSweep() {
	c.reading.Lock()
	defer c.reading.Unlock()
	c.known.round++
	c.show(func(p *site.Picture) { p.Sweeping, p.Read = true, 0 })
}

// readAround reads what apps refer to, before them: a decision about an app may ask for its stream's custom properties.
func (c *Connector) readAround(ctx context.Context) error {
	about, err := c.Client.About(ctx)
	if err != nil {
		return err
	}
	c.show(func(p *site.Picture) { p.Product = about.BuildVersion })
	c.reading.Lock()
	defer c.reading.Unlock()
	if err := c.takeProperties(ctx); err != nil {
		return err
	}
	return c.takeStreams(ctx)
}

// Rules reads the rules of the site, and so whether it distributes by itself.
func (c *Connector) Rules(ctx context.Context) ([]api.Rule, error) {
	rules, err := c.Client.Rules(ctx)
	if err != nil {
		c.Log.InfoContext(ctx, "the rules of the site were not read; whether it distributes by itself is not known", "error", err)
		return nil, err
	}
	if len(rules) == 0 { // every site has rules of its own: they are hidden from the user, and what was known of them counts on
		return nil, nil
	}
	var names []string
	for _, r := range rules {
		if (movein.Rule{Conditions: r.Rule, Actions: r.Actions, Disabled: r.Disabled}).Distributes() {
			names = append(names, r.Name)
		}
	}
	slices.Sort(names)
	c.show(func(p *site.Picture) { p.Native = names })
	return rules, nil
}

// readTypes reads what callbacks said has changed besides apps.
func (c *Connector) readTypes(ctx context.Context, types map[string]bool) error {
	if types["SystemRule"] {
		_, _ = c.Rules(ctx)
	}
	if types["User"] {
		if err := c.takeOwners(ctx); err != nil {
			return err
		}
	}
	c.reading.Lock()
	defer c.reading.Unlock()
	if types["CustomPropertyDefinition"] {
		if err := c.takeProperties(ctx); err != nil {
			return err
		}
	}
	if types["Stream"] {
		return c.takeStreams(ctx)
	}
	return nil
}

// readAll reads all apps, and gives how many there were.
func (c *Connector) readAll(ctx context.Context) (read int, err error) {
	total, err := c.Client.CountApps(ctx, "")
	if err != nil {
		return 0, err
	}
	read, err = c.readSpans(ctx, total)
	c.rounds.odd = total - read
	return read, err
}

// endFirst ends the first sweep of a site: one event for all of its apps.
func (c *Connector) endFirst(ctx context.Context, read int) error {
	c.reading.Lock()
	defer c.reading.Unlock()
	if !c.known.first {
		return nil
	}
	if err := c.Store.SiteTaken(ctx, read); err != nil {
		return err
	}
	c.known.first = false
	return nil
}
