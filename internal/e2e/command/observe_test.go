package command

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/e2e/driver"
	"github.com/skyferry/skyferry/internal/e2e/program"
)

// TestASiteThatIsOnlyObserved: all is decided and shown, the site is asked for no export and the tenant for nothing, also when somebody
// asks for a send; then Observe only ends, and what waited goes.
func TestASiteThatIsOnlyObserved(t *testing.T) {
	certs, folder, qrs, cloud, listen := t.TempDir(), t.TempDir(), program.FreeAddress(t), program.FreeAddress(t), program.FreeAddress(t)
	repository := program.Start(t, environment, []string{"repository"}, "sandbox", "repository", "--listen", qrs, "--hub-listen", program.FreeAddress(t), "--certs", certs, "--data", t.TempDir())
	program.Start(t, environment, []string{"tenant"}, "sandbox", "tenant", "--listen", cloud, "--data", filepath.Join(folder, "tenant"))
	h := hub{t, strings.Fields(repository.Lines["repository"][0])[3], apiKey}
	tenant := driver.Tenant{Base: "http://" + cloud, Key: apiKey}
	site := append(program.Repository{Address: qrs, Certs: certs, Callback: "http://" + listen, Look: time.Second, Sweep: time.Minute}.Environment(), environment...)
	start := func(more ...string) (*program.Process, *driver.Console) {
		p := program.Start(t, append(site, more...), []string{"console"}, "serve", "--data", filepath.Join(folder, "console"), "--listen", listen, "--allow-target", "127.0.0.0/8")
		d := driver.New("http://" + listen)
		t.Cleanup(d.Close)
		good(t, d.SignIn(t.Context(), "admin", password))
		return p, d
	}
	p, d := start("SKYFERRY_SITE_OBSERVE_ONLY=true")
	good(t, d.SetUpDeployment(t.Context(), "eu", tenant.Base, tenant, driver.Text("Kind", "Sandbox")))
	good(t, d.CreatePolicy(t.Context(), "Finance", `((subject.name="eu" and resource.stream.name="Finance"))`))
	observed(t, d, 2)
	h.call(http.MethodPost, "/apps/"+h.app("Headcount plan")+"/publish", `{"stream": "Finance"}`, nil)
	observed(t, d, 3)
	page, err := d.Get(t.Context(), "/apps/"+h.app("Headcount plan"))
	good(t, err)
	_, err = page.Send(t.Context(), "Distribute now")
	good(t, err)
	h.call(http.MethodPost, "/apps/"+h.app("Headcount plan")+"/rename", `{"name": "Plan"}`, nil)
	h.call(http.MethodPost, "/apps/"+h.app("Plan")+"/reload", `{}`, nil)
	known := func() bool { _, found, err := d.FindApp(t.Context(), "Plan"); good(t, err); return found }
	for end := time.Now().Add(time.Minute); !known() && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
	}
	observed(t, d, 3)
	apps, err := tenant.Apps(t.Context())
	if good(t, err); len(apps) > 0 || strings.Contains(h.happened(), `"what":"export"`) {
		t.Errorf("in the tenant are %v, and at the site happened %s", apps, h.happened())
	}
	endsWell(t, p)
	start()
	for _, name := range []string{"Cash flow forecast", "Group P&L", "Plan"} {
		arrives(t, tenant, name)
	}
}

// observed waits until so many deliveries are shown that would go, and no other.
func observed(t *testing.T, d *driver.Console, want int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		rows, err := d.Status(t.Context(), "all")
		good(t, err)
		waiting := 0
		for _, r := range rows {
			if strings.HasPrefix(r.State, "Waiting") {
				waiting++
			}
		}
		switch {
		case waiting == want && len(rows) == want:
			return
		case time.Now().After(end):
			t.Fatalf("not %d that are only observed: %+v", want, rows)
		}
	}
}
