package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/distribution"
)

func testPlace(t *testing.T, f *flight) {
	app, d := f.sent("Sales", f.eu)
	f.place(d)
	row := f.row(app, f.eu)
	if row.Shown != distribution.Distributed || !row.InTenant || row.SpaceName != "Landing" || row.Behind != 0 || row.Attempts != 1 || row.Delivery.Finished.IsZero() {
		t.Errorf("row: %+v", row)
	}
	first := *row.Placement
	f.pass(time.Hour)
	f.ok(f.RequestDistribution(f.ctx, app))
	f.decide(sendTo(f.eu))
	f.place(f.row(app, f.eu).Delivery)
	again := f.row(app, f.eu).Placement
	if !again.Placed.Equal(first.Placed) || !again.Refreshed.Equal(f.moment) {
		t.Errorf("placed %v, refreshed %v", again.Placed, again.Refreshed)
	}
	w, err := f.LoadWork(f.ctx, row.Delivery.ID, row.Delivery.Ticket)
	if !errors.Is(err, distribution.ErrLost) {
		t.Errorf("a distributed delivery can run: %+v %v", w, err)
	}
}

func testLeave(t *testing.T, f *flight) {
	app, d := f.sent("Sales", f.eu)
	f.place(d)
	f.ok(f.UnpublishApp(f.ctx, app))
	f.decide(func(s distribution.Situation) distribution.Plan {
		if len(s.Placements) != 1 {
			t.Errorf("placements: %+v", s.Placements)
		}
		return distribution.Plan{Leave: []distribution.Leaving{{TenantID: tenantOf(f.eu), Why: "unpublished"}}}
	})
	row := f.row(app, f.eu)
	if row.Shown != distribution.LeftInTenant || row.Placement.LeftWhy != "unpublished" || !row.Placement.Left.Equal(f.moment) {
		t.Errorf("row: %+v", row)
	}
	counts := func() map[distribution.Tab]int {
		page, err := f.StatusPage(f.ctx, distribution.StatusFilter{})
		f.ok(err)
		return page.Counts
	}
	if c := counts(); c[distribution.TabLeft] != 1 || c[distribution.TabDistributed] != 0 {
		t.Errorf("counts: %v", c)
	}
	f.ok(f.PublishApp(f.ctx, app, f.stream, ""))
	f.decide(func(s distribution.Situation) distribution.Plan {
		return distribution.Plan{TakeUp: []string{tenantOf(f.eu)}}
	})
	if row := f.row(app, f.eu); row.Shown != distribution.Distributed || !row.Placement.Left.IsZero() {
		t.Errorf("taken up: %+v", row)
	}
}

func testRecover(t *testing.T, f *flight) {
	_, waiting := f.sent("Waiting", f.eu)
	_, running := f.sent("Running", f.eu)
	_, failed := f.sent("Failed", f.eu)
	f.move(running, distribution.Exporting)
	f.fail(failed, distribution.TooLarge)
	f.app("Undecided")
	f.reopen()
	f.ok(f.RecoverDeliveries(f.ctx))
	if len(f.jobs.events) == 0 {
		t.Error("an undecided event has no job")
	}
	if len(f.jobs.deliveries) != 2 || f.jobs.last(waiting.ID).ticket != 2 || f.jobs.last(running.ID).ticket != 2 {
		t.Errorf("jobs: %+v", f.jobs.deliveries)
	}
	if _, err := f.LoadWork(f.ctx, running.ID, 1); !errors.Is(err, distribution.ErrLost) {
		t.Errorf("a job that comes late could run besides: %v", err)
	}
}

func testSpool(t *testing.T, f *flight) {
	e := distribution.SpoolEntry{Key: "a", Node: "n", Path: "a.qvf", Size: 5, SHA256: "ab", Used: f.moment}
	f.ok(f.PutSpoolEntry(f.ctx, e))
	e.Size = 6
	f.ok(f.PutSpoolEntry(f.ctx, e))
	f.ok(f.PutSpoolEntry(f.ctx, distribution.SpoolEntry{Key: "b", Used: f.moment}))
	f.ok(f.DropSpoolEntry(f.ctx, "b"))
	got, err := f.SpoolEntries(f.ctx)
	f.ok(err)
	if diff := cmp.Diff([]distribution.SpoolEntry{e}, got); diff != "" {
		t.Error(diff)
	}
}

