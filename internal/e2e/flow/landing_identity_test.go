package flow

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
)

// made makes a thing in the tenant and gives its id.
func (c *cloud) made(path string, body any) string {
	c.Helper()
	var made struct{ ID string }
	c.do(http.MethodPost, "/api/v1/"+path, body, &made)
	return made.ID
}

// tags gives the names of the collections that an app is in, sorted.
func (c *cloud) tags(app string) (names []string) {
	c.Helper()
	var items struct{ Data []struct{ ID string } }
	c.get("/api/v1/items?resourceType=app&resourceId="+app, &items)
	var list struct{ Data []struct{ Name string } }
	c.get("/api/v1/items/"+items.Data[0].ID+"/collections?limit=100", &list)
	for _, found := range list.Data {
		names = append(names, found.Name)
	}
	slices.Sort(names)
	return names
}

func (c *cloud) item(app string) string {
	c.Helper()
	var items struct{ Data []struct{ ID string } }
	c.get("/api/v1/items?resourceType=app&resourceId="+app, &items)
	return items.Data[0].ID
}

func TestSpacesAreMadeWithTheirMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, us := w.landing(deployment.Landing{By: deployment.ByStream, Space: "{stream}", Create: true, Members: []deployment.Member{
		{Type: "group", Name: "Readers", Roles: []string{"consumer"}},
		{Type: "user", Name: "ann@acme.example", Roles: []string{"facilitator", "publisher"}},
		{Type: "group", Name: "Nobody knows", Roles: []string{"consumer"}},
	}})
	group := c.made("groups", map[string]string{"name": "Readers"})
	user := c.made("users", map[string]string{"subject": `ACME\ann`, "name": "Ann", "email": "ann@acme.example"})
	existing := c.space("Sales", "managed")
	app, other := w.publish("KPIs", w.stream("Finance"), 1), w.publish("Margins", w.stream("Sales"), 1)
	row := w.arrived(app.ID, us)
	if len(row.Placement.Warnings) != 1 || !strings.Contains(row.Placement.Warnings[0], `group "Nobody knows"`) {
		t.Errorf("warnings %q", row.Placement.Warnings)
	}
	type member struct {
		AssigneeID string
		Roles      []string
	}
	members := func(space string) map[string][]string {
		var list struct{ Data []member }
		c.get("/api/v1/spaces/"+space+"/assignments?limit=100", &list)
		got := map[string][]string{}
		for _, m := range list.Data {
			slices.Sort(m.Roles)
			got[m.AssigneeID] = m.Roles
		}
		return got
	}
	if diff := cmp.Diff(map[string][]string{group: {"consumer"}, user: {"facilitator", "publisher"}}, members(row.Placement.SpaceID)); diff != "" {
		t.Error(diff)
	}
	if second := w.arrived(other.ID, us); second.Placement.SpaceID != existing || len(members(existing)) > 0 {
		t.Errorf("the members of a space that existed were changed: %v, placement %+v", members(existing), second.Placement)
	}
	audit, err := w.store.Audit(w.ctx, store.AuditFilter{Limit: 200})
	w.ok(err)
	var recorded []string
	for _, r := range audit.Rows {
		if r.Action == "made a space" {
			recorded = append(recorded, r.Changes[0].After)
		}
	}
	if !slices.Equal(recorded, []string{"Finance"}) {
		t.Errorf("recorded as made: %q", recorded)
	}
}

