package distribution

import (
	"fmt"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/site"
)

// TestWantedAgainWhileItIsLookedUp unpublishes an app after each call of its first delivery, and publishes it again at each call of the
// look at what that has made: the app arrives, and the look does not end the delivery that is wanted again.
func TestWantedAgainWhileItIsLookedUp(t *testing.T) {
	for _, auth := range auths {
		for _, at := range []int{1, 4} {
			t.Run(fmt.Sprintf("%s/call %d", auth, at), func(t *testing.T) {
				killedAnywhere(t, auth, func(w *world) {
					w.store.apps[theApp].Stream = nil
					w.event(site.Unpublished)
					again := func() {
						w.tenant.wrong = nil
						w.store.apps[theApp].Stream = &site.Stream{ID: "s", Name: "Finance"}
						w.event(site.Published)
					}
					calls := 0
					w.tenant.wrong = func(string) trouble {
						if calls++; calls == at {
							again()
						}
						return noTrouble
					}
					w.settle()
					if calls < at {
						again()
						w.settle()
					}
					w.exactlyOnce()
				})
			})
		}
	}
}

// TestStoppedAfterItWasRemovedInTenant unpublishes an app while it is published anew, because somebody had removed it in the tenant, and
// nobody knows yet what came of that call: the app that it made is told.
func TestStoppedAfterItWasRemovedInTenant(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.ClientCredentials)
	w.event(site.Published)
	w.settle()
	clear(w.tenant.apps)
	w.tenant.wrong = func(call string) trouble {
		if call != "Publish" {
			return noTrouble
		}
		w.tenant.wrong = nil
		w.store.apps[theApp].Stream = nil
		w.event(site.Unpublished)
		return lateEffect
	}
	w.replace()
	w.settle()
	if len(w.tenant.apps) != 1 {
		t.Fatalf("the tenant has %d apps instead of the one that the publish made", len(w.tenant.apps))
	}
	w.left("the app was unpublished")
	w.store.apps[theApp].Stream = &site.Stream{ID: "s", Name: "Finance"}
	w.event(site.Published)
	w.settle()
	w.exactlyOnce()
	w.landedWell() // it has the space of its rule, so that a later change of the rule offers to move it
}

// TestNothingIsLookedUpWhileAllIsPaused cancels a delivery after each call of it while all distribution is paused, as in a copy of a data
// folder: no tenant is asked anything until somebody resumes, and then what is there is told.
func TestNothingIsLookedUpWhileAllIsPaused(t *testing.T) {
	for _, auth := range auths {
		t.Run(string(auth), func(t *testing.T) {
			killedAnywhere(t, auth, func(w *world) {
				w.store.pausedAll = &deployment.Pause{By: "Skyferry", Reason: "the data folder was moved", Cause: "moved"}
				w.cancel()
				before := len(w.tenant.calls)
				w.settle()
				if calls := w.tenant.calls[before:]; len(calls) > 0 {
					t.Fatalf("gate %d: called while all is paused: %v", w.kill, calls)
				}
				w.store.pausedAll = nil
				if d := w.current(); d.State == Paused {
					w.store.wake(d.ID)
				}
				w.settle()
				w.left("cancelled by ada")
			})
		})
	}
}

// TestSecondCopyTakesNoPlacement stops a delivery whose import made a second copy beside the app that users have, in the middle of it or
// after it has failed for that: the app that users have stays the one that is told, and the message names the other.
func TestSecondCopyTakesNoPlacement(t *testing.T) {
	for name, cancel := range map[string]string{"in the middle": "ImportStaged", "after it failed": ""} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, t.TempDir(), deployment.LocalBearer)
			w.event(site.Published)
			w.settle()
			placed := w.store.placements[0]
			w.tenant.apps[placed.RemoteID].key = "that of another key"
			w.tenant.wrong = func(call string) trouble {
				if call == cancel {
					w.cancel()
				}
				return noTrouble
			}
			w.tenant.ownIDs = true
			w.replace()
			w.settle()
			w.store.apps[theApp].Stream = nil
			w.event(site.Unpublished)
			w.settle()
			var second string
			for id := range w.tenant.apps {
				if id != placed.RemoteID {
					second = id
				}
			}
			if p := w.store.placements[0]; second == "" || p.RemoteID != placed.RemoteID || p.LeftWhy != "the app was unpublished" {
				t.Errorf("the tenant has a second copy %q, and what is told is %+v", second, p)
			}
			if d := w.current(); d.State != Cancelled || !strings.Contains(d.Message, second) {
				t.Errorf("the delivery is %s: %s", d.State, d.Message)
			}
		})
	}
}
