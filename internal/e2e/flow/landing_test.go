package flow

import (
	"net/http"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
)

// lands changes where a deployment's apps land.
func (w *world) lands(id string, l deployment.Landing) {
	w.Helper()
	d, err := w.store.Deployment(w.ctx, id)
	w.ok(err)
	d.Landing = l
	w.ok(w.store.UpdateDeployment(w.ctx, d, "", nil))
}

// landing sets a deployment up whose apps land so, with a policy for all.
func (w *world) landing(l deployment.Landing) (*cloud, string) {
	w.Helper()
	c, us := w.credentials("us", "Landing")
	w.lands(us, l)
	w.policy("")
	return c, us
}

func TestLandsByStreamUnderItsNameInTheTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, us := w.landing(deployment.Landing{By: deployment.ByStream, Space: "From {stream}", Create: true, AppName: "{name} ({stream})"})
	finance, sales := w.publish("KPIs", w.stream("Finance: EU"), 1), w.publish("KPIs", w.stream("Sales"), 1)
	first, second := w.arrived(finance.ID, us), w.arrived(sales.ID, us)
	if first.SpaceName != "From Finance- EU" || second.SpaceName != "From Sales" || first.Placement.SpaceRule != "by stream: Finance: EU" {
		t.Errorf("placements %+v, %+v", first.Placement, second.Placement)
	}
	c.names("KPIs (Finance: EU)", "KPIs (Sales)")
	c.sent(finance.Size + sales.Size)
	w.lands(us, deployment.Landing{By: deployment.ByStream, Space: "From {stream}", Create: true, AppName: "{stream}: {name}"})
	w.row(finance.ID, us, distribution.Distributed)
	w.row(sales.ID, us, distribution.Distributed)
	c.names("Finance: EU: KPIs", "Sales: KPIs")
	c.sent(0)
}

func TestLandsByPropertyAndWaitsForAValue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.store.CreateProperty(w.ctx, site.Property{Name: "Region", Values: []string{"North", "South"}, ForApps: true})
	w.ok(err)
	c, us := w.landing(deployment.Landing{By: deployment.ByProperty, Property: "Region", Space: "{property}", Create: true})
	app := w.publish("Sales", w.stream("Finance"), 1)
	row := w.row(app.ID, us, distribution.Paused)
	if row.Delivery.Cause != distribution.NoSpace || !strings.Contains(row.Delivery.Message, "Region") {
		t.Errorf("delivery %+v", row.Delivery)
	}
	c.sent(0)
	w.ok(w.store.EditApp(w.ctx, app.ID, store.AppEdit{Name: "Sales", Properties: map[string][]string{"Region": {"South", "North"}}}))
	if row := w.arrived(app.ID, us); row.SpaceName != "South" || row.Placement.SpaceRule != "by custom property: Region = South" {
		t.Errorf("placement %+v", row.Placement)
	}
}

func TestMissingSpaceIsNotMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, us := w.landing(deployment.Landing{Space: "By hand"})
	app := w.publish("Sales", w.stream("Finance"), 1)
	row := w.row(app.ID, us, distribution.Paused)
	if row.Delivery.Cause != distribution.SpaceMissing || !strings.Contains(row.Delivery.Message, `"By hand"`) {
		t.Errorf("delivery %+v", row.Delivery)
	}
	if c.wire.count(http.MethodPost, "/spaces") > 0 {
		t.Error("a space was made")
	}
	c.sent(0)
	space := c.space("By hand", "managed")
	if row := w.arrived(app.ID, us); row.Placement.SpaceID != space {
		t.Errorf("placement %+v", row.Placement)
	}
	detail, err := w.store.StatusDetail(w.ctx, app.ID, us)
	w.ok(err)
	if n := len(detail.Attempts); n > 2 {
		t.Errorf("%d attempts: looking alone is none", n)
	}
}

func TestMissingSpaceIsMadeAsSoonAsTheDeploymentSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, us := w.landing(deployment.Landing{Space: "New one"})
	app := w.publish("Sales", w.stream("Finance"), 1)
	w.row(app.ID, us, distribution.Paused)
	w.lands(us, deployment.Landing{Space: "New one", Create: true})
	if row := w.arrived(app.ID, us); row.SpaceName != "New one" {
		t.Errorf("placement %+v", row.Placement)
	}
}

func TestClashPausesUntilItIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, us := w.landing(deployment.Landing{Space: "Landing", Create: true})
	space := c.space("Landing", "managed")
	app := w.publish("Sales", w.stream("Finance"), 1)
	first := w.arrived(app.ID, us)
	c.do(http.MethodDelete, "/api/v1/apps/"+first.Placement.RemoteID, nil, nil)
	foreign := c.publishOwn("Sales", space, w.qvf("Sales", 1).Bytes())
	w.replace(app.ID, 1)
	row := w.row(app.ID, us, distribution.Paused)
	if row.Delivery.Cause != distribution.NameTaken {
		t.Errorf("delivery %+v", row.Delivery)
	}
	w.crash() // and the next console looks again, too
	w.row(app.ID, us, distribution.Paused)
	c.do(http.MethodPut, "/api/v1/apps/"+foreign.ID, map[string]any{"attributes": map[string]string{"name": "Theirs"}}, nil)
	if row := w.arrived(app.ID, us); row.Placement.RemoteID == foreign.ID {
		t.Errorf("placement %+v", row.Placement)
	}
	c.names("Sales", "Sales", "Theirs")
}

func TestSpaceSetByHandIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, us := w.landing(deployment.Landing{By: deployment.ByStream, Space: "{stream}", Create: true})
	app := w.publish("Sales", w.stream("Finance"), 1)
	first := w.arrived(app.ID, us)
	own := c.space("Board", "managed")
	c.do(http.MethodPut, "/api/v1/apps/"+first.Placement.RemoteID+"/space", map[string]string{"spaceId": own}, nil)
	w.replace(app.ID, 1)
	row := w.arrived(app.ID, us)
	if row.Placement.RemoteID != first.Placement.RemoteID || row.SpaceName != "Board" || row.Placement.SpaceRule != distribution.SetInTenant {
		t.Errorf("placement %+v", row.Placement)
	}
	w.lands(us, deployment.Landing{Space: "All", Create: true})
	moves, err := w.store.Moves(w.ctx, us)
	w.ok(err)
	if len(moves) > 0 {
		t.Errorf("what was set by hand is offered: %+v", moves)
	}
}

func TestPlacedAppsMoveOnlyWhenThatIsConfirmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, us := w.landing(deployment.Landing{Space: "Old", Create: true})
	finance, sales := w.stream("Finance"), w.stream("Sales")
	a, b := w.publish("A", finance, 1), w.publish("B", sales, 1)
	first, second := w.arrived(a.ID, us), w.arrived(b.ID, us)
	c.wire.bytes()
	w.lands(us, deployment.Landing{By: deployment.ByStream, Space: "{stream}", Create: true})
	w.decided()
	w.replace(a.ID, 1)
	if row := w.arrived(a.ID, us); row.SpaceName != "Old" {
		t.Errorf("moved unasked: %+v", row.Placement)
	}
	c.wire.bytes()
	moves, err := w.store.Moves(w.ctx, us)
	w.ok(err)
	if len(moves) != 2 || moves[0].From != "Old" || moves[0].To != "Finance" || moves[1].To != "Sales" {
		t.Fatalf("moves %+v", moves)
	}
	// Somebody puts B elsewhere between the question and the answer.
	board := c.space("Board", "managed")
	c.do(http.MethodPut, "/api/v1/apps/"+second.Placement.RemoteID+"/space", map[string]string{"spaceId": board}, nil)
	n, err := w.store.MoveApps(w.ctx, us, moves)
	w.ok(err)
	if n != 2 {
		t.Errorf("%d moves", n)
	}
	w.decided()
	w.idle(us)
	ra, rb := w.row(a.ID, us, distribution.Distributed), w.row(b.ID, us, distribution.Distributed)
	if ra.SpaceName != "Finance" || ra.Placement.RemoteID != first.Placement.RemoteID || ra.Placement.SpaceRule != "by stream: Finance" || ra.Placement.MoveTo != "" {
		t.Errorf("placement %+v", ra.Placement)
	}
	if rb.SpaceName != "Board" || rb.Placement.SpaceRule != distribution.SetInTenant {
		t.Errorf("placement %+v", rb.Placement)
	}
	c.sent(0)
	if moves, err := w.store.Moves(w.ctx, us); err != nil || len(moves) > 0 {
		t.Errorf("moves %+v, %v", moves, err)
	}
}

