package qrs

import (
	"context"
	"time"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// overlap is how long what is written may take until it can be read: a look reads so much of the past again.
const overlap = 2 * time.Minute

// rounded is by how much a date that the site tells may differ from the one that its filter is held against.
const rounded = time.Second

// deafAfter is how many looks in a row have to find what no callback told. One callback may be late, or lost.
const deafAfter = 3

// readNamed reads the apps that callbacks named. What cannot be read now, it reads in the next round.
func (c *Connector) readNamed(ctx context.Context) error {
	ids := c.told.takeApps()
	var missed []string
	for i, id := range ids {
		_, gone, err := c.readOne(ctx, id)
		switch {
		case ofTheSite(err):
			c.told.again(append(missed, ids[i:]...))
			return err
		case err != nil:
			c.Log.WarnContext(ctx, "an app that changed cannot be read", "id", id, "error", err)
		case gone:
			missed = append(missed, id)
		}
	}
	if _, err := c.gone(ctx, missed); err != nil {
		c.told.again(missed)
		return err
	}
	return nil
}

// ofTheSite says whether an error is no matter of the one app that was asked for.
func ofTheSite(err error) bool {
	switch api.KindOf(err) {
	case api.Forbidden, api.Refused, api.Failed, api.BadAnswer:
		return false
	}
	return err != nil
}

// look reads what changed since the last look, when it is time to or when a callback says that something did.
func (c *Connector) look(ctx context.Context) error {
	more, types := c.told.takeRest()
	due := !c.Now().Before(c.rounds.looked.Add(c.every(c.Connection.Look, site.DefaultLook)))
	if types["User"] && !due { // a directory that is synchronised tells of each of its users
		delete(types, "User")
		c.told.later("User")
	}
	err := c.readTypes(ctx, types)
	for typeName := range types {
		if err != nil {
			c.told.later(typeName)
		}
	}
	if err != nil || !more && !due {
		return err
	}
	return c.readChanged(ctx)
}

// readChanged reads the apps that changed since the last look, and how many there are. The time is the site's: the newest modifiedDate
// that it has told.
func (c *Connector) readChanged(ctx context.Context) error {
	began := c.Now()
	defer c.apartFrom()()
	l, err := c.readList(ctx, "modifiedDate ge "+api.FilterDate(c.since()))
	if err != nil {
		return err
	}
	count, err := c.Client.CountApps(ctx, "")
	if err != nil {
		return err
	}
	c.listen(l.changed > 0)
	c.rounds.looked = began
	c.suspect(suspicion{differ: count - c.expected(), empty: count > 0 && l.read == 0})
	c.show(func(p *site.Picture) { p.Fresh, p.Blind = began, count == 0 })
	return nil
}

// listen notices subscriptions that are in place while no callback comes: QRS says nothing when an address cannot be reached, or when
// it does not trust its certificate (qlik-repository-api.md section 2.3).
func (c *Connector) listen(changed bool) {
	p := c.Picture()
	switch {
	case p.LastCallback.After(c.rounds.looked):
		c.rounds.untold = 0
	case changed && c.Connection.Callback != "":
		c.rounds.untold++
		if c.rounds.untold == 1 {
			c.doubt()
		}
	}
	if c.deaf() && p.Callbacks {
		c.polling("The site has taken the subscriptions, but none of its callbacks arrives at " + c.Connection.Callback +
			". Check that the site's server reaches that address and, with https, that it trusts the certificate there.")
	}
}

// deaf says whether so many changes came without a callback that none is expected any more.
func (c *Connector) deaf() bool { return c.rounds.untold >= deafAfter }

// suspicion is what makes a look doubt that all is known.
type suspicion struct {
	differ int  // by so many apps the site's count is not what is known
	empty  bool // nothing is as young as what was known to be the youngest
}

// suspect asks for a sweep before its time, unless one has just left the same suspicion as it was: a site may count otherwise than it
// lists, and the youngest app may be deleted.
func (c *Connector) suspect(s suspicion) {
	r := &c.rounds
	switch {
	case s == suspicion{}:
		r.suspected, r.settled = s, s
	case r.early || s == r.settled:
	case s == r.suspected && s.differ == r.odd:
		r.settled = s
	default:
		r.early, r.suspected = true, s
	}
}

// since is the moment from which a look reads, by the site's clock. When the last one began, by our clock, all was to be read that was
// written an overlap before; how long before or after that the youngest date was learned says how much older than it that is. So what a
// sweep or a look that broke off did not come to is read, and of a quiet site the youngest app alone. A site whose clock was ahead for
// a while has told dates of the future; they must not hide what it writes since.
func (c *Connector) since() time.Time {
	c.reading.Lock()
	defer c.reading.Unlock()
	if c.known.newest.IsZero() { // a site without apps
		return oldest
	}
	from, settled := c.known.newest, c.rounds.looked.Add(-overlap)
	from = from.Add(min(settled.Sub(c.known.learned), -rounded))
	if from.After(settled) {
		return settled
	}
	return from
}
