package store_test

import (
	"testing"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
)

func TestAccessOnSQLite(t *testing.T) { testAccess(t, openOnSQLite) }

// testAccess is what every database must do about apps with section access and too large ones.
func testAccess(t *testing.T, open storeOpener) {
	for name, test := range map[string]func(*testing.T, *flight){
		"a release lasts until section access ends": testRelease,
		"only what is held is released":             testReleaseOthers,
		"a pause that stays keeps the reason":       testOtherPauseKeepsTheReason,
		"Apply lets what waits look again":          testAdmissionWakes,
		"one import tells for the same data":        testTold,
		"what a source tells is kept":               testSourceTells,
	} {
		t.Run(name, func(t *testing.T) { test(t, newFlight(t, open)) })
	}
}

// keep pauses a waiting delivery for a cause.
func (f *flight) keep(d distribution.Delivery, cause distribution.Cause) {
	f.Helper()
	f.ok(f.BindTenant(f.ctx, d.DeploymentID, tenantOf(d.DeploymentID)))
	d.Cause, d.Message = cause, "it waits"
	f.move(d, distribution.Paused)
}

func (f *flight) release(id string, want int) {
	f.Helper()
	n, err := f.ReleaseAccess(f.ctx, []string{id, "no such delivery"})
	f.ok(err)
	if n != want {
		f.Errorf("%d released instead of %d", n, want)
	}
}

func testRelease(t *testing.T, f *flight) {
	app, d := f.sent("Sales", f.eu)
	f.keep(d, distribution.AccessHeld)
	if n, err := f.Retry(f.ctx, []string{d.ID}); n != 0 || err != nil {
		t.Errorf("a retry started %d, %v", n, err)
	}
	f.release(d.ID, 1)
	row := f.row(app, f.eu)
	if row.Shown != distribution.Waiting || row.Delivery.Ticket != d.Ticket+1 || f.jobs.last(d.ID).ticket != row.Delivery.Ticket {
		t.Errorf("delivery %+v", row.Delivery)
	}
	w, err := f.LoadWork(f.ctx, d.ID, row.Delivery.Ticket)
	f.ok(err)
	if w.Release == nil || w.Release.By != "ada" || !w.Release.At.Equal(f.moment) {
		t.Errorf("release %+v", w.Release)
	}
	audit, err := f.Audit(f.ctx, store.AuditFilter{Limit: 1})
	f.ok(err)
	if audit.Rows[0].Action != "released section access" || audit.Rows[0].ObjectName != "Sales to eu" {
		t.Errorf("audit %+v", audit.Rows[0])
	}
	f.placeWith(row.Delivery, site.HasSectionAccess)
	detail, err := f.StatusDetail(f.ctx, app, f.eu)
	f.ok(err)
	if detail.Release == nil || detail.Row.Placement.SectionAccess != site.HasSectionAccess {
		t.Errorf("detail %+v, %+v", detail.Release, detail.Row.Placement)
	}
	f.requestAgain(app)
	f.placeWith(f.row(app, f.eu).Delivery, site.NoSectionAccess)
	if detail, err = f.StatusDetail(f.ctx, app, f.eu); err != nil || detail.Release != nil || detail.Row.Placement.Memory != 7 || detail.Row.Placement.MemoryLimit != 5 {
		t.Errorf("detail %+v, %+v, %v", detail.Release, detail.Row.Placement, err)
	}
}

func (f *flight) requestAgain(app string) {
	f.Helper()
	f.ok(f.RequestDistribution(f.ctx, app))
	f.decide(only(app, sendTo(f.eu)))
}

// placeWith brings a waiting delivery all the way with what the tenant told of its section access.
func (f *flight) placeWith(d distribution.Delivery, told site.SectionAccess) {
	f.Helper()
	d.SectionAccess = told
	d = f.move(d, distribution.Importing)
	d = f.move(d, distribution.Placing)
	f.ok(f.Place(f.ctx, d, distribution.Attempt{}, distribution.Placement{AppName: d.AppName, TenantID: tenantOf(d.DeploymentID),
		RemoteID: "r", Version: d.Version, SectionAccess: told, Memory: 7, MemoryLimit: 5}))
}

func testReleaseOthers(t *testing.T, f *flight) {
	app, d := f.sent("Sales", f.eu)
	f.release(d.ID, 0)
	f.keep(d, distribution.OverLimit)
	f.release(d.ID, 0)
	if row := f.row(app, f.eu); row.Shown != distribution.Paused {
		t.Errorf("delivery %+v", row.Delivery)
	}
}

