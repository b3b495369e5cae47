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
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/library"
)

// restricted is a file that the sandbox takes for an app with section access.
func (w *world) restricted() *bytes.Buffer {
	w.Helper()
	payload := make([]byte, 2*chunk)
	_, err := rand.Read(payload)
	w.ok(err)
	var file bytes.Buffer
	w.ok(library.WriteQVF(&file, "whatever", time.Now().Truncate(time.Second), append([]byte("section access;"), payload...)))
	return &file
}

// publishRestricted makes an app with section access and publishes it.
func (w *world) publishRestricted(name, stream string) site.App {
	w.Helper()
	app, err := w.library.Upload(w.ctx, name+".qvf", w.restricted(), owner)
	w.ok(err)
	w.ok(w.store.PublishApp(w.ctx, app.ID, stream, name))
	return w.app(app.ID)
}

func (w *world) admits(id string, a deployment.Admission) {
	w.Helper()
	d, err := w.store.Deployment(w.ctx, id)
	w.ok(err)
	d.Admission = a
	w.ok(w.store.UpdateDeployment(w.ctx, d, "", nil))
	w.decided()
}

// heldRow waits until the app is held for its section access.
func (w *world) heldRow(app, dep string) distribution.StatusRow {
	w.Helper()
	row := w.row(app, dep, distribution.Paused)
	if row.Delivery.Cause != distribution.AccessHeld || row.Delivery.SectionAccess != site.HasSectionAccess {
		w.Fatalf("delivery %+v", row.Delivery)
	}
	return row
}

// releases asks again while the run of a console that died is repeated.
func (w *world) releases(row distribution.StatusRow) {
	w.Helper()
	w.until(func() (bool, string) {
		n, err := w.store.ReleaseAccess(w.ctx, []string{row.Delivery.ID})
		w.ok(err)
		return n == 1, "nothing was released"
	})
}

// landings runs a test for staged apps and for those in a managed space.
func landings(t *testing.T, test func(w *world, c *cloud, dep string)) {
	for name, set := range map[string]func(*world) (*cloud, string){
		"staged":  func(w *world) (*cloud, string) { return w.bearer("eu") },
		"managed": func(w *world) (*cloud, string) { return w.credentials("eu", "Landing") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c, dep := set(w)
			w.policy("")
			test(w, c, dep)
		})
	}
}

// seen are the names of the apps that somebody besides admins may see: those in a space that is not the transit.
func (c *cloud) seen() (names []string) {
	c.Helper()
	var spaces struct{ Data []struct{ ID, Name string } }
	c.get("/api/v1/spaces?limit=100", &spaces)
	for _, app := range c.apps() {
		for _, s := range spaces.Data {
			if app.SpaceID == s.ID && s.Name != deployment.TransitSpace {
				names = append(names, app.Name)
			}
		}
	}
	return names
}

func TestSectionAccessIsHeldUntilReleased(t *testing.T) {
	t.Parallel()
	landings(t, func(w *world, c *cloud, dep string) {
		app := w.publishRestricted("Payroll", w.stream("HR"))
		w.heldRow(app.ID, dep)
		w.crash()
		row := w.heldRow(app.ID, dep)
		if names := c.seen(); len(names) > 0 || len(c.apps()) != 1 {
			w.Fatalf("users see %v, the tenant has %+v", names, c.apps())
		}
		if row.InTenant || !strings.Contains(row.Delivery.Message, `deployment "eu" holds`) {
			w.Errorf("row %+v", row)
		}
		w.releases(row)
		row = w.arrived(app.ID, dep)
		c.sent(app.Size)
		c.only()
		if row.Placement.SectionAccess != site.HasSectionAccess {
			w.Errorf("placement %+v", row.Placement)
		}
		w.ok(w.library.Replace(w.ctx, app.ID, w.restricted())) // a later version needs nobody
		w.arrived(app.ID, dep)
		w.replace(app.ID, 1) // without section access the release ends
		if row = w.arrived(app.ID, dep); row.Placement.SectionAccess != site.NoSectionAccess {
			w.Errorf("placement %+v", row.Placement)
		}
		w.ok(w.library.Replace(w.ctx, app.ID, w.restricted()))
		w.heldRow(app.ID, dep)
	})
}

// TestRepublishWithSectionAccessIsHeld: users keep the copy that they have while the new one is held.
func TestRepublishWithSectionAccessIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, us := w.credentials("us", "Landing")
	w.policy("")
	app := w.publish("Sales", w.stream("Finance"), 1)
	before := w.arrived(app.ID, us)
	w.ok(w.library.Replace(w.ctx, app.ID, w.restricted()))
	held := w.heldRow(app.ID, us)
	if c.sum(before.Placement.RemoteID) != app.SHA256 || !slices.Equal(c.seen(), []string{"Sales"}) {
		t.Errorf("users see %v of other data", c.seen())
	}
	w.ok(w.library.Replace(w.ctx, app.ID, w.qvf("x", 1))) // something newer without it takes its place
	after := w.arrived(app.ID, us)
	if after.Delivery.ID == held.Delivery.ID || after.Placement.RemoteID != before.Placement.RemoteID {
		t.Errorf("placement %+v", after.Placement)
	}
	c.only()
}

