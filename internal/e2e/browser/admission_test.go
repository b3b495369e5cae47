package browser

import "testing"

// TestWhatMayGo sets what a deployment of the demo takes, and sends it a new app with section access: never, and then all the same.
func TestWhatMayGo(t *testing.T) {
	d := startDemo(t)
	browser := newBrowser(t)
	console, eu := newPage(t, browser, true), newPage(t, browser, true)
	console.signIn(d.console)
	eu.signInTenant(d.eu)
	console.open(d.console + "/deployments")
	console.link("eu")
	console.fill("Largest app", "big")
	console.button("Apply")
	console.sees("Enter a size with its unit")
	console.look("deployment-admission-fault")
	console.fill("Largest app", "1 kB")
	console.choose("Apps with section access", "Never")
	console.button("Apply")
	console.sees("Successfully")
	console.look("deployment-admission")
	deployment := console.location()

	w := &walker{t: t, d: d, console: console}
	path, sum := qvf(t, "Payroll", "section access; of whom")
	app := w.uploadAndPublish(path, "Payroll", "Finance")
	w.attention("never takes such apps")
	w.detail("Payroll", "eu")
	console.sees("What was staged is removed.")
	console.glance("status-detail-never")
	eu.open(d.eu + "/apps")
	if contains(eu.text(), "Payroll") {
		t.Error("what is never taken is in the tenant")
	}
	console.open(deployment)
	console.choose("Apps with section access", "Send")
	console.button("Apply")
	console.sees("Successfully")
	w.arrives("Payroll", "eu")
	w.detail("Payroll", "eu")
	console.sees("Section access")
	if got := content(t, d.eu, app); got != sum {
		t.Errorf("the tenant has %s, the site %s", got, sum)
	}
}
