package store_test

import (
	"errors"
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
