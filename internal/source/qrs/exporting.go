package qrs

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// Waiting for one of the places to export.
const (
	placeWait   = 2 * time.Second  // within the call
	shortTurn   = 2 * time.Second  // afterwards, at least
	longestTurn = 15 * time.Minute // and at most
	goneQuiet   = 2 * longestTurn  // who has not asked for so long waits no more
	shown       = 200              // of the exports that run or wait
)

// Why an export is broken off.
var (
	errChanged = errors.New("the app has changed meanwhile")
	errStopped = errors.New("the connection to the site ends")
)

// exports are the exports that run or wait, and the places that there are for them.
type exports struct {
	places  chan struct{}
	running sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	all      map[*exporting]bool
	waiting  map[string]waiting // by app
	overtook map[string]bool    // by app: its last export was given up because the app was reloaded meanwhile
	usual    time.Duration      // how long an export took lately
}

// waiting is an app that shall be exported as soon as there is a place.
type waiting struct {
	name, why    string
	since, asked time.Time
}

// exporting is one export that runs.
type exporting struct {
	id     string
	since  time.Time
	ctx    context.Context
	cancel context.CancelCauseFunc
	home   *exports
	judge  func(error) error
	now    func() time.Time
	once   sync.Once

	bytes    atomic.Int64
	download *api.Download

	app  site.App // as it was before; guarded by home.mu
	last bool     // whether it is kept when the app is reloaded meanwhile: the one before was not; guarded by home.mu
}

func (e *exports) open(places int) {
	if places <= 0 {
		places = site.DefaultExports
	}
	e.places, e.all = make(chan struct{}, places), map[*exporting]bool{}
	e.waiting, e.overtook = map[string]waiting{}, map[string]bool{}
}

// begin takes a place for an export, waiting for one for a moment. The export ends with the context, with end, and with the connector.
func (e *exports) begin(ctx context.Context, c *Connector, id string) (*exporting, error) {
	timer := time.NewTimer(placeWait)
	defer timer.Stop()
	select {
	case e.places <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-timer.C:
		return nil, e.turn(ctx, c, id)
	}
	x := &exporting{id: id, since: c.Now(), home: e, judge: c.judge, now: c.Now}
	x.ctx, x.cancel = context.WithCancelCause(ctx)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		<-e.places
		return nil, c.later(changedWait, "The connection to the site is being set up anew.")
	}
	delete(e.waiting, id)
	e.all[x] = true
	e.running.Add(1)
	return x, nil
}

// turn queues an app and says when to ask again: the sooner, the fewer are before it.
func (e *exports) turn(ctx context.Context, c *Connector, id string) error {
	name := id
	if app, err := c.Store.App(ctx, id); err == nil {
		name = app.Name
	}
	before := e.queue(id, name, "a place to export", c.Now())
	e.mu.Lock()
	defer e.mu.Unlock()
	turns := float64(before / cap(e.places))
	wait := min(max(time.Duration(turns*float64(e.usual)), shortTurn), longestTurn)
	if before == 0 {
		return c.later(wait, "The site exports %s at once. This app is the next.", counted(cap(e.places), "app"))
	}
	return c.later(wait, "The site exports %s at once, and %s before this one.", counted(cap(e.places), "app"), counted(before, "app"))
}

// counted names so many things.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

// queue notes that an app waits, and gives how many wait for longer.
func (e *exports) queue(id, name, why string, now time.Time) (before int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w, queued := e.waiting[id]
	if !queued {
		w.since = now
	}
	w.name, w.why, w.asked = name, why, now
	e.waiting[id] = w
	for other, o := range e.waiting {
		switch {
		case now.Sub(o.asked) > goneQuiet:
			delete(e.waiting, other)
		case o.since.Before(w.since):
			before++
		}
	}
	return before
}

func (x *exporting) of(app site.App) {
	x.home.mu.Lock()
	defer x.home.mu.Unlock()
	x.app, x.last = app, x.home.overtook[app.ID]
}

// good says whether an export is of use, now that the app is another than before. One that was overtaken by a reload is given up, and
// the next is kept as what it is, a file of the older data: else an app that is reloaded more often than its export takes would never
// be exported. The caller has the lock.
func (x *exporting) good(now site.App) bool {
	if sameData(now, x.app) {
		return true
	}
	reloaded := now.Published() && x.app.Published() && now.PublishedAt.Equal(x.app.PublishedAt)
	if reloaded && !x.last {
		x.home.overtook[x.id] = true
	}
	return reloaded && x.last
}

// whole says, at its end, whether an export is of use.
func (x *exporting) whole(now site.App) bool {
	x.home.mu.Lock()
	defer x.home.mu.Unlock()
	good := x.good(now)
	if good {
		delete(x.home.overtook, x.id)
	}
	return good
}

// end gives the place back, once. A download that was not read to its end is broken off.
func (x *exporting) end() {
	x.once.Do(func() {
		x.cancel(nil)
		if x.download != nil {
			_ = x.download.Close() // what was read is judged by its reader
		}
		x.home.mu.Lock()
		defer x.home.mu.Unlock()
		delete(x.home.all, x)
		took := x.now().Sub(x.since)
		x.home.usual = (3*x.home.usual + took) / 4
		<-x.home.places
		x.home.running.Done()
	})
}

// fault gives the error of an export: why it was broken off, if it was.
func (x *exporting) fault(err error) error {
	if errors.Is(err, errChanged) || errors.Is(context.Cause(x.ctx), errChanged) {
		return &distribution.NotNow{Why: "The app has changed while it was exported. It is exported anew.", Wait: changedWait}
	}
	if errors.Is(context.Cause(x.ctx), errStopped) {
		return &distribution.NotNow{Why: "The export was broken off, because the connection to the site ended. It begins anew.", Wait: changedWait}
	}
	return x.judge(err)
}

// changed breaks off the exports of an app that are of no use any more, because its data is another or it is no longer published: the
// site's engine has better things to do.
func (e *exports) changed(now site.App) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !now.Published() {
		delete(e.waiting, now.ID)
	}
	for x := range e.all {
		if x.id == now.ID && x.app.ID != "" && !x.good(now) {
			x.cancel(errChanged)
		}
	}
}

// breakOff breaks off all exports, and lets none begin.
func (e *exports) breakOff() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	for x := range e.all {
		x.cancel(errStopped)
	}
}

// close breaks off all exports and waits until they have ended.
func (e *exports) close() {
	e.breakOff()
	e.running.Wait()
}

// list shows the exports, those that run first, and the oldest first.
func (e *exports) list() []site.Exporting {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []site.Exporting
	for x := range e.all {
		all = append(all, site.Exporting{AppID: x.id, AppName: x.app.Name, Since: x.since, Bytes: x.bytes.Load()})
	}
	for id, w := range e.waiting {
		all = append(all, site.Exporting{AppID: id, AppName: w.name, Since: w.since, Waiting: w.why})
	}
	slices.SortFunc(all, func(a, b site.Exporting) int {
		if waits := a.Waiting != ""; waits != (b.Waiting != "") {
			return map[bool]int{false: -1, true: 1}[waits]
		}
		return a.Since.Compare(b.Since)
	})
	return all[:min(len(all), shown)]
}
