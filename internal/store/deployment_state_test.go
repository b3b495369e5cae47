package store_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
)

func testPauses(t *testing.T, f *flight) {
	_, waiting := f.sent("Waiting", f.eu)
	_, running := f.sent("Running", f.eu)
	_, other := f.sent("Other", f.us)
	running = f.move(running, distribution.Exporting)
	state := func(d distribution.Delivery) distribution.Delivery { return f.row(d.AppID, d.DeploymentID).Delivery }
	f.ok(f.PauseDeployment(f.ctx, f.eu, deployment.Pause{Reason: "maintenance"}))
	f.ok(f.PauseDeployment(f.ctx, f.eu, deployment.Pause{Reason: "again", Cause: "token-refused"}))
	if d := state(waiting); d.State != distribution.Paused || d.Cause != distribution.PausedByAdmin || d.Message != "maintenance" {
		t.Errorf("waiting: %+v", d)
	}
	if w, err := f.LoadWork(f.ctx, running.ID, running.Ticket); err != nil || w.Deployment.Pause == nil || w.Deployment.Pause.By != "ada" {
		t.Errorf("a running one sees no pause: %+v %v", w.Deployment.Pause, err)
	}
	f.ok(f.PauseAll(f.ctx, deployment.Pause{Reason: "move"}))
	if d := state(other); d.Cause != distribution.PausedAllByAdmin {
		t.Errorf("other: %+v", d)
	}
	f.reopen() // a pause survives
	f.ok(f.EndPause(f.ctx, f.eu, distribution.TokenRefused))
	if d, err := f.Deployment(f.ctx, f.eu); err != nil || d.Pause == nil {
		t.Errorf("a pause that somebody made ended by itself: %v", err)
	}
	f.ok(f.ResumeDeployment(f.ctx, f.eu))
	if d := state(waiting); d.State != distribution.Paused || d.Cause != distribution.PausedAllByAdmin || d.Message != "move" {
		t.Errorf("held by the other pause: %+v", d)
	}
	if n, err := f.Retry(f.ctx, []string{waiting.ID}); err != nil || n != 0 {
		t.Errorf("retried through a pause: %d %v", n, err)
	}
	f.ok(f.PauseDeployment(f.ctx, f.us, deployment.Pause{Reason: "us too", Cause: string(distribution.TokenRefused)}))
	f.ok(f.ResumeAll(f.ctx))
	if d := state(waiting); d.State != distribution.Waiting || f.jobs.last(d.ID).ticket != d.Ticket {
		t.Errorf("resumed: %+v, job %+v", d, f.jobs.last(d.ID))
	}
	if d := state(other); d.State != distribution.Paused || d.Cause != distribution.TokenRefused {
		t.Errorf("held by its own pause: %+v", d)
	}
	f.ok(f.EndPause(f.ctx, f.us, distribution.TokenRefused))
	if d := state(other); d.State != distribution.Waiting || f.jobs.last(d.ID).ticket != d.Ticket {
		t.Errorf("accepted again: %+v, job %+v", d, f.jobs.last(d.ID))
	}
	if p, err := f.PausedAll(f.ctx); p != nil || err != nil {
		t.Errorf("all: %+v %v", p, err)
	}
	history, err := f.History(f.ctx, "deployment", f.eu)
	f.ok(err)
	var actions []string
	for _, r := range history {
		actions = append(actions, r.Action)
	}
	if diff := cmp.Diff([]string{"resumed", "paused", "created"}, actions); diff != "" {
		t.Error(diff)
	}
}

