package qrs_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// TestAShrinkingListIsNoDeletion hides rows as a changed security rule does.
func TestAShrinkingListIsNoDeletion(t *testing.T) {
	w := newWorld(t)
	w.connection.Sweep = 100 * time.Millisecond
	w.start()
	all := w.store.names()
	undo := w.hide("Welcome", "Sales overview", "Headcount plan")
	w.until("the notice", func() bool { return w.connector.Picture().Shrunk != nil })
	shrunk := *w.connector.Picture().Shrunk
	if shrunk.Known != 7 || shrunk.Answered >= 6 || shrunk.Since.IsZero() {
		t.Errorf("%+v", shrunk)
	}
	w.sweeps(3)
	if w.store.names() != all || len(w.store.happened()) != 0 {
		t.Errorf("known are %s, events %v", w.store.names(), w.store.events)
	}
	undo()
	w.until("the end of the notice", func() bool { return w.connector.Picture().Shrunk == nil })
	if w.store.names() != all || len(w.store.happened()) != 0 || w.store.shrunk != nil {
		t.Errorf("known are %s, events %v", w.store.names(), w.store.events)
	}
}

// sweeps waits until so many more sweeps have ended.
func (w *world) sweeps(n int) {
	w.Helper()
	for range n {
		last := w.connector.Picture().Swept
		w.until("a sweep", func() bool { return w.connector.Picture().Swept.After(last) })
	}
}

// TestAcceptedIsBelieved: what somebody accepted goes, and only that much.
func TestAcceptedIsBelieved(t *testing.T) {
	w := newWorld(t)
	w.connection.Sweep = 100 * time.Millisecond
	w.start()
	w.hide("Welcome", "Sales overview", "Headcount plan")
	w.until("the notice", func() bool { return w.connector.Picture().Shrunk != nil })
	w.store.accept()
	w.connector.Look()
	w.until("the end of the notice", func() bool { return w.connector.Picture().Shrunk == nil })
	if got := w.store.happened(); !slices.Equal(got, []string{"Sales overview: deleted", "Welcome: deleted"}) {
		t.Errorf("%v", got)
	}
}

// hide hides apps from the console, as a changed security rule does.
func (w *world) hide(names ...string) (undo func()) {
	w.Helper()
	var ids []string
	for name, id := range w.apps() {
		if slices.Contains(names, name) {
			ids = append(ids, id)
		}
	}
	return w.fault(faults.Fault{Kind: faults.HiddenRows, IDs: ids, ForSeconds: 600})
}

func (m *memory) accept() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shrunk = &site.Shrunk{Known: m.shrunk.Known, Answered: m.shrunk.Answered, Since: m.shrunk.Since, Accepted: true}
}

// TestAcceptingDoesNotCoverWhatIsHiddenLater: the notice comes again when still fewer apps are answered.
func TestAcceptingDoesNotCoverWhatIsHiddenLater(t *testing.T) {
	w := newWorld(t)
	w.connection.Sweep = time.Hour
	w.connection.Callback = ""
	w.start()
	w.hide("Welcome", "Sales overview")
	w.end()
	w.start()
	w.until("the notice", func() bool { return w.connector.Picture().Shrunk != nil })
	w.fault(faults.Fault{Kind: faults.HiddenRows, Percent: 100, ForSeconds: 600})
	w.store.accept()
	w.end()
	w.start()
	if s := w.connector.Picture().Shrunk; s == nil || s.Answered != 0 || len(w.store.apps) != 7 {
		t.Errorf("%+v with %d apps", s, len(w.store.apps))
	}
}

// TestCallbacksDoNotDeleteHiddenAppsAreNotBelieved: callbacks that name apps, while the user may read none of them, delete nothing.
func TestCallbacksDoNotDeleteHiddenApps(t *testing.T) {
	w := newWorld(t)
	w.connection.Look = time.Hour
	w.start()
	undo := w.fault(faults.Fault{Kind: faults.HiddenRows, Percent: 100, ForSeconds: 600, User: `SERVICE\skyferry`})
	for _, id := range w.apps() {
		w.do(id, "rename", map[string]string{"name": "Renamed"})
	}
	w.until("the notice", func() bool { return w.connector.Picture().Shrunk != nil })
	undo()
	w.end()
	w.start()
	if got := w.store.happened(); len(got) != 5 || !slices.Equal(slices.Compact(got), []string{"Renamed: changed"}) {
		t.Errorf("%v", got)
	}
}

func TestDeletionsWhileTheConsoleWasAwayAreFound(t *testing.T) {
	w := newWorld(t).start()
	w.end()
	w.do(w.apps()["Welcome"], "delete", nil)
	w.do(w.apps()["Sales overview"], "move", map[string]string{"stream": "HR"})
	w.start()
	if got := w.store.happened(); !slices.Equal(got, []string{"Sales overview: moved", "Welcome: deleted"}) {
		t.Errorf("%v", got)
	}
}

// TestLooksNoticeThatTheNumbersDoNotAgree: the site's number of apps tells.
func TestLooksNoticeThatTheNumbersDoNotAgree(t *testing.T) {
	w := newWorld(t)
	w.connection.Callback = ""
	w.start()
	w.skewBy(2 * time.Minute) // a sweep before its time is due at most once a minute
	w.do(w.apps()["Welcome"], "delete", nil)
	w.until("the deletion", func() bool { return w.store.has("Welcome: deleted") })
}

// TestANoticeOutlivesARestart: also one that was accepted, and it does not cover another time.
func TestANoticeOutlivesARestart(t *testing.T) {
	w := newWorld(t)
	w.connection.Callback = ""
	w.start()
	undo := w.hide("Welcome", "Sales overview")
	w.end()
	w.start()
	w.until("the notice", func() bool { return w.connector.Picture().Shrunk != nil })
	w.end()
	w.store.accept()
	undo()
	w.start()
	if s, err := w.store.Shrunk(t.Context()); s != nil || err != nil || w.connector.Picture().Shrunk != nil {
		t.Errorf("%+v, %v", s, err)
	}
}

// oneRefused is a client whose site refuses one app, in a list and by its id.
type oneRefused struct {
	*api.Client

	id *atomic.Pointer[string]
}

func (c oneRefused) App(ctx context.Context, id string) (api.App, error) {
	if refused := c.id.Load(); refused != nil && *refused == id {
		return api.App{}, &api.Error{Kind: api.Forbidden, Status: 403, Said: "No."}
	}
	return c.Client.App(ctx, id)
}

// TestAnAppThatIsRefusedStopsNothing: it is not deleted, and others are noticed as before.
func TestAnAppThatIsRefusedStopsNothing(t *testing.T) {
	w := newWorld(t)
	var refused atomic.Pointer[string]
	w.wrap = func(c *api.Client) qrs.Client { return oneRefused{c, &refused} }
	w.connection.Sweep = 200 * time.Millisecond
	w.start()
	apps := w.apps()
	welcome := apps["Welcome"]
	refused.Store(&welcome)
	w.hide("Welcome")
	w.do(welcome, "rename", map[string]string{"name": "Welcome!"})
	w.do(apps["Sales overview"], "rename", map[string]string{"name": "Sales"})
	w.until("the other app", func() bool { return w.store.has("Sales: changed") })
	w.sweeps(2)
	if p := w.connector.Picture(); p.Trouble != "" || p.Shrunk == nil || len(w.store.happened()) != 1 {
		t.Errorf("%+v, events %v", p, w.store.events)
	}
}
