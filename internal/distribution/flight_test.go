package distribution

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/site"
)

var auths = []deployment.Auth{deployment.LocalBearer, deployment.ClientCredentials}

// way is how an app goes: by which sign-in, and whether within the import or by a resumable upload.
type way struct {
	auth   deployment.Auth
	direct bool
}

var ways = []way{{deployment.LocalBearer, false}, {deployment.LocalBearer, true}, {deployment.ClientCredentials, false}, {deployment.ClientCredentials, true}}

func (y way) String() string { return fmt.Sprintf("%s,direct=%t", y.auth, y.direct) }

func (y way) world(t testing.TB, dir string) *world {
	w := newWorld(t, dir, y.auth)
	if y.direct {
		w.store.deployments[0].Limits.Direct = 1000
	}
	return w
}

// walk distributes an app, replaces and renames it.
func walk(w *world) {
	w.event(site.Published)
	w.settle()
	w.replace()
	w.settle()
	w.store.apps[theApp].Name, w.store.apps[theApp].Tags = "Sales 2", []string{"weekly"}
	w.event(site.Changed)
	w.settle()
}

func TestWalk(t *testing.T) {
	for _, way := range ways {
		t.Run(way.String(), func(t *testing.T) {
			w := way.world(t, t.TempDir())
			walk(w)
			w.exactlyOnce()
			w.landedWell()
			if n := len(w.store.order); n != 3 {
				t.Fatalf("%d deliveries instead of 3", n)
			}
			if d := w.current(); !d.MetadataOnly || d.State != Distributed {
				t.Errorf("the rename was %+v", d)
			}
			uploads, imports := count(w.tenant.calls, "CreateUpload"), w.tenant.imports
			if way.direct && uploads != 0 || !way.direct && uploads != 2 || imports != 2 || w.store.used["2026-11-23"] != 2 {
				t.Errorf("%d uploads, %d imports, counted %v: a rename sends no data", uploads, imports, w.store.used)
			}
		})
	}
}

func count(all []string, name string) (n int) {
	for _, c := range all {
		if c == name {
			n++
		}
	}
	return n
}

// TestKilledAnywhere lets the engine die once at each gate in turn. Nothing is lost and nothing is doubled.
func TestKilledAnywhere(t *testing.T) {
	for _, way := range ways {
		t.Run(way.String(), func(t *testing.T) {
			whole := way.world(t, t.TempDir())
			walk(whole)
			for kill := 1; kill <= whole.gates; kill++ {
				w := way.world(t, t.TempDir())
				w.kill = kill
				walk(w)
				w.exactlyOnce()
				w.landedWell()
				if t.Failed() {
					t.Fatalf("killed at gate %d", kill)
				}
			}
		})
	}
}

// TestTroubleAnywhere lets each call in turn go wrong in each way, once.
func TestTroubleAnywhere(t *testing.T) {
	kinds := []trouble{busy, lostAnswer, lostCall, lateEffect, limited}
	for _, way := range ways {
		whole := way.world(t, t.TempDir())
		walk(whole)
		for _, kind := range kinds {
			t.Run(fmt.Sprintf("%s/%s", way, kind), func(t *testing.T) {
				for at := range whole.tenant.calls {
					w := way.world(t, t.TempDir())
					n := 0
					w.tenant.wrong = func(string) trouble {
						if n++; n == at+1 {
							return kind
						}
						return noTrouble
					}
					walk(w)
					w.exactlyOnce()
					w.landedWell()
				}
			})
		}
	}
}

