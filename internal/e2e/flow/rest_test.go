package flow

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
)

func TestRenamedAndBackWhilePaused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	w.policy("")
	app := w.publish("Sales", w.stream("Finance"), 1)
	w.arrived(app.ID, eu)
	w.ok(w.store.PauseDeployment(w.ctx, eu, deployment.Pause{Reason: "maintenance"}))
	w.ok(w.store.EditApp(w.ctx, app.ID, store.AppEdit{Name: "Other"}))
	w.row(app.ID, eu, distribution.Paused)
	w.ok(w.store.EditApp(w.ctx, app.ID, store.AppEdit{Name: "Sales"}))
	w.decided()
	w.ok(w.store.ResumeDeployment(w.ctx, eu))
	row := w.row(app.ID, eu, distribution.Distributed)
	if row.Behind != 0 || c.only().Name != "Sales" {
		t.Errorf("row %+v", row)
	}
}

func TestChangesOfTheSiteAroundAnApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	p := w.policy(`((subject.name=resource.@Cloud))`)
	_, err := w.store.CreateProperty(w.ctx, site.Property{Name: "Cloud", Values: []string{"eu", "us"}, ForApps: true})
	w.ok(err)
	stream := w.stream("Finance")
	app := w.publish("Sales", stream, 1)
	w.decided()
	if n := len(c.apps()); n != 0 {
		t.Errorf("%d apps", n)
	}
	w.ok(w.store.EditApp(w.ctx, app.ID, store.AppEdit{Name: "Sales", Properties: map[string][]string{"Cloud": {"eu"}}}))
	row := w.arrived(app.ID, eu)
	if row.Delivery.Why.PolicyID != p.ID || row.Delivery.Why.Because == "" {
		t.Errorf("why %+v", row.Delivery.Why)
	}
	c.sent(app.Size)
	w.ok(w.store.UpdateStream(w.ctx, site.Stream{ID: stream, Name: "Finance and controlling"}))
	row = w.row(app.ID, eu, distribution.Distributed)
	if row.Delivery.StreamName != "Finance and controlling" {
		t.Errorf("delivery %+v", row.Delivery)
	}
	c.sent(0)
	w.ok(w.store.EditApp(w.ctx, app.ID, store.AppEdit{Name: "Sales", Properties: map[string][]string{"Cloud": {"us"}}}))
	w.row(app.ID, eu, distribution.LeftInTenant)
	c.only()
}

func TestSameTenantAtAnotherAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	w.policy("")
	app := w.publish("Sales", w.stream("Finance"), 2)
	first := w.arrived(app.ID, eu)
	c.sent(app.Size)
	alias := httptest.NewServer(c.server.Handler())
	t.Cleanup(alias.Close)
	d, err := w.store.Deployment(w.ctx, eu)
	w.ok(err)
	d.Endpoint = alias.URL
	w.ok(w.store.UpdateDeployment(w.ctx, d, "", nil))
	row := w.arrived(app.ID, eu)
	if !row.Placement.Left.IsZero() || c.only().ID != first.Placement.RemoteID {
		t.Errorf("placement %+v", row.Placement)
	}
	c.sent(0)
}

func TestAnotherTenantAfterAChangeOfAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	w.policy("")
	app := w.publish("Sales", w.stream("Finance"), 2)
	w.arrived(app.ID, eu)
	d, err := w.store.Deployment(w.ctx, eu)
	w.ok(err)
	other := newCloud(w, "other")
	w.ok(other.server.AddIdentityProvider("site", deployment.Definition(*d.Key, deployment.DefaultAudience)))
	d.Endpoint = other.http.URL
	w.ok(w.store.UpdateDeployment(w.ctx, d, "", nil))
	w.clouds[eu] = other
	row := w.arrived(app.ID, eu)
	if row.Placement.TenantID != other.server.TenantID() || len(c.apps()) != 1 || len(other.apps()) != 1 {
		t.Errorf("placement %+v", row.Placement)
	}
	page, err := w.store.StatusPage(w.ctx, distribution.StatusFilter{Tab: distribution.TabLeft})
	w.ok(err)
	if page.Total != 1 || len(page.Rows) != 1 || page.Rows[0].Placement.TenantID != c.server.TenantID() {
		t.Errorf("left: %+v", page.Rows)
	}
}

