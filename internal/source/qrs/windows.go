package qrs

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// QRS answers lists whole (qlik-repository-api.md section 3.1), and gathers them in memory. A large site is therefore read in windows
// of createdDate, which never changes.
const (
	windowApps = 2000 // in one window, or
	mostParts  = 20   // this part of all apps, on a very large site
)

// oldest is before the first release of Qlik Sense; what is older is in the first window.
var oldest = time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC)

// span is a part of the time in which apps were created; zero ends are open.
type span struct {
	from, to time.Time
	apps     int
}

func (s span) filter() string {
	switch {
	case s.from.IsZero() && s.to.IsZero():
		return ""
	case s.from.IsZero():
		return "createdDate lt " + api.FilterDate(s.to)
	case s.to.IsZero():
		return "createdDate ge " + api.FilterDate(s.from)
	}
	return "createdDate ge " + api.FilterDate(s.from) + " and createdDate lt " + api.FilterDate(s.to)
}

// spans gives windows that hold all apps, together and each only once, for a site that says that it has so many. Those of the last
// sweep serve again, as long as none of them has grown too large.
func (c *Connector) spans(ctx context.Context, total int) ([]span, error) {
	limit := max(windowApps, total/mostParts)
	if total <= limit {
		return []span{{}}, nil
	}
	if len(c.rounds.spans) > 1 {
		return c.rounds.spans, nil
	}
	parts, err := c.split(ctx, span{apps: total}, limit)
	return joined(parts, limit), err
}

// split halves a window until each part is small enough. Only one half is counted.
func (c *Connector) split(ctx context.Context, s span, limit int) ([]span, error) {
	at, can := c.middle(s)
	if s.apps <= limit || !can {
		return []span{s}, nil
	}
	older := span{from: s.from, to: at}
	var err error
	if older.apps, err = c.Client.CountApps(ctx, older.filter()); err != nil {
		return nil, err
	}
	newer := span{from: at, to: s.to, apps: s.apps - older.apps}
	first, err := c.split(ctx, older, limit)
	if err != nil {
		return nil, err
	}
	second, err := c.split(ctx, newer, limit)
	return append(first, second...), err
}

// middle halves a window in the logarithm of its age, since most apps are young. A window of a second is not halved: apps that were
// copied all at once are read at once.
func (c *Connector) middle(s span) (time.Time, bool) {
	now := c.Now().Add(time.Hour) // the site's clock may be ahead
	from, to := s.from, s.to
	if from.IsZero() {
		from = oldest
	}
	if to.IsZero() {
		to = now
	}
	if to.Sub(from) < 2*time.Second || to.After(now) {
		return time.Time{}, false
	}
	old, young := now.Sub(from).Seconds()+1, now.Sub(to).Seconds()+1
	at := now.Add(-time.Duration(math.Sqrt(old*young) * float64(time.Second))).Truncate(time.Second)
	if !at.After(from) || !at.Before(to) {
		at = from.Add(to.Sub(from) / 2).Truncate(time.Second)
	}
	return at, at.After(from) && at.Before(to)
}

// joined puts neighbours together that are small enough together.
func joined(parts []span, limit int) (out []span) {
	for _, p := range parts {
		last := len(out) - 1
		if last < 0 || out[last].apps+p.apps > limit {
			out = append(out, p)
			continue
		}
		out[last].to, out[last].apps = p.to, out[last].apps+p.apps
	}
	return out
}

// keepSpans keeps the windows for the next sweep, unless one has grown too large.
func (c *Connector) keepSpans(spans []span, total int) {
	limit := max(windowApps, total/mostParts)
	if slices.ContainsFunc(spans, func(s span) bool { return s.apps > 2*limit }) {
		spans = nil
	}
	c.rounds.spans = spans
}
