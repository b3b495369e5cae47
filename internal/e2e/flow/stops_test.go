package flow

import (
	"net/http"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
)

func TestPolicyThatEndsWhileUploading(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	p := w.policy("")
	gate := c.after(http.MethodPatch, "/temp-contents")
	app := w.publish("Sales", w.stream("Finance"), 1) // the last part is there, the import comes next
	w.await(gate)
	p.Disabled = true
	w.ok(w.store.UpdatePolicy(w.ctx, p))
	gate.open()
	row := w.row(app.ID, eu, distribution.Cancelled)
	if row.Delivery.Cause != distribution.NotWanted || row.InTenant {
		t.Errorf("row %+v", row)
	}
	w.idle(eu)
	if n := c.wire.count(http.MethodPost, "/import"); n > 0 || len(c.apps()) > 0 {
		t.Errorf("%d imports", n)
	}
}

// idle waits until no job of a deployment runs or waits to run now.
func (w *world) idle(dep string) {
	w.Helper()
	w.until(func() (bool, string) {
		var n int
		w.ok(w.store.Writer().QueryRow(`SELECT COUNT(*) FROM river_job WHERE queue = ? AND state IN ('available', 'running')`, "deployment-"+dep).Scan(&n))
		return n == 0, "jobs are under way"
	})
}

func TestPauseInTheMiddleOfAnUpload(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ pause, resume func(*world, string) error }{
		"one deployment": {
			func(w *world, id string) error {
				return w.store.PauseDeployment(w.ctx, id, deployment.Pause{Reason: "maintenance", By: "ada"})
			},
			func(w *world, id string) error { return w.store.ResumeDeployment(w.ctx, id) },
		},
		"all distribution": {
			func(w *world, _ string) error { return w.store.PauseAll(w.ctx, deployment.Pause{Reason: "move"}) },
			func(w *world, _ string) error { return w.store.ResumeAll(w.ctx) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c, eu := w.bearer("eu")
			w.policy("")
			gate := c.before(http.MethodPatch, "/temp-contents")
			app := w.publish("Sales", w.stream("Finance"), 5)
			w.await(gate)
			w.ok(test.pause(w, eu))
			gate.open()
			row := w.row(app.ID, eu, distribution.Paused)
			if got := c.wire.bytes(); got != chunk || row.Delivery.Uploaded != chunk || row.Delivery.Stage != distribution.Uploading {
				t.Errorf("%d bytes were sent; delivery %+v", got, row.Delivery)
			}
			w.idle(eu)
			w.crash() // a pause survives
			w.idle(eu)
			w.row(app.ID, eu, distribution.Paused)
			c.sent(0)
			w.ok(test.resume(w, eu))
			w.arrived(app.ID, eu)
			c.sent(app.Size - chunk)
			c.only()
		})
	}
}

func TestCancelInTheMiddleOfAnUpload(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	w.policy("")
	gate := c.before(http.MethodPatch, "/temp-contents")
	app := w.publish("Sales", w.stream("Finance"), 5)
	w.await(gate)
	n, _, err := w.store.Cancel(w.ctx, []string{w.row(app.ID, eu, distribution.Uploading).Delivery.ID})
	w.ok(err)
	gate.open()
	row := w.row(app.ID, eu, distribution.Cancelled)
	w.idle(eu)
	if n != 1 || row.Delivery.Cause != distribution.CancelledByAdmin || c.wire.bytes() != chunk || len(c.apps()) != 0 {
		t.Errorf("%d cancelled; row %+v", n, row)
	}
	w.ok(w.store.RequestDistribution(w.ctx, app.ID))
	w.arrived(app.ID, eu)
	c.only()
}

func TestNewerVersionTakesThePlaceOfAnUpload(t *testing.T) {
	t.Parallel()
	for _, auth := range []deployment.Auth{deployment.LocalBearer, deployment.ClientCredentials} {
		t.Run(string(auth), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c, eu := w.deployment(auth)
			w.policy("")
			gate := c.before(http.MethodPatch, "/temp-contents")
			app := w.publish("Sales", w.stream("Finance"), 4)
			w.await(gate)
			old := w.row(app.ID, eu, distribution.Uploading).Delivery.ID
			w.replace(app.ID, 2)
			w.decided()
			gate.open()
			w.arrived(app.ID, eu)
			detail, err := w.store.StatusDetail(w.ctx, app.ID, eu)
			w.ok(err)
			if len(detail.Versions) != 1 || detail.Versions[0].ID != old || detail.Versions[0].State != distribution.Superseded {
				t.Errorf("versions %+v", detail.Versions)
			}
			if n := c.wire.count(http.MethodPost, "/import"); n != 1 {
				t.Errorf("%d imports", n)
			}
			c.only()
		})
	}
}

func TestNewerVersionWaitsForAnImport(t *testing.T) {
	t.Parallel()
	for _, auth := range []deployment.Auth{deployment.LocalBearer, deployment.ClientCredentials} {
		for name, cancel := range map[string]bool{"": false, " that is cancelled": true} {
			t.Run(string(auth)+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				c, eu := w.deployment(auth)
				w.policy("")
				gate := c.after(http.MethodPost, "/import")
				app := w.publish("Sales", w.stream("Finance"), 1)
				w.await(gate)
				old := w.row(app.ID, eu, distribution.Importing).Delivery.ID
				w.replace(app.ID, 2)
				w.decided()
				w.until(func() (bool, string) {
					row, err := w.store.StatusRow(w.ctx, app.ID, eu)
					w.ok(err)
					return strings.Contains(row.Delivery.Message, "goes first"), "it does not say what it waits for: " + row.Delivery.Message
				})
				if cancel {
					_, _, err := w.store.Cancel(w.ctx, []string{old})
					w.ok(err)
				}
				gate.open()
				w.arrived(app.ID, eu)
				w.idle(eu)
				c.only()
			})
		}
	}
}

func TestCancelledImportLeavesNothingDouble(t *testing.T) {
	t.Parallel()
	for name, at := range map[string][2]string{
		"import": {"POST", "/import"}, "publish": {"POST", "/publish"}, "read-back": {"GET", "/api/v1/apps/"}, "space": {"POST", "/spaces"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c, us := w.credentials("us", "Landing")
			w.policy("")
			gate := c.after(at[0], at[1])
			app := w.publish("Sales", w.stream("Finance"), 1)
			w.await(gate)
			_, _, err := w.store.Cancel(w.ctx, []string{w.row(app.ID, us, distribution.Uploading, distribution.Importing, distribution.Placing).Delivery.ID})
			w.ok(err)
			gate.open()
			w.row(app.ID, us, distribution.Cancelled, distribution.LeftInTenant)
			w.ok(w.store.RequestDistribution(w.ctx, app.ID))
			w.arrived(app.ID, us)
			w.idle(us)
			c.only()
		})
	}
}
