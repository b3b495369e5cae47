package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
)

// repository connects the console to a site that is out of touch and answers fewer apps.
func (c *console) repository() {
	c.Helper()
	c.ok(c.store.SaveSiteConnection(c.Context(), site.Connection{
		Kind: site.Repository, Way: site.ByCertificate, Host: "sense.acme.example", ClientFile: "client.pem", KeyFile: "client_key.pem", RootFile: "root.pem",
		UserDirectory: "SERVICE", UserID: "skyferry", ObserveOnly: true,
	}))
	c.site.picture = site.Picture{Kind: site.Repository, Host: "sense.acme.example", Fresh: c.now.Add(-38 * time.Second)}
}

func TestTheStartPageAsksForTheSiteFirst(t *testing.T) {
	c := newConsole(t)
	b := c.browser()
	b.signIn("admin")
	first := b.get("/").page.Find(".setup li.next")
	if text := first.Text(); first.Length() != 1 || !strings.Contains(text, "Connect the site") || !strings.Contains(text, "Connect site") {
		t.Errorf("the next step is %s", text)
	}
	for _, path := range []string{"/apps", "/streams", "/properties"} {
		got := b.get(path)
		if got.page.Find(`main a[href="/site"], main form[action="/site/embedded"]`).Length() != 2 || strings.Contains(got.text(), "No app") {
			t.Errorf("%s: %s", path, got.text())
		}
	}
	c.repository()
	if text := b.get("/").text(); !strings.Contains(text, "sense.acme.example answers. 0 apps") || !strings.Contains(text, "sense.acme.example · 38 s ago") {
		t.Errorf("connected: %s", text)
	}
}

func TestEveryPageSaysWhetherTheSiteIsInTouch(t *testing.T) {
	c := newConsole(t)
	b := c.browser()
	b.signIn("admin")
	if bar := b.get("/apps").page.Find("header.bar .site").Text(); !strings.Contains(bar, "qs-test") || strings.Contains(bar, "touch") {
		t.Errorf("unset: %q", bar)
	}
	c.repository()
	if bar := b.get("/apps").page.Find("header.bar .site").Text(); !strings.Contains(bar, "sense.acme.example") || !strings.Contains(bar, "in touch") || strings.Contains(bar, "out") {
		t.Errorf("connected: %q", bar)
	}
	c.site.picture.Fresh = time.Time{} // the console was restarted, or came back to the site
	if text := b.get("/").text(); strings.Contains(text, "first time") || !strings.Contains(text, "sense.acme.example is being read: 0 apps so far.") {
		t.Errorf("read anew: %s", text)
	}
	c.site.picture.Trouble, c.site.picture.TroubleSince = "The site does not answer.", c.now.Add(-time.Hour)
	if bar := b.get("/apps").page.Find("header.bar .site"); !strings.Contains(bar.Text(), "out of touch since") || bar.Find("time").Length() != 1 {
		t.Errorf("in trouble: %q", bar.Text())
	}
}

func TestTheSiteNeedsAttention(t *testing.T) {
	c := newConsole(t)
	c.repository()
	c.site.picture.Trouble, c.site.picture.TroubleSince = "The site does not answer.", c.now.Add(-time.Hour)
	c.site.picture.Shrunk = &site.Shrunk{Known: 3004, Answered: 1020, Since: c.now}
	b := c.browser()
	b.signIn("admin")
	page := b.get("/")
	for _, text := range []string{"Needs attention", "The site is out of touch.", "The site does not answer.", "Site answers fewer apps than before (1,020 of 3,004). Check the user's rights."} {
		if !strings.Contains(page.text(), text) {
			t.Errorf("%q is not there: %s", text, page.text())
		}
	}
	if page.page.Find(`form[action^="/site/accept"] button`).Text() != "Accept" {
		t.Error("it cannot be accepted")
	}
	reader := c.browser()
	reader.signIn("reader")
	if reader.get("/").page.Find(`form[action^="/site/accept"]`).Length() != 0 {
		t.Error("a reader is offered Accept")
	}
}

func TestASiteThatAnswersNoAppNeedsAttention(t *testing.T) {
	c := newConsole(t)
	c.repository()
	c.site.picture.Blind = true
	b := c.browser()
	b.signIn("admin")
	page := b.get("/")
	if text := page.text(); !strings.Contains(text, "1 cause") || !strings.Contains(text, "The site answers no app to the user") || page.page.Find(`.causes a[href="/site/rights"]`).Length() != 1 {
		t.Errorf("the start page says nothing of it: %s", text)
	}
}

func TestTheSitesOwnDistributionNeedsAttention(t *testing.T) {
	c := newConsole(t)
	c.repository()
	c.site.picture.Native = []string{"Finance to the cloud"}
	b := c.browser()
	b.signIn("admin")
	const warning = "The site distributes by itself: both would send."
	if got := b.get("/").text(); strings.Contains(got, warning) {
		t.Errorf("nothing here sends: %s", got)
	}
	_, err := c.store.CreatePolicy(c.Context(), policy.Policy{Name: "All", Effect: policy.Grant, ResourceFilter: "App_*", Actions: policy.ActionDistribute, Conditions: `subject.name="eu"`})
	c.ok(err)
	got := b.get("/")
	if text := got.text(); !strings.Contains(text, warning) || !strings.Contains(text, "1 cause") || !strings.Contains(text, "enabled on the site: Finance to the cloud.") {
		t.Errorf("no warning: %s", text)
	}
	if got.page.Find(`.causes a[href="/site/moving-in"]`).Length() != 1 {
		t.Error("no way to Moving in")
	}
}

func TestObservingOnlyStandsOnEveryPage(t *testing.T) {
	c := newConsole(t)
	c.repository()
	b := c.browser()
	b.signIn("admin")
	got := b.get("/apps")
	if !strings.Contains(got.text(), "Observe only: everything is decided and shown, nothing is sent.") {
		t.Errorf("no banner: %s", got.text())
	}
	if got.page.Find(`form[action="/distribution/resume"]`).Length() != 0 {
		t.Error("it can be resumed like a pause")
	}
	if got := b.get("/site/rights"); got.status != http.StatusOK {
		t.Errorf("%d", got.status)
	}
}

// A browser that goes back brings back what was typed, unless the page forbids it.
func TestTypedNamesComeBack(t *testing.T) {
	c := newConsole(t)
	c.ok(c.store.SaveSiteConnection(c.Context(), site.Connection{Kind: site.Embedded}))
	b := c.browser()
	b.signIn("admin")
	for _, path := range []string{"/streams/new", "/properties/new", "/users/new", "/policies/new"} {
		name := b.get(path).page.Find(`main input[name="name"]`)
		if off, forbidden := name.Attr("autocomplete"); name.Length() != 1 || forbidden {
			t.Errorf("%s: %d fields, autocomplete %q", path, name.Length(), off)
		}
	}
}
