package qrs

import (
	"context"
	"slices"

	"github.com/skyferry/skyferry/internal/site"
)

// A list that suddenly shrinks by more than this is not believed: QRS answers only what the user may read, so that a changed
// security rule looks like deleted apps.
const (
	mostGone     = 50
	mostGonePart = 20 // one of so many: 5 %
)

// tooMany says whether so many of the known apps cannot just be gone. One app can.
func tooMany(known, gone int) bool {
	return gone > mostGone || gone > 1 && gone*mostGonePart > known
}

// compare finds the known apps that a sweep did not answer, and deletes those that are gone.
func (c *Connector) compare(ctx context.Context) error {
	shrunk, err := c.Store.Shrunk(ctx)
	if err != nil {
		return err
	}
	missing, known := c.missing()
	switch {
	case shrunk != nil && shrunk.Accepted && !tooMany(known, len(missing)-(shrunk.Known-shrunk.Answered)):
		gone, refused, err := c.unanswered(ctx, missing)
		if err != nil {
			return err
		}
		if err := c.forget(ctx, gone); err != nil {
			return err
		}
		if err := c.Store.ShrunkBelieved(ctx); err != nil {
			return err
		}
		missing = refused
	case !tooMany(known, len(missing)):
		if missing, err = c.confirm(ctx, missing); err != nil {
			return err
		}
	}
	return c.balance(ctx, len(missing))
}

// missing gives the known apps that were not in this sweep, and how many are known.
func (c *Connector) missing() (ids []string, known int) {
	c.reading.Lock()
	defer c.reading.Unlock()
	for id, a := range c.known.apps {
		if a.round != c.known.round {
			ids = append(ids, id)
		}
	}
	return ids, len(c.known.apps)
}

// confirm deletes those apps that the site does not have, and gives those that it says nothing true of.
func (c *Connector) confirm(ctx context.Context, ids []string) (left []string, err error) {
	gone, left, err := c.unanswered(ctx, ids)
	if err != nil {
		return nil, err
	}
	believed, err := c.gone(ctx, gone)
	if err != nil || believed {
		return left, err
	}
	return append(left, gone...), nil
}

// unanswered asks for each app by its id, and gives those that the site answers 404 for, and those that it refuses.
func (c *Connector) unanswered(ctx context.Context, ids []string) (gone, refused []string, err error) {
	for i, id := range ids {
		if i%atOnce == atOnce-1 { // a long list keeps nobody from hearing of what callbacks name
			if err := c.readNamed(ctx); err != nil {
				return nil, nil, err
			}
		}
		_, isGone, err := c.readOne(ctx, id)
		switch {
		case ofTheSite(err):
			return nil, nil, err
		case err != nil: // forbidden, such as: it is there
			refused = append(refused, id)
		case isGone:
			gone = append(gone, id)
		}
	}
	return gone, refused, nil
}

// gone deletes apps that the site answers 404 for, if its number of apps agrees; believed says whether it does.
func (c *Connector) gone(ctx context.Context, ids []string) (believed bool, err error) {
	ids, known := c.knownOf(ids)
	if len(ids) == 0 {
		return true, nil
	}
	count, err := c.Client.CountApps(ctx, "")
	if err != nil {
		return false, err
	}
	if short := max(known-count, len(ids)); tooMany(known, short) {
		return false, c.balance(ctx, short)
	}
	return true, c.forget(ctx, ids)
}

// knownOf gives those of the ids that are known, and how many apps are.
func (c *Connector) knownOf(ids []string) ([]string, int) {
	c.reading.Lock()
	defer c.reading.Unlock()
	known := ids[:0:0]
	for _, id := range ids {
		if _, is := c.known.apps[id]; is {
			known = append(known, id)
		}
	}
	return known, len(c.known.apps)
}

// forget deletes apps from what is known.
func (c *Connector) forget(ctx context.Context, ids []string) error {
	c.reading.Lock()
	defer c.reading.Unlock()
	for part := range slices.Chunk(ids, atOnce) {
		if err := c.Store.TakeGone(ctx, part); err != nil {
			return err
		}
		for _, id := range part {
			delete(c.known.apps, id)
			c.exports.changed(site.App{ID: id})
			c.Log.InfoContext(ctx, "noticed at the site", "id", id, "kind", site.Deleted)
		}
	}
	return nil
}

// balance keeps for people that the site answers fewer apps than are known, or that it no longer does.
func (c *Connector) balance(ctx context.Context, missing int) error {
	_, known := c.knownOf(nil)
	c.rounds.missing = missing
	was := c.Picture().Shrunk
	if missing == 0 && was == nil {
		return nil
	}
	var now *site.Shrunk
	if missing > 0 {
		now = &site.Shrunk{Known: known, Answered: known - missing, Since: c.Now()}
		if was != nil {
			now.Since = was.Since
		}
	}
	if err := c.Store.SetShrunk(ctx, now); err != nil {
		return err
	}
	c.show(func(p *site.Picture) { p.Shrunk = now })
	return nil
}

// expected is how many apps the site should say that it has, by what is known.
func (c *Connector) expected() int {
	_, known := c.knownOf(nil)
	return known - c.rounds.missing
}
