package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/distribution"
)

// testRetryWakes sends again what waits for an older delivery: that one is looked at again at once.
func testRetryWakes(t *testing.T, f *flight) {
	wakesOlder(t, f, func(f *flight, now distribution.Delivery) (int, error) { return f.Retry(f.ctx, []string{now.ID}) })
}

// testRetryAllWakes does the same by the cause of the older one, which stands on no line of its own.
func testRetryAllWakes(t *testing.T, f *flight) {
	_, other := f.sent("Other", f.us) // of another deployment, and behind nothing
	wakesOlder(t, f, func(f *flight, _ distribution.Delivery) (int, error) {
		if n, err := f.RetryCause(f.ctx, f.eu, distribution.Busy); n != 0 || err != nil {
			t.Errorf("another cause retried %d, %v", n, err)
		}
		return f.RetryCause(f.ctx, f.eu, distribution.OutcomeUnknown)
	})
	if j := f.jobs.last(other.ID); j.ticket != other.Ticket {
		t.Errorf("job %+v", j)
	}
}

func wakesOlder(t *testing.T, f *flight, retry func(*flight, distribution.Delivery) (int, error)) {
	app, old := f.sent("Sales", f.eu)
	old.ImportStarted, old.NextTry, old.Cause = f.moment, f.moment.Add(time.Hour), distribution.OutcomeUnknown
	old = f.move(old, distribution.Retrying)
	f.pass(time.Minute)
	f.ok(f.RequestDistribution(f.ctx, app))
	f.decide(sendTo(f.eu))
	now := f.row(app, f.eu).Delivery
	n, err := retry(f, now)
	f.ok(err)
	if j := f.jobs.last(old.ID); n != 1 || j.ticket != old.Ticket+2 || !j.at.IsZero() {
		t.Errorf("retried %d, job %+v", n, j)
	}
	w, err := f.LoadWork(f.ctx, old.ID, old.Ticket+2) // it got one when it began to wait
	f.ok(err)
	if w.Delivery.State != distribution.Waiting || !w.Delivery.ImportStarted.Equal(old.ImportStarted) {
		t.Errorf("the older one: %+v", w.Delivery)
	}
	if again := f.row(app, f.eu).Delivery; again.ID != now.ID || again.Ticket != now.Ticket {
		t.Errorf("the newer one, which only waits: %+v", again)
	}
}

func testRetry(t *testing.T, f *flight) {
	_, a := f.sent("A", f.eu)
	_, b := f.sent("B", f.eu)
	_, c := f.sent("C", f.eu)
	f.fail(a, distribution.TooLarge)
	f.fail(b, distribution.TooLarge)
	n, err := f.Retry(f.ctx, []string{a.ID, c.ID, "unknown"})
	f.ok(err)
	if n != 1 {
		t.Errorf("retried %d", n)
	}
	again := f.row(a.AppID, f.eu).Delivery
	if again.State != distribution.Waiting || again.Ticket != 2 || again.Cause != "" || !again.Finished.IsZero() || f.jobs.last(a.ID).ticket != 2 {
		t.Errorf("delivery: %+v", again)
	}
	if n, err = f.RetryCause(f.ctx, f.eu, distribution.TooLarge); err != nil || n != 1 {
		t.Errorf("retried %d, %v", n, err)
	}
	records, err := f.History(f.ctx, "delivery", a.ID)
	f.ok(err)
	if len(records) != 1 || records[0].Actor != "ada" || records[0].ObjectName != "A to eu" {
		t.Errorf("history: %+v", records)
	}
}

func testCancel(t *testing.T, f *flight) {
	_, d := f.sent("Sales", f.eu)
	wanted := func() bool {
		yes, err := f.ExportWanted(f.ctx, d.AppID)
		f.ok(err)
		return yes
	}
	if !wanted() {
		t.Error("nobody wants the export of an open delivery")
	}
	if n, _, err := f.Cancel(f.ctx, []string{d.ID, d.ID, "unknown"}); err != nil || n != 1 {
		t.Fatalf("cancelled %d, %v", n, err)
	}
	if wanted() {
		t.Error("the export of a cancelled delivery is wanted")
	}
	if row := f.row(d.AppID, f.eu); row.Delivery.Cause != distribution.CancelledByAdmin || row.Delivery.Message != "cancelled by ada" {
		t.Errorf("row: %+v", row.Delivery)
	}
	if n, err := f.Retry(f.ctx, []string{d.ID}); err != nil || n != 0 {
		t.Errorf("a cancelled one was retried: %d, %v", n, err)
	}
}

