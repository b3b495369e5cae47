package flow

import (
	"crypto/rand"
	"net/http"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
)

// moment is when the console dies: at a call, done or not.
type moment struct {
	method, path string
	done         bool
}

func TestCrashAtEachStage(t *testing.T) {
	t.Parallel()
	both := map[string]moment{
		"before the tenant is known": {"GET", "/tenants/me", false},
		"upload not opened":          {"POST", "/temp-contents", false},
		"upload opened":              {"POST", "/temp-contents", true},
		"part not sent":              {"PATCH", "/temp-contents", false},
		"part sent":                  {"PATCH", "/temp-contents", true},
		"not imported":               {"POST", "/import", false},
		"imported":                   {"POST", "/import", true},
		"not read back":              {"GET", "/api/v1/apps/", false},
	}
	for name, m := range both {
		for _, auth := range []deployment.Auth{deployment.LocalBearer, deployment.ClientCredentials} {
			t.Run(name+" "+string(auth), func(t *testing.T) {
				t.Parallel()
				crashAt(t, auth, m, false)
			})
		}
	}
	for name, m := range map[string]moment{"not named": {"PUT", "/api/v1/apps/", false}, "named": {"PUT", "/api/v1/apps/", true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crashAt(t, deployment.LocalBearer, m, false)
		})
	}
	for name, m := range map[string]moment{
		"space made": {"POST", "/spaces", true}, "not published": {"POST", "/publish", false}, "published": {"POST", "/publish", true},
		"copy not removed": {"DELETE", "/api/v1/apps/", false}, "copy removed": {"DELETE", "/api/v1/apps/", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crashAt(t, deployment.ClientCredentials, m, false)
		})
	}
	for name, m := range map[string]moment{"not republished": {"PUT", "/publish", false}, "republished": {"PUT", "/publish", true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			crashAt(t, deployment.ClientCredentials, m, true)
		})
	}
}

func crashAt(t *testing.T, auth deployment.Auth, m moment, second bool) {
	w := newWorld(t)
	c, eu := w.deployment(auth)
	w.policy("")
	stream := w.stream("Finance")
	app := w.upload("Sales", 3)
	if second {
		w.ok(w.store.PublishApp(w.ctx, app.ID, stream, ""))
		w.arrived(app.ID, eu)
	}
	place := c.before
	if m.done {
		place = c.after
	}
	gate := place(m.method, m.path)
	if second {
		app = w.replace(app.ID, 3)
	} else {
		w.ok(w.store.PublishApp(w.ctx, app.ID, stream, ""))
	}
	w.await(gate)
	w.down()
	began := time.Now()
	w.open()
	w.start()
	w.arrived(app.ID, eu)
	if took := time.Since(began); took > limit {
		t.Errorf("took %v after the crash", took)
	}
	w.idle(eu)
	c.only()
	if n := c.wire.count(http.MethodPost, "/temp-contents"); n > 2 && !second {
		t.Errorf("%d uploads were opened", n)
	}
}

func TestCrashBeforeTheDecision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	w.policy("")
	stream := w.stream("Finance")
	w.decided()
	w.down()
	w.open() // and does not start to work
	app := w.publish("Sales", stream, 1)
	w.crash()
	w.arrived(app.ID, eu)
	c.only()
}

func TestCrashWhileExporting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	w.policy("")
	gate := c.wire.gate()
	w.export = func() {
		close(gate.reached)
		<-gate.opened
	}
	app := w.publish("Sales", w.stream("Finance"), 2)
	w.await(gate)
	w.row(app.ID, eu, distribution.Exporting)
	w.down()
	w.export = nil
	w.open()
	w.start()
	w.arrived(app.ID, eu)
	c.only()
	c.sent(app.Size)
}

func TestCrashWhileRetrying(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	w.policy("")
	// longer than 5 s: then River's scheduler wakes the job, and its leadership must be free after the crash
	c.when(always, "GET", "/tenants/me", refuse(429, "Retry-After", "6"))
	app := w.publish("Sales", w.stream("Finance"), 1)
	row := w.row(app.ID, eu, distribution.Retrying)
	c.heal()
	w.crash()
	w.arrived(app.ID, eu)
	if now := time.Now(); now.Before(row.Delivery.NextTry) {
		t.Errorf("sent at %v, before its time %v", now, row.Delivery.NextTry)
	}
	c.only()
}

// aBurst is the number of apps that are published at once.
const aBurst = 60

func TestBurst(t *testing.T) { // alone, so that its time says something
	w := newWorld(t)
	eu, euID := w.bearer("eu")
	us, usID := w.credentials("us", "Landing")
	w.policy("")
	stream := w.stream("Finance")
	began := time.Now()
	var apps []site.App
	for range aBurst {
		apps = append(apps, w.publish("App "+rand.Text(), stream, 1))
	}
	for _, app := range apps {
		w.arrived(app.ID, euID)
		w.arrived(app.ID, usID)
	}
	t.Logf("%d apps to 2 tenants took %v", aBurst, time.Since(began).Round(time.Millisecond))
	if n, m := len(eu.apps()), len(us.apps()); n != aBurst || m != aBurst {
		t.Errorf("%d and %d apps in the tenants", n, m)
	}
	w.inOrder(apps, euID)
}

// inOrder says whether the first apps arrived before the last ones.
func (w *world) inOrder(apps []site.App, dep string) {
	w.Helper()
	var late time.Time
	for i, app := range apps {
		row, err := w.store.StatusRow(w.ctx, app.ID, dep)
		w.ok(err)
		if i < 10 && row.Delivery.Finished.After(late) {
			late = row.Delivery.Finished
		}
		if i >= len(apps)-10 && row.Delivery.Finished.Before(late) {
			w.Errorf("app %d of %d was there at %v, one of the first ten only at %v", i, len(apps), row.Delivery.Finished, late)
		}
	}
}