func testSavePaused(t *testing.T, f *flight) {
	_, d := f.sent("Refused", f.eu)
	_, next := f.sent("Next", f.eu)
	attempt := distribution.Attempt{DeliveryID: d.ID, Number: 1, Started: f.moment, Ended: f.moment, Status: 401, Error: "refused"}
	pause := deployment.Pause{Reason: "refused", By: "Skyferry", Cause: string(distribution.TokenRefused)}
	d.State, d.Cause, d.Message, d.Status = distribution.Paused, distribution.TokenRefused, "refused", 401
	f.ok(f.SavePaused(f.ctx, d, attempt, pause))
	detail, err := f.StatusDetail(f.ctx, d.AppID, f.eu)
	f.ok(err)
	if now := detail.Row.Delivery; now.State != distribution.Paused || now.Status != 401 || len(detail.Attempts) != 1 || detail.Attempts[0].Status != 401 {
		t.Errorf("delivery %+v, attempts %+v", now, detail.Attempts)
	}
	if now := f.row(next.AppID, f.eu).Delivery; now.State != distribution.Paused || now.Cause != distribution.TokenRefused {
		t.Errorf("the next one: %+v", now)
	}
	f.ok(f.ResumeDeployment(f.ctx, f.eu))
	if err := f.SavePaused(f.ctx, d, attempt, pause); !errors.Is(err, distribution.ErrLost) {
		t.Errorf("a run that has lost its delivery: %v", err)
	}
	if now, err := f.Deployment(f.ctx, f.eu); err != nil || now.Pause != nil {
		t.Errorf("it paused the deployment: %+v, %v", now.Pause, err)
	}
}

func testDisable(t *testing.T, f *flight) {
	placed, d := f.sent("Placed", f.eu)
	f.place(d)
	_, open := f.sent("Open", f.eu)
	_, bad := f.sent("Bad", f.eu)
	f.fail(bad, distribution.TooLarge)
	c, err := f.Consequences(f.ctx, f.eu)
	f.ok(err)
	if c.Waiting != 1 || c.Running != 0 || c.InTenant != 1 || c.Left != 0 {
		t.Errorf("consequences: %+v", c)
	}
	f.ok(f.SetDeploymentDisabled(f.ctx, f.eu, true))
	if d := f.row(open.AppID, f.eu).Delivery; d.State != distribution.Cancelled || d.Message != `deployment "eu" was disabled` {
		t.Errorf("open: %+v", d)
	}
	if d := f.row(bad.AppID, f.eu).Delivery; d.State != distribution.Superseded {
		t.Errorf("failed: %+v", d)
	}
	if row := f.row(placed, f.eu); row.Shown != distribution.LeftInTenant {
		t.Errorf("placed: %+v", row)
	}
}

func testDelete(t *testing.T, f *flight) {
	placed, d := f.sent("Placed", f.eu)
	f.place(d)
	gone, open := f.sent("Open", f.eu)
	f.ok(f.DeleteDeployment(f.ctx, f.eu))
	if _, err := f.LoadWork(f.ctx, open.ID, open.Ticket); !errors.Is(err, distribution.ErrLost) {
		t.Errorf("open: %v", err)
	}
	if _, err := f.StatusRow(f.ctx, gone, f.eu); !fault.Is(err, fault.NotFound) {
		t.Errorf("a line without anything in the tenant: %v", err)
	}
	page, err := f.StatusPage(f.ctx, distribution.StatusFilter{Tab: distribution.TabLeft})
	f.ok(err)
	if len(page.Rows) != 1 || page.Total != 1 || page.Rows[0].Deployment.Name != "eu" || page.Rows[0].Deployment.Host != "eu.example.com" ||
		page.Rows[0].Delivery.ID != "" || page.Rows[0].Delivery.AppName != "Placed" || page.Rows[0].Placement == nil {
		t.Fatalf("page: %+v", page)
	}
	again := f.deployment("eu2")
	f.decide(only(placed, sendTo(again)))
	next := f.row(placed, again).Delivery
	f.ok(f.BindTenant(f.ctx, again, tenantOf(f.eu)))
	w, err := f.LoadWork(f.ctx, next.ID, next.Ticket)
	f.ok(err)
	if w.Placement == nil {
		t.Error("the placement in the same tenant is not known to the new deployment")
	}
	if page, err = f.StatusPage(f.ctx, distribution.StatusFilter{}); err != nil || page.Total != 1 || page.Rows[0].Deployment.Name != "eu2" {
		t.Errorf("after the new deployment: %+v, %v", page, err)
	}
}

func testBind(t *testing.T, f *flight) {
	f.ok(f.BindTenant(f.ctx, f.eu, "one"))
	f.ok(f.BindTenant(f.ctx, f.eu, "one"))
	for _, err := range []error{f.BindTenant(f.ctx, f.us, "one"), f.BindTenant(f.ctx, f.eu, "two")} {
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("bound: %v", err)
		}
	}
}
