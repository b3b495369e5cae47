package flow

import (
	"net/http"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/tenant"
)

// adopts links or marks the tenant's copy of an app, as an admin does on the page.
func (w *world) adopts(dep, app string, remote remoteApp, mark bool) {
	w.Helper()
	c := w.clouds[dep]
	var me struct{ ID string }
	c.get("/api/v1/tenants/me", &me)
	w.ok(w.store.BindTenant(w.ctx, dep, me.ID))
	refusals, err := w.store.Adopt(w.ctx, dep, me.ID, []distribution.Adoption{{AppID: app, Mark: mark, RemoteID: remote.ID, RemoteName: remote.Name, SpaceID: remote.SpaceID}})
	w.ok(err)
	if len(refusals) > 0 {
		w.Fatal(refusals)
	}
}

// distributed places an app as the site's own feature does: staged by its own sign-in, under a key of its own choice, and put into a
// space by an administrator.
func (w *world) distributed(dep, key, name, space string) remoteApp {
	w.Helper()
	c := w.clouds[dep]
	d, err := w.store.Deployment(w.ctx, dep)
	w.ok(err)
	t := &tenants{keys: w.store, http: w.client(), known: map[string]known{}, paces: map[string]*tenant.Pace{}}
	signedIn, err := t.Tenant(w.ctx, d)
	w.ok(err)
	file := w.qvf(name, 1).Bytes()
	upload, err := signedIn.CreateUpload(w.ctx, name+".qvf", int64(len(file)), 0)
	w.ok(err)
	_, err = signedIn.UploadChunk(w.ctx, upload, 0, strings.NewReader(string(file)), int64(len(file)))
	w.ok(err)
	made, err := signedIn.ImportStaged(w.ctx, key, name, upload[strings.LastIndex(upload, "/")+1:])
	w.ok(err)
	if space != "" {
		c.do(http.MethodPut, "/api/v1/apps/"+made.ID+"/space", map[string]string{"spaceId": space}, nil)
	}
	c.wire.bytes()
	return remoteApp{ID: made.ID, Name: made.Name, SpaceID: space}
}

// An app that is linked keeps its id: the next publish goes into it, and the tenant has one copy.
func TestAdoptedAppKeepsItsIDInAManagedSpace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, us := w.credentials("us", "Landing")
	board := c.space("Board", "managed")
	native := c.publishOwn("Sales", board, w.qvf("Sales", 1).Bytes())
	app := w.publish("Sales", w.stream("Finance"), 2)
	w.decided()
	w.adopts(us, app.ID, native, false)
	c.sent(0)
	w.policy("")
	row := w.arrived(app.ID, us)
	if row.Placement.RemoteID != native.ID || row.Placement.SpaceID != board || row.Placement.SpaceRule != distribution.SetInTenant || row.Placement.Untouched() {
		t.Errorf("placement %+v", row.Placement)
	}
	c.names("Sales", "Sales") // the app that somebody published it from, and the published one
	app = w.replace(app.ID, 1)
	if row := w.arrived(app.ID, us); row.Placement.RemoteID != native.ID {
		t.Errorf("placement %+v", row.Placement)
	}
	if err := w.store.Disown(w.ctx, us, app.ID); err == nil {
		t.Error("unlinked after it was sent")
	}
}

// A clash of names waits for somebody: the link is what it waits for.
func TestAdoptionEndsAClashOfNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, us := w.credentials("us", "Landing")
	w.policy("")
	native := c.publishOwn("Sales", c.space("Landing", "managed"), w.qvf("Sales", 1).Bytes())
	app := w.publish("Sales", w.stream("Finance"), 2)
	if row := w.row(app.ID, us, distribution.Paused); row.Delivery.Cause != distribution.NameTaken {
		t.Errorf("delivery %+v", row.Delivery)
	}
	w.adopts(us, app.ID, native, false)
	if row := w.arrived(app.ID, us); row.Placement.RemoteID != native.ID {
		t.Errorf("placement %+v", row.Placement)
	}
}