func testAttempts(t *testing.T, f *flight) {
	_, d := f.sent("Sales", f.eu)
	a := distribution.Attempt{DeliveryID: d.ID, Number: 1, Started: f.moment, Stage: distribution.Exporting}
	d.State = distribution.Exporting
	f.ok(f.Save(f.ctx, d, a))
	w, err := f.LoadWork(f.ctx, d.ID, 1)
	f.ok(err)
	if diff := cmp.Diff(a, w.Attempt); diff != "" {
		t.Error(diff)
	}
	a.Ended, a.Bytes, a.Status, a.Error = f.moment.Add(time.Second), 12, 503, "busy"
	d.State, d.Stage, d.NextTry = distribution.Retrying, distribution.Exporting, f.moment.Add(time.Minute)
	f.ok(f.Save(f.ctx, d, a))
	detail, err := f.StatusDetail(f.ctx, d.AppID, f.eu)
	f.ok(err)
	if diff := cmp.Diff([]distribution.Attempt{a}, detail.Attempts); diff != "" || detail.Row.Attempts != 1 {
		t.Error(diff, detail.Row.Attempts)
	}
}

// testCopies: a second copy can only be of an app that was placed lately and by more than one attempt.
func testCopies(t *testing.T, f *flight) {
	eu, err := f.Deployment(f.ctx, f.eu)
	f.ok(err)
	eu.TenantID = tenantOf(f.eu)
	doubted := func() string {
		found, err := f.MayHaveCopies(f.ctx, eu, f.moment.Add(-24*time.Hour))
		f.ok(err)
		var names []string
		for _, p := range found {
			names = append(names, p.AppName)
		}
		return strings.Join(names, " ")
	}
	for name, attempts := range map[string]int{"Once": 1, "Twice": 2} {
		_, d := f.sent(name, f.eu)
		f.ok(f.BindTenant(f.ctx, f.eu, eu.TenantID))
		for n := range attempts {
			f.ok(f.Save(f.ctx, d, distribution.Attempt{DeliveryID: d.ID, Number: n + 1, Started: f.moment}))
		}
		d = f.move(f.move(d, distribution.Importing), distribution.Placing)
		f.ok(f.Place(f.ctx, d, distribution.Attempt{}, distribution.Placement{AppName: name, TenantID: eu.TenantID, RemoteID: name, SpaceID: "s", SpaceName: "Landing"}))
	}
	if got := doubted(); got != "Twice" {
		t.Fatalf("in doubt: %q", got)
	}
	found, err := f.MayHaveCopies(f.ctx, eu, f.moment.Add(-24*time.Hour))
	f.ok(err)
	p := found[0]
	p.Warnings = []string{distribution.SecondCopy + " (id x)."}
	_, before, err := f.StatusSince(f.ctx, -1)
	f.ok(err)
	f.ok(f.Warn(f.ctx, p))
	rows, _, err := f.StatusSince(f.ctx, before)
	f.ok(err)
	if len(rows) != 1 || len(rows[0].Placement.Warnings) != 1 {
		t.Errorf("rows %+v", rows)
	}
	f.pass(48 * time.Hour)
	if got := doubted(); got != "Twice" {
		t.Errorf("what was told is not looked at again: %q", got)
	}
	stale := p
	stale.Refreshed, stale.Warnings = p.Refreshed.Add(-time.Second), nil
	f.ok(f.Warn(f.ctx, stale))
	if got := f.row(p.AppID, f.eu).Placement.Warnings; len(got) != 1 {
		t.Errorf("a placement that was refreshed meanwhile says %q", got)
	}
	p.Warnings = nil
	f.ok(f.Warn(f.ctx, p))
	if got := doubted(); got != "" {
		t.Errorf("two days later: %q", got)
	}
}
