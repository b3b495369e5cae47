package browser

import "testing"

// TestWhatMayGo sets what a deployment of the demo takes.
func TestWhatMayGo(t *testing.T) {
	d := startDemo(t)
	console := newPage(t, newBrowser(t), true)
	console.signIn(d.console)
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
}
