package qrs

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// atOnce is how many apps are taken in one transaction.
const atOnce = 200

// known is what was last taken of the site; guarded by Connector.reading. The store has the same: this spares asking it for each app.
type known struct {
	apps    map[string]knownApp
	streams map[string]bool // ids
	owners  map[string]bool // ids, of apps and streams
	newest  time.Time       // modifiedDate, by the site's clock
	learned time.Time       // when that was read, by ours
	round   int             // number of the sweep
	first   bool            // the first sweep has not ended: there are no events for single apps
	// apart are the apps that were read one by one while a list is being read: what the list says of them may be older. nil: no list.
	apart map[string]bool
}

type knownApp struct {
	print string
	round int // the last sweep that the app was in
}

// printOf names all that the console takes of an app from a repository. modifiedDate alone makes no other print.
func printOf(a site.App) string {
	stream := site.Stream{}
	if a.Stream != nil {
		stream = *a.Stream
	}
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "%q %q %q %q %q %d %d %d %q %q", a.Name, a.Description, a.Owner, stream.ID, stream.Name, // a hash takes everything
		a.Size, a.LastReload.UnixMicro(), a.PublishedAt.UnixMicro(), a.Properties, a.Tags)
	return base64.RawStdEncoding.EncodeToString(sum.Sum(nil)[:12])
}

// take hands those apps to the store that differ from what is known, and gives how many those are. The caller holds reading.
func (c *Connector) take(ctx context.Context, apps []site.App) (int, error) {
	var changed []site.App
	var prints []string
	for _, a := range apps {
		is := printOf(a)
		if was := c.known.apps[a.ID]; was.print != is {
			changed, prints = append(changed, a), append(prints, is)
		} else {
			c.known.apps[a.ID] = knownApp{is, c.known.round}
		}
		c.known.owners[a.Owner.ID] = true
	}
	if len(changed) == 0 {
		return 0, nil
	}
	if err := c.takeNewStreams(ctx, changed); err != nil {
		return 0, err
	}
	happened, err := c.Store.TakeApps(ctx, changed, prints, c.known.first)
	if err != nil {
		return 0, err
	}
	for i, a := range changed {
		c.known.apps[a.ID] = knownApp{prints[i], c.known.round}
		c.exports.changed(a)
	}
	c.note(ctx, changed, happened)
	return len(changed), nil
}

// note logs what was noticed; that an app was there at the first sweep is nothing to notice.
func (c *Connector) note(ctx context.Context, apps []site.App, happened []site.Happened) {
	if len(happened) != len(apps) || c.known.first {
		return
	}
	for i, a := range apps {
		if happened[i].Kind != "" {
			c.Log.InfoContext(ctx, "noticed at the site", "app", a.Name, "id", a.ID, "kind", happened[i].Kind, "what", happened[i].Note)
		}
	}
}

// takeNewStreams reads the streams when an app is in one that is not known: policies may ask for the stream's custom properties.
func (c *Connector) takeNewStreams(ctx context.Context, apps []site.App) error {
	unknown := func(a site.App) bool { return a.Stream != nil && !c.known.streams[a.Stream.ID] }
	if !slices.ContainsFunc(apps, unknown) {
		return nil
	}
	if err := c.takeStreams(ctx); err != nil {
		return err
	}
	for _, a := range apps { // one that the user may not read is not asked for again and again
		if a.Stream != nil {
			c.known.streams[a.Stream.ID] = true
		}
	}
	return nil
}

// takeStreams reads all streams. The caller holds reading.
func (c *Connector) takeStreams(ctx context.Context) error {
	var all []site.Stream
	ids := map[string]bool{}
	err := c.Client.EachStream(ctx, func(s api.Stream) error {
		stream := s.Site()
		all = append(all, stream)
		ids[stream.ID], c.known.owners[stream.Owner.ID] = true, true
		return nil
	})
	if err != nil {
		return err
	}
	if err := c.Store.TakeStreams(ctx, all); err != nil {
		return err
	}
	c.known.streams = ids
	return nil
}

// takeProperties reads all definitions of custom properties. The caller holds reading.
func (c *Connector) takeProperties(ctx context.Context) error {
	var all []site.Property
	err := c.Client.EachProperty(ctx, func(p api.Property) error {
		all = append(all, p.Site())
		return nil
	})
	if err != nil {
		return c.unlessForbidden(ctx, err)
	}
	return c.Store.TakeProperties(ctx, all)
}

// takeOwners reads the users and keeps those who own something that is known: a directory may have a hundred thousand others.
func (c *Connector) takeOwners(ctx context.Context) error {
	c.reading.Lock()
	wanted := map[string]bool{}
	for id := range c.known.owners {
		wanted[id] = true
	}
	c.reading.Unlock()
	var owners []site.Owner
	err := c.Client.EachUser(ctx, func(u api.User) error {
		if owner := u.Site(); wanted[owner.ID] {
			owners = append(owners, owner)
		}
		return nil
	})
	if err != nil {
		return c.unlessForbidden(ctx, err)
	}
	for part := range slices.Chunk(owners, atOnce) {
		if err := c.Store.TakeOwners(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// unlessForbidden lets a site be read whose user may not read users or definitions: apps name their owners and values themselves.
func (c *Connector) unlessForbidden(ctx context.Context, err error) error {
	if api.KindOf(err) != api.Forbidden {
		return err
	}
	c.Log.InfoContext(ctx, "a part of the site may not be read; apps tell what they need of it", "error", err)
	return nil
}

// readOne reads one app and takes it. gone: the repository answers 404, so it is deleted, or hidden from the user.
func (c *Connector) readOne(ctx context.Context, id string) (app site.App, gone bool, err error) {
	if err := c.reading.lockIn(ctx); err != nil {
		return app, false, err
	}
	defer c.reading.Unlock()
	if err := c.begin(ctx); err != nil {
		return app, false, err
	}
	if c.known.apart != nil {
		c.known.apart[id] = true
	}
	read, err := c.Client.App(ctx, id)
	if api.KindOf(err) == api.NotFound {
		return app, true, nil
	}
	if err != nil {
		return app, false, err
	}
	app = read.Site()
	if streamless(read) && c.keep(id) {
		return app, false, nil
	}
	_, err = c.take(ctx, []site.App{app})
	return app, false, err
}

// streamless says whether an app is published and the site does not name its stream: then the user may not read the stream, and what is
// known of the app stays. An app that was unpublished is not published.
func streamless(a api.App) bool { return a.Published && a.Stream == nil }

// keep notes that a known app is still there, and says whether it is known. The caller holds reading.
func (c *Connector) keep(id string) bool {
	was, known := c.known.apps[id]
	if known {
		c.known.apps[id] = knownApp{was.print, c.known.round}
	}
	return known
}

// begin reads from the store what is known, once. The caller holds reading.
func (c *Connector) begin(ctx context.Context) error {
	if c.known.apps != nil {
		return nil
	}
	prints, err := c.Store.SitePrints(ctx)
	if err != nil {
		return err
	}
	taken, err := c.Store.SiteKnown(ctx)
	if err != nil {
		return err
	}
	shrunk, err := c.Store.Shrunk(ctx)
	if err != nil {
		return err
	}
	c.show(func(p *site.Picture) { p.Shrunk = shrunk })
	apps := make(map[string]knownApp, len(prints))
	for id, is := range prints {
		apps[id] = knownApp{print: is}
	}
	c.known = known{apps: apps, streams: map[string]bool{}, owners: map[string]bool{}, first: !taken}
	return nil
}
