package store_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
)

// native is what somebody chooses about an app: to link it to the tenant's copy with this id, or to mark that.
func native(app, remote string, mark bool) distribution.Adoption {
	return distribution.Adoption{AppID: app, Mark: mark, RemoteID: remote, RemoteName: "Sales", SpaceID: "s1", SpaceName: "Finance", Size: 100}
}

// adopt chooses, and wants no refusal.
func (f *flight) adopt(all ...distribution.Adoption) {
	f.Helper()
	refusals, err := f.Adopt(f.ctx, f.eu, tenantOf(f.eu), all)
	f.ok(err)
	if len(refusals) > 0 {
		f.Fatalf("refused: %+v", refusals)
	}
}

func (f *flight) holding(app string) *distribution.Placement {
	f.Helper()
	all, err := f.PlacementsIn(f.ctx, tenantOf(f.eu))
	f.ok(err)
	for _, p := range all {
		if p.AppID == app {
			return &p
		}
	}
	return nil
}

func testLink(t *testing.T, f *flight) {
	f.ok(f.BindTenant(f.ctx, f.eu, tenantOf(f.eu)))
	app := f.app("Sales")
	f.decide(sendTo())
	f.adopt(native(app, "r1", false))
	p := f.holding(app)
	if p == nil || !p.Untouched() || p.RemoteID != "r1" || p.SpaceRule != distribution.SetInTenant || p.Version.Generation != 0 {
		t.Fatalf("placement: %+v", p)
	}
	if _, err := f.StatusRow(f.ctx, app, f.eu); !fault.Is(err, fault.NotFound) {
		t.Errorf("a mere link has a line: %v", err)
	}
	for _, kind := range []string{"app", "deployment"} {
		records, err := f.History(f.ctx, kind, map[string]string{"app": app, "deployment": f.eu}[kind])
		f.ok(err)
		if want := map[string]string{"app": "linked", "deployment": "adopted apps"}[kind]; records[0].Action != want || records[0].Actor != "ada" {
			t.Errorf("records: %+v", records[0])
		}
	}
	f.ok(f.Disown(f.ctx, f.eu, app))
	if p := f.holding(app); p != nil {
		t.Errorf("still there: %+v", p)
	}
	if err := f.Disown(f.ctx, f.eu, app); !fault.Is(err, fault.NotFound) {
		t.Errorf("undone twice: %v", err)
	}
}

func testLinkIsUsed(t *testing.T, f *flight) {
	f.ok(f.BindTenant(f.ctx, f.eu, tenantOf(f.eu)))
	app := f.app("Sales")
	f.decide(sendTo())
	f.adopt(native(app, "r1", false))
	f.ok(f.RequestDistribution(f.ctx, app))
	f.decide(sendTo(f.eu))
	d := f.row(app, f.eu).Delivery
	f.place(d)
	if err := f.Disown(f.ctx, f.eu, app); !fault.Is(err, fault.Conflict) {
		t.Errorf("unlinked after a send: %v", err)
	}
}

func testAdoptionsAreRefusedWhole(t *testing.T, f *flight) {
	f.ok(f.BindTenant(f.ctx, f.eu, tenantOf(f.eu)))
	placed, d := f.sent("Placed", f.eu)
	f.place(d)
	running, d := f.sent("Running", f.eu)
	d.ImportStarted = f.moment
	f.move(d, distribution.Placing)
	one, two := f.app("One"), f.app("Two")
	f.decide(sendTo())
	chosen := []distribution.Adoption{
		native(one, "r1", false), native(two, "r1", false), native(placed, "r2", false), native(running, "r3", true), native("gone", "r4", false),
	}
	refusals, err := f.Adopt(f.ctx, f.eu, tenantOf(f.eu), chosen)
	f.ok(err)
	var got []string
	for _, r := range refusals {
		got = append(got, r.AppID)
	}
	if !slices.Equal(got, []string{two, placed, running, "gone"}) || !strings.Contains(refusals[0].Why, `"One"`) {
		t.Errorf("refusals: %+v", refusals)
	}
	if p := f.holding(one); p != nil {
		t.Errorf("linked although others were refused: %+v", p)
	}
	if _, err := f.Adopt(f.ctx, f.eu, "another tenant", chosen[:1]); !fault.Is(err, fault.Conflict) {
		t.Errorf("another tenant: %v", err)
	}
}

func testMark(t *testing.T, f *flight) {
	f.ok(f.BindTenant(f.ctx, f.eu, tenantOf(f.eu)))
	app, d := f.sent("Sales", f.eu)
	f.adopt(native(app, "r1", false))
	f.adopt(native(app, "r1", true)) // a link becomes a mark
	row := f.row(app, f.eu)
	if row.Shown != distribution.LeftInTenant || row.Placement == nil || !row.Placement.Marked || row.Placement.LeftWhy != "left as it is: marked by ada" {
		t.Errorf("row: %+v, %+v", row, row.Placement)
	}
	if row.Delivery.ID != d.ID || row.Delivery.State != distribution.Cancelled {
		t.Errorf("delivery: %+v", row.Delivery)
	}
	marked, err := f.MarkedApps(f.ctx)
	f.ok(err)
	if !slices.Equal(marked[f.eu], []string{app}) {
		t.Errorf("marked: %v", marked)
	}
	f.ok(f.RequestDistribution(f.ctx, app))
	f.decide(distribution.Planner())
	if row := f.row(app, f.eu); row.Delivery.ID != d.ID || row.Shown != distribution.LeftInTenant {
		t.Errorf("a delivery besides the mark: %+v", row)
	}
	refusals, err := f.Adopt(f.ctx, f.eu, tenantOf(f.eu), []distribution.Adoption{native(app, "r1", false)})
	f.ok(err)
	if len(refusals) != 1 || !strings.Contains(refusals[0].Why, "Undo the mark first") {
		t.Errorf("refusals: %+v", refusals)
	}
	f.ok(f.Disown(f.ctx, f.eu, app))
	if row := f.row(app, f.eu); row.Shown != distribution.Cancelled || row.Placement != nil {
		t.Errorf("after the mark was undone: %+v", row)
	}
}
