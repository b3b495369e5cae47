package distribution

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/tenant"
)

// deliver makes one run of the newest job.
func (w *world) deliver() *time.Duration {
	w.t.Helper()
	j := w.store.jobs[len(w.store.jobs)-1]
	again, err := w.engine.Deliver(w.t.Context(), j.delivery, j.ticket)
	if err != nil {
		w.t.Fatal(err)
	}
	return again
}

// sentNothing holds the tenant against invariant I5.
func (w *world) sentNothing() {
	w.t.Helper()
	if len(w.tenant.uploads)+len(w.tenant.apps) != 0 {
		w.t.Errorf("something was sent: %v", w.tenant.calls)
	}
}

func TestAnotherTenantStopsEverything(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	w.store.deployments[0].TenantID = "us9"
	w.event(site.Published)
	w.deliver()
	w.sentNothing()
	d := w.current()
	if p := w.store.deployments[0].Pause; p == nil || p.Cause != string(WrongTenant) || p.By != "Skyferry" || d.State != Paused || d.Cause != WrongTenant {
		t.Errorf("pause %+v, delivery %+v", p, d)
	}
}

func TestTenantOfAnotherDeployment(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	w.store.deployments = append(w.store.deployments, deployment.Deployment{ID: "other", Name: "other", TenantID: "eu1"})
	w.event(site.Published)
	w.deliver()
	w.sentNothing()
	if p := w.store.deployments[0].Pause; p == nil || !strings.HasPrefix(p.Reason, `Deployment "other" is the same tenant.`) {
		t.Errorf("pause %+v", p)
	}
}

func TestPoliciesAreReadAgain(t *testing.T) {
	none := []policy.Policy(nil)
	t.Run("before the first byte", func(t *testing.T) {
		w := newWorld(t, t.TempDir(), deployment.LocalBearer)
		w.event(site.Published)
		w.store.policies = none
		w.deliver()
		w.sentNothing()
		if d := w.current(); d.State != Cancelled || d.Cause != NotWanted || d.Message != "No policy names it any more." || d.Finished.IsZero() {
			t.Errorf("delivery %+v", d)
		}
	})
	t.Run("before the import", func(t *testing.T) {
		w := newWorld(t, t.TempDir(), deployment.LocalBearer)
		w.event(site.Published)
		w.tenant.wrong = func(call string) trouble {
			if call == "UploadChunk" {
				w.store.policies = none
			}
			return noTrouble
		}
		w.deliver()
		if d := w.current(); d.State != Cancelled || len(w.tenant.apps) != 0 {
			t.Errorf("delivery %+v, apps %v", d, w.names())
		}
	})
}

func TestPauses(t *testing.T) {
	pause := deployment.Pause{Reason: "maintenance", By: "ada"}
	observing := deployment.Pause{Reason: "Nothing is sent.", By: "ada", Cause: deployment.ObserveOnly}
	for name, c := range map[string]struct {
		pause func(*world)
		cause Cause
		says  string
	}{
		"deployment": {func(w *world) { w.store.deployments[0].Pause = &pause }, PausedByAdmin, `Deployment "eu" is paused by ada: maintenance`},
		"all":        {func(w *world) { w.store.pausedAll = &pause }, PausedAllByAdmin, "All distribution is paused by ada: maintenance"},
		"observing":  {func(w *world) { w.store.pausedAll = &observing }, ObserveOnly, "Nothing is sent."},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, t.TempDir(), deployment.LocalBearer)
			w.event(site.Published)
			w.tenant.wrong = func(call string) trouble {
				if call == "UploadChunk" {
					c.pause(w)
				}
				return noTrouble
			}
			w.deliver()
			d := w.current()
			if d.State != Paused || d.Cause != c.cause || d.Message != c.says || d.Uploaded != 40 || count(w.tenant.calls, "UploadChunk") != 1 {
				t.Fatalf("delivery %+v", d)
			}
			w.tenant.wrong, w.store.deployments[0].Pause, w.store.pausedAll = nil, nil, nil
			live := w.store.deliveries[d.ID]
			live.State = Waiting
			live.Ticket++
			w.store.jobs = []job{{d.ID, live.Ticket, w.clock}}
			w.settle()
			w.exactlyOnce()
			if n := count(w.tenant.calls, "CreateUpload"); n != 1 {
				t.Errorf("%d uploads: it should have gone on where it stood", n)
			}
		})
	}
}

