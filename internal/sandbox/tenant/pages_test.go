package tenant

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// browser is somebody with cookies who follows redirects.
type browser struct {
	*fixture
	client *http.Client
}

// seen is a page as the browser has it.
type seen struct {
	*goquery.Document
	status int
	path   string
	header http.Header
}

func (f *fixture) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		f.Fatal(err)
	}
	return &browser{f, &http.Client{Jar: jar, Transport: f.http.Client().Transport}}
}

func (f *fixture) signedIn() *browser {
	f.Helper()
	b := f.browser()
	if got := b.post("/signin", url.Values{"key": {testKey}}); got.path != "/" {
		f.Fatalf("sign in ended at %s: %s", got.path, got.Text())
	}
	return b
}

func (b *browser) get(path string) seen {
	b.Helper()
	return b.send("GET", path, nil, nil)
}

func (b *browser) post(path string, form url.Values) seen {
	b.Helper()
	return b.send("POST", path, form, map[string]string{"Sec-Fetch-Site": "same-origin"})
}

func (b *browser) send(method, path string, form url.Values, header map[string]string) seen {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), method, b.http.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := b.client.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	page, err := goquery.NewDocumentFromReader(response.Body)
	if err != nil {
		b.Fatal(err)
	}
	return seen{page, response.StatusCode, response.Request.URL.Path, response.Header}
}

// field gives the control of a label.
func (p seen) field(label string) *goquery.Selection {
	id, _ := p.Find("label").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.TrimSpace(s.Text()) == label
	}).Attr("for")
	return p.Find("#" + id)
}

// says reports whether a part of the page has a text.
func (p seen) says(part, text string) bool { return strings.Contains(p.Find(part).Text(), text) }

func TestSignInAndOut(t *testing.T) {
	f := newFixture(t)
	b := f.browser()
	first := b.get("/apps?after=x")
	if first.path != "/signin" || first.field("API key").Length() != 1 || !first.says("button", "Sign in") {
		t.Fatalf("not the sign-in page: %s", first.path)
	}
	if next, _ := first.Find("input[name=next]").Attr("value"); next != "/apps?after=x" {
		t.Errorf("next = %q", next)
	}
	if wrong := b.post("/signin", url.Values{"key": {"x"}}); wrong.status != 422 || !wrong.says("[role=alert]", "does not know") {
		t.Errorf("wrong key: %d", wrong.status)
	}
	if got := b.post("/signin", url.Values{"key": {testKey}, "next": {"/apps"}}); got.path != "/apps" {
		t.Errorf("landed at %s", got.path)
	}
	site, _ := url.Parse(f.http.URL)
	cookie := b.client.Jar.Cookies(site)[0]
	if cookie.Name != "sandbox_"+f.server.TenantID()[:8] {
		t.Errorf("cookie %q", cookie.Name)
	}
	b.post("/signout", nil)
	b.client.Jar.SetCookies(site, []*http.Cookie{{Name: cookie.Name, Value: cookie.Value, Path: "/"}})
	if got := b.get("/apps"); got.path != "/signin" {
		t.Error("the old cookie still opens pages after Sign out")
	}
}

