package distribution

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/tenant"
)

func TestRefusedSignInPauses(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	w.event(site.Published)
	w.engine.Tenants = refusing{&tenant.Error{Call: "ask which tenant it is", Cause: tenant.Unauthorized, Status: 401, TraceID: "tr"}}
	w.deliver()
	want := deployment.Pause{Reason: "Tenant does not accept key 7f3a91c2...; compare with its identity provider.", By: "Skyferry", Cause: "token-refused"}
	if diff := cmp.Diff(&want, w.store.deployments[0].Pause, cmpopts.IgnoreFields(deployment.Pause{}, "Since")); diff != "" {
		t.Error(diff)
	}
	d := w.current()
	a := w.store.attempts[d.ID]
	if d.State != Paused || d.Status != 401 || len(a) != 1 || a[0].TraceID != "tr" || a[0].Ended.IsZero() || a[0].Error == "" {
		t.Errorf("delivery %+v, attempts %+v", d, a)
	}
	ended := func() bool {
		ended, err := w.engine.LookAgain(t.Context(), w.store.deployments[0])
		if err != nil {
			t.Error(err)
		}
		return ended
	}
	if ended() || w.store.deployments[0].Pause == nil {
		t.Error("the pause ended while the tenant refuses")
	}
	w.engine.Tenants = w
	w.store.deployments[0].Pause.Cause = ""
	if ended() {
		t.Error("the pause that somebody made ended by itself")
	}
	w.store.deployments[0].Pause.Cause = "token-refused"
	if !ended() || w.store.deployments[0].Pause != nil {
		t.Error("the pause did not end although the tenant accepts the sign-in")
	}
	w.settle()
	w.exactlyOnce()
}

// TestNeitherKeyIsAccepted leaves the tenant without either identity provider for long: the delivery is tried again, less and less
// often and never for the last time, and it is shown as what needs attention.
func TestNeitherKeyIsAccepted(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	w.engine.MaxTries = 12
	w.store.deployments[0].Next = &deployment.Key{ID: "99aabbcc-bbbb"}
	w.engine.Tenants = refusing{&tenant.Error{Call: "ask which tenant it is", Cause: tenant.Unauthorized, Status: 401}}
	w.event(site.Published)
	began := w.clock
	for range 30 {
		w.work()
	}
	d := w.current()
	if d.State != Retrying || d.Cause != TokenRefused || d.Tries < 3 || w.store.deployments[0].Pause != nil {
		t.Errorf("delivery %+v", d)
	}
	if took := w.clock.Sub(began); took < 2*time.Hour || d.NextTry.Sub(w.clock) > 6*time.Minute {
		t.Errorf("30 tries in %s, the next one in %s", took, d.NextTry.Sub(w.clock))
	}
	w.engine.Tenants = w
	w.settle()
	w.exactlyOnce()
}

// TestTenantThatIsDownForDays: that says nothing about the delivery, which goes on when the tenant is back, and stands what may
// happen then.
func TestTenantThatIsDownForDays(t *testing.T) {
	for _, cause := range []tenant.Cause{tenant.Unreachable, tenant.Busy, tenant.BadAnswer} {
		w := newWorld(t, t.TempDir(), deployment.LocalBearer)
		w.engine.MaxTries = 12
		w.engine.Tenants = refusing{&tenant.Error{Call: "ask which tenant it is", Cause: cause}}
		w.event(site.Published)
		for began := w.clock; w.clock.Sub(began) < 48*time.Hour; {
			if !w.work() {
				t.Fatalf("%s: after %s it is %+v", cause, w.clock.Sub(began), w.current())
			}
		}
		if tries := len(w.store.attempts[w.current().ID]); tries > 70 {
			t.Errorf("%s: %d tries in two days", cause, tries)
		}
		w.engine.Tenants, w.tenant.cut = w, 30
		w.settle()
		w.exactlyOnce()
	}
}

// refusing gives no client.
type refusing struct{ err error }

func (r refusing) Tenant(context.Context, deployment.Deployment) (Tenant, error) { return nil, r.err }