func testAdmissionWakes(t *testing.T, f *flight) {
	large, a := f.sent("Large", f.eu)
	held, b := f.sent("Held", f.eu)
	other, c := f.sent("Other", f.us)
	f.keep(a, distribution.OverLimit)
	f.keep(b, distribution.AccessHeld)
	f.keep(c, distribution.OverLimit)
	d, err := f.Deployment(f.ctx, f.eu)
	f.ok(err)
	d.Admission = deployment.Admission{SectionAccess: deployment.SendAccess, LargestApp: 6e9}
	f.ok(f.UpdateDeployment(f.ctx, d, "", nil))
	if d, err = f.Deployment(f.ctx, f.eu); err != nil || d.Admission.SectionAccess != deployment.SendAccess || d.Admission.LargestApp != 6e9 {
		t.Errorf("admission %+v, %v", d.Admission, err)
	}
	for app, want := range map[string]distribution.State{large: distribution.Waiting, held: distribution.Waiting} {
		if row := f.row(app, f.eu); row.Shown != want {
			t.Errorf("delivery %+v", row.Delivery)
		}
	}
	if row := f.row(other, f.us); row.Shown != distribution.Paused {
		t.Errorf("delivery %+v", row.Delivery)
	}
	history, err := f.History(f.ctx, "deployment", f.eu)
	f.ok(err)
	changes := map[string]string{}
	for _, c := range history[0].Changes {
		changes[c.Field] = c.Before + ">" + c.After
	}
	if changes["Apps with section access"] != "Hold>Send" || changes["Largest app"] != ">6 GB" {
		t.Errorf("history %+v", changes)
	}
}

func testTold(t *testing.T, f *flight) {
	app := f.app("Sales")
	f.decide(only(app, sendTo(f.eu, f.us)))
	f.ok(f.BindTenant(f.ctx, f.eu, tenantOf(f.eu)))
	f.placeWith(f.row(app, f.eu).Delivery, site.HasSectionAccess)
	d := f.row(app, f.us).Delivery
	w, err := f.LoadWork(f.ctx, d.ID, d.Ticket)
	f.ok(err)
	if w.SectionAccess != site.HasSectionAccess {
		t.Errorf("told %q", w.SectionAccess)
	}
	_, err = f.ReplaceApp(f.ctx, app, site.File{Size: 2, SHA256: "b"})
	f.ok(err)
	f.decide(only(app, sendTo(f.us)))
	d = f.row(app, f.us).Delivery
	if w, err = f.LoadWork(f.ctx, d.ID, d.Ticket); err != nil || w.SectionAccess != site.SectionAccessUnknown {
		t.Errorf("other data: told %q, %v", w.SectionAccess, err)
	}
}

func testSourceTells(t *testing.T, f *flight) {
	f.ok(f.CreateApp(f.ctx, site.App{ID: "a", Name: "A", SectionAccess: site.HasSectionAccess}))
	app, err := f.App(f.ctx, "a")
	f.ok(err)
	_, err = f.ReplaceApp(f.ctx, "a", site.File{Size: 1, SHA256: "b", SectionAccess: site.NoSectionAccess})
	f.ok(err)
	after, err := f.App(f.ctx, "a")
	f.ok(err)
	if app.SectionAccess != site.HasSectionAccess || after.SectionAccess != site.NoSectionAccess {
		t.Errorf("%q, then %q", app.SectionAccess, after.SectionAccess)
	}
}

// testOtherPauseKeepsTheReason: that one of two pauses ends says nothing of what waits for a release.
func testOtherPauseKeepsTheReason(t *testing.T, f *flight) {
	app, d := f.sent("Sales", f.eu)
	f.keep(d, distribution.AccessHeld)
	f.ok(f.PauseDeployment(f.ctx, f.eu, deployment.Pause{Reason: "maintenance"}))
	f.ok(f.PauseAll(f.ctx, deployment.Pause{Reason: "move"}))
	f.ok(f.ResumeAll(f.ctx))
	if row := f.row(app, f.eu); row.Delivery.State != distribution.Paused || row.Delivery.Cause != distribution.AccessHeld {
		t.Errorf("delivery %+v", row.Delivery)
	}
	f.release(d.ID, 1)
}
