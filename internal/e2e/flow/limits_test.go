package flow

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/tenant"
)

// plan sets the plan of a tenant, by its own API.
func (c *cloud) plan(settings map[string]any) {
	c.Helper()
	c.do(http.MethodPut, "/sandbox/v1/plan", settings, nil)
}

// limits sets those of a deployment.
func (w *world) limits(id string, l deployment.Limits) {
	w.Helper()
	d, err := w.store.Deployment(w.ctx, id)
	w.ok(err)
	d.Limits = l
	w.ok(w.store.UpdateDeployment(w.ctx, d, "", nil))
	w.decided()
}

// callsAt notes when calls came, by their tier.
type callsAt struct {
	mu    sync.Mutex
	at    map[tenant.Tier][]time.Time
	asked time.Time // when the tenant asked to wait
}

func (c *callsAt) between(tier tenant.Tier, from, to time.Time) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, at := range c.at[tier] {
		if at.After(from) && at.Before(to) {
			n++
		}
	}
	return n
}

// watch notes each call, and refuses the first import for some seconds.
func (c *callsAt) watch(seconds string) fault {
	return func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		tier := tenant.Writes
		switch {
		case r.Method == http.MethodGet || r.Method == http.MethodHead:
			tier = tenant.Reads
		case strings.Contains(r.URL.Path, "/temp-contents"):
			tier = tenant.Uploads
		}
		c.mu.Lock()
		first := c.asked.IsZero() && strings.HasSuffix(r.URL.Path, "/import")
		c.at[tier] = append(c.at[tier], time.Now())
		c.mu.Unlock()
		if !first {
			next.ServeHTTP(rw, r)
			return
		}
		refuse(http.StatusTooManyRequests, "Retry-After", seconds)(rw, r, next)
		c.mu.Lock()
		c.asked = time.Now()
		c.mu.Unlock()
	}
}

// TestRetryAfterHoldsItsTierOnly: while changing is refused, nobody changes anything, others read and upload, and nobody fails.
func TestRetryAfterHoldsItsTierOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	w.policy("")
	seen := &callsAt{at: map[tenant.Tier][]time.Time{}}
	c.when(always, "", "", seen.watch("7"))
	stream := w.stream("Finance")
	var apps []site.App
	for _, name := range []string{"A", "B", "C", "D", "E"} {
		apps = append(apps, w.publish(name, stream, 2))
	}
	for _, app := range apps {
		row := w.arrived(app.ID, eu)
		if row.Delivery.Tries != 0 {
			t.Errorf("%s: %d tries were counted", app.Name, row.Delivery.Tries)
		}
	}
	// A call that was on its way when the tenant asked may still arrive; that is over within a second.
	from, to := seen.asked.Add(time.Second), seen.asked.Add(7*time.Second)
	if n := seen.between(tenant.Writes, from, to); n != 0 {
		t.Errorf("%d changing calls although the tenant asked to wait", n)
	}
	if n, m := seen.between(tenant.Reads, seen.asked, to), seen.between(tenant.Uploads, seen.asked, to); n == 0 || m == 0 {
		t.Errorf("%d reading and %d uploading calls meanwhile: they stood still, too", n, m)
	}
}

// TestDayOfThreeImports: the third is kept for a new app, the refresh waits, and a larger plan lets it go at once.
func TestDayOfThreeImports(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	c.plan(map[string]any{"importsPerDay": 3})
	w.limits(eu, deployment.Limits{Plan: deployment.OtherPlan, ImportsPerDay: 3, Direct: deployment.DefaultDirect})
	w.policy("")
	stream := w.stream("Finance")
	first := w.publish("First", stream, 2)
	w.arrived(first.ID, eu)
	first = w.replace(first.ID, 2)
	w.arrived(first.ID, eu)
	w.replace(first.ID, 2)
	row := w.row(first.ID, eu, distribution.Retrying)
	midnight := time.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	if d := row.Delivery; d.Cause != distribution.DaySpent || d.NextTry.Before(midnight) || d.NextTry.Sub(midnight) > time.Minute || d.Tries != 0 || !strings.Contains(d.Message, "the last one is kept") {
		t.Fatalf("the refresh waits as %+v", d)
	}
	c.wire.bytes() // forgets what was counted
	second := w.publish("Second", stream, 2)
	w.arrived(second.ID, eu)
	if n := c.wire.count("POST", "/temp-contents"); n != 0 {
		t.Errorf("%d uploads of a small app: it goes within the import", n)
	}
	third := w.publish("Third", stream, 2)
	if d := w.row(third.ID, eu, distribution.Retrying).Delivery; d.Cause != distribution.DaySpent {
		t.Fatalf("a fourth import waits as %+v", d)
	}
	w.replace(first.ID, 2) // the newest version wins
	c.plan(map[string]any{"importsPerDay": 10})
	w.limits(eu, deployment.Limits{Plan: deployment.OtherPlan, ImportsPerDay: 10, Direct: deployment.DefaultDirect})
	for _, id := range []string{first.ID, second.ID, third.ID} {
		w.arrived(id, eu)
	}
	all, err := w.store.Summaries(w.ctx)
	w.ok(err)
	if got := all[0].Imports.Used; got != 5 {
		t.Errorf("%d imports are counted, the tenant did 5", got)
	}
}
