package distribution

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/tenant"
)

// always lets every call of a name go wrong in the same way.
func (w *world) always(name string, kind trouble) {
	w.tenant.wrong = func(call string) trouble {
		if call == name {
			return kind
		}
		return noTrouble
	}
}

// TestImportsThatOutliveTheGateway lets the gateway give up on every import while the tenant goes on with it, as for apps of
// several GB: each is sent once and looked up, and waiting takes no tries.
func TestImportsThatOutliveTheGateway(t *testing.T) {
	for _, ownIDs := range []bool{false, true} {
		t.Run(fmt.Sprintf("ids of its own %v", ownIDs), func(t *testing.T) {
			w := newWorld(t, t.TempDir(), deployment.LocalBearer)
			w.tenant.ownIDs = ownIDs
			w.engine.MaxTries = 3
			w.always("ImportStaged", lateEffect)
			for n := range 3 {
				if n == 0 {
					w.event(site.Published)
				} else {
					w.replace()
				}
				began := w.clock
				w.settle()
				w.exactlyOnce()
				d := w.current()
				if d.Tries > 1 || count(w.tenant.calls, "ImportStaged") != n+1 || d.Finished.Sub(began) > time.Minute {
					t.Errorf("version %d: %d tries, %d imports, took %s", n+1, d.Tries, count(w.tenant.calls, "ImportStaged"), d.Finished.Sub(began))
				}
			}
			w.event(site.Requested) // the same data
			w.settle()
			w.exactlyOnce()
			if n := count(w.tenant.calls, "ImportStaged"); n != 4 {
				t.Errorf("%d imports", n)
			}
		})
	}
}

// TestRepublishesThatOutliveTheGateway does the same with every publish over the app that is there: each is sent once, and known by
// the app's origin.
func TestRepublishesThatOutliveTheGateway(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.ClientCredentials)
	w.engine.MaxTries = 3
	w.event(site.Published)
	w.settle()
	w.always("Republish", lateEffect)
	for n := range 2 {
		w.replace()
		w.settle()
		w.exactlyOnce()
		if d := w.current(); d.Tries > 1 || count(w.tenant.calls, "Republish") != n+1 {
			t.Errorf("version %d: %d tries, %d publishes", n+2, d.Tries, count(w.tenant.calls, "Republish"))
		}
	}
}

// TestRepublishIsRepeatedOnlyAfterItHasSettled loses the first one, or has a tenant that tells no origin by which it is known: one
// that came late would undo a newer one.
func TestRepublishIsRepeatedOnlyAfterItHasSettled(t *testing.T) {
	for _, firstOrigin := range []bool{false, true} {
		w := newWorld(t, t.TempDir(), deployment.ClientCredentials)
		w.tenant.firstOrigin = firstOrigin
		w.event(site.Published)
		w.settle()
		var sent []time.Time
		w.tenant.wrong = func(call string) trouble {
			if call != "Republish" {
				return noTrouble
			}
			if sent = append(sent, w.clock); len(sent) > 1 {
				return noTrouble
			}
			return or(firstOrigin, lateEffect, lostCall)
		}
		w.replace()
		w.settle()
		w.exactlyOnce()
		if settle := w.engine.Settle(w.store.deployments[0]); len(sent) != 2 || sent[1].Sub(sent[0]) < settle || w.current().Tries > 1 {
			t.Errorf("publishes at %v, %d tries", sent, w.current().Tries)
		}
	}
}

