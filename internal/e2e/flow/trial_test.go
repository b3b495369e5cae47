package flow

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync"
	"testing"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/faults"
	"github.com/skyferry/skyferry/internal/site"
)

// party is a tenant of a trial, by its deployment.
type party struct {
	*cloud
	id string
}

// trial is a world with one tenant for each way in which apps land, and one that no policy names. What came of it is read
// from the tenants.
type trial struct {
	*world
	staged, managed, unnamed party
	stream                   string
	secret                   site.App          // published, and no policy names it
	apps                     map[string]string // ids by name
	mu                       sync.Mutex
	exported                 map[string][]string // SHA-256 of each version, by app id; the newest last
}

func newTrial(t testing.TB) *trial {
	t.Helper()
	tr := &trial{world: newWorld(t), apps: map[string]string{}, exported: map[string][]string{}}
	tr.said = tr.check
	tr.staged.cloud, tr.staged.id = tr.bearer("eu")
	tr.managed.cloud, tr.managed.id = tr.credentials("us", "Landing")
	tr.unnamed.cloud, tr.unnamed.id = tr.credentials("ap", "Landing")
	tr.stream = tr.world.stream("Finance")
	tr.world.policy(`((subject.name="eu" or subject.name="us") and (resource.stream.name="Finance"))`)
	tr.secret = tr.world.publish("Secret", tr.world.stream("Board"), 1)
	return tr
}

// named are the tenants that policies name.
func (tr *trial) named() []party { return []party{tr.staged, tr.managed} }

// bring publishes an app, or gives it new data.
func (tr *trial) bring(name string) string {
	tr.Helper()
	id, known := tr.apps[name]
	var app site.App
	if known {
		app = tr.replace(id, 3)
	} else {
		app = tr.upload(name, 3)
	}
	tr.mu.Lock()
	tr.exported[app.ID] = append(tr.exported[app.ID], app.SHA256)
	tr.mu.Unlock()
	if !known {
		tr.apps[name] = app.ID
		tr.ok(tr.store.PublishApp(tr.ctx, app.ID, tr.stream, ""))
	}
	return app.ID
}

// check holds what the console is about to say against the tenant (I7): it has the app, with bytes of ours.
func (tr *trial) check(p distribution.Placement) {
	c := tr.clouds[p.DeploymentID]
	r := httptest.NewRequest(http.MethodGet, "/sandbox/v1/apps/"+p.RemoteID+"/content", nil)
	r.Header.Set("Authorization", c.wire.admin)
	rec := httptest.NewRecorder()
	c.server.Handler().ServeHTTP(rec, r)
	sum := sha256.Sum256(rec.Body.Bytes())
	got := hex.EncodeToString(sum[:])
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if rec.Code != http.StatusOK || got != p.SHA256 || !slices.Contains(tr.exported[p.AppID], got) {
		tr.Errorf("%s is said to be distributed as %.12s, and the tenant has %d %.12s", p.AppName, p.SHA256, rec.Code, got)
	}
}

// lay starts faults at a tenant, by its API.
func (c *cloud) lay(all ...faults.Fault) {
	c.Helper()
	for _, f := range all {
		if f.Calls == 0 && f.For == 0 {
			f.Calls = 1
		}
		c.do(http.MethodPost, "/sandbox/v1/faults", f, nil)
	}
}

// laid lists the faults of a tenant, by its API.
func (c *cloud) laid() []faults.Shown {
	c.Helper()
	var list struct{ Data []faults.Shown }
	c.get("/sandbox/v1/faults", &list)
	return list.Data
}

// healthy ends the faults of a tenant; imports that are still to come are done before.
func (c *cloud) healthy(w *world) {
	c.Helper()
	for _, f := range c.laid() {
		if f.Hits == 0 {
			c.Errorf("fault %s on %s did not come", f.Kind, f.Endpoint)
		}
	}
	w.until(func() (bool, string) {
		waiting := slices.ContainsFunc(c.laid(), func(f faults.Shown) bool { return f.Waiting > 0 })
		return !waiting, "calls still wait at the tenant"
	})
	c.do(http.MethodDelete, "/sandbox/v1/faults", nil, nil)
}

// holds reads the tenants and holds what is there against the invariants I1, I2, I5 and I7.
func (tr *trial) holds() {
	tr.Helper()
	for _, p := range tr.named() {
		for _, id := range tr.apps {
			tr.arrived(id, p.id)
		}
		tr.idle(p.id)
		p.healthy(tr.world)
		want := map[string]string{}
		for name, id := range tr.apps {
			want[name] = tr.exported[id][len(tr.exported[id])-1]
		}
		p.has(want)
	}
	tr.unnamed.has(nil)
	if n := tr.unnamed.wire.count("", ""); n > 0 {
		tr.Errorf("%d calls went to the tenant that no policy names", n)
	}
}

// has compares all that a tenant has with names and SHA-256: each app once, and nothing else.
func (c *cloud) has(want map[string]string) {
	c.Helper()
	got := map[string]string{}
	for _, app := range c.everything() {
		if _, twice := got[app.Name]; twice {
			c.Errorf("the tenant has %q twice", app.Name)
		}
		got[app.Name] = c.sum(app.ID)
	}
	for name, sum := range want {
		if got[name] != sum {
			c.Errorf("the tenant has %.12q of app %q, not %.12s", got[name], name, sum)
		}
		delete(got, name)
	}
	for name := range got {
		c.Errorf("the tenant has app %q, and nobody wants it there", name)
	}
}

// everything reads all pages of the tenant's apps.
func (c *cloud) everything() (all []remoteApp) {
	c.Helper()
	for path := "/api/v1/items?resourceType=app&limit=100"; path != ""; {
		var list struct {
			Data  []struct{ ResourceAttributes remoteApp }
			Links struct{ Next struct{ Href string } }
		}
		c.get(path, &list)
		for _, item := range list.Data {
			all = append(all, item.ResourceAttributes)
		}
		next, err := url.Parse(list.Links.Next.Href)
		if err != nil {
			c.Fatal(err)
		}
		path = next.RequestURI()
		if list.Links.Next.Href == "" {
			path = ""
		}
	}
	return all
}

// mend does what a person does when deliveries do not go on by themselves.
func (tr *trial) mend(p party) {
	tr.Helper()
	d, err := tr.store.Deployment(tr.ctx, p.id)
	tr.ok(err)
	if d.Pause != nil {
		tr.ok(tr.store.ResumeDeployment(tr.ctx, p.id))
	}
	for _, id := range tr.apps {
		row, err := tr.store.StatusRow(tr.ctx, id, p.id)
		tr.ok(err)
		_, err = tr.store.Retry(tr.ctx, []string{row.Delivery.ID})
		tr.ok(err)
	}
}

// text is a fault in words, to name and to repeat it.
func text(f faults.Fault) string {
	words, err := json.Marshal(f)
	if err != nil {
		return fmt.Sprint(f)
	}
	return string(words)
}
