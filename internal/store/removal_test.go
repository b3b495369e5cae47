package store_test

import (
	"testing"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
)

// left is an app that was placed in eu and is left there.
func (f *flight) left() (app string, p distribution.Placement) {
	f.Helper()
	app, d := f.sent("Sales", f.eu)
	f.place(d)
	f.ok(f.UnpublishApp(f.ctx, app))
	f.decide(func(distribution.Situation) distribution.Plan {
		return distribution.Plan{Leave: []distribution.Leaving{{TenantID: tenantOf(f.eu), Why: "unpublished"}}}
	})
	return app, *f.row(app, f.eu).Placement
}

func testRemoved(t *testing.T, f *flight) {
	app, p := f.left()
	for range 2 { // somebody else may have been faster
		f.ok(f.RemovePlacement(f.ctx, p))
	}
	if _, err := f.StatusRow(f.ctx, app, f.eu); !fault.Is(err, fault.NotFound) {
		t.Errorf("the line is still there: %v", err)
	}
	page, err := f.StatusPage(f.ctx, distribution.StatusFilter{})
	f.ok(err)
	if page.Counts[distribution.TabLeft] != 0 || page.Counts[distribution.TabAll] != 0 {
		t.Errorf("counts: %v", page.Counts)
	}
	records, err := f.History(f.ctx, "app", app)
	f.ok(err)
	if len(records) == 0 || records[0].Action != "removed from tenant" {
		t.Errorf("records: %+v", records)
	}
}

func testRemovedTooLate(t *testing.T, f *flight) {
	app, p := f.left()
	f.ok(f.PublishApp(f.ctx, app, f.stream, ""))
	f.decide(func(distribution.Situation) distribution.Plan {
		return distribution.Plan{TakeUp: []string{tenantOf(f.eu)}}
	})
	if err := f.RemovePlacement(f.ctx, p); !fault.Is(err, fault.Conflict) {
		t.Errorf("error: %v", err)
	}
	asked := false
	f.decide(func(s distribution.Situation) distribution.Plan {
		asked = asked || s.Event.Kind == "requested"
		return distribution.Plan{}
	})
	if row := f.row(app, f.eu); row.Placement == nil || !asked {
		t.Errorf("placement %v, asked for a send: %v", row.Placement, asked)
	}
}