// TestImportThatNobodyCanTellFails lets a tenant whose gateway gives up on every import tell nothing by which new data could be
// known. No time that passes makes them known, so the delivery ends without saying that they are there.
func TestImportThatNobodyCanTellFails(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	w.event(site.Published)
	w.settle()
	before := w.store.placements[0]
	w.engine.MaxTries = 3
	w.tenant.mute = true
	w.always("ImportStaged", lostAnswer)
	imports := count(w.tenant.calls, "ImportStaged")
	w.replace()
	w.settle()
	d := w.current()
	if d.State != Failed || d.Cause != OutcomeUnknown || count(w.tenant.calls, "ImportStaged")-imports != 3 {
		t.Errorf("delivery %+v", d)
	}
	if remedy := d.Remedy(w.store.deployments[0]); !strings.Contains(remedy, "whether the app has its new data") {
		t.Errorf("remedy %q", remedy)
	}
	if p := w.store.placements[0]; !p.Version.Equal(before.Version) {
		t.Errorf("said to be placed: %+v", p)
	}
	w.tenant.mute, w.tenant.wrong = false, nil
	w.store.wake(d.ID)
	w.settle()
	if d = w.current(); d.State != Distributed || len(w.tenant.apps) != 1 || string(w.tenant.apps[theApp].content) != string(content(2)) {
		t.Errorf("after Retry: delivery %+v, apps %v", d, w.names())
	}
}

// TestImportIsRepeatedOnlyAfterItHasSettled holds what is not found against the settle time.
func TestImportIsRepeatedOnlyAfterItHasSettled(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	var sent []time.Time
	w.tenant.wrong = func(call string) trouble {
		if call != "ImportStaged" {
			return noTrouble
		}
		if sent = append(sent, w.clock); len(sent) == 1 {
			return lostCall
		}
		return noTrouble
	}
	w.event(site.Published)
	w.settle()
	w.exactlyOnce()
	if settle := w.engine.Settle(w.store.deployments[0]); len(sent) != 2 || sent[1].Sub(sent[0]) < settle || w.current().Tries > 1 {
		t.Errorf("imports at %v, %d tries", sent, w.current().Tries)
	}
}

// TestFreshAppOfAnother lets apps of the same name come up that are not ours while it is not known what came of an import:
// none of them is taken.
func TestFreshAppOfAnother(t *testing.T) {
	for name, others := range map[string]func(*world){
		"of another app of the site": func(w *world) {
			w.store.placements = append(w.store.placements, Placement{AppID: "other", TenantID: "eu1", RemoteID: w.theirs().ID})
		},
		"several":      func(w *world) { w.theirs(); w.theirs() },
		"in a space":   func(w *world) { w.theirs().SpaceID = "s" },
		"of an upload": func(w *world) { w.theirs().Published = false },
		"other data": func(w *world) {
			w.theirs().LastReload = w.clock
			w.store.deliveries[w.store.order[0]].Version.LastReload = w.clock.Add(-time.Hour)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, t.TempDir(), deployment.LocalBearer)
			w.tenant.ownIDs = true
			w.always("ImportStaged", lostCall)
			w.event(site.Published)
			for count(w.tenant.calls, "ImportStaged") == 0 && w.work() {
			}
			others(w)
			for range 5 {
				w.work()
			}
			if d := w.current(); d.Intermediate != "" || d.State != Retrying || d.Cause != OutcomeUnknown {
				t.Errorf("delivery %+v", d)
			}
		})
	}
}

// theirs adds a distributed app of the same name that is not that of the delivery.
func (w *world) theirs() *remote {
	r := w.tenant.add("Sales", []byte("theirs"))
	r.key, r.Published, r.shows = "theirs "+r.ID, true, w.clock
	return r
}

