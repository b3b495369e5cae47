package store_test

import (
	"fmt"
	"testing"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
)

func TestHoldsOnSQLite(t *testing.T) { testHolds(t, openOnSQLite) }

// testHolds is what every database must do with changes that bring many new apps.
func testHolds(t *testing.T, open storeOpener) {
	for name, test := range map[string]func(*testing.T, *flight){
		"many new apps of one cause are held":   testHeld,
		"released ones go":                      testReleased,
		"a pause keeps what is released":        testReleasedWhilePaused,
		"discarded ones are cancelled":          testDiscarded,
		"a newer version stays held":            testHeldOvertaken,
		"neither resume nor retry lets them go": testHeldStays,
		"one app goes, unless all are held":     testLimits,
		"what is moved in is held, too":         testMovedInHeld,
	} {
		t.Run(name, func(t *testing.T) { test(t, newFlight(t, open)) })
	}
}

// limit sets above how many new apps eu holds them.
func (f *flight) limit(above *int) {
	f.Helper()
	d, err := f.Deployment(f.ctx, f.eu)
	f.ok(err)
	d.HoldAbove = above
	f.ok(f.UpdateDeployment(f.ctx, d, "", nil))
	f.decide(sendTo())
}

// apply is somebody's Apply of a policy that the plan carries out.
func (f *flight) apply(plan planner) {
	f.Helper()
	_, err := f.CreatePolicy(f.ctx, policy.Policy{Name: fmt.Sprint("P", len(f.jobs.events), f.moment.UnixNano()), ResourceFilter: "App_*"})
	f.ok(err)
	f.decide(plan)
}

// heldApps publishes five apps, of which one is placed, and lets a policy send all of them where two may go unseen.
func (f *flight) heldApps() (apps []string, hold distribution.Hold) {
	f.Helper()
	placed, d := f.sent("Placed", f.eu)
	f.place(d)
	apps = []string{placed}
	for i := range 4 {
		apps = append(apps, f.app(fmt.Sprint("App ", i)))
	}
	f.decide(sendTo())
	f.limit(new(2))
	f.apply(sendTo(f.eu, f.us))
	holds, err := f.Holds(f.ctx)
	f.ok(err)
	if len(holds) != 1 {
		f.Fatalf("holds: %+v", holds)
	}
	return apps, holds[0]
}

func testMovedInHeld(t *testing.T, f *flight) {
	for i := range 3 {
		f.app(fmt.Sprint("App ", i))
	}
	f.decide(sendTo())
	f.limit(new(2))
	var rules []policy.Policy
	for i := range 7 {
		rules = append(rules, policy.Policy{Name: fmt.Sprint("Rule ", i), ResourceFilter: "App_*", Origin: fmt.Sprint("r", i)})
	}
	f.ok(f.MoveIn(f.ctx, rules))
	f.decide(sendTo(f.eu))
	holds, err := f.Holds(f.ctx)
	f.ok(err)
	if len(holds) != 1 || holds[0].Apps != 3 || holds[0].Note != `moved in: policy "Rule 0", policy "Rule 1", policy "Rule 2", policy "Rule 3", policy "Rule 4" and 2 more` {
		t.Errorf("holds: %+v", holds)
	}
}

func (f *flight) states(apps []string, deployment string) (states []distribution.State) {
	for _, app := range apps {
		states = append(states, f.row(app, deployment).Delivery.State)
	}
	return states
}

func testHeld(t *testing.T, f *flight) {
	apps, h := f.heldApps()
	if got := fmt.Sprint(f.states(apps, f.eu)); got != "[waiting paused paused paused paused]" {
		t.Errorf("eu: %s", got)
	}
	if got := fmt.Sprint(f.states(apps, f.us)); got != "[waiting waiting waiting waiting waiting]" {
		t.Errorf("us: %s", got)
	}
	if h.Apps != 4 || h.Deployment.Name != "eu" || h.Actor != "ada" {
		t.Errorf("hold: %+v", h)
	}
	if d := f.row(apps[1], f.eu).Delivery; d.Cause != distribution.HeldForReview || f.jobs.last(d.ID).delivery != "" {
		t.Errorf("a held delivery has a job: %+v", d)
	}
	f.reopen()
	if got := fmt.Sprint(f.states(apps, f.eu)); got != "[waiting paused paused paused paused]" {
		t.Errorf("after a restart: %s", got)
	}
}