func TestNewKeyTakesTheAppsUp(t *testing.T) {
	t.Parallel()
	for name, both := range map[string]bool{"old configuration deleted": false, "old configuration kept": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newKey(t, both)
		})
	}
}

func newKey(t *testing.T, both bool) {
	w := newWorld(t)
	c, eu := w.bearer("eu")
	w.policy("")
	app := w.publish("Sales", w.stream("Finance"), 1)
	first := w.arrived(app.ID, eu)
	var providers struct{ Data []struct{ ID string } }
	c.get("/api/v1/identity-providers", &providers)
	draft, private, err := w.draft()
	w.ok(err)
	w.ok(w.store.CreateDraft(w.ctx, draft, private))
	if !both {
		c.call(http.MethodDelete, "/api/v1/identity-providers/"+providers.Data[0].ID, nil)
	}
	w.ok(c.server.AddIdentityProvider("site, new key", deployment.Definition(draft.Key, deployment.DefaultAudience)))
	d, err := w.store.Deployment(w.ctx, eu)
	w.ok(err)
	w.ok(w.store.UpdateDeployment(w.ctx, d, draft.ID, nil))
	w.replace(app.ID, 1)
	row := w.arrived(app.ID, eu)
	if row.Placement.RemoteID != first.Placement.RemoteID {
		t.Errorf("placement %+v", row.Placement)
	}
	c.only()
}

// removeFormer does what the remedy says.
func (w *world) removeFormer(c *cloud, app, dep, former string) {
	w.Helper()
	for range 2 { // to retry alone does not help
		row := w.row(app, dep, distribution.Failed)
		d, err := w.store.Deployment(w.ctx, dep)
		w.ok(err)
		if row.Delivery.Cause != distribution.HeldOtherwise || row.Delivery.Remedy(d) == "" {
			w.Fatalf("delivery %+v", row.Delivery)
		}
		_, err = w.store.Retry(w.ctx, []string{row.Delivery.ID})
		w.ok(err)
	}
	row := w.row(app, dep, distribution.Failed)
	c.do(http.MethodDelete, "/api/v1/apps/"+former, nil, nil)
	_, err := w.store.Retry(w.ctx, []string{row.Delivery.ID})
	w.ok(err)
	w.arrived(app, dep)
	c.only()
}

func TestAnotherWayOfSigningInMakesNoSecondCopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	w.policy("")
	app := w.publish("Sales", w.stream("Finance"), 1)
	first := w.arrived(app.ID, eu)
	c.wire.bytes()
	id, clientSecret := c.client()
	w.secrets = append(w.secrets, clientSecret)
	d, err := w.store.Deployment(w.ctx, eu)
	w.ok(err)
	d.Auth, d.ClientID, d.ClientSecret = deployment.ClientCredentials, id, secret.Text(clientSecret)
	d.TokenEndpoint, d.Landing = c.http.URL+"/oauth/token", deployment.Landing{Space: "Landing", Create: true}
	w.ok(w.store.UpdateDeployment(w.ctx, d, "", nil))
	w.replace(app.ID, 1)
	w.row(app.ID, eu, distribution.Failed)
	c.sent(0)
	w.removeFormer(c, app.ID, eu, first.Placement.RemoteID)
}

func TestRetryByHandGoesAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	w.policy("")
	c.when(always, "", "", refuse(503, "Retry-After", "3600"))
	stream := w.stream("Finance")
	apps := []site.App{w.publish("A", stream, 1), w.publish("B", stream, 1)}
	for _, app := range apps {
		w.row(app.ID, eu, distribution.Retrying)
	}
	c.heal()
	n, err := w.store.RetryCause(w.ctx, eu, distribution.Busy)
	w.ok(err)
	if n != len(apps) {
		t.Errorf("%d are sent again", n)
	}
	for _, app := range apps {
		w.arrived(app.ID, eu)
	}
}

func TestDeploymentThatComesLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy(`((subject.name="eu"))`)
	app := w.publish("Sales", w.stream("Finance"), 1)
	w.decided()
	_, eu := w.bearer("eu")
	w.arrived(app.ID, eu)
}