// testUnwanted lets a delivery end that nobody wants any more, and that has made something in the tenant: it is told on the line
// of the app, which is that of a later delivery. One that is wanted again ends as any other.
func testUnwanted(t *testing.T, f *flight) {
	app, d := f.sent("Sales", f.eu)
	f.ok(f.BindTenant(f.ctx, f.eu, tenantOf(f.eu)))
	d = f.move(f.move(d, distribution.Exporting), distribution.Uploading)
	d.ImportStarted = f.moment
	d = f.move(d, distribution.Importing)
	f.ok(f.RequestDistribution(f.ctx, app))
	f.decide(only(app, sendTo(f.eu)))
	later := f.row(app, f.eu).Delivery
	end := distribution.Plan{Cancel: []distribution.Cancellation{{DeliveryID: d.ID, Why: "unpublished"}, {DeliveryID: later.ID, Why: "unpublished"}}}
	f.ok(f.UnpublishApp(f.ctx, app))
	f.decide(only(app, func(distribution.Situation) distribution.Plan { return end }))
	if w, err := f.LoadWork(f.ctx, d.ID, d.Ticket); err != nil || w.Delivery.Unwanted != "unpublished" {
		t.Errorf("work %+v, %v", w.Delivery, err)
	}
	f.ok(f.Place(f.ctx, d, distribution.Attempt{}, distribution.Placement{TenantID: tenantOf(f.eu), RemoteID: "remote"}))
	if row := f.row(app, f.eu); row.Shown != distribution.LeftInTenant || row.Delivery.ID != later.ID || row.Placement == nil || row.Placement.LeftWhy != "unpublished" || !row.Placement.Left.Equal(f.moment) {
		t.Errorf("row %+v, placement %+v", row, row.Placement)
	}

	app, d = f.sent("Stock", f.eu)
	d = f.move(f.move(d, distribution.Exporting), distribution.Uploading)
	d.ImportStarted = f.moment
	d = f.move(d, distribution.Importing)
	for _, plan := range []distribution.Plan{{Cancel: []distribution.Cancellation{{DeliveryID: d.ID, Why: "unpublished"}}}, {Spare: []string{d.ID}}} {
		f.ok(f.RequestDistribution(f.ctx, app))
		f.decide(only(app, func(distribution.Situation) distribution.Plan { return plan }))
	}
	looked := d
	looked.State, looked.Unwanted = distribution.Cancelled, "unpublished"
	if err := f.Save(f.ctx, looked, distribution.Attempt{}); !errors.Is(err, distribution.ErrWanted) {
		t.Errorf("a run that did not hear that it is wanted again ends it: %v", err)
	}
	d = f.move(d, distribution.Placing)
	f.ok(f.Place(f.ctx, d, distribution.Attempt{}, distribution.Placement{TenantID: tenantOf(f.eu), RemoteID: "stock"}))
	if row := f.row(app, f.eu); row.Shown != distribution.Distributed || !row.Placement.Left.IsZero() {
		t.Errorf("row %+v, placement %+v", row, row.Placement)
	}
}

// testRetryLook disables a deployment in the middle of an import, and lets the look at what that made fail: it can be made again, and
// nothing else can be sent to the deployment.
func testRetryLook(t *testing.T, f *flight) {
	_, failed := f.sent("Failed", f.eu)
	f.fail(failed, distribution.TooLarge)
	_, d := f.sent("Sales", f.eu)
	d = f.move(f.move(d, distribution.Exporting), distribution.Uploading)
	d.ImportStarted = f.moment
	d = f.move(d, distribution.Importing)
	f.ok(f.SetDeploymentDisabled(f.ctx, f.eu, true))
	f.fail(d, distribution.NoRight)
	if n, err := f.Retry(f.ctx, []string{d.ID, failed.ID}); err != nil || n != 1 {
		t.Errorf("retried %d, %v", n, err)
	}
	if w, err := f.LoadWork(f.ctx, d.ID, f.jobs.last(d.ID).ticket); err != nil || w.Delivery.Unwanted == "" {
		t.Errorf("work %+v, %v", w.Delivery, err)
	}
}
