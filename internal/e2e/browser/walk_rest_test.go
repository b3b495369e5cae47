package browser

import (
	"strings"
	"testing"
)

func contains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

func (w *walker) isInTenant(appID, name, sum string) {
	w.t.Helper()
	p := w.us
	p.open(w.d.us + "/apps")
	p.sees(name)
	p.sees(sum)
	if got := content(w.t, w.d.us, appID); got != sum {
		w.t.Errorf("the tenant holds other bytes of %s: %s", name, got)
	}
}

// releaseAndRefresh sets a space in the tenant, replaces the app on the site, and sees the same tenant app refreshed.
func (w *walker) releaseAndRefresh(appID string) {
	p := w.us
	p.open(w.d.us + "/apps/" + appID + "/space")
	p.fillIn(p.await("combobox", "Space"), "Reports")
	p.pressIn("Set space")
	p.sees("Reports")

	path, sum := qvf(w.t, "Quarterly report", "the second edition")
	c := w.console
	c.open(w.d.console + "/apps/" + appID)
	c.act("Replace")
	c.attach("File", path)
	c.pressIn("Replace")
	c.await("heading", "Quarterly report")
	w.until(func() bool { return content(w.t, w.d.us, appID) == sum }, "the second edition in the tenant")
	p.open(w.d.us + "/apps")
	p.sees("Reports")
	if n := strings.Count(p.text(), "Quarterly report"); n != 1 {
		w.t.Errorf("the tenant shows the app %d times", n)
	}
}

// neverLeft says that an app no policy names, and one that is not published, are not in the tenant.
func (w *walker) neverLeft() {
	w.us.open(w.d.us + "/apps")
	for _, name := range []string{"Headcount plan", "Group P&L", "Cash flow forecast"} {
		if strings.Contains(w.us.text(), name) {
			w.t.Errorf("%s reached the tenant us, and no policy names it", name)
		}
	}
}

// realApp carries a file that Qlik Sense saved.
func (w *walker) realApp(path, sum string) {
	w.upload(path)
	p := w.console
	p.open(w.d.console + "/apps")
	appID := p.app("Butler 7.0 demo app")
	p.act("Publish")
	p.choose("Stream", "Sales")
	p.pressIn("Publish")
	p.sees("Unpublish")
	w.arrives("Butler 7.0 demo app", "us")
	w.isInTenant(appID, "Butler 7.0 demo app", sum)
}

// removeTrust deletes the identity provider; from then on the tenant refuses the token and the deployment pauses.
func (w *walker) removeTrust() {
	p := w.us
	p.link("Identity provider")
	p.act("Delete")
	p.pressIn("Delete")
	p.sees("No identity provider configuration")

	c := w.console
	c.open(w.d.console + "/apps")
	c.app("Sales overview")
	c.button("Distribute now")
	c.sees("Distribution requested.")
	w.until(func() bool {
		c.open(w.d.console + "/status?tab=attention")
		return contains(c.text(), "does not accept key")
	}, "the pause of us")
}

// lookAtTrouble looks at the pages that say what is wrong.
func (w *walker) lookAtTrouble() {
	if !w.scripts {
		return
	}
	c := w.console
	for name, path := range map[string]string{"start-trouble": "/", "status-trouble": "/status?tab=all", "status-attention": "/status?tab=attention"} {
		c.open(w.d.console + path)
		c.look(name)
	}
	row := c.hrefOf(w.d.console+"/status?tab=all", "Sales overview")
	c.open(w.d.console + row)
	c.look("status-detail-trouble")
}

// TestClientCredentials lands an app in a managed space of a tenant that an OAuth client opens.
func TestClientCredentials(t *testing.T) {
	d := startDemo(t)
	address := startTenant(t, "apac")
	browser := newBrowser(t)
	tenant, console := newPage(t, browser, true), newPage(t, browser, true)
	tenant.signInTenant(address)
	tenant.link("OAuth clients")
	tenant.act("Create new")
	tenant.fill("Name", "Skyferry")
	tenant.button("Create")
	tenant.sees("not shown again")
	id, secret := tenant.after("Client ID"), tenant.after("Client secret")

	console.signIn(d.console)
	console.open(d.console + "/deployments/new")
	console.fill("Deployment name", "apac")
	console.fill("API endpoint", address)
	console.click("checkbox", "Use local bearer token")
	console.button("Apply")
	console.sees("Not applied.")
	console.fill("Client ID", id)
	console.fill("Client secret", secret)
	console.fill("Token endpoint", address+"/oauth/token")
	console.fill("Space", "Landing")
	console.button("Apply")
	console.sees("Successfully added")

	w := &walker{t: t, d: d, scripts: true, console: console, us: tenant}
	console.open(d.console + "/policies/new")
	console.choose("Create rule from template", "Distribution_App")
	console.fill("Name", "Everything to apac")
	console.fillIn(console.within(console.await("group", "Condition 1"), "textbox", "Value"), "apac")
	console.button("Apply")
	console.sees("Successfully added")
	w.arrives("Sales overview", "apac")
	tenant.open(address + "/apps")
	tenant.sees("Landing")
	if n := strings.Count(tenant.text(), "Sales overview"); n != 1 {
		t.Errorf("the tenant shows the app %d times: an intermediate was left behind", n)
	}
}

// until waits for a condition.
func (w *walker) until(holds func() bool, what string) {
	w.t.Helper()
	if !eventually(holds) {
		w.t.Fatalf("waited in vain for %s", what)
	}
}

// after gives the first word of the line after a label.
func (p *page) after(label string) string {
	p.t.Helper()
	_, rest, found := strings.Cut(p.text(), label+"\n")
	words := strings.Fields(rest)
	if !found || len(words) == 0 {
		p.t.Fatalf("nothing stands after %q:\n%s", label, p.text())
	}
	return words[0]
}
