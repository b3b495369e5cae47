package qrs_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// odd is a client whose site answers in ways that the sandbox does not. Nil functions: as it answers.
type odd struct {
	*api.Client

	mu    sync.Mutex
	list  func(filter string, all []api.App) []api.App // after it was read
	app   func(ctx context.Context, a api.App) (api.App, error)
	count func(n int) int
	asked []string // filters of lists
	broke error    // of the list behind what the function gave, once
}

func (w *world) odd() *odd {
	o := &odd{}
	w.wrap = func(c *api.Client) qrs.Client {
		o.Client = c
		return o
	}
	return o
}

func (o *odd) set(change func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	change()
}

func (o *odd) EachApp(ctx context.Context, filter string, do func(api.App) error) error {
	o.mu.Lock()
	o.asked = append(o.asked, filter)
	list := o.list
	o.mu.Unlock()
	if list == nil {
		return o.Client.EachApp(ctx, filter, do)
	}
	var all []api.App
	err := o.Client.EachApp(ctx, filter, func(a api.App) error {
		all = append(all, a)
		return nil
	})
	for _, a := range list(filter, all) {
		if err == nil {
			err = do(a)
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if err == nil {
		err, o.broke = o.broke, nil
	}
	return err
}

func (o *odd) App(ctx context.Context, id string) (api.App, error) {
	o.mu.Lock()
	app := o.app
	o.mu.Unlock()
	a, err := o.Client.App(ctx, id)
	if err != nil || app == nil {
		return a, err
	}
	return app(ctx, a)
}

func (o *odd) CountApps(ctx context.Context, filter string) (int, error) {
	n, err := o.Client.CountApps(ctx, filter)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.count != nil {
		n = o.count(n)
	}
	return n, err
}

// TestAnAppThatIsNotAnsweredHoldsUpNobody: an export reads an app of a site that does not answer; the connector ends, and people
// who wait for the same hear so in time.
func TestAnAppThatIsNotAnsweredHoldsUpNobody(t *testing.T) {
	w := newWorld(t)
	w.connection.Exports = 2
	o := w.odd()
	w.start()
	ids := w.apps()
	reads, free := make(chan struct{}), make(chan struct{})
	once := sync.OnceFunc(func() { close(reads) })
	o.set(func() {
		o.app = func(ctx context.Context, a api.App) (api.App, error) {
			once()
			<-free // as a call does that nobody ends but its own bound
			return a, ctx.Err()
		}
	})
	var hanging sync.WaitGroup
	hanging.Go(func() { _, _ = w.connector.Export(context.WithoutCancel(t.Context()), ids["Welcome"]) })
	t.Cleanup(hanging.Wait)
	t.Cleanup(func() { close(free) })
	<-reads
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := w.connector.Export(ctx, ids["Sales overview"])
		done <- err
	}()
	select {
	case err := <-done:
		w.waits(err, "answers slowly")
	case <-time.After(10 * time.Second):
		t.Error("a call waits longer than its context")
	}
}

// TestAStopDoesNotWaitForASiteThatDoesNotAnswer.
func TestAStopDoesNotWaitForASiteThatDoesNotAnswer(t *testing.T) {
	w := newWorld(t)
	o := w.odd()
	w.start()
	id := w.apps()["Welcome"]
	reads := make(chan struct{})
	once := sync.OnceFunc(func() { close(reads) })
	o.set(func() {
		o.app = func(ctx context.Context, a api.App) (api.App, error) {
			once()
			select {
			case <-ctx.Done():
			case <-time.After(20 * time.Second):
			}
			return a, &api.Error{Kind: api.Interrupted}
		}
	})
	var hanging sync.WaitGroup
	hanging.Go(func() { _, _ = w.connector.Export(context.WithoutCancel(t.Context()), id) })
	defer hanging.Wait()
	<-reads
	time.Sleep(100 * time.Millisecond) // a look comes in this time, and wants to read, too
	began := time.Now()
	w.end()
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("the stop took %v", took)
	}
}

// TestASiteWithoutApps: a look has a date that a repository can read.
func TestASiteWithoutApps(t *testing.T) {
	w := newWorld(t)
	w.connection.Callback = ""
	o := w.odd()
	undo := w.fault(faults.Fault{Kind: faults.HiddenRows, Percent: 100, ForSeconds: 600})
	w.start()
	fresh := w.connector.Picture().Fresh
	w.until("a look", func() bool { return w.connector.Picture().Fresh.After(fresh) })
	if !w.connector.Picture().Blind {
		t.Error("it is not told that the user reads no app")
	}
	o.set(func() {
		for _, filter := range o.asked {
			if strings.Contains(filter, "modifiedDate ge '") && !strings.Contains(filter, "modifiedDate ge '20") {
				t.Fatal(filter)
			}
		}
	})
	undo()
	w.until("the apps", func() bool { return !w.connector.Picture().Blind && strings.Contains(w.store.names(), "Welcome") })
}

