package distribution

import (
	"strings"
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

func TestRemoveReadsBackWhatIsNotKnown(t *testing.T) {
	for kind, words := range map[trouble]string{lostAnswer: "", lostCall: "still in the tenant"} {
		f, p := removalWorld(t)
		f.wrong = func(call string) trouble {
			if call == "DeleteApp" {
				return kind
			}
			return noTrouble
		}
		err := Remove(t.Context(), f, p)
		if words == "" && err != nil || words != "" && (err == nil || !strings.Contains(fault.Of(err).Text, words)) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	f, p := removalWorld(t)
	f.wrong = func(call string) trouble {
		if call == "TenantID" {
			return noTrouble
		}
		return lostCall
	}
	if err := Remove(t.Context(), f, p); !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Of(err).Text, "not known") {
		t.Errorf("a silent tenant: %v", err)
	}
}
