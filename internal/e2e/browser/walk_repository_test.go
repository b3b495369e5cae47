package browser

import (
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/e2e/program"
)

// TestWalkRepository does the walk with the apps of a repository: people publish in its hub, and the console learns of it.
func TestWalkRepository(t *testing.T) { walkRepository(t, true) }

// TestWalkRepositoryWithoutScripts does the same with JavaScript off.
func TestWalkRepositoryWithoutScripts(t *testing.T) { walkRepository(t, false) }

func walkRepository(t *testing.T, scripts bool) {
	d, hub := startDemoWithRepository(t)
	browser := newBrowser(t)
	console, us, site := newPage(t, browser, scripts), newPage(t, browser, scripts), newPage(t, browser, scripts)
	console.signIn(d.console)
	us.signInTenant(d.us)
	site.signInHub(hub)

	w := &siteWalker{walker{t: t, d: d, scripts: scripts, console: console, us: us}, site, hub}
	w.setUpDeployment()
	w.trustInTenant()
	w.writePolicy()
	w.readOnly()
	path, sum := qvf(t, "Quarterly report", "the first edition")
	app := w.publishInHub(path, "Quarterly report", "Sales")
	w.arrives("Quarterly report", "us")
	w.isInTenant(app, "Quarterly report", sum)
	w.replaceInHub(app)
	w.renameInHub(app)
	w.neverLeft()
	w.unpublishInHub(app)
	w.removeTrust()
}

// siteWalker walks with the hub of a repository beside the console and the tenant.
type siteWalker struct {
	walker

	site *page
	hub  string
}

// startDemoWithRepository runs the demo with a sandbox repository, and gives the address of its hub.
func startDemoWithRepository(t *testing.T) (d demo, hub string) {
	t.Helper()
	needsChromium(t)
	listen, eu, us := program.FreeAddress(t), program.FreeAddress(t), program.FreeAddress(t)
	p := program.Start(t, environment, []string{"tenant", "tenant", "repository", "console"},
		"demo", "--site", "repository", "--listen", listen, "--tenants", eu+","+us, "--data", t.TempDir(),
		"--repository-listen", program.FreeAddress(t), "--hub-listen", program.FreeAddress(t))
	hub = strings.Fields(p.Lines["repository"][0])[3] // NAME https://HOST:PORT hub http://HOST:PORT api-key KEY
	return demo{"http://" + listen, "http://" + eu, "http://" + us}, hub
}

func (p *page) signInHub(hub string) {
	p.t.Helper()
	p.open(hub)
	p.fill("Administrator's key", apiKey)
	p.button("Sign in")
	p.await("heading", "Apps")
}

// readOnly says that the console offers nothing that the site does not let it do.
func (w *siteWalker) readOnly() {
	p := w.console
	p.open(w.d.console + "/apps")
	p.sees("Sales overview")
	if len(p.find("link", "Upload app"))+len(p.find("button", "Upload app")) > 0 {
		w.t.Error("the console offers to upload an app to a site that is no library of its own")
	}
}

// publishInHub uploads an app to the site and publishes it there; it gives its id.
func (w *siteWalker) publishInHub(path, name, stream string) string {
	p := w.site
	w.uploadInHub(path, name)
	p.choose("Stream", stream)
	p.button("Publish")
	p.sees("Published.")
	return last(p.location())
}

func (w *siteWalker) uploadInHub(path, name string) {
	p := w.site
	p.open(w.hub + "/apps")
	p.fill("Name", name)
	p.attach("File (.qvf)", path)
	p.button("Upload")
	p.await("heading", name)
}

// replaceInHub sets a space in the tenant, replaces the app on the site, and sees the same tenant app refreshed.
func (w *siteWalker) replaceInHub(app string) {
	us := w.us
	us.open(w.d.us + "/apps/" + app + "/space")
	us.fillIn(us.await("combobox", "Space"), "Reports")
	us.pressIn("Set space")
	us.sees("Reports")

	path, sum := qvf(w.t, "Second edition", "the second edition, which is longer")
	w.uploadInHub(path, "Second edition")
	p := w.site
	p.open(w.hub + "/apps/" + app)
	p.choose("By the content of", "Second edition")
	p.button("Replace")
	p.sees("Replaced.")
	w.until(func() bool { return content(w.t, w.d.us, app) == sum }, "the second edition in the tenant")
	us.open(w.d.us + "/apps")
	us.sees("Reports")
	if n := strings.Count(us.text(), "Quarterly report"); n != 1 {
		w.t.Errorf("the tenant shows the app %d times", n)
	}
}

// renameInHub renames the app on the site, and sees the same in the tenant.
func (w *siteWalker) renameInHub(app string) {
	p := w.site
	p.open(w.hub + "/apps/" + app)
	p.fill("Name", "Annual report")
	p.button("Rename")
	p.sees("Renamed.")
	w.until(func() bool { w.us.open(w.d.us + "/apps"); return contains(w.us.text(), "Annual report") }, "the new name in the tenant")
	w.arrives("Annual report", "us")
}

// unpublishInHub takes the app from its stream; the tenant keeps what it has, and the console says so.
func (w *siteWalker) unpublishInHub(app string) {
	sum := content(w.t, w.d.us, app)
	p := w.site
	p.open(w.hub + "/apps/" + app)
	p.button("Unpublish")
	p.sees("Unpublished.")
	c := w.console
	w.until(func() bool {
		c.open(w.d.console + "/status?tab=left")
		return contains(c.text(), "Annual report") && contains(c.text(), "was unpublished")
	}, "the app to be left in the tenant")
	if now := content(w.t, w.d.us, app); now != sum {
		w.t.Error("an app that was unpublished changed in the tenant")
	}
}
