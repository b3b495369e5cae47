package store_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/tenant"
)

func TestDistributionOnSQLite(t *testing.T) { testDistribution(t, openOnSQLite) }

// testDistribution is what every database must do for the engine.
func testDistribution(t *testing.T, open storeOpener) {
	for name, test := range map[string]func(*testing.T, *flight){
		"publishing starts a delivery":               testStart,
		"moves that are not legal are refused":       testLegalMoves,
		"a run with an old ticket has lost":          testTickets,
		"retrying gets a job for its time":           testRetrying,
		"a newer version takes its place":            testSupersede,
		"an older import blocks":                     testBlocked,
		"an event of many apps is decided in pages":  testPages,
		"a failing plan decides nothing":             testPlanPanics,
		"placing records what the tenant holds":      testPlace,
		"left and taken up again":                    testLeave,
		"removed in the tenant":                      testRemoved,
		"removed while distributed again":            testRemovedTooLate,
		"a link to a copy that was there":            testLink,
		"a link that was used stays":                 testLinkIsUsed,
		"adoptions are refused as a whole":           testAdoptionsAreRefusedWhole,
		"a mark keeps everything away":               testMark,
		"an outcome that is not known is kept":       testOutcome,
		"retry by hand":                              testRetry,
		"retry wakes what is waited for":             testRetryWakes,
		"a look changes no since":                    testPausedSince,
		"retry all wakes what is waited for":         testRetryAllWakes,
		"second copies are looked for and told":      testCopies,
		"cancel by hand":                             testCancel,
		"both pauses hold":                           testPauses,
		"a pause that a run found keeps its attempt": testSavePaused,
		"what an unwanted one made is left":          testUnwanted,
		"a look that failed is made again":           testRetryLook,
		"disabling cancels and leaves":               testDisable,
		"deleting leaves lines of their own":         testDelete,
		"a new tenant of a deployment is a conflict": testBind,
		"what has no job after a crash gets one":     testRecover,
		"the spool has an index":                     testSpool,
		"attempts are kept":                          testAttempts,
	} {
		t.Run(name, func(t *testing.T) { test(t, newFlight(t, open)) })
	}
}

func testStart(t *testing.T, f *flight) {
	app, d := f.sent("Sales", f.eu)
	if d.State != distribution.Waiting || d.Ticket != 1 || d.Why.PolicyName != "all" || d.StreamName != "Finance" || !d.Created.Equal(f.moment) {
		t.Errorf("delivery: %+v", d)
	}
	if diff := cmp.Diff(job{f.eu, d.ID, 1, time.Time{}}, f.jobs.last(d.ID), cmp.AllowUnexported(job{})); diff != "" {
		t.Error(diff)
	}
	w, err := f.LoadWork(f.ctx, d.ID, 1)
	f.ok(err)
	if w.App == nil || w.App.ID != app || w.Deployment.Name != "eu" || w.Deployment.ClientSecret.Reveal() != "secret" || w.Placement != nil || w.PausedAll != nil || w.Older {
		t.Errorf("work: %+v", w)
	}
	if _, err := f.LoadWork(f.ctx, d.ID, 2); !errors.Is(err, distribution.ErrLost) {
		t.Errorf("another ticket: %v", err)
	}
}

func testLegalMoves(t *testing.T, f *flight) {
	_, d := f.sent("Sales", f.eu)
	d.State = distribution.Placing
	d = f.move(f.move(d, distribution.Placing), distribution.Importing)
	d.State = distribution.Superseded
	if err := f.Save(f.ctx, d, distribution.Attempt{}); err == nil || errors.Is(err, distribution.ErrLost) {
		t.Errorf("importing became superseded: %v", err)
	}
	if got := f.row(d.AppID, f.eu).Delivery.State; got != distribution.Importing {
		t.Errorf("state is %s", got)
	}
	detail, err := f.StatusDetail(f.ctx, d.AppID, f.eu)
	f.ok(err)
	var states []distribution.State
	for _, tr := range detail.Transitions {
		states = append(states, tr.To)
		if tr.By != "ada" {
			t.Errorf("transition by %q", tr.By)
		}
	}
	if diff := cmp.Diff([]distribution.State{distribution.Importing, distribution.Placing, distribution.Waiting}, states); diff != "" {
		t.Error(diff)
	}
}

func testTickets(t *testing.T, f *flight) {
	_, d := f.sent("Sales", f.eu)
	running := f.move(d, distribution.Exporting)
	n, _, err := f.Cancel(f.ctx, []string{d.ID})
	f.ok(err)
	if n != 1 {
		t.Fatalf("cancelled %d", n)
	}
	running.State = distribution.Uploading
	if err := f.Save(f.ctx, running, distribution.Attempt{}); !errors.Is(err, distribution.ErrLost) {
		t.Errorf("a cancelled run saved: %v", err)
	}
	if err := f.Place(f.ctx, running, distribution.Attempt{}, distribution.Placement{TenantID: "x"}); !errors.Is(err, distribution.ErrLost) {
		t.Errorf("a cancelled run placed: %v", err)
	}
	if row := f.row(d.AppID, f.eu); row.Delivery.State != distribution.Cancelled || row.InTenant {
		t.Errorf("row: %+v", row)
	}
}

