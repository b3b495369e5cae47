package flow

import (
	"net/http"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/store"
)

func TestFaultsThatHeal(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		method, path string
		act          fault
		cause        distribution.Cause // of an attempt; empty: the fault heals within one
		tries        int
		status       int
		extra        int64 // most bytes that may be sent again
	}{
		"503 at the first look":       {"GET", "/tenants/me", refuse(503), distribution.Busy, 1, 503, 0},
		"503 with Retry-After":        {"POST", "/import", refuse(503, "Retry-After", "1"), distribution.Busy, 1, 503, 0},
		"429 while uploading":         {"PATCH", "/temp-contents", refuse(429, "Retry-After", "1"), distribution.RateLimited, 0, 429, chunk},
		"429 at the import":           {"POST", "/import", refuse(429), distribution.RateLimited, 0, 429, 0},
		"401 once":                    {"GET", "/tenants/me", refuse(401), "", 0, 0, 0},
		"401 in the middle of a part": {"PATCH", "/temp-contents", refuse(401), "", 0, 0, chunk},
		"410 while uploading":         {"PATCH", "/temp-contents", refuse(410), distribution.UploadGone, 1, 410, 2 * chunk},
		"404 of the upload at import": {"POST", "/import", refuse(404), distribution.UploadGone, 1, 0, 4 * chunk},
		"409 while uploading":         {"PATCH", "/temp-contents", refuse(409), "", 0, 0, chunk},
		"423 while uploading":         {"PATCH", "/temp-contents", refuse(423), distribution.Busy, 1, 423, chunk},
		"import done, then 504":       {"POST", "/import", late(504), distribution.OutcomeUnknown, 1, 504, 0},
		"import done, answer lost":    {"POST", "/import", lost, distribution.OutcomeUnknown, 1, 0, 0},
		"import not done, 502":        {"POST", "/import", refuse(502), distribution.OutcomeUnknown, 1, 502, 0},
		"cut in the middle of a part": {"PATCH", "/temp-contents", cutAfter(5000), distribution.Busy, 1, 0, 4096},
		"part done, answer lost":      {"PATCH", "/temp-contents", lost, distribution.Busy, 1, 0, 0},
		"upload opened, answer lost":  {"POST", "/temp-contents", lost, distribution.Busy, 1, 0, 0},
	} {
		for _, auth := range []deployment.Auth{deployment.LocalBearer, deployment.ClientCredentials} {
			t.Run(string(auth)+" "+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				c, eu := w.deployment(auth)
				w.policy("")
				f := c.when(1, test.method, test.path, test.act)
				app := w.publish("Sales", w.stream("Finance"), 4)
				row := w.arrived(app.ID, eu)
				c.only()
				if got := c.wire.bytes(); got < app.Size || got > app.Size+test.extra {
					t.Errorf("%d bytes were sent of %d", got, app.Size)
				}
				if c.hits(f) != 1 {
					t.Fatal("the fault did not come")
				}
				detail, err := w.store.StatusDetail(w.ctx, app.ID, eu)
				w.ok(err)
				if test.cause == "" {
					if len(detail.Attempts) != 1 || detail.Attempts[0].Error != "" {
						t.Errorf("attempts %+v", detail.Attempts)
					}
					return
				}
				failed := detail.Attempts[len(detail.Attempts)-1]
				if len(detail.Attempts) < 2 || failed.Error == "" || failed.Status != test.status || failed.Ended.IsZero() {
					t.Errorf("attempts %+v", detail.Attempts)
				}
				if got := row.Delivery.Tries; test.tries == 0 && got != 0 {
					t.Errorf("%d tries were counted", got)
				}
			})
		}
	}
}

// deployment sets a deployment up, either way.
func (w *world) deployment(auth deployment.Auth) (*cloud, string) {
	w.Helper()
	if auth == deployment.LocalBearer {
		return w.bearer("eu")
	}
	return w.credentials("eu", "Landing")
}

