package qrs

import (
	"context"
	"strings"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// list takes a list of apps, some at a time, as it comes.
type list struct {
	c       *Connector
	batch   []site.App
	read    int
	changed int // since it was read, without those of which somebody told us
	blind   int // published to streams that the user may not read
}

// readList reads the apps that a filter gives. Between its parts, apps that callbacks named are read: nobody waits for the end of a
// long list.
func (c *Connector) readList(ctx context.Context, filter string) (list, error) {
	l := list{c: c}
	err := c.Client.EachApp(ctx, filter, func(a api.App) error {
		l.read++
		if streamless(a) && l.keep(a) {
			return nil
		}
		l.batch = append(l.batch, a.Site())
		if len(l.batch) < atOnce {
			return nil
		}
		return l.flush(ctx)
	})
	if err != nil {
		return l, err
	}
	if l.blind > 0 {
		c.Log.WarnContext(ctx, "apps are published to streams that the site does not name; give the user Read on all streams, else they stay as they were", "apps", l.blind)
	}
	return l, l.flush(ctx)
}

// keep leaves an app as it is known, whose stream the site does not name.
func (l *list) keep(a api.App) (known bool) {
	l.c.reading.Lock()
	defer l.c.reading.Unlock()
	l.blind++
	return l.c.keep(strings.ToLower(a.ID))
}

func (l *list) flush(ctx context.Context) error {
	err := l.take(ctx)
	if err == nil {
		err = l.c.readNamed(ctx)
	}
	l.c.show(func(p *site.Picture) {
		if p.Sweeping {
			p.Read += len(l.batch)
		}
	})
	l.batch = l.batch[:0]
	return err
}

func (l *list) take(ctx context.Context) error {
	l.c.reading.Lock()
	defer l.c.reading.Unlock()
	known := &l.c.known
	apps := l.batch[:0:0]
	for _, a := range l.batch {
		if a.Modified.After(known.newest) {
			known.newest, known.learned = a.Modified, l.c.Now()
		}
		if known.apart[a.ID] { // read one by one since this list began
			l.c.keep(a.ID)
			continue
		}
		apps = append(apps, a)
	}
	n, err := l.c.take(ctx, apps)
	l.changed += n
	return err
}

// apartFrom notes which apps are read one by one from now on, until the function that it gives is called.
func (c *Connector) apartFrom() (end func()) {
	c.reading.Lock()
	defer c.reading.Unlock()
	c.known.apart = map[string]bool{}
	return func() {
		c.reading.Lock()
		defer c.reading.Unlock()
		c.known.apart = nil
	}
}
