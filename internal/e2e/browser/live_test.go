package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
)

// twice tells a row twice in one breath, as it comes when a browser was busy, or its page was out of sight.
const twice = `(() => {
	const row = document.querySelector("tr[sse-swap]"), source = document.querySelector("[sse-connect]")["htmx-internal-data"].sseEventSource
	const html = row.outerHTML, tell = word => source.dispatchEvent(new MessageEvent(row.getAttribute("sse-swap"), {data: html.replace(/Cash flow forecast/g, word)}))
	tell("First news")
	tell("Second news")
	return document.getElementById(row.id).innerText
})()`

// TestLiveRowsShowTheLastNews: a row that has just replaced itself hears what comes next, however soon; its tick and the keyboard stay.
func TestLiveRowsShowTheLastNews(t *testing.T) {
	d := startDemo(t)
	p := newPage(t, newBrowser(t), true)
	p.signIn(d.console)
	p.open(d.console + "/status?tab=all")
	p.await("row", "Cash flow forecast to eu")
	p.becomes(`String(document.querySelector("[sse-connect]")["htmx-internal-data"]?.sseEventSource?.readyState)`, "1")
	p.js(`(() => { const row = document.querySelector("tr[sse-swap]"); row.querySelector("[data-row]").click(); row.querySelector("th a").focus(); return "" })()`)
	if got := p.js(twice); !contains(got, "Second news") {
		t.Errorf("the row shows %q", got)
	}
	if at, ticked := p.focused(), p.js(`String(document.querySelector("tr[sse-swap] [data-row]").checked)`); at != "Second news" || ticked != "true" {
		t.Errorf("the keyboard is at %q, and that the row is ticked is %s", at, ticked)
	}
	p.do(chromedp.EmulateViewport(390, 844))
	p.open(d.console + "/status?tab=all")
	p.becomes(`String(document.querySelector(".tabs [aria-current]").getBoundingClientRect().right <= innerWidth + 1)`, "true")
}
