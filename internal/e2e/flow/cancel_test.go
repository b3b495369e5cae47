package flow

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/faults"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/library"
	"github.com/skyferry/skyferry/internal/store"
)

// stops are what a person may do in the middle of an import, and what is said of what it made then.
var stops = map[string]struct {
	do    func(w *world, app, dep string) error
	why   string
	cause distribution.Cause
	after func(w *world, app, dep string) error // sends the app again
}{
	"cancelled": {
		func(w *world, app, dep string) error {
			row, err := w.store.StatusRow(w.ctx, app, dep)
			w.ok(err)
			_, looked, err := w.store.Cancel(w.ctx, []string{row.Delivery.ID})
			if looked != 1 {
				w.Errorf("%d deliveries are looked up", looked)
			}
			return err
		}, "cancelled by ada", distribution.CancelledByAdmin,
		func(w *world, app, _ string) error { return w.store.RequestDistribution(w.ctx, app) },
	},
	"disabled": {
		func(w *world, _, dep string) error { return w.store.SetDeploymentDisabled(w.ctx, dep, true) },
		`deployment "eu" was disabled`, distribution.NotWanted,
		func(w *world, _, dep string) error { return w.store.SetDeploymentDisabled(w.ctx, dep, false) },
	},
}

// TestStopInTheMiddleOfAnImport stops a delivery by hand while its import, or its publish, is under way in the tenant, which completes
// it after the gateway gave up. What users of the tenant can see then is told; what they cannot see is removed; nothing more is sent.
func TestStopInTheMiddleOfAnImport(t *testing.T) {
	t.Parallel()
	for name, stop := range stops {
		for at, test := range map[string]struct {
			auth     deployment.Auth
			endpoint string
			left     bool
		}{
			"import of a staged app": {deployment.LocalBearer, "import", true}, "import for a managed space": {deployment.ClientCredentials, "import", false},
			"publish": {deployment.ClientCredentials, "publish", true},
		} {
			t.Run(name+"/"+at, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				c, eu := w.deployment(test.auth)
				w.policy("")
				c.lay(faults.Fault{Kind: faults.LateImport, Endpoint: test.endpoint, Wait: 0.4})
				gate := c.after(http.MethodPost, "/"+test.endpoint)
				app := w.publish("Sales", w.stream("Finance"), 1)
				w.await(gate)
				w.decided()
				w.ok(stop.do(w, app.ID, eu))
				before := c.wire.sending()
				gate.open()
				row := w.row(app.ID, eu, distribution.Cancelled, distribution.LeftInTenant)
				if d := row.Delivery; d.State != distribution.Cancelled || d.Cause != stop.cause || d.Message != stop.why {
					t.Errorf("the delivery is %s: %s %q", d.State, d.Cause, d.Message)
				}
				w.idle(eu)
				if sent := c.wire.sending()[len(before):]; len(sent) > 0 {
					t.Errorf("sent after the stop: %v", sent)
				}
				if test.left {
					if p := row.Placement; p == nil || p.RemoteID != c.only().ID || p.LeftWhy != stop.why || p.SHA256 != c.sum(p.RemoteID) || !p.Version.Equal(app.DataVersion()) {
						t.Errorf("the tenant has %+v, told is %+v", c.only(), p)
					}
				} else if len(c.apps()) > 0 || row.Placement != nil {
					t.Errorf("the tenant has %+v, told is %+v", c.apps(), row.Placement)
				}
				w.ok(stop.after(w, app.ID, eu))
				w.arrived(app.ID, eu)
				c.only()
			})
		}
	}
}

// sending gives the calls that bring something to a tenant: all but reads, sign-ins and removals.
func (n *wire) sending() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(n.calls), func(call string) bool {
		return slices.ContainsFunc([]string{"GET ", "HEAD ", "DELETE ", "POST /oauth/"}, func(read string) bool { return strings.HasPrefix(call, read) })
	})
}

// TestCancelledRefreshIsNotLeft cancels a refresh whose import comes about all the same: the app stays one that is kept up to date,
// and what is told of it is its new data.
func TestCancelledRefreshIsNotLeft(t *testing.T) {
	t.Parallel()
	for _, auth := range []deployment.Auth{deployment.LocalBearer, deployment.ClientCredentials} {
		t.Run(string(auth), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c, eu := w.deployment(auth)
			w.policy("")
			app := w.publish("Sales", w.stream("Finance"), 1)
			first := w.arrived(app.ID, eu)
			endpoint, method := "import", http.MethodPost
			if auth == deployment.ClientCredentials {
				endpoint, method = "publish", http.MethodPut
			}
			c.lay(faults.Fault{Kind: faults.LateImport, Endpoint: endpoint, Wait: 0.4})
			gate := c.after(method, "/"+endpoint)
			w.reload(app.ID, 1)
			w.await(gate)
			w.decided()
			w.ok(stops["cancelled"].do(w, app.ID, eu))
			gate.open()
			row := w.row(app.ID, eu, distribution.Cancelled)
			if p := row.Placement; p == nil || !p.Left.IsZero() || p.RemoteID != first.Placement.RemoteID || p.SHA256 != c.sum(p.RemoteID) || row.Behind != 0 {
				t.Errorf("told is %+v, behind by %s", p, row.Behind)
			}
			w.reload(app.ID, 1)
			w.arrived(app.ID, eu)
			c.only()
		})
	}
}

// TestDeletedInTheMiddleOfAnImport deletes a deployment whose delivery is at its import: nobody can look what that made, so the
// question before it and the record of it name the app.
func TestDeletedInTheMiddleOfAnImport(t *testing.T) {
	t.Parallel()
	for _, auth := range []deployment.Auth{deployment.LocalBearer, deployment.ClientCredentials} {
		t.Run(string(auth), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c, eu := w.deployment(auth)
			w.policy("")
			gate := c.after(http.MethodPost, "/import")
			app := w.publish("Sales", w.stream("Finance"), 1)
			w.await(gate)
			w.decided()
			asked, err := w.store.Consequences(w.ctx, eu)
			w.ok(err)
			w.ok(w.store.DeleteDeployment(w.ctx, eu))
			gate.open()
			audit, err := w.store.Audit(w.ctx, store.AuditFilter{Limit: 1})
			w.ok(err)
			said := audit.Rows[0].Changes[0]
			if r := audit.Rows[0]; r.Action != "deleted" || said.Field != "May be in the tenant" || len(asked.Begun) != 1 || said.After != asked.Begun[0] {
				t.Errorf("asked %v, recorded %+v", asked.Begun, r)
			}
			w.until(func() (bool, string) { return len(c.apps()) == 1, "the tenant has no app" })
			remote := c.only()
			if !strings.Contains(said.After, `"Sales"`) || !strings.Contains(said.After, remote.ID) && !strings.Contains(said.After, remote.Name) {
				t.Errorf("the tenant has %+v, and it is told as %s of %s", remote, said.After, app.ID)
			}
		})
	}
}

// reload gives an app data of a later reload.
func (w *world) reload(id string, chunks int) site.App {
	w.Helper()
	payload := make([]byte, chunks*chunk-600)
	_, err := rand.Read(payload)
	w.ok(err)
	var file bytes.Buffer
	w.ok(library.WriteQVF(&file, "whatever", w.app(id).LastReload.Add(time.Minute), payload))
	w.ok(w.library.Replace(w.ctx, id, &file))
	return w.app(id)
}
