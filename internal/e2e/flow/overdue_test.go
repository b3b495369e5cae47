package flow

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
)

// TestAnAppThatIsReloadedAllTheTimeArrives gives an app new data each time that its file is being exported or sent, so that no version
// would ever arrive if each gave way to the next. One of two does, and when the reloads end the newest is there.
func TestAnAppThatIsReloadedAllTheTimeArrives(t *testing.T) {
	t.Parallel()
	for _, auth := range []deployment.Auth{deployment.LocalBearer, deployment.ClientCredentials} {
		t.Run(string(auth)+"/while it is sent", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c, eu := w.deployment(auth)
			w.policy("")
			heard := w.hears()
			gate := c.before(http.MethodPatch, "/temp-contents")
			app := w.publish("Sales", w.stream("Finance"), 2)
			for range 4 {
				w.await(gate)
				app = w.reload(app.ID, 2)
				w.decided()
				c.heal()
				next := c.before(http.MethodPatch, "/temp-contents")
				gate.open()
				gate = next
			}
			w.await(gate)
			if n := heard.count(); n < 1 {
				t.Errorf("%d of 4 versions have arrived", n)
			}
			c.heal()
			gate.open()
			w.arrived(app.ID, eu)
			c.only()
		})
		t.Run(string(auth)+"/while it is exported", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c, eu := w.deployment(auth)
			w.policy("")
			heard := w.hears()
			app := w.upload("Sales", 2)
			var exports atomic.Int32
			w.opened = func() {
				if exports.Add(1) < 6 && heard.count() == 0 {
					w.reload(app.ID, 2)
					w.decided()
				}
			}
			w.ok(w.store.PublishApp(w.ctx, app.ID, w.stream("Finance"), ""))
			w.until(func() (bool, string) { return heard.count() > 0, "no version has arrived" })
			if n := exports.Load(); n > 5 {
				t.Error("it arrived when the reloads had ended")
			}
			w.arrived(app.ID, eu)
			c.only()
		})
	}
}

// arrivals are the data versions that were said to be distributed.
type arrivals struct {
	mu  sync.Mutex
	all []site.DataVersion
}

func (w *world) hears() *arrivals {
	a := &arrivals{}
	w.said = func(p distribution.Placement) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.all = append(a.all, p.Version)
	}
	return a
}

func (a *arrivals) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.all)
}