func TestMoveThatTheTenantRefusesIsAWarning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, us := w.landing(deployment.Landing{Space: "Old", Create: true})
	app := w.publish("A", w.stream("Finance"), 1)
	w.arrived(app.ID, us)
	c.when(100, http.MethodPut, "/space", refuse(403))
	w.lands(us, deployment.Landing{Space: "New", Create: true})
	w.decided()
	moves, err := w.store.Moves(w.ctx, us)
	w.ok(err)
	_, err = w.store.MoveApps(w.ctx, us, moves)
	w.ok(err)
	w.decided()
	w.idle(us)
	row := w.row(app.ID, us, distribution.Distributed)
	if row.SpaceName != "Old" || len(row.Placement.Warnings) != 1 || !strings.Contains(row.Placement.Warnings[0], `not moved to space "New"`) {
		t.Errorf("placement %+v", row.Placement)
	}
}

func TestTransitIsSweptAtStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, us := w.landing(deployment.Landing{Space: "Landing", Create: true})
	app := w.publish("Sales", w.stream("Finance"), 1)
	w.arrived(app.ID, us)
	var list struct{ Data []struct{ ID, Name string } }
	c.get("/api/v1/spaces?type=shared", &list)
	if len(list.Data) != 1 || list.Data[0].Name != deployment.TransitSpace {
		t.Fatalf("shared spaces %+v", list.Data)
	}
	transit := list.Data[0].ID
	ours := "skyferry " + w.store.SiteID(w.ctx) + " " + app.ID + " "
	file := w.qvf("x", 1).Bytes()
	put := func(name, space string) {
		c.do(http.MethodPost, "/api/v1/apps/import?name="+strings.ReplaceAll(name, " ", "%20")+"&spaceId="+space, file, nil)
	}
	// A delivery that is on its way keeps what it imported.
	gate := c.before(http.MethodPost, "/publish")
	open := w.publish("Open", w.stream("Sales"), 1)
	w.await(gate)
	row := w.row(open.ID, us, distribution.Importing, distribution.Placing)
	put(ours+"11111111-0000-4000-8000-000000000000", transit)
	put("skyferry another-site "+app.ID+" 22222222-0000-4000-8000-000000000000", transit)
	put("skyferry is a nice name", transit)
	put(ours+"33333333-0000-4000-8000-000000000000", c.space("Work", "shared"))
	d, err := w.store.Deployment(w.ctx, us)
	w.ok(err)
	n, err := w.engine.Sweep(w.ctx, d)
	w.ok(err)
	if n != 1 {
		t.Errorf("%d apps were swept", n)
	}
	c.names("Sales", "skyferry another-site "+app.ID+" 22222222-0000-4000-8000-000000000000", "skyferry is a nice name",
		"skyferry "+w.store.SiteID(w.ctx)+" "+open.ID+" "+row.Delivery.ID, ours+"33333333-0000-4000-8000-000000000000")
	gate.open()
	w.arrived(open.ID, us)
}

func TestSpaceThatMayNotBeMadeIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, us := w.landing(deployment.Landing{Space: "Landing", Create: true})
	c.when(always, http.MethodPost, "/spaces", refuse(403))
	app := w.publish("Sales", w.stream("Finance"), 1)
	row := w.row(app.ID, us, distribution.Paused)
	if row.Delivery.Cause != distribution.SpaceMissing || !strings.Contains(row.Delivery.Message, deployment.TransitSpace) {
		t.Errorf("delivery %+v", row.Delivery)
	}
	c.space(deployment.TransitSpace, "shared")
	w.until(func() (bool, string) {
		row, err := w.store.StatusRow(w.ctx, app.ID, us)
		w.ok(err)
		return strings.Contains(row.Delivery.Message, `"Landing"`), row.Delivery.Message
	})
	c.space("Landing", "managed")
	w.arrived(app.ID, us)
	c.only()
	c.sent(app.Size)
}
