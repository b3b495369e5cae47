package flow

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/store"
)

func TestStagedAppIsKeptUpToDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	w.policy(`((subject.name="eu"))`)
	app := w.publish("Sales", w.stream("Finance"), 3)
	row := w.arrived(app.ID, eu)
	first := c.only()
	if first.Name != "Sales" || first.SpaceID != "" || first.OwnerID != "" || first.ID != row.Placement.RemoteID {
		t.Errorf("remote %+v, row %+v", first, row)
	}
	c.sent(app.Size)
	space := c.space("Closing", "managed")
	c.do(http.MethodPut, "/api/v1/apps/"+first.ID+"/space", map[string]string{"spaceId": space}, nil)

	app = w.replace(app.ID, 2)
	row = w.arrived(app.ID, eu)
	if remote := c.only(); remote.ID != first.ID || remote.SpaceID != space || row.SpaceName != "Closing" {
		t.Errorf("after the replacement: %+v, %+v", remote, row)
	}
	c.sent(app.Size)

	w.ok(w.store.EditApp(w.ctx, app.ID, store.AppEdit{Name: "Sales 2", Description: "All of it", Tags: []string{"closing"}}))
	row = w.row(app.ID, eu, distribution.Distributed)
	if remote := c.only(); remote.Name != "Sales 2" || remote.Description != "All of it" || remote.SpaceID != space || !row.Delivery.MetadataOnly {
		t.Errorf("after the change of metadata: %+v, %+v", remote, row.Delivery)
	}
	c.sent(0)

	w.ok(w.store.EditApp(w.ctx, app.ID, store.AppEdit{Name: "Sales 2", Description: "All of it", Tags: []string{"other"}}))
	w.arrived(app.ID, eu)
	c.sent(0)

	w.ok(w.store.RequestDistribution(w.ctx, app.ID))
	w.arrived(app.ID, eu)
	c.sent(app.Size)
	if remote := c.only(); remote.ID != first.ID || remote.SpaceID != space {
		t.Errorf("after Distribute now: %+v", remote)
	}
}

// sent compares the bytes of apps that came since the last question.
func (c *cloud) sent(want int64) {
	c.Helper()
	opened := c.wire.count(http.MethodPost, "/temp-contents")
	if got := c.wire.bytes(); got != want || want == 0 && opened > 0 {
		c.Errorf("%d bytes of apps were sent in %d uploads, want %d bytes", got, opened, want)
	}
}

func TestUnchangedDataIsNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	p := w.policy(`((subject.name="eu"))`)
	app := w.publish("Sales", w.stream("Finance"), 2)
	before := w.arrived(app.ID, eu)
	c.sent(app.Size)
	p.Description = "another word"
	w.ok(w.store.UpdatePolicy(w.ctx, p))
	d, err := w.store.Deployment(w.ctx, eu)
	w.ok(err)
	d.Name = "europe"
	p, err = w.store.Policy(w.ctx, p.ID)
	w.ok(err)
	p.Conditions = `((subject.name="europe"))`
	w.ok(w.store.UpdateDeployment(w.ctx, d, "", []policy.Policy{p}))
	after := w.row(app.ID, eu, distribution.Distributed)
	if after.Delivery.ID != before.Delivery.ID || !after.Placement.Left.IsZero() {
		t.Errorf("delivery %+v", after.Delivery)
	}
	c.sent(0)
}

func TestUnpublishedAppStaysInTheTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	w.policy("")
	stream := w.stream("Finance")
	app := w.publish("Sales", stream, 2)
	w.arrived(app.ID, eu)
	was := c.only()

	w.ok(w.store.UnpublishApp(w.ctx, app.ID))
	row := w.row(app.ID, eu, distribution.LeftInTenant)
	if row.Placement.LeftWhy != "the app was unpublished" || row.Placement.Left.IsZero() {
		t.Errorf("placement %+v", row.Placement)
	}
	if diff := cmp.Diff(was, c.only()); diff != "" {
		t.Error(diff)
	}
	w.ok(w.store.PublishApp(w.ctx, app.ID, stream, ""))
	row = w.arrived(app.ID, eu)
	if !row.Placement.Left.IsZero() || row.Placement.RemoteID != was.ID || c.only().ID != was.ID {
		t.Errorf("placement %+v", row.Placement)
	}

	w.ok(w.library.Delete(w.ctx, app.ID))
	row = w.row(app.ID, eu, distribution.LeftInTenant)
	if row.Placement.LeftWhy != "the app was deleted from the site" || c.only().ID != was.ID || c.wire.count(http.MethodDelete, "") > 0 {
		t.Errorf("placement %+v", row.Placement)
	}
}

func TestPolicyReachesWhatItNewlyMatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	finance, sales := w.stream("Finance"), w.stream("Sales")
	p := w.policy(`((subject.name="eu") and (resource.stream.name="Finance"))`)
	first := w.publish("Cash", finance, 1)
	others := []string{w.publish("Pipeline", sales, 1).ID, w.publish("Orders", sales, 1).ID}
	hidden := w.upload("Draft", 1)
	w.arrived(first.ID, eu)
	w.decided()
	if n := len(c.apps()); n != 1 {
		t.Fatalf("%d apps are in the tenant", n)
	}
	p.Conditions = `((subject.name="eu") and (resource.stream.name="Sales"))`
	w.ok(w.store.UpdatePolicy(w.ctx, p))
	for _, id := range others {
		w.arrived(id, eu)
	}
	if row := w.row(first.ID, eu, distribution.LeftInTenant); row.Placement.LeftWhy == "" {
		t.Errorf("row %+v", row)
	}
	if _, err := w.store.StatusRow(w.ctx, hidden.ID, eu); err == nil || len(c.apps()) != 3 {
		t.Errorf("an app that is not published has a line: %v; %d apps", err, len(c.apps()))
	}
	w.ok(w.store.MoveApp(w.ctx, first.ID, sales))
	if row := w.arrived(first.ID, eu); !row.Placement.Left.IsZero() {
		t.Errorf("row %+v", row)
	}
}

func TestDisableEnableAndDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	w.policy("")
	stream := w.stream("Finance")
	app := w.publish("Sales", stream, 2)
	w.arrived(app.ID, eu)
	was := c.only()
	c.wire.bytes()

	w.ok(w.store.SetDeploymentDisabled(w.ctx, eu, true))
	w.row(app.ID, eu, distribution.LeftInTenant)
	app = w.replace(app.ID, 2)
	other := w.publish("Cash", stream, 1)
	w.decided()
	c.sent(0)

	w.ok(w.store.SetDeploymentDisabled(w.ctx, eu, false))
	w.arrived(app.ID, eu)
	w.arrived(other.ID, eu)
	if n := len(c.apps()); n != 2 {
		t.Errorf("%d apps", n)
	}
	gate := c.before(http.MethodPatch, "/temp-contents")
	w.replace(app.ID, 3)
	w.await(gate)
	w.ok(w.store.DeleteDeployment(w.ctx, eu))
	gate.open()
	row := w.row(app.ID, eu, distribution.LeftInTenant)
	if row.Deployment.Name != "eu" || c.sum(was.ID) == "" || c.wire.count(http.MethodDelete, "") > 0 {
		t.Errorf("row %+v", row)
	}
}