func TestManagedOutcomesThatAreNotKnown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		method, path string
		act          fault
		second       bool // at the second version
	}{
		"space made, answer lost":           {"POST", "/spaces", lost, false},
		"space made, then 504":              {"POST", "/spaces", late(504), false},
		"published, answer lost":            {"POST", "/publish", lost, false},
		"published, then 504":               {"POST", "/publish", late(504), false},
		"not published, 504":                {"POST", "/publish", refuse(504), false},
		"space refuses for a while":         {"POST", "/publish", refuse(403), false},
		"republished, answer lost":          {"PUT", "/publish", lost, true},
		"not republished, 503":              {"PUT", "/publish", refuse(503), true},
		"read-back lost":                    {"GET", "/api/v1/apps/", lost, false},
		"intermediate removed, answer lost": {"DELETE", "/api/v1/apps/", lost, false},
		"intermediate not removed, 503":     {"DELETE", "/api/v1/apps/", refuse(503), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c, us := w.credentials("us", "Landing")
			w.policy("")
			stream := w.stream("Finance")
			var f *rule
			if !test.second {
				f = c.when(1, test.method, test.path, test.act)
			}
			app := w.publish("Sales", stream, 1)
			first := w.arrived(app.ID, us)
			if test.second {
				f = c.when(1, test.method, test.path, test.act)
			}
			w.replace(app.ID, 1)
			row := w.arrived(app.ID, us)
			if c.hits(f) != 1 || c.only().ID != first.Placement.RemoteID || row.Placement.RemoteID != first.Placement.RemoteID {
				t.Errorf("hits %d, placement %+v", c.hits(f), row.Placement)
			}
			if spaces := c.spaces(); spaces != 2 {
				t.Errorf("%d spaces besides the transit space", spaces-1)
			}
		})
	}
}

func (c *cloud) spaces() int {
	c.Helper()
	var list struct{ Data []any }
	c.get("/api/v1/spaces", &list)
	return len(list.Data)
}

func TestTooLargeFailsWithARemedy(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/temp-contents", "/import"} {
		w := newWorld(t)
		c, eu := w.bearer("eu")
		w.policy("")
		c.when(always, "POST", path, refuse(413))
		app := w.publish("Sales", w.stream("Finance"), 2)
		row := w.row(app.ID, eu, distribution.Failed)
		d, err := w.store.Deployment(w.ctx, eu)
		w.ok(err)
		if row.Delivery.Cause != distribution.TooLarge || row.Delivery.Status != 413 || row.Delivery.TraceID == "" || !strings.Contains(row.Delivery.Remedy(d), "smaller") {
			t.Errorf("delivery %+v", row.Delivery)
		}
		if len(c.apps()) != 0 {
			t.Error("something is in the tenant")
		}
		c.heal()
		n, err := w.store.Retry(w.ctx, []string{row.Delivery.ID})
		w.ok(err)
		w.arrived(app.ID, eu)
		if c.only(); n != 1 {
			t.Errorf("%d sent again", n)
		}
	}
}

func TestRefusedKeyPausesWithOneNotice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	other, us := w.credentials("us", "Landing")
	w.policy("")
	stream := w.stream("Finance")
	for _, name := range []string{"A", "B", "C"} { // each tenant is known and its token kept
		w.arrived(w.publish(name, stream, 1).ID, eu)
	}
	var providers struct{ Data []struct{ ID string } }
	c.get("/api/v1/identity-providers", &providers)
	for _, p := range providers.Data {
		c.call(http.MethodDelete, "/api/v1/identity-providers/"+p.ID, nil)
	}
	c.wire.bytes()
	var ids []string
	for _, name := range []string{"D", "E", "F", "G"} {
		ids = append(ids, w.publish(name, stream, 1).ID)
	}
	d := w.paused(ids, eu, distribution.TokenRefused)
	if want := "Tenant does not accept key " + d.Key.ID[:8] + "...; compare with its identity provider."; d.Pause.Reason != want {
		t.Errorf("reason %q, want %q", d.Pause.Reason, want)
	}
	c.sent(0)
	for _, id := range ids {
		w.arrived(id, us)
		detail, err := w.store.StatusDetail(w.ctx, id, eu)
		w.ok(err)
		if detail.Row.Delivery.Message != d.Pause.Reason {
			t.Errorf("message %q", detail.Row.Delivery.Message)
		}
	}
	if n := len(other.apps()); n != 7 {
		t.Errorf("%d apps in the other tenant", n)
	}
	if n := w.tried(ids, eu); n == 0 {
		t.Error("no attempt tells of the refusal")
	}
	w.ok(c.server.AddIdentityProvider("site", deployment.Definition(*d.Key, deployment.DefaultAudience)))
	w.ok(w.store.ResumeDeployment(w.ctx, eu))
	for _, id := range ids {
		w.arrived(id, eu)
	}
}

