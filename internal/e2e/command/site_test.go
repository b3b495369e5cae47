package command

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/e2e/driver"
	"github.com/skyferry/skyferry/internal/e2e/program"
)

// hub is the hub of a sandbox repository.
type hub struct {
	*testing.T

	base, key string
}

func (h hub) call(method, path, body string, out any) {
	h.Helper()
	r, err := http.NewRequestWithContext(h.Context(), method, h.base+"/sandbox/v1"+path, strings.NewReader(body))
	good(h.T, err)
	r.Header.Set("Authorization", "Bearer "+h.key)
	a, err := http.DefaultClient.Do(r)
	good(h.T, err)
	defer a.Body.Close()
	said, err := io.ReadAll(a.Body)
	good(h.T, err)
	if a.StatusCode >= 300 {
		h.Fatalf("%s %s: %d %s", method, path, a.StatusCode, said)
	}
	if out != nil {
		good(h.T, json.Unmarshal(said, out))
	}
}

// app is the id of an app of the site.
func (h hub) app(name string) string {
	h.Helper()
	var all []struct{ ID, Name string }
	h.call(http.MethodGet, "/apps", "", &all)
	for _, a := range all {
		if a.Name == name {
			return a.ID
		}
	}
	h.Fatalf("the site has no app %q", name)
	return ""
}

// arrives waits until a tenant holds an app.
func arrives(t *testing.T, tenant driver.Tenant, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		apps, err := tenant.Apps(ctx)
		good(t, err)
		for _, a := range apps {
			if a.Name == name {
				return
			}
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the tenant never got %q", name)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// TestTheDemoWithARepository publishes in the hub of the sandbox repository, to one tenant and to two, also after a restart of the demo;
// while an export runs, the demo stops in time.
func TestTheDemoWithARepository(t *testing.T) {
	folder := t.TempDir()
	console, eu, us := program.FreeAddress(t), program.FreeAddress(t), program.FreeAddress(t)
	args := []string{"demo", "--site", "repository", "--listen", console, "--tenants", eu + "," + us, "--data", folder,
		"--repository-listen", program.FreeAddress(t), "--hub-listen", program.FreeAddress(t)}
	env := []string{"SKYFERRY_ADMIN_PASSWORD=correct horse battery staple", "SKYFERRY_SANDBOX_API_KEY=sandbox-key-for-the-tests"}
	tenant := driver.Tenant{Base: "http://" + eu, Key: "sandbox-key-for-the-tests"}
	start := func() (*program.Process, hub) {
		p := program.Start(t, env, []string{"tenant", "tenant", "repository", "console"}, args...)
		return p, hub{t, strings.Fields(p.Lines["repository"][0])[3], "sandbox-key-for-the-tests"}
	}
	p, h := start()
	arrives(t, tenant, "Cash flow forecast")
	h.call(http.MethodPost, "/apps/"+h.app("Headcount plan")+"/publish", `{"stream": "Finance"}`, nil)
	arrives(t, tenant, "Headcount plan")
	d := driver.New("http://" + console)
	defer d.Close()
	good(t, d.SignIn(t.Context(), "admin", "correct horse battery staple"))
	second := driver.Tenant{Base: "http://" + us, Key: tenant.Key}
	good(t, d.SetUpDeployment(t.Context(), "us", second.Base, second, driver.Text("Kind", "Sandbox")))
	good(t, d.CreatePolicy(t.Context(), "HR to both", `(((subject.name="eu") or (subject.name="us")) and (resource.stream.name="HR"))`))
	h.call(http.MethodPost, "/apps/"+h.app("Pipeline by region")+"/move", `{"stream": "HR"}`, nil)
	arrives(t, tenant, "Pipeline by region")
	arrives(t, second, "Pipeline by region")
	if n := strings.Count(h.happened(), `"what":"export","did":"began","type":"App","id":"`+h.app("Pipeline by region")); n != 1 {
		t.Errorf("%d exports for two deployments", n)
	}
	endsWell(t, p)
	p, h = start()
	h.call(http.MethodPost, "/apps/"+h.app("Store traffic")+"/publish", `{"stream": "Finance"}`, nil)
	arrives(t, tenant, "Store traffic")
	h.call(http.MethodPost, "/faults", `{"kind": "slow-export", "seconds": 600}`, nil)
	h.call(http.MethodPost, "/apps/"+h.app("Sales overview")+"/move", `{"stream": "Finance"}`, nil)
	h.until("an export that runs", `"what":"export","did":"began","type":"App","id":"`+h.app("Sales overview"))
	endsWell(t, p)
}

// until waits until the sandbox's history has some words.
func (h hub) until(what, words string) {
	h.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if strings.Contains(h.happened(), words) {
			return
		}
		if time.Now().After(end) {
			h.Fatalf("waited in vain for %s: %s", what, h.happened())
		}
	}
}

// happened is the sandbox's history.
func (h hub) happened() string {
	h.Helper()
	var all json.RawMessage
	h.call(http.MethodGet, "/happened", "", &all)
	return string(all)
}
