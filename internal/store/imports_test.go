package store_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
)

// begin sends the import of a delivery.
func (f *flight) begin(d distribution.Delivery, allowed int) (distribution.Delivery, bool) {
	f.Helper()
	d.State, d.Stage, d.ImportStarted = distribution.Importing, distribution.Importing, f.moment
	begun, err := f.BeginImport(f.ctx, d, distribution.Attempt{}, tenantOf(d.DeploymentID), allowed)
	f.ok(err)
	return d, begun
}

func (f *flight) imports(deploymentID string) distribution.Imports {
	f.Helper()
	all, err := f.Summaries(f.ctx)
	f.ok(err)
	for _, s := range all {
		if s.Deployment.ID == deploymentID {
			return s.Imports
		}
	}
	f.Fatal("no such deployment")
	return distribution.Imports{}
}

// retried presses Retry.
func (f *flight) retried(id string) {
	f.Helper()
	if n, err := f.Retry(f.ctx, []string{id}); n != 1 || err != nil {
		f.Fatalf("retried %d, %v", n, err)
	}
}

func testImportsAreCounted(t *testing.T, f *flight) {
	f.ok(f.BindTenant(f.ctx, f.eu, tenantOf(f.eu)))
	_, first := f.sent("a", f.eu)
	_, second := f.sent("b", f.eu)
	if diff := cmp.Diff(distribution.Imports{Open: 2}, f.imports(f.eu)); diff != "" {
		t.Errorf("before any import: %s", diff)
	}
	first, begun := f.begin(first, 1)
	if !begun || f.row(first.AppID, f.eu).Delivery.State != distribution.Importing {
		t.Fatalf("the first import may not begin, the delivery is %s", f.row(first.AppID, f.eu).Delivery.State)
	}
	if _, begun := f.begin(second, 1); begun || f.row(second.AppID, f.eu).Delivery.State != distribution.Waiting {
		t.Fatal("a second import began on a day of one")
	}
	eu, err := f.Deployment(f.ctx, f.eu)
	f.ok(err)
	eu.Limits = deployment.Limits{Plan: deployment.OtherPlan, ImportsPerDay: 10}
	f.ok(f.UpdateDeployment(f.ctx, eu, "", nil))
	left, err := f.ImportsLeft(f.ctx)
	f.ok(err)
	if diff := cmp.Diff(map[string]int{f.eu: 8}, left); diff != "" { // one was sent, and one waits
		t.Errorf("left: %s", diff)
	}
	f.reopen() // a crash uncounts nothing
	w, err := f.LoadWork(f.ctx, second.ID, second.Ticket)
	f.ok(err)
	if want := (distribution.Imports{Used: 1}); !cmp.Equal(w.Imports, want) || f.imports(f.eu).Open != 1 || f.imports(f.us).Used != 0 {
		t.Errorf("counted %+v, want %+v; in the list %+v", w.Imports, want, f.imports(f.eu))
	}
	f.ok(f.TakeBackImport(f.ctx, tenantOf(f.eu), first.ImportStarted, time.Time{}))
	if _, begun = f.begin(second, 1); !begun {
		t.Error("what was taken back is still counted")
	}
	f.pass(24 * time.Hour)
	if got := f.imports(f.eu); got.Used != 0 || got.PerDay != 1 {
		t.Errorf("the next day: %+v", got)
	}
	f.pass(9 * 24 * time.Hour)
	if got := f.imports(f.eu); !cmp.Equal(got, distribution.Imports{}) {
		t.Errorf("ten days later: %+v", got)
	}
}