func TestSignInLeadsNowhereElse(t *testing.T) {
	for path, want := range map[string]string{"/apps": "/apps", "//evil": "/", "https://evil": "/", "/\\evil": "/", "apps": "/", "/\tx": "/", "": "/"} {
		if got := localPath(path); got != want {
			t.Errorf("localPath(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestSessionEndsWithItsTimeAndItsKey(t *testing.T) {
	now := time.Now()
	f := openFixture(t, Options{Dir: t.TempDir(), APIKey: testKey, Now: func() time.Time { return now }})
	key, secret, err := f.server.addKey(f.server.keyCaller(""), "mine", "")
	if err != nil {
		t.Fatal(err)
	}
	admin, other := f.signedIn(), f.browser()
	other.post("/signin", url.Values{"key": {secret}})
	if got := other.get("/apps"); got.path != "/apps" {
		t.Fatalf("a made key does not sign in: %s", got.path)
	}
	if err := f.server.deleteKey(key.ID); err != nil {
		t.Fatal(err)
	}
	if got := other.get("/apps"); got.path != "/signin" {
		t.Error("a session outlives its key")
	}
	now = now.Add(12 * time.Hour)
	if got := admin.get("/apps"); got.path != "/signin" {
		t.Error("a session outlives 12 h")
	}
}

func TestWrongKeysAreLimited(t *testing.T) {
	now := time.Now()
	f := openFixture(t, Options{Dir: t.TempDir(), APIKey: testKey, Now: func() time.Time { return now }})
	b := f.browser()
	for range attemptsAtOnce {
		b.post("/signin", url.Values{"key": {"x"}})
	}
	if got := b.post("/signin", url.Values{"key": {testKey}}); got.status != 429 {
		t.Errorf("status %d, want 429", got.status)
	}
	now = now.Add(attemptEvery)
	if got := b.post("/signin", url.Values{"key": {testKey}}); got.path != "/" {
		t.Errorf("after a while: %d %s", got.status, got.path)
	}
}

func TestPagesRefuseOtherSites(t *testing.T) {
	b := newFixture(t).signedIn()
	got := b.send("POST", "/spaces/new", url.Values{"name": {"x"}, "type": {"managed"}}, map[string]string{"Sec-Fetch-Site": "cross-site"})
	if got.status != 403 {
		t.Errorf("status %d, want 403", got.status)
	}
	page := b.get("/")
	policy := page.header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	if page.Find("script:not([src]), style, [style], [onclick]").Length() != 0 {
		t.Error("something is inline")
	}
}

func TestEveryPageSaysThatItIsASandbox(t *testing.T) {
	b := newFixture(t).withSite().signedIn()
	b.autoreplace(testAppID, "x")
	for _, path := range []string{"/", "/apps", "/spaces", "/collections", "/quota", "/quota/edit", "/identity-providers", "/oauth-clients", "/api-keys", "/nothing",
		"/identity-providers/new", "/oauth-clients/new", "/api-keys/new", "/spaces/new", "/apps/" + testAppID + "/space", "/apps/" + testAppID + "/delete"} {
		page := b.get(path)
		if !page.says(".band", "Sandbox tenant, not Qlik Cloud") || page.Find("html[lang]").Length() != 1 {
			t.Errorf("%s does not say what it is", path)
		}
		if path == "/nothing" && page.status != 404 || path != "/nothing" && page.status != 200 {
			t.Errorf("%s: %d", path, page.status)
		}
	}
	if page := b.get("/"); !page.says("main", b.server.TenantID()) || !page.says("main", strings.TrimPrefix(b.http.URL, "http://")) {
		t.Error("the first page does not tell id and host")
	}
}

func TestIdentityProviderPages(t *testing.T) {
	f := newFixture(t)
	b := f.signedIn()
	list := b.get("/identity-providers")
	if href, _ := list.Find("a:contains('Create new')").Attr("href"); href != "/identity-providers/new" || !list.says("nav", "Identity provider") {
		t.Fatalf("Create new leads to %q", href)
	}
	window := b.get("/identity-providers/new")
	if !window.says("dialog h1", "Create identity provider configuration") || window.field("Type").Find("option").Text() != "Multi-cloudJWT" ||
		!window.field("Local bearer token").Is("textarea") || !window.says("dialog button", "Create") {
		t.Fatal("the window is not as named")
	}
	if _, inert := window.Find(".frame").Attr("inert"); !inert {
		t.Error("what lies behind the window takes input")
	}
	form := url.Values{"type": {"Multi-cloud"}, "description": {"qs-prod <01>"}, "token": {"aGVsbG8="}}
	refused := b.post("/identity-providers/new", form)
	value, _ := refused.field("Description").Attr("value")
	if refused.status != 422 || value != "qs-prod <01>" || refused.field("Local bearer token").Text() != "aGVsbG8=" ||
		!refused.says("#field-token-error", "not a JSON object") || !refused.says("[role=alert]", "not a JSON object") {
		t.Errorf("refused: %d", refused.status)
	}
	about, _ := refused.field("Local bearer token").Attr("aria-describedby")
	if !strings.Contains(about, "field-token-error") {
		t.Errorf("the fault is not joined to its field: %q", about)
	}
	form.Set("token", privatePEM())
	if leaked := b.post("/identity-providers/new", form); leaked.status != 422 || strings.Contains(leaked.Text(), "BEGIN RSA") || !leaked.says("[role=alert]", "STOP") {
		t.Error("a private key is sent back, or not refused loudly")
	}
	form.Set("token", defined(testIssuer, publicPEM(siteKey())))
	made := b.post("/identity-providers/new", form)
	if made.path != "/identity-providers" || !made.says("[role=status]", "Created") || !made.says("table", testIssuer) || !made.says("table", "k1") {
		t.Fatalf("made: %d %s", made.status, made.path)
	}
	if again := b.get("/identity-providers"); again.Find("[role=status]").Length() != 0 {
		t.Error("the notice is shown twice")
	}
	if twice := b.post("/identity-providers/new", form); twice.status != 422 || !twice.says("#field-token-error", "already") {
		t.Errorf("same issuer again: %d", twice.status)
	}
	token := f.site()
	f.want(200, call{path: "/api/v1/users/me", token: token})
	path, _ := made.Find("form:contains('Delete')").Attr("action")
	question := b.get(path)
	if !question.says("dialog", "refuses every token of issuer "+testIssuer) {
		t.Errorf("the question does not say what is refused: %s", question.Find("dialog").Text())
	}
	if gone := b.post(path, nil); gone.path != "/identity-providers" || gone.Find("table").Length() != 0 {
		t.Error("still in the list")
	}
	f.want(401, call{path: "/api/v1/users/me", token: token})
	if gone := b.get(path); gone.status != 404 {
		t.Errorf("question of a deleted one: %d", gone.status)
	}
}

func TestOAuthClientPages(t *testing.T) {
	f := newFixture(t)
	b := f.signedIn()
	if refused := b.post("/oauth-clients/new", url.Values{"name": {" "}}); refused.status != 422 || !refused.says("#field-name-error", "needs a name") {
		t.Errorf("no name: %d", refused.status)
	}
	made := b.post("/oauth-clients/new", url.Values{"name": {"Skyferry"}})
	if made.Find("dt").Text() != "Client IDClient secret" {
		t.Fatalf("labels %q", made.Find("dt").Text())
	}
	values := made.Find("dd code").Map(func(_ int, s *goquery.Selection) string { return s.Text() })
	grant := map[string]string{"client_id": values[0], "client_secret": values[1], "grant_type": "client_credentials"}
	token := text(f.want(200, call{method: "POST", path: "/oauth/token", body: grant}), "access_token")
	if again := b.get("/oauth-clients"); strings.Contains(again.Text(), values[1]) || !again.says("table", values[0]) {
		t.Error("the secret is shown again, or the id is not")
	}
	path, _ := made.Find("form:contains('Delete')").Attr("action")
	b.post(path, nil)
	f.want(401, call{path: "/api/v1/users/me", token: token})
}

func TestAPIKeyPages(t *testing.T) {
	f := newFixture(t)
	b := f.signedIn()
	made := b.post("/api-keys/new", url.Values{"description": {"script"}})
	key := made.Find("dd code").Text()
	f.want(200, call{path: "/api/v1/users/me", token: key})
	path, _ := made.Find("table form").Attr("action")
	if question := b.get(path); !question.says("dialog", "refused") {
		t.Error("the question does not say what follows")
	}
	b.post(path, nil)
	f.want(401, call{path: "/api/v1/users/me", token: key})
}

func TestAppPages(t *testing.T) {
	f := newFixture(t).withSite()
	b := f.signedIn()
	f.autoreplace(testAppID, "one")
	list := b.get("/apps")
	for _, want := range []string{"Sales", "Staged", sumOf(qvf("one")), testAppID, "Distributed by " + testIssuer, "11 B"} {
		if !list.says("tbody tr", want) {
			t.Errorf("the row does not say %q: %s", want, list.Find("tbody tr").Text())
		}
	}
	path, _ := list.Find("form:contains('Set space')").Attr("action")
	if window := b.get(path); window.field("Space").Length() != 1 {
		t.Fatal("no field Space")
	}
	if refused := b.post(path, url.Values{"space": {""}}); refused.status != 422 || !refused.says("#field-space-error", "needs a name") {
		t.Errorf("no name: %d", refused.status)
	}
	f.space("Work", "shared")
	if refused := b.post(path, url.Values{"space": {"work"}}); refused.status != 422 || !refused.says("#field-space-error", "not a managed") {
		t.Errorf("shared space: %d", refused.status)
	}
	placed := b.post(path, url.Values{"space": {"Finance"}})
	if !placed.says("tbody tr", "Finance") || placed.says("tbody tr", "Staged") || !placed.says("[role=status]", "Finance") {
		t.Errorf("placed: %d %s", placed.status, placed.Find("main").Text())
	}
	f.autoreplace(testAppID, "two")
	if again := b.get("/apps"); !again.says("tbody tr", "Finance") || !again.says("tbody tr", sumOf(qvf("two"))) || again.Find("tbody tr").Length() != 1 {
		t.Error("a second distribution did not update the same app")
	}
	spaces := b.get("/spaces")
	remove, _ := spaces.Find("tr:contains('Finance') form").Attr("action")
	if full := b.post(remove, nil); full.status != 422 || !full.says("[role=alert]", "not empty") {
		t.Errorf("deleting a space in use: %d", full.status)
	}
	path, _ = list.Find("form:contains('Delete')").Attr("action")
	if question := b.get(path); !question.says("dialog", "removed") {
		t.Error("the question does not say what follows")
	}
	if gone := b.post(path, nil); gone.Find("table").Length() != 0 {
		t.Error("still there")
	}
	if gone := b.post(remove, nil); gone.path != "/spaces" || gone.says("table", "Finance") {
		t.Errorf("deleting an empty space: %d", gone.status)
	}
}

func TestSpacePages(t *testing.T) {
	b := newFixture(t).signedIn()
	made := b.post("/spaces/new", url.Values{"name": {"Work"}, "type": {"shared"}})
	if !made.says("tbody tr", "Work") || !made.says("tbody tr", "shared") {
		t.Errorf("made: %d", made.status)
	}
	again := b.post("/spaces/new", url.Values{"name": {"work"}, "type": {"managed"}})
	value, _ := again.field("Name").Attr("value")
	chosen, _ := again.field("Type").Find("[selected]").Attr("value")
	if again.status != 422 || value != "work" || chosen != "managed" || !again.says("#field-name-error", "already") {
		t.Errorf("same name again: %d %q %q", again.status, value, chosen)
	}
}

func TestAppsPageIsBounded(t *testing.T) {
	f := newFixture(t)
	for range appsPerPage + 1 {
		f.imported("name=Same", "x")
	}
	b := f.signedIn()
	first := b.get("/apps")
	next, _ := first.Find("a:contains('Next page')").Attr("href")
	if n := first.Find("tbody tr").Length(); n != appsPerPage || next == "" {
		t.Fatalf("%d rows, next %q", n, next)
	}
	if n := b.get(next).Find("tbody tr").Length(); n != 1 {
		t.Errorf("%d rows on the second page", n)
	}
}