func testReleased(t *testing.T, f *flight) {
	apps, h := f.heldApps()
	n, err := f.ReleaseHold(f.ctx, h.ID)
	f.ok(err)
	if got := fmt.Sprint(f.states(apps, f.eu)); n != 4 || got != "[waiting waiting waiting waiting waiting]" {
		t.Errorf("%d released: %s", n, got)
	}
	if d := f.row(apps[1], f.eu).Delivery; f.jobs.last(d.ID).delivery == "" {
		t.Error("a released delivery has no job")
	}
	if _, err := f.ReleaseHold(f.ctx, h.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("released twice: %v", err)
	}
}

func testReleasedWhilePaused(t *testing.T, f *flight) {
	apps, h := f.heldApps()
	f.ok(f.PauseDeployment(f.ctx, f.eu, deployment.Pause{Reason: "night"}))
	_, err := f.ReleaseHold(f.ctx, h.ID)
	f.ok(err)
	if d := f.row(apps[1], f.eu).Delivery; d.State != distribution.Paused || d.Cause != distribution.PausedByAdmin {
		t.Errorf("while paused: %+v", d)
	}
	f.ok(f.ResumeDeployment(f.ctx, f.eu))
	if got := f.row(apps[1], f.eu).Delivery.State; got != distribution.Waiting {
		t.Errorf("resumed: %s", got)
	}
}

func testDiscarded(t *testing.T, f *flight) {
	apps, h := f.heldApps()
	n, err := f.DiscardHold(f.ctx, h.ID)
	f.ok(err)
	if got := fmt.Sprint(f.states(apps, f.eu)); n != 4 || got != "[waiting cancelled cancelled cancelled cancelled]" {
		t.Errorf("%d discarded: %s", n, got)
	}
	records, err := f.History(f.ctx, "deployment", f.eu)
	f.ok(err)
	if records[0].Action != "discarded" || records[0].Changes[0].Before != "4" {
		t.Errorf("record: %+v", records[0])
	}
}

func testHeldOvertaken(t *testing.T, f *flight) {
	apps, h := f.heldApps()
	old := f.row(apps[1], f.eu).Delivery
	f.pass(1)
	f.ok(f.RequestDistribution(f.ctx, apps[1]))
	f.decide(func(s distribution.Situation) distribution.Plan {
		p := sendTo(f.eu)(s)
		p.Supersede = []string{old.ID}
		return p
	})
	now := f.row(apps[1], f.eu).Delivery
	if now.ID == old.ID || now.State != distribution.Paused || now.HoldID != h.ID {
		t.Errorf("the newer one: %+v", now)
	}
}

func testHeldStays(t *testing.T, f *flight) {
	apps, _ := f.heldApps()
	f.ok(f.PauseDeployment(f.ctx, f.eu, deployment.Pause{Reason: "night"}))
	f.ok(f.ResumeDeployment(f.ctx, f.eu))
	f.ok(f.PauseAll(f.ctx, deployment.Pause{Reason: "night"}))
	f.ok(f.ResumeAll(f.ctx))
	d := f.row(apps[1], f.eu).Delivery
	if n, err := f.Retry(f.ctx, []string{d.ID}); n != 0 || err != nil {
		t.Errorf("retried: %d %v", n, err)
	}
	if n, err := f.RetryCause(f.ctx, f.eu, distribution.HeldForReview); n != 0 || err != nil {
		t.Errorf("all retried: %d %v", n, err)
	}
	if got := fmt.Sprint(f.states(apps[1:], f.eu)); got != "[paused paused paused paused]" {
		t.Error(got)
	}
}

func testLimits(t *testing.T, f *flight) {
	f.limit(new(25))
	one := f.app("One")
	f.decide(only(one, sendTo(f.eu)))
	f.limit(new(0))
	two := f.app("Two")
	f.decide(only(two, sendTo(f.eu)))
	if got := fmt.Sprint(f.states([]string{one, two}, f.eu)); got != "[waiting paused]" {
		t.Error(got)
	}
	f.limit(nil)
	apps := []string{f.app("Three"), f.app("Four")}
	f.decide(sendTo())
	f.apply(sendTo(f.eu))
	if got := fmt.Sprint(f.states(apps, f.eu)); got != "[waiting waiting]" {
		t.Errorf("without a limit: %s", got)
	}
}