// TestLifecycle does anything in any order, with crashes and troubles, and lets the dust settle.
func TestLifecycle(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "spool")
		if err != nil {
			rt.Fatal(err)
		}
		w := rapid.SampledFrom(ways).Draw(rt, "way").world(t, dir)
		kinds := []trouble{noTrouble, noTrouble, noTrouble, busy, lostAnswer, lostCall, lateEffect, limited}
		w.tenant.wrong = func(string) trouble { return rapid.SampledFrom(kinds).Draw(rt, "trouble") }
		stream := w.store.apps[theApp].Stream
		w.event(site.Published)
		rt.Repeat(map[string]func(*rapid.T){
			"work":     func(*rapid.T) { w.work() },
			"work on":  func(*rapid.T) { w.work() },
			"kill":     func(rt *rapid.T) { w.kill = w.gates + rapid.IntRange(1, 60).Draw(rt, "gates") },
			"replace":  func(*rapid.T) { w.replace() },
			"restrict": func(*rapid.T) { w.restrict(w.store.apps[theApp].Generation + 1) },
			"release": func(*rapid.T) {
				if w.held() {
					w.store.release(w.current())
				}
			},
			"":        func(*rapid.T) { w.unseen() },
			"cancel":  func(*rapid.T) { w.cancel() },
			"request": func(*rapid.T) { w.event(site.Requested) },
			"rename": func(rt *rapid.T) {
				w.store.apps[theApp].Description = rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "description")
				w.store.apps[theApp].Name = rapid.SampledFrom([]string{"Sales", "Sales 2"}).Draw(rt, "name")
				w.store.apps[theApp].Tags = rapid.SampledFrom([][]string{nil, {"kpi"}, {"weekly"}}).Draw(rt, "tags")
				w.event(site.Changed)
			},
			"unpublish": func(*rapid.T) { w.store.apps[theApp].Stream = nil; w.event(site.Unpublished) },
			"publish":   func(*rapid.T) { w.store.apps[theApp].Stream = stream; w.event(site.Published) },
		})
		w.tenant.wrong, w.kill = nil, 0
		w.clock = w.clock.Add(time.Hour)
		w.tenant.settle()
		w.store.apps[theApp].Stream = stream
		w.event(site.Published)
		w.settle()
		w.clock = w.clock.Add(time.Minute)
		w.event(site.Requested)
		w.settle()
		if w.held() {
			w.unseen()
			w.store.release(w.current())
			w.settle()
		}
		w.exactlyOnce()
	})
}

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

func TestUnchangedSendsNothing(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	w.event(site.Published)
	w.settle()
	calls := len(w.tenant.calls)
	w.event(site.Reloaded)
	w.settle()
	if len(w.tenant.calls) != calls || len(w.store.order) != 1 {
		t.Errorf("unchanged data made calls %v", w.tenant.calls[calls:])
	}
	w.event(site.Requested)
	w.settle()
	if n := count(w.tenant.calls, "CreateUpload"); n != 2 {
		t.Errorf("a forced send made %d uploads in all instead of 2", n)
	}
	w.exactlyOnce()
}

// TestRemovedInTenant sends the data anew when somebody removed the app there.
func TestRemovedInTenant(t *testing.T) {
	for _, auth := range auths {
		for _, change := range []string{"rename", "replace"} {
			t.Run(string(auth)+"/"+change, func(t *testing.T) {
				w := newWorld(t, t.TempDir(), auth)
				w.event(site.Published)
				w.settle()
				clear(w.tenant.apps)
				if change == "replace" {
					w.replace()
				} else {
					w.store.apps[theApp].Name = "Other"
					w.event(site.Changed)
				}
				w.settle()
				w.exactlyOnce()
			})
		}
	}
}

func TestUnpublishedLeaves(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.ClientCredentials)
	w.event(site.Published)
	w.settle()
	w.store.apps[theApp].Stream = nil
	w.event(site.Unpublished)
	w.settle()
	if len(w.tenant.apps) != 1 || w.store.placements[0].LeftWhy != "the app was unpublished" {
		t.Fatalf("placement %+v, %d apps in the tenant", w.store.placements[0], len(w.tenant.apps))
	}
	calls := len(w.tenant.calls)
	w.store.apps[theApp].Stream = &site.Stream{ID: "s", Name: "Finance"}
	w.event(site.Published)
	w.settle()
	w.exactlyOnce()
	if slices.Contains(w.tenant.calls[calls:], "CreateUpload") {
		t.Error("a placement that is taken up with unchanged data was sent again")
	}
}

// TestPublishThatWasNotNotedIsFound goes on from a database that knows less than the tenant, as one from a backup does.
func TestPublishThatWasNotNotedIsFound(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.ClientCredentials)
	published := false
	w.tenant.wrong = func(call string) trouble {
		if call != "Publish" || published {
			return noTrouble
		}
		published = true
		return lostAnswer
	}
	w.event(site.Published)
	for !published && w.work() {
	}
	d := w.store.deliveries[w.store.order[0]]
	d.Stage = Importing
	w.settle()
	w.exactlyOnce()
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