func TestUnpublishedInTheMiddle(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]moment{
		"uploading": {"PATCH", "/temp-contents", false}, "importing": {"POST", "/import", true}, "naming": {"PUT", "/api/v1/apps/", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c, eu := w.bearer("eu")
			w.policy("")
			gate := c.before(at.method, at.path)
			if at.done {
				c.heal()
				gate = c.after(at.method, at.path)
			}
			stream := w.stream("Finance")
			app := w.publish("Sales", stream, 1)
			w.await(gate)
			w.ok(w.store.UnpublishApp(w.ctx, app.ID))
			w.decided()
			gate.open()
			shown := distribution.Cancelled
			if at.done {
				shown = distribution.LeftInTenant // what was brought already is told
			}
			w.row(app.ID, eu, shown)
			w.ok(w.store.PublishApp(w.ctx, app.ID, stream, ""))
			w.arrived(app.ID, eu)
			c.only()
		})
	}
}

// TestEveryChangeHasItsRecord holds the changes of configuration against I3.
func TestEveryChangeHasItsRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, eu := w.bearer("eu")
	p := w.policy(`((subject.name="nobody"))`)
	stream := w.stream("Finance")
	other := w.stream("Sales")
	property, err := w.store.CreateProperty(w.ctx, site.Property{Name: "Cloud", Values: []string{"eu"}, ForApps: true})
	w.ok(err)
	app := w.publish("Sales", stream, 1)
	w.decided()
	d, err := w.store.Deployment(w.ctx, eu)
	w.ok(err)
	d.Note = "a note"
	for _, change := range []struct {
		kind, id, action string
		do               func() error
	}{
		{"deployment", eu, "changed", func() error { return w.store.UpdateDeployment(w.ctx, d, "", nil) }},
		{"deployment", eu, "paused", func() error { return w.store.PauseDeployment(w.ctx, eu, deployment.Pause{Reason: "x"}) }},
		{"deployment", eu, "resumed", func() error { return w.store.ResumeDeployment(w.ctx, eu) }},
		{"console", "", "paused", func() error { return w.store.PauseAll(w.ctx, deployment.Pause{Reason: "x"}) }},
		{"console", "", "resumed", func() error { return w.store.ResumeAll(w.ctx) }},
		{"deployment", eu, "disabled", func() error { return w.store.SetDeploymentDisabled(w.ctx, eu, true) }},
		{"deployment", eu, "enabled", func() error { return w.store.SetDeploymentDisabled(w.ctx, eu, false) }},
		{"policy", p.ID, "changed", func() error { p.Conditions = `((subject.name="none"))`; return w.store.UpdatePolicy(w.ctx, p) }},
		{"policy", p.ID, "deleted", func() error { return w.store.DeletePolicies(w.ctx, []string{p.ID}) }},
		{"app", app.ID, "changed", func() error { return w.store.EditApp(w.ctx, app.ID, store.AppEdit{Name: "Sales 2"}) }},
		{"app", app.ID, "replaced", func() error { return w.library.Replace(w.ctx, app.ID, w.qvf("x", 1)) }},
		{"app", app.ID, "moved", func() error { return w.store.MoveApp(w.ctx, app.ID, other) }},
		{"app", app.ID, "requested distribution", func() error { return w.store.RequestDistribution(w.ctx, app.ID) }},
		{"app", app.ID, "unpublished", func() error { return w.store.UnpublishApp(w.ctx, app.ID) }},
		{"app", app.ID, "published", func() error { return w.store.PublishApp(w.ctx, app.ID, stream, "") }},
		{"app", app.ID, "deleted", func() error { return w.library.Delete(w.ctx, app.ID) }},
		{"stream", stream, "changed", func() error { return w.store.UpdateStream(w.ctx, site.Stream{ID: stream, Name: "F"}) }},
		{"stream", other, "deleted", func() error { return w.store.DeleteStream(w.ctx, other) }},
		{"property", property, "deleted", func() error { return w.store.DeleteProperty(w.ctx, property) }},
		{"deployment", eu, "deleted", func() error { return w.store.DeleteDeployment(w.ctx, eu) }},
	} {
		before, err := w.store.Audit(w.ctx, store.AuditFilter{Limit: 1})
		w.ok(err)
		w.ok(change.do())
		after, err := w.store.Audit(w.ctx, store.AuditFilter{Limit: 1})
		w.ok(err)
		r := after.Rows[0]
		if diff := cmp.Diff([]string{"ada", change.kind, change.id, change.action}, []string{r.Actor, r.ObjectKind, r.ObjectID, r.Action}); diff != "" || after.Total != before.Total+1 {
			t.Errorf("%s of %s: %d records more\n%s", change.action, change.kind, after.Total-before.Total, diff)
		}
	}
}
