package distribution

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/tenant"
)

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
