package browser

import (
	"strings"
	"testing"
)

// begin starts a fault in the tenant from its page, for so many calls.
func (p *page) begin(tenant, kind, calls string) {
	p.t.Helper()
	p.open(tenant + "/faults/new?kind=" + kind)
	p.fill("For how many calls", calls)
	p.pressIn("Start")
	p.sees("started.")
}

// heal ends all faults of the tenant.
func (p *page) heal(tenant string) {
	p.t.Helper()
	p.open(tenant + "/faults")
	p.button("Stop all")
	p.sees("The tenant is healthy.")
}

// distribute asks for a send of an app that the tenant has already.
func (w *walker) distribute(app string) {
	w.t.Helper()
	w.console.open(w.d.console + "/apps")
	w.console.app(app)
	w.console.button("Distribute now")
	w.console.sees("Distribution requested.")
}

// attention waits until something is said among what needs attention.
func (w *walker) attention(text string) {
	w.t.Helper()
	said := ""
	there := eventually(func() bool {
		w.console.open(w.d.console + "/status?tab=attention")
		said = w.console.text()
		return contains(said, text)
	})
	if !there {
		w.t.Fatalf("waited in vain for %q:\n%s", text, said)
	}
}

// detail opens the page of a delivery.
func (w *walker) detail(app, deployment string) {
	w.t.Helper()
	w.console.press(w.console.within(w.console.await("row", app+" to "+deployment), "link", app))
	w.console.sees("What happened")
}

// TestTroubleAndBack rehearses on the tenant's own page what an admin may meet, each alone, and does what the console says.
func TestTroubleAndBack(t *testing.T) {
	d := startDemo(t)
	browser := newBrowser(t)
	console, eu := newPage(t, browser, true), newPage(t, browser, true)
	console.signIn(d.console)
	eu.signInTenant(d.eu)
	w := &walker{t: t, d: d, console: console}
	const app = "Cash flow forecast"
	deployment := console.hrefOf(d.console+"/deployments", "eu")

	eu.begin(d.eu, "lost-answer", "1")
	w.distribute(app)
	w.until(func() bool {
		console.open(d.console + "/status?tab=all")
		rows := console.find("row", app+" to eu")
		return len(rows) == 1 && on[bool](console, rows[0], `function() { return this.innerText.includes("Distributed") && this.querySelector('[data-col="attempts"]').innerText.trim() === "2" }`)
	}, "the app whose import gave no answer")
	eu.open(d.eu + "/apps")
	if n := strings.Count(eu.text(), app); n != 1 {
		t.Errorf("the tenant shows the app %d times", n)
	}

	eu.begin(d.eu, "full-quota", "100")
	w.distribute(app)
	w.attention("larger than the tenant takes")
	w.detail(app, "eu")
	console.sees("Make the app smaller")
	console.glance("status-detail-quota")
	eu.heal(d.eu)
	console.button("Retry")
	console.sees("start again.") // a page that is left at once takes the click along
	w.arrives(app, "eu")

	eu.begin(d.eu, "other-tenant", "1000")
	w.distribute(app)
	w.attention("another tenant than before")
	console.open(d.console + deployment)
	console.button("Test connection")
	console.sees("Same tenant as before")
	console.sees("1 failed")
	if len(console.find("button", "Resume eu")) > 0 {
		t.Error("a failed test offers to resume")
	}
	eu.heal(d.eu)
	console.open(d.console + deployment)
	console.button("Test connection")
	console.sees("It works again.")
	console.look("deployment-resume")
	console.button("Resume eu")
	console.sees("is resumed")
	w.arrives(app, "eu")

	console.open(d.console + deployment)
	key := console.after("Key id")
	console.link("Make a new key")
	console.button("Make a new key")
	console.sees("A key change is under way.")
	console.link("Drop the next key")
	console.glance("deployment-drop-key")
	console.button("Drop the next key")
	console.sees("is dropped")
	if now := console.after("Key id"); now != key {
		t.Errorf("signs with %s instead of %s", now, key)
	}
	w.distribute(app)
	w.arrives(app, "eu")
}