// TestAStreamThatTheUserMayNotReadUnpublishesNothing.
func TestAStreamThatTheUserMayNotReadUnpublishesNothing(t *testing.T) {
	w := newWorld(t)
	w.connection.Sweep = 100 * time.Millisecond
	o := w.odd()
	w.start()
	o.set(func() {
		o.list = func(_ string, all []api.App) []api.App {
			for i := range all {
				all[i].Stream = nil
			}
			return all
		}
		o.app = func(_ context.Context, a api.App) (api.App, error) {
			a.Stream = nil
			return a, nil
		}
	})
	w.sweeps(2)
	w.do(w.apps()["Welcome"], "rename", map[string]string{"name": "Farewell"})
	w.sweeps(2)
	if got := w.store.happened(); slices.ContainsFunc(got, func(e string) bool { return strings.Contains(e, string(site.Unpublished)) }) {
		t.Errorf("%v", got)
	}
}

// TestAcceptedIsOnlyWhatTheSiteDoesNotAnswer: an app that it answers by id is there, whatever a list says.
func TestAcceptedIsOnlyWhatTheSiteDoesNotAnswer(t *testing.T) {
	w := newWorld(t)
	w.connection.Sweep, w.connection.Callback = 100*time.Millisecond, ""
	o := w.odd()
	w.start()
	all := w.store.names()
	o.set(func() {
		o.list = func(_ string, all []api.App) []api.App { return all[:3] }
		o.count = func(int) int { return 3 }
	})
	w.until("the notice", func() bool { return w.connector.Picture().Shrunk != nil })
	w.store.accept()
	w.connector.Look()
	w.until("the end of the notice", func() bool { return w.connector.Picture().Shrunk == nil })
	if w.store.names() != all || len(w.store.happened()) != 0 {
		t.Errorf("known are %s", w.store.names())
	}
}

// TestWhatIsAcceptedIsBelievedOnce: apps that the site refuses by id are there. What was accepted covers nothing more, and asks for no
// sweep after sweep.
func TestWhatIsAcceptedIsBelievedOnce(t *testing.T) {
	w := newWorld(t)
	w.connection.Callback = ""
	o := w.odd()
	w.start()
	first := w.connector.Picture().Swept
	o.set(func() {
		o.list = func(_ string, all []api.App) []api.App { return nil }
		o.count = func(int) int { return 0 }
		o.app = func(_ context.Context, a api.App) (api.App, error) {
			return a, &api.Error{Kind: api.Forbidden, Status: 403, Said: "No."}
		}
	})
	w.skewBy(2 * time.Minute) // a sweep before its time is due at most once a minute
	w.until("the notice", func() bool { return w.connector.Picture().Shrunk != nil && w.connector.Picture().Swept.After(first) })
	var shown *site.Shrunk
	o.set(func() {
		o.list = func(filter string, _ []api.App) []api.App {
			if !strings.Contains(filter, "modifiedDate") {
				shown = w.connector.Picture().Shrunk
			}
			return nil
		}
	})
	w.store.accept()
	w.sweeps(1)
	if shown == nil || !shown.Accepted {
		t.Errorf("while what was accepted is looked after, the notice is %+v", shown)
	}
	w.looks(5)
	if s, _ := w.store.Shrunk(t.Context()); s == nil || s.Accepted || len(w.store.happened()) != 0 {
		t.Errorf("the notice is %+v, events %v", s, w.store.events)
	}
	swept := w.connector.Picture().Swept
	if w.looks(5); !w.connector.Picture().Swept.Equal(swept) {
		t.Error("one sweep follows another")
	}
}

// TestASlowSiteIsNoFaultOfTheApp.
func TestASlowSiteIsNoFaultOfTheApp(t *testing.T) {
	w := newWorld(t)
	o := w.odd()
	w.start()
	id := w.apps()["Welcome"]
	o.set(func() {
		o.app = func(context.Context, api.App) (api.App, error) {
			return api.App{}, &api.Error{Kind: api.Slow, Said: "The site is too slow."}
		}
	})
	_, err := w.connector.Export(t.Context(), id)
	w.waits(err, "too slow")
}
