package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/policy"
)

func TestReaderSeesAndChangesNothing(t *testing.T) {
	b := newConsole(t).browser()
	b.signIn("reader")
	for _, path := range []string{"/", "/apps", "/streams", "/properties", "/deployments", "/policies", "/status", "/audit", "/site", "/site/rights", "/site/picture", "/site/moving-in", "/help", "/account"} {
		if got := b.get(path); got.status != http.StatusOK {
			t.Errorf("GET %s: %d", path, got.status)
		}
	}
	for _, path := range []string{"/streams", "/policies", "/deployments/new", "/distribution/pause", "/distribution/resume", "/status/retry", "/apps/upload", "/site", "/site/embedded", "/site/test", "/site/look", "/site/accept"} {
		if got := b.post(path, url.Values{"name": {"x"}}); got.status != http.StatusForbidden || !strings.Contains(got.text(), "Your role is reader") {
			t.Errorf("POST %s: %d", path, got.status)
		}
	}
	for _, path := range []string{"/streams/new", "/properties/new", "/policies/new", "/policies/guards/new", "/apps/upload", "/deployments/new"} {
		if got := b.get(path); got.status != http.StatusForbidden {
			t.Errorf("GET %s: %d", path, got.status)
		}
	}
	for _, path := range []string{"/", "/streams", "/properties", "/status", "/site"} {
		if got := b.get(path).page.Find(`.actions button, .actions a.primary, a[href="/distribution/pause"]`).Text(); got != "" {
			t.Errorf("%s offers a reader %q", path, got)
		}
	}
	if got := b.get("/users"); got.status != http.StatusForbidden {
		t.Errorf("GET /users: %d", got.status)
	}
}

// A reader can look a policy up and copy its texts, and type into nothing.
func TestReaderLooksAtAPolicy(t *testing.T) {
	c := newConsole(t)
	id, err := c.store.CreatePolicy(t.Context(), policy.Policy{
		Name: "Finance to eu", ResourceFilter: "App_*", Actions: policy.ActionDistribute, Template: "Unspecified",
		Conditions: `((subject.name="eu") and (resource.name="a") or (resource.name="b"))`,
	})
	c.ok(err)
	b := c.browser()
	b.signIn("reader")
	page := b.get("/policies/" + id).page
	fields := page.Find("#policy").Find("input:not([type=hidden]), select, textarea")
	if open := fields.Not("[disabled], [readonly]"); fields.Length() < 15 || open.Length() > 0 {
		name, _ := open.Attr("name")
		t.Errorf("of %d fields a reader can change %d, such as %s", fields.Length(), open.Length(), name)
	}
	if text := page.Find("#policy button").Text(); text != "" {
		t.Errorf("a reader is offered %q", text)
	}
}

func TestAnotherSitesFormIsRefused(t *testing.T) {
	b := newConsole(t).browser()
	b.signIn("admin")
	for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
		got := b.do(http.MethodPost, "/distribution/pause", url.Values{"reason": {"x"}}, headers...)
		if got.status != http.StatusForbidden {
			t.Errorf("%v: %d", headers, got.status)
		}
	}
}

func TestEveryAnswerHasTheHeaders(t *testing.T) {
	b := newConsole(t).browser()
	for _, path := range []string{"/sign-in", "/nowhere", "/healthz"} {
		h := b.get(path).header
		if csp := h.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'self'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Request-Id") == "" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestUnknownPageIsAHelpful404(t *testing.T) {
	b := newConsole(t).browser()
	b.signIn("admin")
	got := b.get("/no/such/page")
	if got.status != http.StatusNotFound || !strings.Contains(got.text(), "There is no page at /no/such/page.") || got.page.Find(`a[href="/status"]`).Length() == 0 {
		t.Errorf("%d %s", got.status, got.text())
	}
}

func TestMetricsAreForThisHostAndForAdministrators(t *testing.T) {
	b := newConsole(t).browser()
	if got := b.get("/metrics"); got.status != http.StatusNotFound { // the test's handler says so: it was reached
		t.Errorf("local: %d", got.status)
	}
	if got := b.do(http.MethodGet, "/metrics", nil, "X-Forwarded-For", "192.0.2.1"); got.status != http.StatusSeeOther {
		t.Errorf("through a proxy: %d", got.status)
	}
}

func TestPauseOfAllStandsOnEveryPage(t *testing.T) {
	b := newConsole(t).browser()
	b.signIn("admin")
	b.post("/distribution/pause", url.Values{"reason": {"Network maintenance"}})
	for _, path := range []string{"/", "/apps", "/status", "/help", "/account"} {
		if got := b.get(path).text(); !strings.Contains(got, "Distribution is paused since") || !strings.Contains(got, "Network maintenance") {
			t.Errorf("%s lacks the banner", path)
		}
	}
	b.post("/distribution/resume", url.Values{})
	if got := b.get("/apps").text(); strings.Contains(got, "Distribution is paused since") {
		t.Error("the banner stays after Resume")
	}
}

func TestUsersAreManaged(t *testing.T) {
	b := newConsole(t).browser()
	b.signIn("admin")
	refused := b.post("/users", url.Values{"name": {" ADMIN "}, "role": {"admin"}, "password": {password}})
	if refused.status != http.StatusUnprocessableEntity || refused.page.Find("#name-error").Length() != 1 {
		t.Errorf("a name that is taken: %d %s", refused.status, refused.text())
	}
	short := b.post("/users", url.Values{"name": {"anna"}, "role": {"admin"}, "password": {"short"}})
	if kept, _ := short.page.Find("#name").Attr("value"); short.status != http.StatusUnprocessableEntity || kept != "anna" {
		t.Errorf("a short password: %d, name %q", short.status, kept)
	}
	if got := b.post("/users", url.Values{"name": {"anna"}, "role": {"reader"}, "password": {password}}); got.to() != "/users" {
		t.Errorf("create: %d %s", got.status, got.text())
	}
	if list := b.get("/users").text(); !strings.Contains(list, "Successfully added") || !strings.Contains(list, "anna") {
		t.Errorf("list: %s", list)
	}
	href, _ := b.get("/users").page.Find(`a:contains("admin")`).Filter(`[href^="/users/"]`).Attr("href")
	last := b.post(href, url.Values{"name": {"admin"}, "role": {"reader"}})
	if last.status != http.StatusUnprocessableEntity || strings.Contains(last.text(), "No change yet") {
		t.Errorf("the last administrator gave the role away, or lost the history: %d %s", last.status, last.text())
	}
}