// resuming ends the pause just before the delivery is noted as paused.
type resuming struct{ *fakeStore }

func (s resuming) Save(ctx context.Context, d Delivery, a Attempt) error {
	s.deployments[0].Pause = nil
	return s.fakeStore.Save(ctx, d, a)
}

func TestResumedInTheSameMoment(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	w.event(site.Published)
	w.store.deployments[0].Pause = &deployment.Pause{By: "ada"}
	w.engine.Store = resuming{w.store}
	w.settle()
	w.exactlyOnce()
}

func TestSliceEnds(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	w.engine.Slice = time.Nanosecond
	w.event(site.Published)
	if again := w.deliver(); again == nil || *again != 0 || w.current().State != Uploading {
		t.Fatalf("again %v, %+v", again, w.current())
	}
	w.settle()
	w.exactlyOnce()
	if d := w.current(); len(w.store.attempts[d.ID]) != 1 || w.store.attempts[d.ID][0].Bytes != d.Size {
		t.Errorf("attempts %+v: slices are one attempt", w.store.attempts[d.ID])
	}
}

func TestNameTaken(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.ClientCredentials)
	space, _ := w.tenant.CreateSpace(t.Context(), "Finance", tenant.Managed, "")
	theirs := w.tenant.add("Sales of Finance", []byte("theirs"))
	theirs.SpaceID = space.ID
	w.clock = w.clock.Add(time.Minute)
	w.event(site.Published)
	for range 4 {
		w.work()
	}
	if d := w.current(); d.State != Paused || d.Cause != NameTaken || string(theirs.content) != "theirs" || theirs.Name != "Sales of Finance" {
		t.Errorf("delivery %+v, their app %+v", d, theirs)
	}
	if count(w.tenant.calls, "CreateUpload") > 0 || len(w.store.attempts[w.current().ID]) > 1 {
		t.Errorf("calls %v, attempts %+v", w.tenant.calls, w.store.attempts)
	}
	delete(w.tenant.apps, theirs.ID)
	w.settle()
	w.exactlyOnce()
}

func TestUploadGoneStartsAnew(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	w.event(site.Published)
	once := true
	w.tenant.wrong = func(call string) trouble {
		if call == "ImportStaged" && once {
			once = false
			clear(w.tenant.uploads)
		}
		return noTrouble
	}
	w.settle()
	w.exactlyOnce()
	if n := count(w.tenant.calls, "CreateUpload"); n != 2 {
		t.Errorf("%d uploads", n)
	}
}

func TestGivesUp(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	w.engine.MaxTries = 3
	w.always("CreateUpload", busy)
	w.event(site.Published)
	w.settle()
	if d := w.current(); d.State != Failed || d.Cause != Busy || d.Tries != 3 || len(w.store.attempts[d.ID]) != 3 {
		t.Errorf("delivery %+v", d)
	}
}

func TestRateLimitIsNoTry(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	w.tenant.wrong = func(string) trouble { return limited }
	w.event(site.Published)
	w.deliver()
	if d := w.current(); d.State != Retrying || d.Cause != RateLimited || d.Tries != 0 || d.NextTry.Sub(w.clock) > 7*time.Second {
		t.Errorf("delivery %+v at %s", d, w.clock)
	}
}

// TestStopKeepsTheDelivery lets the console stop in the middle: the delivery is not blamed.
func TestStopKeepsTheDelivery(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	w.event(site.Published)
	ctx, stop := context.WithCancelCause(t.Context())
	stopping := errors.New("the console stops")
	w.tenant.wrong = func(call string) trouble {
		if call == "UploadChunk" {
			stop(stopping)
			return busy
		}
		return noTrouble
	}
	j := w.store.jobs[0]
	if _, err := w.engine.Deliver(ctx, j.delivery, j.ticket); !errors.Is(err, stopping) || w.current().State != Uploading {
		t.Errorf("error %v, delivery %+v", err, w.current())
	}
	w.tenant.wrong = nil
	w.settle()
	w.exactlyOnce()
}

func TestLostTicket(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	w.event(site.Published)
	calls := len(w.tenant.calls)
	if again, err := w.engine.Deliver(t.Context(), w.current().ID, 99); again != nil || err != nil || len(w.tenant.calls) != calls {
		t.Errorf("again %v, error %v", again, err)
	}
}
