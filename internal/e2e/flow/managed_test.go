package flow

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/store"
)

func TestManagedSpaceIsMadeAndKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, us := w.credentials("us", "From the site")
	w.policy(`((subject.name="us"))`)
	stream := w.stream("Finance")
	app := w.publish("Sales", stream, 3)
	row := w.arrived(app.ID, us)
	first := c.only() // so the imported copy is gone
	if first.Name != "Sales" || first.OriginAppID == "" || first.SpaceID == "" || row.SpaceName != "From the site" {
		t.Errorf("remote %+v, row %+v", first, row)
	}
	c.sent(app.Size)

	app = w.replace(app.ID, 2)
	w.arrived(app.ID, us)
	if remote := c.only(); remote.ID != first.ID || remote.SpaceID != first.SpaceID || remote.OriginAppID == first.OriginAppID {
		t.Errorf("after the replacement: %+v, before %+v", remote, first)
	}
	if n := c.wire.count(http.MethodPost, "/publish"); n != 0 {
		t.Errorf("published anew %d times", n)
	}
	c.sent(app.Size)

	w.ok(w.store.EditApp(w.ctx, app.ID, store.AppEdit{Name: "Sales 2", Description: "All"}))
	w.row(app.ID, us, distribution.Distributed)
	if remote := c.only(); remote.Name != "Sales 2" || remote.Description != "All" || remote.ID != first.ID {
		t.Errorf("after the change of metadata: %+v", remote)
	}
	c.sent(0)

	w.ok(w.store.UnpublishApp(w.ctx, app.ID))
	w.row(app.ID, us, distribution.LeftInTenant)
	w.ok(w.store.PublishApp(w.ctx, app.ID, stream, ""))
	w.arrived(app.ID, us)
	if remote := c.only(); remote.ID != first.ID {
		t.Errorf("taken up as another app: %+v", remote)
	}
}

func TestForeignAppIsNotTouched(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, us := w.credentials("us", "Landing")
	w.policy("")
	space := c.space("Landing", "managed")
	foreign := c.publishOwn("Sales", space, w.qvf("Sales", 1).Bytes())
	content := c.sum(foreign.ID)
	stream := w.stream("Finance")
	app := w.publish("Sales", stream, 2)
	row := w.row(app.ID, us, distribution.Paused)
	if row.Delivery.Cause != distribution.NameTaken || !strings.Contains(row.Delivery.Message, foreign.ID) {
		t.Errorf("delivery %+v", row.Delivery)
	}
	if c.sum(foreign.ID) != content || c.wire.count(http.MethodDelete, foreign.ID) > 0 {
		t.Error("the other app was touched")
	}
	w.ok(w.store.EditApp(w.ctx, app.ID, store.AppEdit{Name: "Sales of the site"}))
	row = w.arrived(app.ID, us)
	if c.sum(foreign.ID) != content || row.Placement.RemoteID == foreign.ID {
		t.Errorf("placement %+v", row.Placement)
	}
	c.names("Sales", "Sales", "Sales of the site") // the source, the foreign one, ours; nothing in between is left
	second := w.publish("Sales of the site", stream, 1)
	c.sent(app.Size) // of the first one, once: a clash is found before anything is sent
	row = w.row(second.ID, us, distribution.Paused)
	if row.Delivery.Cause != distribution.NameTaken || strings.Contains(row.Delivery.Message, "did not place") {
		t.Errorf("delivery %+v", row.Delivery)
	}
	c.sent(0)
}

// publishOwn makes an app as somebody in the tenant does: imported, and published to the space.
func (c *cloud) publishOwn(name, space string, file []byte) remoteApp {
	c.Helper()
	var source, published struct{ Attributes remoteApp }
	c.do(http.MethodPost, "/api/v1/apps/import?name="+name, file, &source)
	c.do(http.MethodPost, "/api/v1/apps/"+source.Attributes.ID+"/publish",
		map[string]any{"spaceId": space, "attributes": map[string]string{"name": name}}, &published)
	return published.Attributes
}

// names compares the names of all apps.
func (c *cloud) names(want ...string) {
	c.Helper()
	var got []string
	for _, app := range c.apps() {
		got = append(got, app.Name)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		c.Error(diff)
	}
}

func TestRemovedByHandIsPlacedAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, us := w.credentials("us", "Landing")
	staged, eu := w.bearer("eu")
	w.policy("")
	app := w.publish("Sales", w.stream("Finance"), 2)
	before := w.arrived(app.ID, us)
	w.arrived(app.ID, eu)
	c.do(http.MethodDelete, "/api/v1/apps/"+before.Placement.RemoteID, nil, nil)
	c.do(http.MethodDelete, "/api/v1/spaces/"+before.Placement.SpaceID, nil, nil)
	staged.do(http.MethodDelete, "/api/v1/apps/"+staged.only().ID, nil, nil)
	c.wire.bytes()

	w.ok(w.store.EditApp(w.ctx, app.ID, store.AppEdit{Name: "Sales 2"})) // metadata alone, but nothing is there
	after := w.arrived(app.ID, us)
	if after.Placement.RemoteID == before.Placement.RemoteID || after.Placement.SpaceID == before.Placement.SpaceID || after.SpaceName != "Landing" {
		t.Errorf("placement %+v", after.Placement)
	}
	if !after.Placement.Placed.After(before.Placement.Placed) {
		t.Errorf("there since %s, and the one before since %s", after.Placement.Placed, before.Placement.Placed)
	}
	w.arrived(app.ID, eu)
	c.names("Sales 2")
	staged.names("Sales 2")
	c.sent(app.Size)
}
