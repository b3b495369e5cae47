package qrs_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// TestWhatChangesDuringALongSweepIsNoticed by the next look, though what was read last is younger.
func TestWhatChangesDuringALongSweepIsNoticed(t *testing.T) {
	w := newWorld(t)
	w.connection.Callback, w.connection.Sweep = "", 20*time.Minute
	o := w.odd()
	w.start()
	ids := w.apps()
	o.set(func() {
		o.list = func(filter string, all []api.App) []api.App {
			if strings.Contains(filter, "modifiedDate") {
				return all
			}
			o.set(func() { o.list = nil })
			w.do(ids["Welcome"], "rename", map[string]string{"name": "Farewell"})
			w.skewBy(10 * time.Minute)
			w.fault(faults.Fault{Kind: faults.ClockSkew, Seconds: 600, ForSeconds: 3600})
			w.do(ids["Sales overview"], "reload", nil)
			for i, a := range all {
				if a.ID == ids["Sales overview"] { // as the last window has it
					all[i], _ = o.Client.App(t.Context(), a.ID)
				}
			}
			return all
		}
	})
	w.skewBy(20 * time.Minute)
	w.until("the name", func() bool { return strings.Contains(w.store.names(), "Farewell") })
}

// TestWhatWasReadTwiceIsNotReadForEver: many apps that changed at once, and none since, cost a quiet site nothing at each look.
func TestWhatWasReadTwiceIsNotReadForEver(t *testing.T) {
	w := newWorld(t)
	w.connection.Callback = ""
	o := w.odd()
	w.start()
	read := 0
	o.set(func() {
		o.list = func(_ string, all []api.App) []api.App {
			read = len(all)
			return all
		}
	})
	w.fault(faults.Fault{Kind: faults.ClockSkew, Seconds: 60, ForSeconds: 3600})
	w.skewBy(time.Minute)
	w.do(w.apps()["Welcome"], "rename", map[string]string{"name": "Hello"})
	w.until("the first name", func() bool { return w.store.has("Hello: changed") })
	w.looks(2)
	if o.set(func() {}); read != 7 {
		t.Errorf("%d apps are read again that were just written", read)
	}
	w.skewBy(3 * time.Minute)
	w.looks(3)
	if o.set(func() {}); read != 1 {
		t.Errorf("%d apps are read again and again", read)
	}
	w.do(w.apps()["Hello"], "rename", map[string]string{"name": "Farewell"})
	w.until("the name", func() bool { return w.store.has("Farewell: changed") })
}

// TestALookThatBreaksOffHidesNothing: what it did not come to is read by the next one, also when that changed much earlier.
func TestALookThatBreaksOffHidesNothing(t *testing.T) {
	w := newWorld(t)
	w.connection.Callback = ""
	o := w.odd()
	w.start()
	ids := w.apps()
	o.set(func() {
		o.list = func(_ string, all []api.App) []api.App {
			last := slices.IndexFunc(all, func(a api.App) bool { return a.Name == "Farewell" })
			if last < 0 {
				return all
			}
			o.set(func() { o.list, o.broke = nil, &api.Error{Kind: api.Unreachable, Said: "The list broke off."} })
			return slices.Repeat(all[last:last+1], 250)
		}
	})
	undo := w.fault(faults.Fault{Kind: faults.Boot, ForSeconds: 600})
	w.do(ids["Sales overview"], "rename", map[string]string{"name": "Sales"})
	w.fault(faults.Fault{Kind: faults.ClockSkew, Seconds: 600, ForSeconds: 3600})
	w.skewBy(10 * time.Minute)
	w.do(ids["Welcome"], "rename", map[string]string{"name": "Farewell"})
	undo()
	w.until("what came before it broke off", func() bool { return w.store.has("Farewell: changed") })
	w.until("the rest", func() bool { return w.store.has("Sales: changed") })
}

// TestASuspicionThatASweepDoesNotClearIsNoReasonForMore: sweeps cost the site something.
func TestASuspicionThatASweepDoesNotClearIsNoReasonForMore(t *testing.T) {
	for name, wrong := range map[string]func(*odd){
		"a count that differs from the list": func(o *odd) { o.set(func() { o.count = func(n int) int { return n + 3 } }) },
		"nothing as young as what was the youngest": func(o *odd) {
			o.set(func() {
				o.list = func(filter string, all []api.App) []api.App {
					if strings.Contains(filter, "modifiedDate") {
						return nil
					}
					return all
				}
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.connection.Callback = ""
			o := w.odd()
			w.start()
			swept := w.connector.Picture().Swept
			wrong(o)
			w.skewBy(90 * time.Second)
			w.until("a sweep that looks after it", func() bool { return w.connector.Picture().Swept.After(swept) })
			w.looks(3)
			w.skewBy(90 * time.Second)
			w.looks(3) // the same may be suspected once more
			swept = w.connector.Picture().Swept
			for range 3 {
				w.skewBy(90 * time.Second)
				w.looks(3)
			}
			if w.connector.Picture().Swept.After(swept) {
				t.Error("everything is read again and again")
			}
		})
	}
}

// looks waits until so many more looks, or sweeps, have ended.
func (w *world) looks(n int) {
	w.Helper()
	for range n {
		last := w.connector.Picture().Fresh
		w.until("a look", func() bool { return w.connector.Picture().Fresh.After(last) })
	}
}

// TestWhatCouldNotBeReadIsReadLater: what a callback said is not forgotten for a failure.
func TestWhatCouldNotBeReadIsReadLater(t *testing.T) {
	w := newWorld(t).start()
	fail := func(err error) {
		w.store.mu.Lock()
		defer w.store.mu.Unlock()
		w.store.fail = err
	}
	fail(errors.New("the disk is full"))
	w.qrs(http.MethodPost, "stream", map[string]any{"name": "Newcomers"})
	w.until("the trouble", func() bool { return w.connector.Picture().Trouble != "" })
	fail(nil)
	w.until("the stream", func() bool { return w.store.streamID("Newcomers") != "" })
}

// TestADeletionRightAfterASweepIsNoticed: it looks just like the one that the sweep was for.
func TestADeletionRightAfterASweepIsNoticed(t *testing.T) {
	w := newWorld(t)
	w.connection.Callback = ""
	o := w.odd()
	w.start()
	ids := w.apps()
	swept := w.connector.Picture().Swept
	w.qrs(http.MethodDelete, "app/"+ids["Welcome"], nil)
	o.set(func() {
		o.list = func(filter string, all []api.App) []api.App {
			if strings.Contains(filter, "modifiedDate") && w.connector.Picture().Swept.After(swept) {
				o.set(func() { o.list = nil })
				w.qrs(http.MethodDelete, "app/"+ids["Sales overview"], nil)
			}
			return all
		}
	})
	w.skewBy(90 * time.Second)
	w.until("the first", func() bool { return w.store.has("Welcome: deleted") })
	w.looks(3)
	w.skewBy(90 * time.Second)
	w.until("the second", func() bool { return w.store.has("Sales overview: deleted") })
}
