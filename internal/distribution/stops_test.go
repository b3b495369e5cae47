package distribution

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/fault"
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

func TestJudge(t *testing.T) {
	bearer := deployment.Deployment{Name: "eu", Auth: deployment.LocalBearer, Key: &deployment.Key{ID: "7f3a91c2"}}
	client := deployment.Deployment{Name: "us", Auth: deployment.ClientCredentials, ClientID: "abc"}
	call := func(c tenant.Cause) error { return &tenant.Error{Call: "import the app", Cause: c, Status: 499} }
	for name, c := range map[string]struct {
		err  error
		dep  deployment.Deployment
		want halt
	}{
		"forbidden":    {call(tenant.Forbidden), bearer, halt{state: Failed, cause: NoRight, status: 499}},
		"too large":    {call(tenant.TooLarge), bearer, halt{state: Failed, cause: TooLarge, status: 499}},
		"refused":      {call(tenant.Refused), bearer, halt{state: Failed, cause: ImportRefused, status: 499}},
		"busy":         {call(tenant.Busy), bearer, halt{state: Retrying, cause: Busy, status: 499}},
		"locked":       {call(tenant.Locked), bearer, halt{state: Retrying, cause: Busy, status: 499, wait: 3 * time.Second}},
		"unreachable":  {call(tenant.Unreachable), bearer, halt{state: Retrying, cause: Unreachable, status: 499}},
		"rate limited": {call(tenant.RateLimited), bearer, halt{state: Retrying, cause: RateLimited, status: 499, wait: time.Second, free: true}},
		"unknown":      {call(tenant.OutcomeUnknown), bearer, halt{state: Retrying, cause: OutcomeUnknown, status: 499}},
		"bad answer":   {call(tenant.BadAnswer), bearer, halt{state: Retrying, cause: BadAnswer, status: 499}},
		"a new cause":  {call("new"), bearer, halt{state: Retrying, cause: BadAnswer, status: 499}},
		"secret": {call(tenant.Unauthorized), client, halt{state: Paused, cause: TokenRefused, status: 499, pause: true,
			message: "Tenant does not accept client ID abc; compare client ID and secret with its OAuth client."}},
		"no file": {spoolError{exportError{fault.New(fault.NotFound, "The file is gone.")}}, bearer,
			halt{state: Failed, cause: ExportFailed, message: "The file is gone."}},
		"site down":    {spoolError{exportError{errors.New("no route")}}, bearer, halt{state: Retrying, cause: ExportFailed}},
		"spool full":   {spoolError{ErrSpoolFull}, bearer, halt{state: Retrying, cause: SpoolFull, wait: time.Minute, free: true}},
		"spool small":  {spoolError{ErrSpoolTooSmall}, bearer, halt{state: Retrying, cause: SpoolFull, lasts: soonTries}},
		"our own":      {errors.New("disk"), bearer, halt{state: Retrying, cause: InternalFault, message: "Disk."}},
		"said already": {&halt{state: Failed, cause: NameTaken}, bearer, halt{state: Failed, cause: NameTaken}},
	} {
		t.Run(name, func(t *testing.T) {
			got := *judge(c.err, c.dep)
			if c.want.message == "" {
				c.want.message = got.message
			}
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(halt{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBackoff(t *testing.T) {
	for _, c := range []struct {
		tries int
		rand  float64
		want  time.Duration
	}{{1, 0.5, 5 * time.Second}, {1, 0, 4 * time.Second}, {2, 0.5, 15 * time.Second}, {7, 0.5, time.Hour}, {99, 0.5, time.Hour}} {
		e := New(Options{Rand: func() float64 { return c.rand }})
		if got := e.backoff(c.tries).Round(time.Millisecond); got != c.want {
			t.Errorf("after %d tries: %s instead of %s", c.tries, got, c.want)
		}
	}
}

func TestWords(t *testing.T) {
	dep := deployment.Deployment{Name: "eu", Endpoint: "https://acme.eu.qlikcloud.com", Auth: deployment.ClientCredentials, ClientID: "abc", Landing: deployment.Landing{Space: "Finance", Create: true}}
	for c := range titles {
		text := Delivery{Cause: c}.Remedy(dep)
		if c.Title() == "" || text == "" || strings.ContainsAny(text, "%!") || !strings.HasSuffix(text, ".") {
			t.Errorf("%s: %q, %q", c, c.Title(), text)
		}
	}
	for c := range titles { // what has failed does not heal by itself
		text := Delivery{Cause: c, State: Failed}.Remedy(dep)
		free := c == RateLimited || c == DaySpent || c == SpoolFull || c == SiteBusy // waiting costs no try
		if strings.ContainsAny(text, "%!") || !free && (strings.Contains(text, "None needed") || strings.Contains(text, "tried again by itself")) {
			t.Errorf("%s: %q", c, text)
		}
	}
	want := `Give client abc the right to import apps and to publish in space "Finance" of acme.eu.qlikcloud.com, then retry. None by itself: a missing right does not heal with time.`
	if got := (Delivery{Cause: NoRight}).Remedy(dep); got != want {
		t.Error(got)
	}
}

func TestSentence(t *testing.T) {
	for in, want := range map[string]string{"": "", "a": "A.", "über": "Über.", "Is it?": "Is it?", strings.Repeat("x", 700): "X" + strings.Repeat("x", 599) + "…"} {
		if got := sentence(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}
