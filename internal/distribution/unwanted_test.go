package distribution

import (
	"slices"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/site"
)

// TestCancelledAnywhere cancels a delivery after each call in turn, and publishes the app again: the next delivery takes
// up or removes what the cancelled one left.
func TestCancelledAnywhere(t *testing.T) {
	for _, auth := range auths {
		t.Run(string(auth), func(t *testing.T) {
			killedAnywhere(t, auth, func(w *world) {
				w.store.apps[theApp].Stream = nil
				w.event(site.Unpublished)
				w.store.apps[theApp].Stream = &site.Stream{ID: "s", Name: "Finance"}
				w.store.apps[theApp].Generation++
				w.data[theApp] = content(w.store.apps[theApp].Generation)
				w.event(site.Published)
				w.settle()
				w.exactlyOnce()
			})
		})
	}
}

// killedAnywhere kills the first delivery of an app after each call in turn, boots, and goes on.
func killedAnywhere(t *testing.T, auth deployment.Auth, then func(*world)) {
	whole := newWorld(t, t.TempDir(), auth)
	whole.event(site.Published)
	decided := whole.gates
	whole.settle()
	for kill := decided + 1; kill <= whole.gates; kill++ {
		w := newWorld(t, t.TempDir(), auth)
		w.event(site.Published)
		w.kill = kill
		j := w.store.jobs[0]
		for dead := false; !dead; {
			var again *time.Duration
			var err error
			dead, err = w.try(func() (err error) { again, err = w.engine.Deliver(t.Context(), j.delivery, j.ticket); return err })
			if err != nil || !dead && again == nil {
				t.Fatalf("gate %d did not kill: %v", kill, err)
			}
			if !dead {
				w.clock = w.clock.Add(*again)
			}
		}
		w.boot()
		then(w)
	}
}

// TestUnwantedAnywhere unpublishes an app, or cancels its first delivery, after each call of that in turn: what the tenant has by then,
// and users may get, is told as left there.
func TestUnwantedAnywhere(t *testing.T) {
	for why, end := range map[string]func(*world){
		"the app was unpublished": func(w *world) {
			w.store.apps[theApp].Stream = nil
			w.event(site.Unpublished)
		},
		"cancelled by ada": (*world).cancel,
	} {
		for _, auth := range auths {
			t.Run(why+"/"+string(auth), func(t *testing.T) {
				killedAnywhere(t, auth, func(w *world) {
					end(w)
					w.settle()
					w.left(why)
				})
			})
		}
	}
}

// left says that nothing is under way, and that all that is in the tenant is told as left there.
func (w *world) left(why string) {
	w.t.Helper()
	if d := w.current(); d.State.Open() {
		w.t.Fatalf("gate %d: the delivery is %s", w.kill, d.State)
	}
	left := map[string]bool{}
	for _, p := range w.store.placements {
		ended := w.current().State == Distributed // before anybody could cancel it
		if !ended && (p.Left.IsZero() || p.LeftWhy != why) || p.SHA256 == "" {
			w.t.Errorf("gate %d: placement %+v", w.kill, p)
		}
		left[p.RemoteID] = true
	}
	for id, app := range w.tenant.apps {
		if !left[id] {
			w.t.Errorf("gate %d: the tenant has %q, and nobody tells of it", w.kill, app.Name)
		}
	}
}

// cancel is what an admin does to the newest delivery and what it waits for.
func (w *world) cancel() {
	for _, id := range w.store.order {
		if d := w.store.deliveries[id]; d.State.Open() && d.Unwanted == "" {
			w.store.giveUp(id, CancelledByAdmin, "cancelled by ada")
		}
	}
}

// changing are the calls that change something in a tenant.
var changing = []string{"CreateUpload", "UploadChunk", "ImportStaged", "ImportStagedFile", "ImportNew", "ImportNewFile", "Publish", "Republish", "SetAttributes",
	"SetSpace", "SetOwner", "CreateSpace", "AddSpaceMember", "CreateCollection", "AddToCollection", "RemoveFromCollection", "DeleteApp"}

// TestLostAnywhere takes the delivery away during each call in turn: whoever had it changes nothing in the tenant any more.
func TestLostAnywhere(t *testing.T) {
	for _, way := range ways {
		whole := way.world(t, t.TempDir())
		walk(whole)
		t.Run(way.String(), func(t *testing.T) {
			for at := range whole.tenant.calls {
				w := way.world(t, t.TempDir())
				n, lost, during := 0, job{}, ""
				w.tenant.refuse = func(call string) error {
					if w.job == lost && slices.Contains(changing, call) {
						t.Errorf("%s after the delivery was lost during %s", call, during)
					}
					if n++; n == at+1 {
						lost, during = w.job, call
						d := w.store.deliveries[lost.delivery]
						d.Ticket++
						w.store.jobs = append(w.store.jobs, job{d.ID, d.Ticket, w.clock})
					}
					return nil
				}
				walk(w)
				w.exactlyOnce()
				w.landedWell()
			}
		})
	}
}

// TestCancelledDuringAnyCall cancels a first delivery during each of its calls in turn: its run brings nothing more to the tenant, and
// what is there by then, and users may get, is told as left there.
func TestCancelledDuringAnyCall(t *testing.T) {
	for _, way := range ways {
		whole := way.world(t, t.TempDir())
		whole.event(site.Published)
		whole.settle()
		t.Run(way.String(), func(t *testing.T) {
			for at := range whole.tenant.calls {
				w := way.world(t, t.TempDir())
				n, during := 0, ""
				w.tenant.refuse = func(call string) error {
					if during != "" && call != "DeleteApp" && slices.Contains(changing, call) {
						t.Errorf("%s after it was cancelled during %s", call, during)
					}
					if n++; n == at+1 {
						during = call
						w.cancel()
					}
					return nil
				}
				w.event(site.Published)
				w.settle()
				w.left("cancelled by ada")
			}
		})
	}
}
