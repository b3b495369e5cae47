package browser

import (
	"strconv"
	"testing"

	"github.com/skyferry/skyferry/internal/e2e/program"
)

// asks sends a form of the console from the page that is open, without leaving it, as another tab would.
func (p *page) asks(path, form string) {
	p.t.Helper()
	p.js(`void (window.asked = ""), fetch(` + strconv.Quote(path) + `, {method: "POST", body: new URLSearchParams(` + strconv.Quote(form) + `)}).then(() => { window.asked = "yes" }), ""`)
	p.becomes(`window.asked`, "yes")
}

// TestASessionThatEndsKeepsWhatWasTyped: somebody comes back to a form after the night, and goes on in it.
func TestASessionThatEndsKeepsWhatWasTyped(t *testing.T) {
	d := startDemo(t)
	console := newPage(t, newBrowser(t), true)
	console.signIn(d.console)
	console.open(d.console + "/policies/new")
	console.fill("Name", "Kept over night")
	console.asks("/sign-out", "")
	console.button("Validate rule")
	console.sees("Your session has ended.")
	console.glance("policy-new-session-ended")
	if name := console.value("textbox", "Name"); name != "Kept over night" {
		t.Errorf("the name is %q", name)
	}
	console.asks("/sign-in", "name=admin&to=/&password="+password)
	console.button("Validate rule")
	console.sees("Valid")
	console.becomes(`document.querySelector(".unanswered").innerText.trim()`, "")

	console.asks("/sign-out", "")
	console.button("Apply")
	console.sees("Sign in in a new tab")
	console.asks("/sign-in", "name=admin&to=/&password="+password)
	console.js(`location.reload(), ""`)
	console.sees("Choose the action Distribute")
	if name := console.value("textbox", "Name"); name != "Kept over night" {
		t.Errorf("the name that was sent again is %q", name)
	}
}

// TestTheStatusSaysWhenItIsNotLive: news that do not come because the console is gone must not look like no news.
func TestTheStatusSaysWhenItIsNotLive(t *testing.T) {
	needsChromium(t)
	listen, data := program.FreeAddress(t), t.TempDir()
	serve := func() *program.Process {
		return program.Start(t, environment, []string{"console"}, "serve", "--listen", listen, "--data", data)
	}
	first := serve()
	console := newPage(t, newBrowser(t), true)
	console.signIn("http://" + listen)
	console.open("http://" + listen + "/status")
	console.sees("Live · since")
	first.Kill()
	console.sees("The console does not answer; what stands here grows old.")
	console.glance("status-not-live")
	serve()
	console.sees("Live · since")
}
