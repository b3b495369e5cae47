package distribution

import (
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/tenant"
)

func removalWorld(t *testing.T) (*fakeTenant, Placement) {
	t.Helper()
	f := newFakeTenant("t-1", time.Now)
	r := f.add("Sales", []byte("data"))
	return f, Placement{TenantID: "t-1", RemoteID: r.ID, RemoteName: "Sales"}
}

func TestRemoveDeletesTheAppAndTwiceIsNoFault(t *testing.T) {
	f, p := removalWorld(t)
	for range 2 {
		if err := Remove(t.Context(), f, p); err != nil {
			t.Fatal(err)
		}
		if _, err := f.App(t.Context(), p.RemoteID); tenant.CauseOf(err) != tenant.NotFound {
			t.Errorf("the app is still there: %v", err)
		}
	}
}

func TestRemoveTouchesNoOtherTenant(t *testing.T) {
	f, p := removalWorld(t)
	p.TenantID = "t-2"
	if err := Remove(t.Context(), f, p); !fault.Is(err, fault.Conflict) {
		t.Errorf("error: %v", err)
	}
	if _, err := f.App(t.Context(), p.RemoteID); err != nil {
		t.Errorf("an app of another tenant was removed: %v", err)
	}
}