func testRetrying(t *testing.T, f *flight) {
	_, d := f.sent("Sales", f.eu)
	d.NextTry, d.Cause, d.Tries = f.moment.Add(time.Minute), distribution.Busy, 1
	f.move(d, distribution.Retrying)
	if diff := cmp.Diff(job{f.eu, d.ID, 2, d.NextTry}, f.jobs.last(d.ID), cmp.AllowUnexported(job{})); diff != "" {
		t.Error(diff)
	}
	if _, err := f.LoadWork(f.ctx, d.ID, 1); !errors.Is(err, distribution.ErrLost) {
		t.Errorf("the job of before may run besides the new one: %v", err)
	}
}

func testSupersede(t *testing.T, f *flight) {
	app, old := f.sent("Sales", f.eu)
	f.ok(f.RequestDistribution(f.ctx, app))
	f.decide(func(s distribution.Situation) distribution.Plan {
		p := sendTo(f.eu)(s)
		p.Supersede = []string{old.ID}
		return p
	})
	now := f.row(app, f.eu).Delivery
	if now.ID == old.ID || now.State != distribution.Waiting {
		t.Errorf("current: %+v", now)
	}
	if _, err := f.LoadWork(f.ctx, old.ID, old.Ticket); !errors.Is(err, distribution.ErrLost) {
		t.Errorf("the older one goes on: %v", err)
	}
	detail, err := f.StatusDetail(f.ctx, app, f.eu)
	f.ok(err)
	if len(detail.Versions) != 1 || detail.Versions[0].State != distribution.Superseded || detail.Versions[0].Finished.IsZero() || detail.EventNote == "" {
		t.Errorf("detail: %+v", detail)
	}
}

func testBlocked(t *testing.T, f *flight) {
	app, old := f.sent("Sales", f.eu)
	old = f.move(f.move(old, distribution.Exporting), distribution.Uploading)
	old.ImportStarted = f.moment
	old = f.move(old, distribution.Importing)
	f.pass(time.Minute)
	f.ok(f.RequestDistribution(f.ctx, app))
	f.decide(sendTo(f.eu))
	now := f.row(app, f.eu).Delivery
	blocked := func(settled time.Time, want bool) {
		t.Helper()
		w, err := f.LoadWork(f.ctx, now.ID, now.Ticket)
		f.ok(err)
		got, err := f.Overtake(f.ctx, now, settled)
		f.ok(err)
		if !w.Older || got != want {
			t.Errorf("older %v, blocked %v", w.Older, got)
		}
	}
	blocked(f.moment, true) // a run is at its import
	if w, err := f.LoadWork(f.ctx, old.ID, 1); err != nil || w.Older {
		t.Errorf("the older one: %v, older %v", err, w.Older)
	}
	old.NextTry, old.Cause, old.Stage = f.moment.Add(time.Hour), distribution.OutcomeUnknown, distribution.Importing
	old = f.move(old, distribution.Retrying)
	blocked(old.ImportStarted.Add(-time.Second), true) // its outcome may still show
	if _, err := f.Overtake(f.ctx, distribution.Delivery{ID: now.ID, Ticket: 99}, f.moment); !errors.Is(err, distribution.ErrLost) {
		t.Errorf("overtaken by a run that has lost: %v", err)
	}
	blocked(old.ImportStarted, false)
	w, err := f.LoadWork(f.ctx, now.ID, now.Ticket)
	f.ok(err)
	if w.Older || len(w.Strays) != 1 || w.Strays[0].DeliveryID != old.ID || !w.Strays[0].Since.Equal(old.ImportStarted) {
		t.Errorf("older %v, strays %+v", w.Older, w.Strays)
	}
	if !w.Delivery.Overdue {
		t.Error("the work of the one that was overtaken was in vain, and that of the next may be, too")
	}
	if _, err := f.LoadWork(f.ctx, old.ID, 2); !errors.Is(err, distribution.ErrLost) {
		t.Errorf("the older one goes on: %v", err)
	}
}

