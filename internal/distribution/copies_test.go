package distribution

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/site"
)

// afterSettling lets the first call of a name take effect only when it has long been repeated.
func (w *world) afterSettling(name string) {
	w.tenant.after = 2 * w.engine.Settle(w.store.deployments[0])
	once := true
	w.tenant.wrong = func(call string) trouble {
		if call != name || !once {
			return noTrouble
		}
		once = false
		return lateEffect
	}
}

// TestImportAfterTheSettleTimeIsSwept lets an import come about when the app is distributed already, by another one.
func TestImportAfterTheSettleTimeIsSwept(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.ClientCredentials)
	w.afterSettling("ImportNew")
	w.event(site.Published)
	w.settle()
	w.clock = w.clock.Add(w.tenant.after)
	w.tenant.settle()
	if w.current().State != Distributed || len(w.tenant.apps) != 2 {
		t.Fatalf("delivery %s, apps %v", w.current().State, w.names())
	}
	w.clock = w.clock.Add(time.Minute)
	if n, err := w.engine.Sweep(t.Context(), w.store.deployments[0]); n != 1 || err != nil {
		t.Errorf("%d swept, %v", n, err)
	}
	w.exactlyOnce()
}

// TestPublishAfterTheSettleTimeIsReported lets a publish come about when it has been repeated: there are two copies, none is
// removed, and the next sweep and the next delivery say so.
func TestPublishAfterTheSettleTimeIsReported(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.ClientCredentials)
	w.afterSettling("Publish")
	w.event(site.Published)
	w.settle()
	first := w.store.placements[0]
	source := w.store.deliveries[w.store.order[0]].Intermediate
	late := w.tenant.add(first.RemoteName, content(1)) // the work had begun before its source was removed
	late.SpaceID, late.OriginAppID = first.SpaceID, source
	foreign := w.tenant.add(first.RemoteName, []byte("theirs"))
	foreign.SpaceID, foreign.OriginAppID = first.SpaceID, "their source"
	w.clock = w.clock.Add(time.Minute)
	w.sweep()
	if p := w.store.placements[0]; len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], late.ID) || len(w.tenant.apps) != 3 {
		t.Errorf("after the sweep: placement %+v, apps %v", p, w.names())
	}
	w.replace()
	w.settle()
	p := w.store.placements[0]
	if p.RemoteID != first.RemoteID || len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], late.ID) || len(w.tenant.apps) != 3 {
		t.Errorf("placement %+v, apps %v", p, w.names())
	}
	delete(w.tenant.apps, late.ID) // somebody did what the warning says
	w.sweep()
	if p := w.store.placements[0]; len(p.Warnings) > 0 {
		t.Errorf("the copy is gone, and the warning is %q", p.Warnings)
	}
}

// sweep does what the console does every hour.
func (w *world) sweep() {
	w.t.Helper()
	if n, err := w.engine.Sweep(context.Background(), w.store.deployments[0]); n != 0 || err != nil {
		w.t.Errorf("%d swept, %v", n, err)
	}
}
