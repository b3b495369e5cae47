package flow

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
)

// A key is replaced while deliveries run, in either order of what the admin does in the tenant: nothing fails, nothing has to
// be resumed, and no app gets a second copy.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	for name, auth := range map[string]deployment.Auth{"local bearer token": deployment.LocalBearer, "JWT identity provider": deployment.JWTProvider} {
		for order, newFirst := range map[string]bool{"new provider made first": true, "old provider deleted first": false} {
			t.Run(name+", "+order, func(t *testing.T) {
				t.Parallel()
				rotate(t, auth, newFirst)
			})
		}
	}
}

func rotate(t *testing.T, auth deployment.Auth, newFirst bool) {
	w := newWorld(t)
	c, eu, old := w.signed("eu", auth)
	w.policy("")
	stream := w.stream("Finance")
	var before []distribution.StatusRow
	for _, name := range []string{"Sales", "Cash", "Orders"} {
		before = append(before, w.arrived(w.publish(name, stream, 2).ID, eu))
	}
	next, err := deployment.NewKey("a site", time.Now())
	w.ok(err)
	w.secrets = append(w.secrets, pemBody(next.PrivatePEM.Reveal())...)
	w.ok(w.store.AddNextKey(w.ctx, eu, uuid.NewString(), next))

	gate := c.before(http.MethodPatch, "/temp-contents") // an upload is under way
	w.replace(before[0].Delivery.AppID, 3)
	w.await(gate)
	if newFirst {
		c.trust(auth, next.Key)
		c.distrust(old)
	} else {
		c.distrust(old)
	}
	gate.open()
	w.replace(before[1].Delivery.AppID, 3)
	if !newFirst {
		w.row(before[1].Delivery.AppID, eu, distribution.Retrying) // until the admin has made the other one
		c.trust(auth, next.Key)
	}
	w.replace(before[2].Delivery.AppID, 3)
	for _, was := range before {
		if row := w.arrived(was.Delivery.AppID, eu); row.Placement.RemoteID != was.Placement.RemoteID {
			t.Errorf("%s is now %s, was %s", was.Delivery.AppID, row.Placement.RemoteID, was.Placement.RemoteID)
		}
	}
	w.rotated(c, eu, next.ID, len(before))
}

// A run that began before the next key was made, and is refused after it took over, goes on with it.
func TestKeyRotationBehindARunningUpload(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, eu, old := w.signed("eu", deployment.LocalBearer)
	w.policy("")
	was := w.arrived(w.publish("Sales", w.stream("Finance"), 2).ID, eu)
	gate := c.before(http.MethodPatch, "/temp-contents")
	w.replace(was.Delivery.AppID, 3)
	w.await(gate)
	next, err := deployment.NewKey("a site", time.Now())
	w.ok(err)
	w.secrets = append(w.secrets, pemBody(next.PrivatePEM.Reveal())...)
	w.ok(w.store.AddNextKey(w.ctx, eu, uuid.NewString(), next))
	c.trust(deployment.LocalBearer, next.Key)
	w.ok(w.store.PromoteKey(w.ctx, eu, next.ID)) // Test connection did it
	c.distrust(old)
	gate.open()
	if row := w.arrived(was.Delivery.AppID, eu); row.Placement.RemoteID != was.Placement.RemoteID {
		t.Errorf("placement %+v", row.Placement)
	}
	w.rotated(c, eu, next.ID, 1)
}

// rotated holds a console against what a key change must not do.
func (w *world) rotated(c *cloud, dep, kid string, apps int) {
	w.Helper()
	d, err := w.store.Deployment(w.ctx, dep)
	w.ok(err)
	if d.Key.ID != kid || d.Next != nil || d.Pause != nil {
		w.Errorf("key %s, next %v, pause %+v; want key %s", d.Key.ID, d.Next, d.Pause, kid)
	}
	if n := len(c.apps()); n != apps {
		w.Errorf("%d apps are in the tenant, want %d", n, apps)
	}
	var bad int
	w.ok(w.store.Writer().QueryRow(`SELECT COUNT(*) FROM transitions WHERE to_state IN ('failed', 'paused')`).Scan(&bad))
	if bad > 0 {
		w.Errorf("%d deliveries failed or were paused", bad)
	}
	history, err := w.store.History(w.ctx, "deployment", dep)
	w.ok(err)
	took := 0
	for _, r := range history {
		if r.Action == "next key took over" {
			took++
		}
	}
	if took != 1 {
		w.Errorf("%d records that the next key took over", took)
	}
}

// signed sets a deployment up that signs in with a key of ours, and gives the id of its identity provider in the tenant.
func (w *world) signed(name string, auth deployment.Auth) (c *cloud, dep, provider string) {
	w.Helper()
	c = newCloud(w, name)
	draft, private, err := w.draft()
	w.ok(err)
	w.ok(w.store.CreateDraft(w.ctx, draft, private))
	d := deployment.Deployment{Name: name, Endpoint: c.http.URL, Audience: deployment.DefaultAudience, Auth: auth, Kind: deployment.Sandbox}
	if auth == deployment.JWTProvider {
		d.Landing = deployment.Landing{Space: "Finance", Create: true}
	}
	dep, err = w.store.CreateDeployment(w.ctx, d, draft.ID)
	w.ok(err)
	w.clouds[dep] = c
	return c, dep, c.trust(auth, draft.Key)
}

// trust does what an admin's script does with what the page shows of a key.
func (c *cloud) trust(auth deployment.Auth, key deployment.Key) (provider string) {
	c.Helper()
	body := []byte(deployment.ProviderBody(key, c.server.TenantID()))
	if auth == deployment.LocalBearer {
		body, _ = json.Marshal(map[string]any{"protocol": "qsefw-local-bearer-token", "provider": "qlik", "interactive": false,
			"description": key.ID, "base64Encoded": deployment.Definition(key, deployment.DefaultAudience)})
	}
	var made struct{ ID string }
	c.do(http.MethodPost, "/api/v1/identity-providers", json.RawMessage(body), &made)
	return made.ID
}

func (c *cloud) distrust(provider string) {
	c.Helper()
	c.call(http.MethodDelete, "/api/v1/identity-providers/"+provider, nil)
}
