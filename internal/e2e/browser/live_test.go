package browser

import "testing"

// twice tells a row twice in one breath, as it comes when a browser was busy, or its page was out of sight.
const twice = `(() => {
	const row = document.querySelector("tr[sse-swap]"), source = document.querySelector("[sse-connect]")["htmx-internal-data"].sseEventSource
	const tell = word => source.dispatchEvent(new MessageEvent(row.getAttribute("sse-swap"), {data: row.outerHTML.replace(/Cash flow forecast/g, word)}))
	tell("First news")
	tell("Second news")
	return document.getElementById(row.id).innerText
})()`

// TestLiveRowsShowTheLastNews: a row that has just replaced itself hears what comes next, however soon.
func TestLiveRowsShowTheLastNews(t *testing.T) {
	d := startDemo(t)
	p := newPage(t, newBrowser(t), true)
	p.signIn(d.console)
	p.open(d.console + "/status?tab=all")
	p.await("row", "Cash flow forecast to eu")
	p.becomes(`String(document.querySelector("[sse-connect]")["htmx-internal-data"]?.sseEventSource?.readyState)`, "1")
	if got := p.js(twice); !contains(got, "Second news") {
		t.Errorf("the row shows %q", got)
	}
}