// testSpentDay: the tenant's word counts until the time that it named, also over midnight.
func testSpentDay(t *testing.T, f *flight) {
	f.ok(f.BindTenant(f.ctx, f.eu, tenantOf(f.eu)))
	_, first := f.sent("a", f.eu)
	first, _ = f.begin(first, -1)
	until := f.moment.Add(20 * time.Hour)
	f.ok(f.TakeBackImport(f.ctx, tenantOf(f.eu), first.ImportStarted, until))
	got := f.imports(f.eu)
	if got.Used != 0 || !got.SpentUntil.Equal(until) || !got.Spent(f.moment) || got.Left(300, f.moment) != 0 {
		t.Errorf("shown as %+v", got)
	}
	_, second := f.sent("b", f.eu)
	f.pass(13 * time.Hour) // past midnight
	_, begun := f.begin(second, -1)
	if begun {
		t.Error("an import began although the tenant takes none")
	}
	second.Cause = distribution.DaySpent
	second = f.move(second, distribution.Retrying)
	f.retried(second.ID)
	second = f.row(second.AppID, f.eu).Delivery
	if second, begun = f.begin(second, -1); !begun {
		t.Error("an admin's Retry does not ask the tenant again")
	}
	f.ok(f.TakeBackImport(f.ctx, tenantOf(f.eu), second.ImportStarted, until))
	f.pass(8 * time.Hour)
	if _, begun := f.begin(second, -1); !begun {
		t.Error("no import begins although the tenant takes them again")
	}
}

// testLastImportIsTakenOnce lets many runs ask for it at the same time.
func testLastImportIsTakenOnce(t *testing.T, f *flight) {
	var all []distribution.Delivery
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		_, d := f.sent(name, f.eu)
		all = append(all, d)
	}
	var mu sync.Mutex
	var wait sync.WaitGroup
	count := 0
	for _, d := range all {
		wait.Go(func() {
			if _, begun := f.begin(d, 3); begun {
				mu.Lock()
				count++
				mu.Unlock()
			}
		})
	}
	if wait.Wait(); count != 3 {
		t.Errorf("%d imports of 3 began", count)
	}
}

// testLostTicketCountsNothing: a run that has lost its delivery sends nothing, so nothing is counted.
func testLostTicketCountsNothing(t *testing.T, f *flight) {
	f.ok(f.BindTenant(f.ctx, f.eu, tenantOf(f.eu)))
	_, d := f.sent("a", f.eu)
	d.Ticket--
	d.State, d.ImportStarted = distribution.Importing, f.moment
	if begun, err := f.BeginImport(f.ctx, d, distribution.Attempt{}, tenantOf(f.eu), 5); begun || err == nil || f.imports(f.eu).Used != 0 {
		t.Errorf("begun %t, %v, imports %+v", begun, err, f.imports(f.eu))
	}
}

// testLargerPlanWakes: what waits for tomorrow looks again when somebody enters a larger plan.
func testLargerPlanWakes(t *testing.T, f *flight) {
	app, d := f.sent("a", f.eu)
	d.Cause, d.NextTry = distribution.DaySpent, f.moment.Add(10*time.Hour)
	f.move(d, distribution.Retrying)
	eu, err := f.Deployment(f.ctx, f.eu)
	f.ok(err)
	eu.Limits = deployment.Limits{Plan: deployment.Premium, ImportsPerDay: 7, Bandwidth: 1_000_000, Direct: 1 << 20, Chunk: 1 << 21, UploadLife: 3 * time.Hour}
	f.ok(f.UpdateDeployment(f.ctx, eu, "", nil))
	if got := f.row(app, f.eu).Delivery; got.State != distribution.Waiting || !f.jobs.last(d.ID).at.IsZero() {
		t.Errorf("the delivery is %s until %s", got.State, got.NextTry)
	}
	after, err := f.Deployment(f.ctx, f.eu)
	f.ok(err)
	eu.Limits.ImportsPerDay = 0 // the plan has its own number
	if diff := cmp.Diff(eu.Limits, after.Limits); diff != "" {
		t.Error(diff)
	}
	history, err := f.History(f.ctx, "deployment", f.eu)
	f.ok(err)
	if changes := history[0].Changes; len(changes) != 5 || changes[0].Field != "Plan" || changes[0].After != "Premium" {
		t.Errorf("history %+v", history[0])
	}
}
