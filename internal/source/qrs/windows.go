package qrs

import (
	"context"
	"math"
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

// windows reads all apps, window by window, the youngest first.
type windows struct {
	c       *Connector
	limit   int
	next    span // to be read: it grows to the past as long as it is small enough
	done    []span
	started bool
}

// readSpans reads all apps of a site that says that it has so many, and gives how many there were. The windows of the last sweep serve
// again, and are divided where they have grown too large.
func (c *Connector) readSpans(ctx context.Context, total int) (read int, err error) {
	w := windows{c: c, limit: max(windowApps, total/mostParts)}
	before := c.rounds.spans
	if total <= w.limit || len(before) == 0 {
		before = []span{{apps: total}}
	}
	for _, s := range before {
		if err := w.divide(ctx, s, true); err != nil {
			return 0, err
		}
	}
	if err := w.read(ctx); err != nil {
		return 0, err
	}
	for _, s := range w.done {
		read += s.apps
	}
	c.rounds.spans = w.done
	return read, nil
}

// divide reads a window, in two parts when it is too large; only one of them is counted. rough: nobody knows yet where in it the apps
// are.
func (w *windows) divide(ctx context.Context, s span, rough bool) error {
	at, can := w.c.middle(s, rough, w.limit)
	if s.apps <= w.limit || !can {
		return w.add(ctx, s)
	}
	older := span{from: s.from, to: at}
	var err error
	if older.apps, err = w.c.Client.CountApps(ctx, older.filter()); err != nil {
		return err
	}
	newer := span{from: at, to: s.to, apps: s.apps - older.apps}
	if err := w.divide(ctx, newer, older.apps == 0); err != nil {
		return err
	}
	return w.divide(ctx, older, newer.apps <= 0 || older.from.IsZero())
}

// add puts a window to the next one that is read, or reads that one first.
func (w *windows) add(ctx context.Context, s span) error {
	if w.started && w.next.apps+s.apps <= w.limit {
		w.next.from, w.next.apps = s.from, w.next.apps+s.apps
		return nil
	}
	if err := w.read(ctx); err != nil {
		return err
	}
	w.next, w.started = s, true
	return nil
}

func (w *windows) read(ctx context.Context) error {
	if !w.started {
		return nil
	}
	l, err := w.c.readList(ctx, w.next.filter())
	w.next.apps = l.read
	w.done = append(w.done, w.next)
	return err
}

// middle divides a window: roughly in the logarithm of its age, since most apps are young; else where the younger part is as large as a
// window may be, if they came evenly. A window of a second is not divided: apps that were copied all
// at once are read at once.
func (c *Connector) middle(s span, rough bool, limit int) (time.Time, bool) {
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
	at := to.Add(-time.Duration(float64(to.Sub(from)) * 0.9 * float64(limit) / float64(max(s.apps, 2*limit))))
	if rough {
		old, young := now.Sub(from).Seconds()+1, now.Sub(to).Seconds()+1
		at = now.Add(-time.Duration(math.Sqrt(old*young) * float64(time.Second)))
	}
	at = at.Truncate(time.Second)
	return at, at.After(from) && at.Before(to)
}