func TestTagsBecomeCollections(t *testing.T) {
	t.Parallel()
	for _, auth := range []deployment.Auth{deployment.LocalBearer, deployment.ClientCredentials} {
		t.Run(string(auth), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c, us := w.deployment(auth)
			w.policy("")
			_, err := w.store.CreateProperty(w.ctx, site.Property{Name: "Tags", Values: []string{"EMEA", "APAC"}, ForApps: true})
			w.ok(err)
			app := w.publish("Sales", w.stream("Finance"), 1)
			first := w.arrived(app.ID, us).Placement
			c.sent(app.Size)
			// Somebody has put it into a collection of theirs, and into one that the app will be tagged with.
			theirs, shared := c.made("collections", map[string]string{"name": "Board", "type": "public"}), c.made("collections", map[string]string{"name": "kpi", "type": "public"})
			for _, id := range []string{theirs, shared} {
				c.do(http.MethodPost, "/api/v1/collections/"+id+"/items", map[string]string{"id": c.item(first.RemoteID)}, nil)
			}
			w.ok(w.store.EditApp(w.ctx, app.ID, store.AppEdit{Name: "Sales", Tags: []string{"KPI", "weekly"}, Properties: map[string][]string{"Tags": {"EMEA"}}}))
			row := w.row(app.ID, us, distribution.Distributed)
			if diff := cmp.Diff([]string{"Board", "EMEA", "kpi", "weekly"}, c.tags(first.RemoteID)); diff != "" {
				t.Error(diff, row.Placement.Warnings)
			}
			w.ok(w.store.EditApp(w.ctx, app.ID, store.AppEdit{Name: "Sales", Properties: map[string][]string{"Tags": {"APAC"}}}))
			row = w.row(app.ID, us, distribution.Distributed)
			if diff := cmp.Diff([]string{"APAC", "Board", "kpi"}, c.tags(first.RemoteID)); diff != "" {
				t.Error(diff, row.Placement.Warnings)
			}
			if got := row.Placement.Collections; len(got) != 1 || got[0].Name != "APAC" {
				t.Errorf("recorded as ours: %+v", got)
			}
			c.sent(0)
		})
	}
}

func TestTenantWithoutCollectionsIsAWarning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, us := w.deployment(deployment.ClientCredentials)
	w.policy("")
	c.when(1000, "", "/collections", refuse(403))
	app := w.upload("Sales", 1)
	w.ok(w.store.EditApp(w.ctx, app.ID, store.AppEdit{Name: "Sales", Tags: []string{"KPI"}}))
	w.ok(w.store.PublishApp(w.ctx, app.ID, w.stream("Finance"), ""))
	row := w.arrived(app.ID, us)
	if len(row.Placement.Warnings) != 1 || !strings.Contains(row.Placement.Warnings[0], "collections") || len(row.Placement.Collections) > 0 {
		t.Errorf("placement %+v", row.Placement)
	}
}

func TestOwnerInTheTenant(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rule  deployment.OwnerRule
		fixed string
		user  map[string]string // nil: the tenant has none
		words string            // of the warning
	}{
		"same e-mail":    {deployment.OwnerSame, "", map[string]string{"subject": "auth0|7", "name": "M. Ruiz", "email": "m.ruiz@acme.example"}, ""},
		"same subject":   {deployment.OwnerSame, "", map[string]string{"subject": `ACME\m.ruiz`, "name": "M. Ruiz", "email": "other@acme.example"}, ""},
		"unresolved":     {deployment.OwnerSame, "", nil, "no user with the e-mail m.ruiz@acme.example"},
		"fixed":          {deployment.OwnerFixed, "bi@acme.example", map[string]string{"subject": "x", "name": "BI", "email": "bi@acme.example"}, ""},
		"fixed, unknown": {deployment.OwnerFixed, "nobody@acme.example", nil, "no user nobody@acme.example"},
		"service":        {deployment.OwnerService, "", map[string]string{"subject": "y", "name": "M. Ruiz", "email": "m.ruiz@acme.example"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c, us := w.landing(deployment.Landing{Space: "Landing", Create: true, Owner: test.rule, OwnerUser: test.fixed})
			id := ""
			if test.user != nil {
				id = c.made("users", test.user)
			}
			file := w.qvf("Sales", 1)
			app, err := w.library.Upload(w.ctx, "Sales.qvf", file, site.Owner{ID: "o2", UserID: "m.ruiz", Directory: "ACME", Name: "M. Ruiz", Email: "m.ruiz@acme.example"})
			w.ok(err)
			w.ok(w.store.PublishApp(w.ctx, app.ID, w.stream("Finance"), ""))
			row := w.arrived(app.ID, us)
			given := test.user != nil && test.rule != deployment.OwnerService
			if owner := c.only().OwnerID; given != (owner == id && id != "") || given != (row.Placement.Owner != "") {
				t.Errorf("owner %s, want %s (%v); placement %+v", owner, id, given, row.Placement)
			}
			if test.words == "" && len(row.Placement.Warnings) > 0 || test.words != "" && (len(row.Placement.Warnings) != 1 || !strings.Contains(row.Placement.Warnings[0], test.words)) {
				t.Errorf("warnings %q, want %q", row.Placement.Warnings, test.words)
			}
		})
	}
}
