package tenant_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/skyferry/skyferry/internal/tenant"
)

// canned answers every call without a network, so that a test has a clock of its own.
type canned func(*http.Request) *http.Response

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) { return c(r), nil }

func respondWith(status int, header ...string) *http.Response {
	res := &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(anApp))}
	for i := 0; i+1 < len(header); i += 2 {
		res.Header.Set(header[i], header[i+1])
	}
	return res
}

// paced is a client that keeps to a pace of its own.
func paced(p *tenant.Pace, answer canned) *tenant.Client {
	c := tenant.New("http://tenant.example", &counted{}, &http.Client{Transport: answer})
	c.Keep(p)
	return c
}

// TestCallsStayWithinTheTenantsLimits calls as fast as it may for twenty minutes and looks at every five of them.
func TestCallsStayWithinTheTenantsLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		c := paced(tenant.NewPace(time.Now), func(*http.Request) *http.Response {
			at = append(at, time.Now())
			return respondWith(200)
		})
		for began := time.Now(); time.Since(began) < 20*time.Minute; {
			_, err := c.SetOwner(t.Context(), "a1", "u1")
			if e, ok := errors.AsType[*tenant.Error](err); ok && e.Cause == tenant.RateLimited {
				time.Sleep(e.RetryAfter) // as a delivery does, which gives its worker back meanwhile
			} else if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(len(at)%7) * 50 * time.Millisecond)
		}
		for first, last := 0, 0; last < len(at); last++ {
			for at[last].Sub(at[first]) >= 5*time.Minute {
				first++
			}
			if n := last - first + 1; n > 450 {
				t.Fatalf("%d calls within five minutes, nine tenths of 500 are 450", n)
			}
		}
		if len(at) < 4*450 {
			t.Errorf("%d calls in twenty minutes: the limits are not used", len(at))
		}
	})
}

// TestRetryAfterClosesItsTierOnly: all clients of a deployment wait, also one that is made later, and the other tiers go on.
func TestRetryAfterClosesItsTierOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, refused := tenant.NewPace(time.Now), true
		var writes int
		answer := func(r *http.Request) *http.Response {
			if r.Method != http.MethodPut {
				return respondWith(200, "Upload-Offset", "7")
			}
			if writes++; refused {
				refused = false
				return respondWith(429, "Retry-After", "13")
			}
			return respondWith(200)
		}
		c := paced(p, answer)
		if _, err := c.SetOwner(t.Context(), "a1", "u1"); !waits(err, 13*time.Second) {
			t.Fatalf("got %v", err)
		}
		other := paced(p, answer)
		if _, err := other.SetOwner(t.Context(), "a2", "u1"); !waits(err, 13*time.Second) || writes != 1 {
			t.Fatalf("another client of the same tenant: %v, %d calls", err, writes)
		}
		if u := p.Usage(tenant.Writes); u.Closed.Sub(time.Now()) != 13*time.Second || u.Calls != 1 || u.Allowed != 500 {
			t.Errorf("shown: %+v", u)
		}
		if _, err := c.App(t.Context(), "a1"); err != nil {
			t.Errorf("reading stands still, too: %v", err)
		}
		if _, err := c.UploadOffset(t.Context(), uploadAt(c)); err != nil {
			t.Errorf("asking for an offset stands still, too: %v", err)
		}
		time.Sleep(9 * time.Second) // what is left is short enough to wait for
		began := time.Now()
		if _, err := other.SetOwner(t.Context(), "a1", "u1"); err != nil || time.Since(began) != 4*time.Second {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		if u := p.Usage(tenant.Writes); !u.Closed.IsZero() {
			t.Errorf("still shown as closed: %+v", u)
		}
		time.Sleep(6 * time.Minute)
		if u := p.Usage(tenant.Writes); u.Calls != 0 {
			t.Errorf("shown after six minutes: %+v", u)
		}
	})
}

// TestSignInThatShallWaitClosesTheWrites: at the first token, and at the one that takes the place of a refused one.
func TestSignInThatShallWaitClosesTheWrites(t *testing.T) {
	for _, first := range []bool{true, false} {
		p, asked := tenant.NewPace(time.Now), 0
		hc := &http.Client{Transport: canned(func(r *http.Request) *http.Response {
			if r.URL.Path != "/oauth/token" {
				return respondWith(401)
			}
			if asked++; first || asked > 1 {
				return respondWith(429, "Retry-After", "13")
			}
			token := respondWith(200)
			token.Body = io.NopCloser(strings.NewReader(`{"access_token":"t","expires_in":600}`))
			return token
		})}
		c := tenant.New("http://t.example", tenant.ClientCredentials(tenant.Credentials{
			ID: "c", Secret: func() string { return "s" }, Endpoint: "http://t.example/oauth/token"}, hc, time.Now), hc)
		c.Keep(p)
		if _, err := c.App(t.Context(), "a1"); !waits(err, 13*time.Second) {
			t.Errorf("got %v", err)
		}
		if p.Usage(tenant.Writes).Closed.IsZero() {
			t.Errorf("first token %v: changes go on", first)
		}
	}
}

func waits(err error, wait time.Duration) bool {
	e, ok := errors.AsType[*tenant.Error](err)
	return ok && e.Cause == tenant.RateLimited && e.RetryAfter == wait && e.Temporary()
}

func TestMissingRetryAfterIsASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := true
		c := paced(tenant.NewPace(time.Now), func(*http.Request) *http.Response {
			if refused {
				refused = false
				return respondWith(429)
			}
			return respondWith(200)
		})
		if _, err := c.App(t.Context(), "a1"); !waits(err, time.Second) {
			t.Fatalf("got %v", err)
		}
		began := time.Now()
		if _, err := c.App(t.Context(), "a1"); err != nil || time.Since(began) != time.Second {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
	})
}

func TestWaitingForATurnEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := paced(tenant.NewPace(time.Now), func(*http.Request) *http.Response { return respondWith(429, "Retry-After", "4") })
		_, _ = c.App(t.Context(), "a1")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.App(ctx, "a1"); tenant.CauseOf(err) != tenant.Interrupted {
			t.Errorf("got %v", err)
		}
	})
}

// TestSpentDayIsNoRateLimit: an import that shall wait for hours closes no tier.
func TestSpentDayIsNoRateLimit(t *testing.T) {
	for after, want := range map[int]tenant.Cause{300: tenant.RateLimited, 301: tenant.DaySpent, 40_000: tenant.DaySpent} {
		c := paced(tenant.NewPace(time.Now), func(r *http.Request) *http.Response {
			if r.Method == http.MethodPost {
				return respondWith(429, "Retry-After", strconv.Itoa(after))
			}
			return respondWith(200)
		})
		_, err := c.ImportNew(t.Context(), "Sales", "f1", "s1")
		e, ok := errors.AsType[*tenant.Error](err)
		if !ok || e.Cause != want || e.RetryAfter != time.Duration(after)*time.Second {
			t.Errorf("%d s: got %v", after, err)
		}
		if _, err := c.SetOwner(t.Context(), "a1", "u1"); (err == nil) != (want == tenant.DaySpent) {
			t.Errorf("%d s: then %v", after, err)
		}
	}
}

// TestBandwidthIsShared sends two parts at once over one line.
func TestBandwidthIsShared(t *testing.T) {
	const size, perSecond = 100_000, 200_000
	var bodies atomic.Int64
	handler := func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		bodies.Add(n)
		w.Header().Set("Upload-Offset", strconv.FormatInt(n, 10))
		w.WriteHeader(http.StatusNoContent)
	}
	p := tenant.NewPace(time.Now)
	p.Limit(perSecond)
	c, _ := client(t, handler)
	c.Keep(p)
	c.SetPatience(500*time.Millisecond, time.Minute) // the line is slow, not dead
	began, done := time.Now(), make(chan error, 2)
	for range 2 {
		go func() {
			_, err := c.UploadChunk(t.Context(), uploadAt(c), 0, bytes.NewReader(pattern(size)), size)
			done <- err
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	// A tenth of a second's worth may go at once.
	if took := time.Since(began); took < 800*time.Millisecond || bodies.Load() != 2*size {
		t.Errorf("%d bytes at %d a second took %s", bodies.Load(), perSecond, took)
	}
}

func TestFileInTheImport(t *testing.T) {
	want := pattern(300_000)
	var got []byte
	c, tokens := client(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer token-1" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		got, _ = io.ReadAll(r.Body)
		if r.Header.Get("Content-Type") != "application/octet-stream" || r.ContentLength != int64(len(want)) || r.URL.Query().Get("mode") != "new" {
			t.Errorf("%s %v, %d bytes", r.URL, r.Header, r.ContentLength)
		}
		say(w, 200, anApp)
	})
	app, err := c.ImportNewFile(t.Context(), "Sales", "s1", tenant.File{Body: bytes.NewReader(want), Size: int64(len(want))})
	if err != nil || app.ID != "a1" || !bytes.Equal(got, want) || tokens.drops != 1 {
		t.Errorf("got %+v, %v; %d bytes", app, err, len(got))
	}
}

// TestFileInTheImportThatBreaks: whatever a create may have come to is never taken for a plain failure.
func TestFileInTheImportThatBreaks(t *testing.T) {
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    tenant.Cause
	}{
		"refused before the bytes": {func(w http.ResponseWriter, _ *http.Request) { say(w, 413, "") }, tenant.TooLarge},
		"conflict":                 {func(w http.ResponseWriter, _ *http.Request) { say(w, 409, "") }, tenant.Refused},
		"gateway":                  {func(w http.ResponseWriter, _ *http.Request) { say(w, 504, "") }, tenant.OutcomeUnknown},
		"cut after the bytes": {func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			panic(http.ErrAbortHandler)
		}, tenant.OutcomeUnknown},
	} {
		cl, _ := client(t, c.handler)
		_, err := cl.ImportStagedFile(t.Context(), "a1", "Sales", tenant.File{Body: bytes.NewReader(pattern(1000)), Size: 1000})
		if tenant.CauseOf(err) != c.want {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestStatusesOfUploads has each status that the reference names of tus.
func TestStatusesOfUploads(t *testing.T) {
	for status, want := range map[int]struct {
		cause  tenant.Cause
		passes bool // without anybody doing something
	}{
		400: {tenant.Refused, false}, 404: {tenant.NotFound, false}, 408: {tenant.Busy, true}, 409: {tenant.OffsetConflict, true}, 410: {tenant.Gone, true},
		412: {tenant.Refused, false}, 413: {tenant.TooLarge, false}, 415: {tenant.Refused, false}, 423: {tenant.Locked, true}, 429: {tenant.RateLimited, true},
		500: {tenant.Busy, true}, 502: {tenant.Busy, true}, 503: {tenant.Busy, true}, 504: {tenant.Busy, true},
	} {
		c, _ := client(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Tus-Version", "2.0.0")
			w.WriteHeader(status)
		})
		_, err := c.UploadChunk(t.Context(), uploadAt(c), 0, strings.NewReader("abc"), 3)
		e, ok := errors.AsType[*tenant.Error](err)
		if !ok || e.Cause != want.cause || e.Temporary() != want.passes || e.Status != status {
			t.Errorf("%d: got %v", status, err)
		}
		if status == 412 && !strings.Contains(err.Error(), "tus 2.0.0, not 1.0.0") {
			t.Errorf("412: %v", err)
		}
	}
}