// paused waits until the deployment and its deliveries are paused for a cause, with one record.
func (w *world) paused(ids []string, dep string, cause distribution.Cause) deployment.Deployment {
	w.Helper()
	for _, id := range ids {
		row := w.row(id, dep, distribution.Paused)
		if row.Delivery.Cause != cause {
			w.Errorf("delivery %+v", row.Delivery)
		}
	}
	d, err := w.store.Deployment(w.ctx, dep)
	w.ok(err)
	if d.Pause == nil || d.Pause.By != "Skyferry" || d.Pause.Cause != string(cause) {
		w.Fatalf("pause %+v", d.Pause)
	}
	page, err := w.store.Audit(w.ctx, store.AuditFilter{Kind: "deployment", Limit: 200})
	w.ok(err)
	notices := 0
	for _, r := range page.Rows {
		if r.Action == "paused" && r.ObjectID == dep {
			notices++
		}
	}
	if notices != 1 {
		w.Errorf("%d notices", notices)
	}
	return d
}

// tried counts the attempts that tell of a failure.
func (w *world) tried(ids []string, dep string) (n int) {
	w.Helper()
	for _, id := range ids {
		detail, err := w.store.StatusDetail(w.ctx, id, dep)
		w.ok(err)
		for _, a := range detail.Attempts {
			if a.Error != "" && a.Status == http.StatusUnauthorized && !a.Ended.IsZero() {
				n++
			}
		}
	}
	return n
}

func TestRefusedClientPauses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, us := w.credentials("us", "Landing")
	w.policy("")
	c.when(always, "POST", "/oauth/token", refuse(400))
	app := w.publish("Sales", w.stream("Finance"), 1)
	d := w.paused([]string{app.ID}, us, distribution.TokenRefused)
	if !strings.HasPrefix(d.Pause.Reason, "Tenant does not accept client ID "+d.ClientID) {
		t.Errorf("reason %q", d.Pause.Reason)
	}
	c.sent(0)
	c.heal()
	w.ok(w.store.ResumeDeployment(w.ctx, us))
	w.arrived(app.ID, us)
}

func TestAddressThatIsAnotherTenantGetsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	w.policy("")
	stream := w.stream("Finance")
	app := w.publish("Sales", stream, 2)
	w.arrived(app.ID, eu)
	d, err := w.store.Deployment(w.ctx, eu)
	w.ok(err)
	other := newCloud(w, "impostor")
	w.ok(other.server.AddIdentityProvider("site", deployment.Definition(*d.Key, deployment.DefaultAudience)))

	gate := c.before(http.MethodPatch, "/temp-contents") // and in the middle of an upload
	app = w.replace(app.ID, 4)
	w.await(gate)
	c.redirect(other.server.Handler())
	gate.open()
	c.wire.bytes()
	cash := w.publish("Cash", stream, 1)
	w.paused([]string{app.ID}, eu, distribution.WrongTenant)
	if got := c.wire.count(http.MethodPost, "/"); got != 0 || len(other.apps()) != 0 {
		t.Errorf("%d POST calls went to the other tenant", got)
	}
	c.redirect(nil)
	w.ok(w.store.ResumeDeployment(w.ctx, eu))
	w.arrived(app.ID, eu)
	w.arrived(cash.ID, eu)
	if len(c.apps()) != 2 {
		t.Errorf("apps %+v", c.apps())
	}
}

// redirect lets another server answer at this address; nil: the tenant itself.
func (c *cloud) redirect(to http.Handler) {
	c.wire.mu.Lock()
	defer c.wire.mu.Unlock()
	c.wire.handler = to
}

func TestSickTenantSlowsNoOther(t *testing.T) {
	t.Parallel()
	for name, sick := range map[string]func(*cloud){
		"dead": func(c *cloud) { c.http.CloseClientConnections(); c.http.Listener.Close() },
		"slow": func(c *cloud) { c.when(always, "", "", stuck(c.wire.gate())) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			bad, eu := w.bearer("eu")
			_, us := w.credentials("us", "Landing")
			sick(bad)
			w.policy("")
			stream := w.stream("Finance")
			var ids []string
			for _, name := range []string{"A", "B", "C", "D", "E", "F"} {
				ids = append(ids, w.publish(name, stream, 1).ID)
			}
			for _, id := range ids {
				w.arrived(id, us)
			}
			for _, id := range ids {
				if row := w.row(id, eu, distribution.Waiting, distribution.Retrying); row.InTenant {
					t.Errorf("row %+v", row)
				}
			}
		})
	}
}
