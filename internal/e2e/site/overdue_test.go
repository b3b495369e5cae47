package site

import (
	"context"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/e2e/driver"
)

// TestAnAppThatIsReloadedAllTheTimeArrives reloads an app several times within each of its exports. It arrives all the same, with data
// that is somewhat old, and when the reloads end the newest is there.
func TestAnAppThatIsReloadedAllTheTimeArrives(t *testing.T) {
	t.Parallel()
	w := newWorld(t, newDice(1))
	c := w.clouds[0]
	good(t, w.browser.SetUpDeployment(t.Context(), c.name, c.Base, c.Tenant, driver.Text("Kind", "Sandbox")))
	good(t, w.browser.CreatePolicy(t.Context(), "All the time", `(resource.name="All the time")`))
	good(t, w.hub.Fault(t.Context(), "slow-export", map[string]any{"seconds": 2, "forSeconds": 600}))
	app, err := w.hub.Upload(t.Context(), "All the time", w.file("All the time"))
	good(t, err)
	good(t, w.hub.Act(t.Context(), app.ID, "publish", map[string]any{"stream": "Finance"}))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for len(c.has(t)) == 0 {
		if ctx.Err() != nil {
			t.Fatalf("it has not arrived after %s\n%s", patience, tail(w.serve.Log()))
		}
		good(t, w.hub.Act(t.Context(), app.ID, "reload", nil))
		time.Sleep(700 * time.Millisecond) // reloads come by the clock
	}
	good(t, w.hub.Heal(t.Context()))
	for newest := ""; ; time.Sleep(aMoment) {
		apps, err := w.hub.Apps(t.Context())
		good(t, err)
		for _, a := range apps {
			if a.ID == app.ID {
				newest = a.SHA256
			}
		}
		if all := c.has(t); len(all) == 1 && all[0].sum == newest {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("the newest data is not there: the site has %.12s, the tenant %+v\n%s", newest, c.has(t), tail(w.serve.Log()))
		}
	}
}

func (c *cloud) has(t *testing.T) []copied {
	t.Helper()
	all, err := c.holds(t.Context())
	good(t, err)
	return all
}