func TestSectionAccessIsNeverTaken(t *testing.T) {
	t.Parallel()
	landings(t, func(w *world, c *cloud, dep string) {
		w.admits(dep, deployment.Admission{SectionAccess: deployment.NeverAccess})
		app := w.publishRestricted("Payroll", w.stream("HR"))
		row := w.row(app.ID, dep, distribution.Failed)
		if row.Delivery.Cause != distribution.AccessNever || len(c.apps()) > 0 {
			w.Fatalf("delivery %+v, the tenant has %+v", row.Delivery, c.apps())
		}
		c.wire.bytes()
		w.ok(w.store.RequestDistribution(w.ctx, app.ID)) // what the import told is known now: nothing is sent again
		w.decided()
		w.row(app.ID, dep, distribution.Failed)
		c.sent(0)
		w.admits(dep, deployment.Admission{SectionAccess: deployment.SendAccess})
		w.arrived(app.ID, dep)
		c.only()
	})
}

func TestSectionAccessIsSentWhereTheDeploymentSaysSo(t *testing.T) {
	t.Parallel()
	landings(t, func(w *world, c *cloud, dep string) {
		w.admits(dep, deployment.Admission{SectionAccess: deployment.SendAccess})
		app := w.publishRestricted("Payroll", w.stream("HR"))
		if row := w.arrived(app.ID, dep); row.Placement.SectionAccess != site.HasSectionAccess {
			w.Errorf("placement %+v", row.Placement)
		}
		c.only()
	})
}

// TestNeverEndsWhatIsHeld: the setting is changed while an app waits.
func TestNeverEndsWhatIsHeld(t *testing.T) {
	t.Parallel()
	landings(t, func(w *world, c *cloud, dep string) {
		app := w.publishRestricted("Payroll", w.stream("HR"))
		w.heldRow(app.ID, dep)
		w.admits(dep, deployment.Admission{SectionAccess: deployment.NeverAccess})
		w.row(app.ID, dep, distribution.Failed)
		if all := c.apps(); len(all) > 0 {
			w.Errorf("the tenant has %+v", all)
		}
	})
}

// TestNeverDeletesNothingThatWasThere: a staged import replaces the copy that is there, and that stays.
func TestNeverDeletesNothingThatWasThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	w.policy("")
	w.admits(eu, deployment.Admission{SectionAccess: deployment.NeverAccess})
	app := w.publish("Sales", w.stream("Finance"), 1)
	before := w.arrived(app.ID, eu)
	w.ok(w.library.Replace(w.ctx, app.ID, w.restricted()))
	row := w.row(app.ID, eu, distribution.Failed)
	if c.only().ID != before.Placement.RemoteID || !strings.Contains(row.Delivery.Message, "has replaced the tenant's copy") {
		t.Errorf("delivery %+v, the tenant has %+v", row.Delivery, c.apps())
	}
}

func TestTooLargeAppWaitsForTheLimit(t *testing.T) {
	t.Parallel()
	landings(t, func(w *world, c *cloud, dep string) {
		exports := 0
		w.export = func() { exports++ }
		w.admits(dep, deployment.Admission{LargestApp: 1000})
		app := w.publish("Sales", w.stream("Finance"), 2)
		row := w.row(app.ID, dep, distribution.Paused)
		if row.Delivery.Cause != distribution.OverLimit || !strings.Contains(row.Delivery.Message, "1 kB") || exports > 0 {
			w.Errorf("%d exports, delivery %+v", exports, row.Delivery)
		}
		d, err := w.store.Deployment(w.ctx, dep)
		w.ok(err)
		if said := row.Delivery.Message + row.Delivery.Remedy(d); strings.Count(said, "Nothing was sent") != 1 {
			w.Errorf("told twice, or not at all: %s", said)
		}
		c.sent(0)
		if n := c.wire.count(http.MethodPost, "/temp-contents"); n > 0 {
			w.Errorf("%d uploads were begun", n)
		}
		w.crash()
		w.row(app.ID, dep, distribution.Paused)
		w.admits(dep, deployment.Admission{LargestApp: app.Size})
		w.arrived(app.ID, dep)
		c.sent(app.Size)
	})
}

func TestMemoryBeyondTheQuotaIsAWarning(t *testing.T) {
	t.Parallel()
	landings(t, func(w *world, c *cloud, dep string) {
		c.do(http.MethodPut, "/sandbox/v1/plan", map[string]any{"plan": "Starter", "appMemoryBytes": 5000}, nil)
		app := w.publish("Sales", w.stream("Finance"), 1)
		row := w.arrived(app.ID, dep)
		warned := slices.ContainsFunc(row.Placement.Warnings, func(s string) bool { return strings.Contains(s, "the tenant allows 5 kB: it may not open") })
		if !warned || row.Placement.Memory != 4*app.Size || row.Placement.MemoryLimit != 5000 {
			w.Errorf("placement %+v", row.Placement)
		}
	})
}
