package browser

import (
	"regexp"
	"strings"
	"testing"
)

// TestWhereAppsLand sets up a deployment whose apps land by stream, sees a real app as example while typing, and moves the
// placed app when the rule has changed.
func TestWhereAppsLand(t *testing.T) {
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
	console.look("deployment-landing-staged")
	console.fill("Deployment name", "apac")
	console.fill("API endpoint", address)
	console.click("checkbox", "Use local bearer token")
	console.becomes(`document.querySelector("[name=landing]:checked").value`, "managed")
	console.fill("Client ID", id)
	console.fill("Client secret", secret)
	console.fill("Token endpoint", address+"/oauth/token")
	console.choose("Spaces", "by stream")
	console.fill("Space", "From {stream}")
	console.fill("Name in tenant", "{name} ({stream})")
	console.sees("lands in space “From ") // the example follows while one types
	console.fill("Name in tenant", "Report")
	console.button("Apply")
	console.sees("Put {name} or {id} into the pattern")
	console.look("deployment-landing-fault")
	console.fill("Client secret", secret)
	console.fill("Name in tenant", "{name} ({stream})")
	console.button("Apply")
	console.sees("Successfully added")
	deployment := console.location()
	console.look("deployment-landing-managed")

	w := &walker{t: t, d: d, scripts: true, console: console, us: tenant}
	console.open(d.console + "/policies/new")
	console.choose("Create rule from template", "Distribution_App")
	console.fill("Name", "Everything to apac")
	console.fillIn(console.within(console.await("group", "Condition 1"), "textbox", "Value"), "apac")
	console.button("Apply")
	console.sees("Successfully added")
	w.arrives("Sales overview", "apac")
	row := console.await("row", "Sales overview to apac")
	console.press(console.within(row, "link", "Sales overview"))
	console.sees("by stream: Sales")
	console.look("status-detail-landed")
	tenant.open(address + "/apps")
	tenant.sees("From Sales")
	tenant.sees("Sales overview (Sales)")

	w.until(func() bool { // else the number of moves would change under the question
		console.open(deployment)
		text := console.text()
		return strings.Contains(text, "apps there") && !strings.Contains(text, " waiting") && !strings.Contains(text, " under way")
	}, "all apps to land")
	console.choose("Spaces", "one for all apps")
	console.fill("Space", "All together")
	console.button("Apply")
	console.sees("in another space than the rule names now.")
	console.look("deployment-move-offer")
	move := regexp.MustCompile("Move [0-9]+ apps?").FindString(console.text())
	console.link(move)
	console.sees("Each keeps its id and its data")
	console.look("deployment-move")
	console.button(move)
	console.sees("Distribution status shows how far that is.")
	w.until(func() bool {
		tenant.open(address + "/apps")
		return strings.Contains(tenant.text(), "All together")
	}, "the moved app")
}