// testOutcome keeps what the next run needs to see what has come about.
func testOutcome(t *testing.T, f *flight) {
	_, a := f.sent("Sales", f.eu)
	b := f.app("Sales")
	f.decide(sendTo(f.eu))
	held := func(of distribution.Delivery, want bool) {
		t.Helper()
		got, err := f.HeldByOther(f.ctx, of, "T", "remote")
		f.ok(err)
		if got != want {
			t.Errorf("held by another app: %v", got)
		}
	}
	other := f.row(b, f.eu).Delivery
	other.SentName = "Sales"
	held(other, false)
	a.ImportStarted, a.SentName, a.Cause = f.moment, "Sales", distribution.OutcomeUnknown
	a.Before = []distribution.Mark{{App: tenant.App{ID: "remote", Modified: f.moment}, Size: 7}}
	a.Naming = &distribution.Naming{At: f.moment, Name: "Sales", Description: "all"}
	f.move(a, distribution.Retrying)
	held(other, true)
	held(a, false)
	got := f.row(a.AppID, f.eu).Delivery
	if diff := cmp.Diff(a.Before, got.Before); diff != "" || got.Naming == nil || *got.Naming != *a.Naming {
		t.Errorf("%s, naming %+v", diff, got.Naming)
	}
	got.Before, got.Naming, got.Intermediate = []distribution.Mark{}, nil, "remote"
	got = f.move(got, distribution.Placing)
	f.ok(f.Place(f.ctx, got, distribution.Attempt{}, distribution.Placement{TenantID: "T", RemoteID: "remote"}))
	held(other, true)
	if ids, err := f.Imported(f.ctx, got); err != nil || len(ids) != 1 || ids[0] != "remote" {
		t.Errorf("imported %v, %v", ids, err)
	}
	if got = f.row(a.AppID, f.eu).Delivery; got.Before == nil || len(got.Before) > 0 || got.Naming != nil {
		t.Errorf("before %#v, naming %+v: nothing was there, which is not the same as nobody looked", got.Before, got.Naming)
	}
}

// testPausedSince looks again at a paused delivery, which finds it as it was, and then for another cause.
func testPausedSince(t *testing.T, f *flight) {
	app, d := f.sent("Sales", f.eu)
	paused := f.moment
	for i, cause := range []distribution.Cause{distribution.NameTaken, distribution.NameTaken, distribution.SpaceMissing} {
		d.Cause, d.NextTry = cause, f.moment.Add(time.Minute)
		f.move(d, distribution.Paused)
		d = f.row(app, f.eu).Delivery
		if want := paused.Add(time.Duration(i/2) * 2 * time.Minute); !d.Changed.Equal(want) {
			t.Errorf("look %d: since %s, want %s", i, d.Changed, want)
		}
		f.pass(time.Minute)
	}
}

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

func testPages(t *testing.T, f *flight) {
	const apps = 450
	for range apps {
		f.app("App")
	}
	f.jobs.events = nil
	f.ok(f.SetDeploymentDisabled(f.ctx, f.us, true))
	f.ok(f.SetDeploymentDisabled(f.ctx, f.us, false))
	if len(f.jobs.events) != 1 {
		t.Fatalf("%d events", len(f.jobs.events))
	}
	id := f.jobs.events[0]
	seen := map[string]int{}
	pages := 0
	for more := true; more; pages++ {
		var err error
		more, err = f.DecideEvent(f.ctx, id, func(s distribution.Situation) distribution.Plan {
			seen[s.AppID]++
			if len(s.Deployments) != 2 || s.App == nil {
				t.Errorf("situation: %+v", s)
			}
			return sendTo(f.eu)(s)
		})
		f.ok(err)
		if pages == 0 {
			f.reopen() // a crash between two pages
		}
	}
	if pages != 3 || len(seen) != apps {
		t.Errorf("%d pages, %d apps", pages, len(seen))
	}
	for app, n := range seen {
		if n != 1 {
			t.Errorf("app %s was decided %d times", app, n)
		}
	}
	if more, err := f.DecideEvent(f.ctx, id, nil); more || err != nil {
		t.Errorf("a decided event: %v %v", more, err)
	}
	page, err := f.StatusPage(f.ctx, distribution.StatusFilter{})
	f.ok(err)
	if page.Total != apps || page.Counts[distribution.TabWaiting] != apps {
		t.Errorf("counts: %v", page.Counts)
	}
}

func testPlanPanics(t *testing.T, f *flight) {
	app, d := f.sent("Sales", f.eu)
	f.ok(f.RequestDistribution(f.ctx, app))
	id := f.jobs.events[0]
	_, err := f.DecideEvent(f.ctx, id, func(s distribution.Situation) distribution.Plan {
		p := sendTo(f.eu)(s)
		p.Cancel = []distribution.Cancellation{{DeliveryID: "unknown"}}
		p.Supersede = []string{d.ID}
		return p
	})
	if err == nil {
		t.Fatal("decided")
	}
	if now := f.row(app, f.eu).Delivery; now.ID != d.ID || now.State != distribution.Waiting {
		t.Errorf("half decided: %+v", now)
	}
	f.decide(sendTo())
}

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
