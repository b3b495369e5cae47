package distribution

import (
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/tenant"
)

// spend lets the tenant refuse imports for an hour, as when those of the day are spent; during replaces the app within the
// first refused call, so that the older delivery cannot be superseded by the decision.
func (w *world) spend(during func()) {
	until := time.Time{}
	w.tenant.refuse = func(call string) error {
		if call != "ImportStaged" && call != "ImportNew" {
			return nil
		}
		if until.IsZero() {
			until = w.clock.Add(time.Hour)
			during()
		}
		if w.clock.Before(until) {
			return &tenant.Error{Call: call, Cause: tenant.RateLimited, Status: 429, RetryAfter: until.Sub(w.clock)}
		}
		return nil
	}
}

// TestRefusedImportIsOvertaken replaces an app while the tenant refuses the import of its older data. The older delivery must
// not put its data over the newer ones when its own time comes.
func TestRefusedImportIsOvertaken(t *testing.T) {
	for _, auth := range auths {
		t.Run(string(auth), func(t *testing.T) {
			w := newWorld(t, t.TempDir(), auth)
			w.spend(w.replace)
			w.event(site.Published)
			w.settle()
			w.exactlyOnce()
			old := w.store.deliveries[w.store.order[0]]
			if old.State != Superseded || w.current().State != Distributed || len(w.store.order) != 2 {
				t.Errorf("the older delivery is %s, the newer one %s", old.State, w.current().State)
			}
		})
	}
}

// TestUnknownImportHoldsUpForTheSettleTimeOnly replaces an app while it is not known what came of the import of its older
// data, and the older delivery has to wait for an hour.
func TestUnknownImportHoldsUpForTheSettleTimeOnly(t *testing.T) {
	for _, auth := range auths {
		t.Run(string(auth), func(t *testing.T) {
			w := newWorld(t, t.TempDir(), auth)
			begun := time.Time{}
			w.tenant.wrong = func(call string) trouble {
				if begun.IsZero() && (call == "ImportStaged" || call == "ImportNew") {
					begun = w.clock
					w.engine.Schedule = []time.Duration{time.Hour}
					return lateEffect
				}
				return noTrouble
			}
			w.event(site.Published)
			for begun.IsZero() && w.work() {
			}
			w.replace()
			w.settle()
			w.exactlyOnce()
			settle := w.engine.Settle(deployment.Deployment{Endpoint: "https://t.example"})
			if d := w.current(); d.Finished.Sub(begun) < settle || d.Finished.Sub(begun) > settle+time.Minute {
				t.Errorf("the newer one was distributed %s after the older one's import, and the settle time is %s", d.Finished.Sub(begun), settle)
			}
			if old := w.store.deliveries[w.store.order[0]]; old.State != Superseded {
				t.Errorf("the older delivery is %s", old.State)
			}
		})
	}
}
