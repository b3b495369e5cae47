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