// refusesAdoption wants the delivery paused with one copy in the tenant, its content as it was, and lets the mark settle it.
func (w *world) refusesAdoption(dep string, app site.App, native remoteApp, sum string) {
	w.Helper()
	c := w.clouds[dep]
	row := w.row(app.ID, dep, distribution.Paused)
	if row.Delivery.Cause != distribution.AdoptionRefused || !strings.Contains(row.Delivery.Message, "No second copy") && !strings.Contains(row.Delivery.Message, "one copy") {
		w.Errorf("delivery %+v", row.Delivery)
	}
	d, err := w.store.Deployment(w.ctx, dep)
	w.ok(err)
	if !strings.Contains(row.Delivery.Remedy(d), "Leave and mark") {
		w.Errorf("remedy %q", row.Delivery.Remedy(d))
	}
	if got := c.only(); got.ID != native.ID || c.sum(native.ID) != sum {
		w.Errorf("the tenant has %+v", got)
	}
	w.crash() // nobody else tries it again
	w.row(app.ID, dep, distribution.Paused)
	w.adopts(dep, app.ID, native, true)
	w.row(app.ID, dep, distribution.LeftInTenant)
	w.replace(app.ID, 1)
	w.decided()
	w.idle(dep)
	if row := w.row(app.ID, dep, distribution.LeftInTenant); !row.Placement.Marked || c.only().ID != native.ID || c.sum(native.ID) != sum {
		w.Errorf("placement %+v", row.Placement)
	}
}

func TestRefusedRepublishOverAnAdoptedAppPauses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, us := w.credentials("us", "Landing")
	native := c.publishOwn("Sales", c.space("Board", "managed"), w.qvf("Sales", 1).Bytes())
	for _, other := range c.apps() { // the one that it was published from
		if other.ID != native.ID {
			c.do(http.MethodDelete, "/api/v1/apps/"+other.ID, nil, nil)
		}
	}
	sum := c.sum(native.ID)
	app := w.publish("Sales", w.stream("Finance"), 2)
	w.decided()
	w.adopts(us, app.ID, native, false)
	refused := c.when(always, http.MethodPut, "/publish", refuse(http.StatusForbidden))
	w.policy("")
	w.refusesAdoption(us, app, native, sum)
	if n := c.hits(refused); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// A tenant may know a staged copy by another key. Then the import makes a second app, which goes again.
func TestStagedImportBesideAnAdoptedAppIsWithdrawn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	native := w.distributed(eu, "another key", "Sales", c.space("Board", "managed"))
	sum := c.sum(native.ID)
	app := w.publish("Sales", w.stream("Finance"), 2)
	w.decided()
	w.adopts(eu, app.ID, native, false)
	w.policy("")
	w.refusesAdoption(eu, app, native, sum)
}

// Where the tenant knows the copy by the app's own id, the staged import refreshes it.
func TestAdoptedStagedAppIsRefreshed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	app := w.publish("Sales", w.stream("Finance"), 2)
	w.decided()
	board := c.space("Board", "managed")
	native := w.distributed(eu, app.ID, "Sales", board)
	w.adopts(eu, app.ID, native, false)
	w.policy("")
	row := w.arrived(app.ID, eu)
	if got := c.only(); got.ID != native.ID || got.SpaceID != board || row.Placement.RemoteID != native.ID {
		t.Errorf("the tenant has %+v, placement %+v", got, row.Placement)
	}
}

// A mark that comes while a delivery is on its way stops it before its import.
func TestMarkStopsADelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu := w.bearer("eu")
	native := w.distributed(eu, "another key", "Sales", "")
	gate := c.before(http.MethodPatch, "/temp-contents")
	w.policy("")
	app := w.publish("Sales", w.stream("Finance"), 2)
	<-gate.reached
	w.adopts(eu, app.ID, native, true)
	gate.open()
	w.row(app.ID, eu, distribution.LeftInTenant)
	w.idle(eu)
	if got := c.only(); got.ID != native.ID || c.wire.count(http.MethodPost, "/import") > 0 {
		t.Errorf("the tenant has %+v", got)
	}
	w.ok(w.store.Disown(w.ctx, eu, app.ID))
	w.ok(w.store.RequestDistribution(w.ctx, app.ID))
	w.row(app.ID, eu, distribution.Distributed)
	c.names("Sales", "Sales")
}
