package distribution

import (
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/tenant"
)

// An adopted app that the tenant does not let us refresh waits for a person. It is not tried again by itself: each try would
// be an import.
func TestRefusedAdoptionIsTriedOnce(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.ClientCredentials)
	w.store.deployments[0].TenantID = w.tenant.id
	own := w.tenant.add("Sales", []byte("theirs"))
	own.SpaceID, own.OriginAppID = "their-space", "their-origin"
	w.store.placements = []Placement{{AppID: theApp, TenantID: w.tenant.id, RemoteID: own.ID, Adopted: w.now()}}
	w.tenant.refuse = func(call string) error {
		if call == "Republish" {
			return &tenant.Error{Call: call, Cause: tenant.Forbidden, Status: 403}
		}
		return nil
	}
	w.event(site.Published)
	w.settle()
	if d := w.current(); d.State != Paused || d.Cause != AdoptionRefused || w.tenant.imports != 1 {
		t.Fatalf("%d imports, delivery %+v", w.tenant.imports, d)
	}
	if len(w.tenant.apps) != 1 || string(own.content) != "theirs" {
		t.Errorf("the tenant has %v", w.names())
	}
}

// A copy that somebody else staged after this delivery's own was removed is not taken for ours: it stays.
func TestAppOfOthersIsNotRemovedOnRetry(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	w.store.deployments[0].TenantID = w.tenant.id
	own := w.tenant.add("Sales", []byte("theirs"))
	own.Published = true
	w.store.placements = []Placement{{AppID: theApp, TenantID: w.tenant.id, RemoteID: own.ID, Adopted: w.now()}}
	w.event(site.Published)
	w.settle()
	if d := w.current(); d.Cause != AdoptionRefused || len(w.tenant.apps) != 1 {
		t.Fatalf("delivery %+v, the tenant has %v", d, w.names())
	}
	w.clock = w.clock.Add(48 * time.Hour)
	w.tenant.at = w.clock
	others := w.tenant.add("Sales", []byte("of others"))
	others.key, others.Published = theApp, true
	w.clock = w.clock.Add(time.Hour)
	w.store.wake(w.current().ID)
	w.settle()
	if d := w.current(); d.Cause != AdoptionRefused || len(w.tenant.apps) != 2 {
		t.Errorf("delivery %+v, the tenant has %v", d, w.names())
	}
}
