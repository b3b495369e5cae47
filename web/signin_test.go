package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestPagesNeedASignInAndLeadBack(t *testing.T) {
	c := newConsole(t)
	b := c.browser()
	asked := b.get("/policies?q=eu")
	if asked.status != http.StatusSeeOther || asked.to() != "/sign-in?to=%2Fpolicies%3Fq%3Deu" {
		t.Fatalf("%d to %q", asked.status, asked.to())
	}
	form := b.get(asked.to())
	to, _ := form.page.Find("input[name=to]").Attr("value")
	done := b.post("/sign-in", url.Values{"name": {"Admin"}, "password": {password}, "to": {to}})
	if done.status != http.StatusSeeOther || done.to() != "/policies?q=eu" {
		t.Errorf("after the sign-in: %d to %q", done.status, done.to())
	}
	if page := b.get("/"); page.status != http.StatusOK || !strings.Contains(page.text(), "qs-test") {
		t.Errorf("the start page: %d", page.status)
	}
}

func TestSignInNeverLeadsElsewhere(t *testing.T) {
	b := newConsole(t).browser()
	for _, to := range []string{"https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "/\n/evil.example", "javascript:alert(1)", ""} {
		done := b.post("/sign-in", url.Values{"name": {"admin"}, "password": {password}, "to": {to}})
		if done.to() != "/" {
			t.Errorf("%q led to %q", to, done.to())
		}
	}
}

func TestWrongPasswordKeepsTheNameAndSaysNothingMore(t *testing.T) {
	b := newConsole(t).browser()
	for _, name := range []string{"admin", "nobody"} {
		refused := b.post("/sign-in", url.Values{"name": {name}, "password": {"wrong"}})
		if refused.status != http.StatusUnprocessableEntity || !strings.Contains(refused.text(), "The user name or the password is wrong.") {
			t.Errorf("%s: %d %s", name, refused.status, refused.text())
		}
		if kept, _ := refused.page.Find("#name").Attr("value"); kept != name {
			t.Errorf("the name %q became %q", name, kept)
		}
	}
	b.post("/sign-in", url.Values{"name": {"admin"}, "password": {"wrong"}}) // folds with the first
	b.signIn("admin")
	b.post("/sign-out", nil)
	b.signIn("admin")
	trail := b.get("/audit").text()
	if strings.Count(strings.ToLower(trail), "sign-in refused") != 2 || strings.Contains(trail, "nobody") || !strings.Contains(trail, "(unknown name)") || !strings.Contains(strings.ToLower(trail), "signed-out") {
		t.Errorf("audit: %s", trail)
	}
}

func TestTooManyAttemptsWait(t *testing.T) {
	b := newConsole(t).browser()
	for range 5 {
		b.post("/sign-in", url.Values{"name": {"admin"}, "password": {"wrong"}})
	}
	if got := b.signIn("admin"); got.status != http.StatusUnprocessableEntity || !strings.Contains(got.text(), "Too many attempts") {
		t.Errorf("%d %s", got.status, got.text())
	}
}

func TestSessionIsNewAtSignInEndsAtSignOutAndAfterTwelveHours(t *testing.T) {
	c := newConsole(t)
	b := c.browser()
	first := b.signIn("admin").header.Get("Set-Cookie")
	for _, part := range []string{"skyferry_01234567=", "HttpOnly", "SameSite=Lax", "Max-Age=43200", "Path=/"} {
		if !strings.Contains(first, part) {
			t.Errorf("cookie lacks %s: %s", part, first)
		}
	}
	if second := b.signIn("admin").header.Get("Set-Cookie"); second == first || second == "" {
		t.Error("the session's id was kept at a new sign-in")
	}
	old := c.browser()
	if got := old.do(http.MethodGet, "/", nil, "Cookie", strings.SplitN(first, ";", 2)[0]); got.status != http.StatusSeeOther {
		t.Errorf("the session before still opens pages: %d", got.status)
	}
	b.post("/sign-out", url.Values{})
	if got := b.get("/"); got.status != http.StatusSeeOther {
		t.Errorf("after sign-out: %d", got.status)
	}
	b.signIn("admin")
	c.now = c.now.Add(12*time.Hour + time.Minute)
	if got := b.get("/"); got.status != http.StatusSeeOther {
		t.Errorf("after twelve hours: %d", got.status)
	}
}

func TestSessionDiesWithItsUser(t *testing.T) {
	c := newConsole(t)
	admin, reader := c.browser(), c.browser()
	admin.signIn("admin")
	reader.signIn("reader")
	changed := admin.post("/users/"+c.reader, url.Values{"name": {"reader"}, "role": {"reader"}, "disabled": {"on"}})
	if changed.status != http.StatusSeeOther {
		t.Fatalf("disable: %d %s", changed.status, changed.text())
	}
	if got := reader.get("/"); got.status != http.StatusSeeOther {
		t.Errorf("a disabled user still sees pages: %d", got.status)
	}
}

func TestOneCanEndAnotherSessionOfOnesOwn(t *testing.T) {
	c := newConsole(t)
	here, there := c.browser(), c.browser()
	here.signIn("admin")
	there.signIn("admin")
	action, _ := here.get("/account").page.Find(`form[action^="/account/sessions/"]`).Attr("action")
	if got := here.post(action, url.Values{}); got.status != http.StatusSeeOther {
		t.Fatalf("end: %d", got.status)
	}
	if got := there.get("/"); got.status != http.StatusSeeOther {
		t.Errorf("the other session goes on: %d", got.status)
	}
	if got := here.get("/account"); !strings.Contains(got.text(), "Session ended.") {
		t.Error("no notice")
	}
}

// TestAFormThatComesAfterTheSessionIsNotLost: scripts are not sent away from the page, and what was sent can be sent again.
func TestAFormThatComesAfterTheSessionIsNotLost(t *testing.T) {
	b := newConsole(t).browser()
	part := b.do(http.MethodPost, "/policies/check", url.Values{}, "HX-Request", "true")
	if part.status != http.StatusUnauthorized || part.header.Get("HX-Redirect") != "" {
		t.Errorf("a part: %d, led to %q", part.status, part.header.Get("HX-Redirect"))
	}
	sent := b.post("/deployments/new", url.Values{"name": {"eu"}})
	if link := sent.page.Find(`a[href="/sign-in"]`); sent.status != http.StatusUnauthorized || link.AttrOr("target", "") != "_blank" || !strings.Contains(sent.text(), "Nothing was changed.") {
		t.Errorf("a form: %d, %s", sent.status, sent.text())
	}
}