func TestRenewed(t *testing.T) {
	reload := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	was := Mark{App: tenant.App{ID: "a", Name: "Sales", OwnerID: "o", SpaceID: "s", Created: reload, Modified: reload, LastReload: reload}, Size: 10}
	for name, c := range map[string]struct {
		change func(*Mark)
		ours   time.Time // the reload of the data that was sent
		want   bool
	}{
		"nothing":                                {func(*Mark) {}, reload, false},
		"another reload":                         {func(m *Mark) { m.App.LastReload = reload.Add(time.Hour) }, reload.Add(time.Hour), true},
		"made anew":                              {func(m *Mark) { m.App.Created = reload.Add(time.Hour) }, reload.Add(time.Hour), true},
		"the size of our file":                   {func(m *Mark) { m.Size = 20 }, reload.Add(time.Hour), true},
		"another size":                           {func(m *Mark) { m.Size = 21 }, reload.Add(time.Hour), false},
		"changed, but the reload is the old one": {func(m *Mark) { m.App.Modified = reload.Add(time.Hour) }, reload.Add(time.Hour), false},
		"changed, and the reload is the same":    {func(m *Mark) { m.App.Modified = reload.Add(time.Hour) }, reload, true},
		"changed, and the site tells no reload":  {func(m *Mark) { m.App.Modified = reload.Add(time.Hour) }, time.Time{}, true},
		"changed, with the name that was sent":   {func(m *Mark) { m.App.Modified, m.App.Name = reload.Add(time.Hour), "Sales 2" }, reload, true},
		"renamed by somebody":                    {func(m *Mark) { m.App.Modified, m.App.Name = reload.Add(time.Hour), "Mine" }, reload, false},
		"moved by somebody":                      {func(m *Mark) { m.App.Modified, m.App.SpaceID = reload.Add(time.Hour), "t" }, reload, false},
		"given to somebody":                      {func(m *Mark) { m.App.Modified, m.App.OwnerID = reload.Add(time.Hour), "p" }, reload, false},
		"told with another precision, unchanged": {func(*Mark) {}, reload.Add(300 * time.Millisecond), false},
	} {
		t.Run(name, func(t *testing.T) {
			r := run{d: Delivery{Size: 20, SentName: "Sales 2"}}
			r.d.Version.LastReload = c.ours
			is := was
			c.change(&is)
			if got := r.renewed(was, is); got != c.want {
				t.Errorf("renewed: %v", got)
			}
		})
	}
}

// TestLateRename renames an app again while it is not known what came of the first change, which the tenant makes late. The
// newer name stays, and is said only when the older one can no longer come.
func TestLateRename(t *testing.T) {
	for _, auth := range auths {
		for _, then := range []string{"renamed", "renamed back", "replaced"} {
			t.Run(string(auth)+"/"+then, func(t *testing.T) {
				w := newWorld(t, t.TempDir(), auth)
				w.tenant.after = 2 * time.Minute // the change is tried again, and the newer one as well, before it comes
				w.event(site.Published)
				w.settle()
				once := true
				w.tenant.wrong = func(call string) trouble {
					if call != "SetAttributes" || !once {
						return noTrouble
					}
					once = false
					return lateEffect
				}
				w.store.apps[theApp].Description = "second"
				w.event(site.Changed)
				for once && w.work() {
				}
				w.store.apps[theApp].Description = map[string]string{"renamed": "third", "renamed back": "all", "replaced": "third"}[then]
				if then == "replaced" {
					w.replace()
				} else {
					w.event(site.Changed)
				}
				w.settle()
				w.clock = w.clock.Add(w.tenant.after)
				w.exactlyOnce()
				for _, r := range w.tenant.apps {
					if r.Description != w.store.apps[theApp].Description {
						t.Errorf("the tenant has %q, the site %q", r.Description, w.store.apps[theApp].Description)
					}
				}
			})
		}
	}
}

// TestGatewayThatGivesUpOnEveryChange lets the tenant do all that it is asked, and never say so: what came of each call is looked up.
func TestGatewayThatGivesUpOnEveryChange(t *testing.T) {
	changes := []string{"UploadChunk", "ImportStaged", "ImportStagedFile", "ImportNew", "ImportNewFile", "Publish", "Republish", "SetAttributes",
		"SetOwner", "CreateSpace", "CreateCollection", "DeleteApp"}
	for _, way := range ways {
		t.Run(way.String(), func(t *testing.T) {
			w := way.world(t, t.TempDir())
			w.engine.MaxTries = 12
			w.tenant.wrong = func(call string) trouble { return or(slices.Contains(changes, call), lateEffect, noTrouble) }
			walk(w)
			w.exactlyOnce()
			w.landedWell()
		})
	}
}
