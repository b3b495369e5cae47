package tenant

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// clocked is a tenant whose time stands still unless it is moved.
func clocked(t *testing.T) (*fixture, *time.Time) {
	t.Helper()
	now := time.Date(2026, 3, 1, 23, 59, 0, 0, time.UTC)
	return openFixture(t, Options{Dir: t.TempDir(), APIKey: testKey, Now: func() time.Time { return now }}).withSite(), &now
}

func (f *fixture) plan(body map[string]any) map[string]any {
	f.Helper()
	return f.want(200, call{method: "PUT", path: "/sandbox/v1/plan", token: testKey, body: body})
}

func TestRateLimits(t *testing.T) {
	f, now := clocked(t)
	f.plan(map[string]any{"rateLimits": map[string]any{"enabled": true, "tier1PerMinute": 1, "tier2PerMinute": 1, "uploadsPerMinute": 1}})
	read := call{path: "/api/v1/users/me", token: testKey}
	for i := range 5 { // a minute's calls in each of five minutes, at once
		if got := f.do(read); got.status != 200 {
			t.Fatalf("call %d: %d", i, got.status)
		}
	}
	refused := f.do(read)
	want := `{"errors":[{"code":"HTTP-429","detail":"You need to wait 5 seconds until limit is lifted.","title":"API rate limit reached."}]}`
	if refused.status != 429 || refused.header.Get("Retry-After") != "5" || string(refused.body) != want {
		t.Errorf("%d %v %s", refused.status, refused.header, refused.body)
	}
	if got := f.do(call{path: "/api/v1/items", token: testKey}); got.status != 429 {
		t.Errorf("another call of the tier: %d", got.status)
	}
	f.want(201, call{method: "POST", path: "/api/v1/spaces", token: testKey, body: map[string]string{"name": "Work", "type": "shared"}})
	f.create(testKey, 10, "")
	f.want(200, call{path: "/sandbox/v1/plan", token: testKey})
	*now = now.Add(2 * time.Second)
	if got := f.do(read); got.header.Get("Retry-After") != "3" {
		t.Errorf("after two seconds Retry-After is %q", got.header.Get("Retry-After"))
	}
	*now = now.Add(time.Minute)
	f.want(200, read)
	f.plan(map[string]any{"rateLimits": map[string]any{"enabled": false}})
	for range 20 {
		f.want(200, read)
	}
}

// All users together may make half of what all of them may make one by one.
func TestRateLimitOfTheWholeTenant(t *testing.T) {
	f, _ := clocked(t)
	by := func(user string) call {
		return call{path: "/api/v1/items", token: f.jwt(func(_ *jwt.Token, claims jwt.MapClaims) { claims["sub"] = user })}
	}
	for _, user := range []string{"ann", "ben", "cid"} { // with the administrator there are four
		f.want(200, by(user))
	}
	f.plan(map[string]any{"rateLimits": map[string]any{"enabled": true, "tier1PerMinute": 2}})
	for _, user := range []string{"ann", "ben"} {
		for range 10 {
			f.want(200, by(user))
		}
	}
	if got := f.do(by("cid")); got.status != 429 || got.header.Get("Retry-After") != "5" {
		t.Errorf("one call more than all of them may make: %d", got.status)
	}
	f.create(testKey, 10, "") // another tier goes on
	for _, user := range []string{"dora", "emil"} {
		f.want(201, call{method: "POST", path: "/api/v1/users", token: testKey, body: map[string]string{"subject": user, "name": user, "email": user + "@acme.example"}})
	}
	f.plan(map[string]any{})
	for range 10 {
		f.want(200, by("ann"))
	}
	if got := f.do(by("ann")); got.status != 429 {
		t.Errorf("one call more than a user may make: %d", got.status)
	}
	for _, user := range []string{"ben", "cid"} { // there are six users now
		for range 10 {
			f.want(200, by(user))
		}
	}
}

func TestRateLimitsOfSigningIn(t *testing.T) {
	f, _ := clocked(t)
	f.withJWT(publicPEM(siteKey()))
	tickets := func(c jwt.MapClaims) { c["jti"] = randomText(9) }
	for path, body := range map[string]any{"/login/jwt-session": nil, "/oauth/token": map[string]string{"client_id": "x", "grant_type": "client_credentials"}} {
		f.plan(map[string]any{"rateLimits": map[string]any{"tier2PerMinute": 1}})
		ask := func() int {
			return f.do(call{method: "POST", path: path, token: f.ticket(tickets), body: body}).status
		}
		for range 5 {
			if got := ask(); got == 429 {
				t.Errorf("%s: refused too early", path)
			}
		}
		if got := ask(); got != 429 {
			t.Errorf("%s: %d", path, got)
		}
	}
}

func TestDailyImports(t *testing.T) {
	f, now := clocked(t)
	if body := f.plan(map[string]any{"plan": "Starter"}); body["importsPerDay"] != 300.0 {
		t.Errorf("plan = %v", body)
	}
	f.plan(map[string]any{"importsToday": 299})
	f.autoreplace(testAppID, "the last of the day")
	refused := f.do(call{method: "POST", path: "/api/v1/apps/import?mode=autoreplace&appId=" + testAppID, token: f.site(), body: qvf("one more")})
	if refused.status != 429 || refused.header.Get("Retry-After") != "60" {
		t.Errorf("%d %v %s", refused.status, refused.header, refused.body)
	}
	if got := f.contentOf(testAppID); got != string(qvf("the last of the day")) || f.files() != 1 {
		t.Errorf("a refused import left %q in %d files", got, f.files())
	}
	f.space("Work", "shared") // only imports are refused
	f.close()
	f = openFixture(t, Options{Dir: f.dir, APIKey: testKey, Now: f.now})
	if body := f.want(200, call{path: "/sandbox/v1/plan", token: testKey}); body["importsToday"] != 300.0 || body["plan"] != "Starter" {
		t.Errorf("after a restart: %v", body)
	}
	*now = now.Add(time.Minute)
	f.autoreplace(testAppID, "the next day")
}

func TestPlanIsChecked(t *testing.T) {
	f, _ := clocked(t)
	for name, body := range map[string]any{
		"unknown plan": map[string]any{"plan": "Business"}, "no calls": map[string]any{"rateLimits": map[string]any{"tier1PerMinute": 0}},
		"less than none": map[string]any{"importsPerDay": -3}, "no memory": map[string]any{"appMemoryBytes": 0}, "no JSON": []byte("x"),
	} {
		if got := f.do(call{method: "PUT", path: "/sandbox/v1/plan", token: testKey, body: body}); got.status != 400 {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	f.want(403, call{method: "PUT", path: "/sandbox/v1/plan", token: f.site(), body: map[string]any{}})
	if body := f.plan(map[string]any{"plan": "Premium"}); body["importsPerDay"] != 2000.0 || at(body, "rateLimits.tier1PerMinute") != 1000.0 {
		t.Errorf("plan = %v", body)
	}
	if body := f.plan(map[string]any{"importsPerDay": 7}); body["plan"] != "Premium" || body["importsPerDay"] != 7.0 {
		t.Errorf("plan = %v", body)
	}
}

func TestQuotaPage(t *testing.T) {
	f := newFixture(t)
	f.imported("name=x", "x")
	b := f.signedIn()
	page := b.get("/quota")
	if !page.says("main", "Enterprise") || !page.says("main", "1 of 10,000") || !page.says("main", "On: 1,000 reading, 100 changing and 800 upload calls a minute") || !page.says("nav", "Quota and plan") {
		t.Errorf("page: %s", page.Find("main").Text())
	}
	form := url.Values{}
	edit := b.get("/quota/edit")
	for _, label := range []string{"Plan", "Imports per day", "Rate limits", "Reading calls a minute", "Changing calls a minute", "Upload calls a minute",
		"Space roles", "Memory of an app", "Largest app file", "Shared spaces"} {
		field := edit.field(label)
		name, _ := field.Attr("name")
		value, _ := field.Attr("value")
		if chosen := field.Find("[selected]"); chosen.Length() == 1 {
			value, _ = chosen.Attr("value")
		}
		form.Set(name, value)
	}
	form.Set("plan", "Starter")
	form.Set("reads", "many")
	if refused := b.post("/quota/edit", form); refused.status != 422 || !refused.says("#field-reads-error", "whole number") {
		t.Errorf("refused: %d", refused.status)
	}
	form.Set("reads", "9")
	form.Set("spaceRoles", "Count")
	if done := b.post("/quota/edit", form); done.path != "/quota" || !done.says("main", "1 of 300") || !done.says("main", "On: 9 reading") || !done.says("main", "who is no member") {
		t.Errorf("done: %s", done.Find("main").Text())
	}
}

func TestMembersAndCollectionsPages(t *testing.T) {
	f := newFixture(t).withSite()
	f.want(200, call{path: "/api/v1/users/me", token: f.site()})
	path := "/spaces/" + f.space("Finance", "managed") + "/members"
	b := f.signedIn()
	if list := b.get("/spaces"); list.Find("a[href='"+path+"']").Length() != 1 {
		t.Error("the list of spaces does not lead to the members")
	}
	if refused := b.post(path+"/new", url.Values{"member": {"nobody"}, "roles": {"publisher"}}); refused.status != 422 || !refused.says("#field-member-error", "no user") {
		t.Errorf("nobody: %d", refused.status)
	}
	if refused := b.post(path+"/new", url.Values{"member": {"site"}, "roles": {"king"}}); refused.status != 422 || !refused.says("#field-roles-error", "king") {
		t.Errorf("no such role: %d %s", refused.status, refused.Find("dialog").Text())
	}
	added := b.post(path+"/new", url.Values{"member": {"site"}, "roles": {"publisher, consumer"}})
	if !added.says("tbody tr", "publisher, consumer") || !added.says("tbody tr", "qs-prod-01") {
		t.Errorf("added: %d %s", added.status, added.Find("main").Text())
	}
	remove, _ := added.Find("form:contains('Delete')").Attr("action")
	if question := b.get(remove); !question.says("dialog", "qs-prod-01") {
		t.Errorf("question: %s", question.Find("dialog").Text())
	}
	if gone := b.post(remove, nil); gone.path != path || gone.Find("table").Length() != 0 {
		t.Error("still a member")
	}

	made := b.post("/collections/new", url.Values{"name": {"Monthly"}, "type": {"public"}})
	if !made.says("tbody tr", "Monthly") {
		t.Errorf("made: %d", made.status)
	}
	if again := b.post("/collections/new", url.Values{"name": {"monthly"}, "type": {"public"}}); again.status != 422 || !again.says("#field-name-error", "already") {
		t.Errorf("again: %d", again.status)
	}
	remove, _ = made.Find("form:contains('Delete')").Attr("action")
	b.get(remove)
	if gone := b.post(remove, nil); gone.Find("table").Length() != 0 {
		t.Error("still there")
	}
}

func TestJWTProviderPage(t *testing.T) {
	f := newFixture(t)
	b := f.signedIn()
	form := url.Values{"type": {"JWT"}, "description": {"Ours"}, "issuer": {jwtIssuer}, "kid": {"k1"}, "pem": {privatePEM()}}
	if refused := b.post("/identity-providers/new", form); refused.status != 422 || !refused.says("#field-pem-error", "STOP") || refused.field("Certificate").Text() != "" {
		t.Errorf("private key: %d", refused.status)
	}
	form.Set("pem", publicPEM(siteKey()))
	made := b.post("/identity-providers/new", form)
	if !made.says("tbody tr", "JWT") || !made.says("tbody tr", jwtIssuer) {
		t.Fatalf("made: %d %s", made.status, made.Find("main").Text())
	}
	f.login(f.ticket(nil))
	form.Set("type", "OIDC")
	if refused := b.post("/identity-providers/new", form); refused.status != 422 || !refused.says("#field-type-error", "Multi-cloud and JWT") {
		t.Errorf("another type: %d", refused.status)
	}
}

func TestAppsPageSearches(t *testing.T) {
	f := newFixture(t)
	id := text(f.imported("name=Needle", "x"), "attributes.id")
	for i := range appsPerPage + 1 {
		f.imported(fmt.Sprintf("name=Hay%03d", i), "x")
	}
	b := f.signedIn()
	if found := b.get("/apps?q=needLE"); found.Find("tbody tr").Length() != 1 || !found.says("tbody tr", id) {
		t.Errorf("found %d", found.Find("tbody tr").Length())
	}
	if found := b.get("/apps?q=" + id); found.Find("tbody tr").Length() != 1 {
		t.Error("not found by id")
	}
	if found := b.get("/apps?q=thread"); !found.says("main", "No app matches.") {
		t.Error("an empty search does not say so")
	}
	next, _ := b.get("/apps").Find("a[rel=next]").Attr("href")
	prev, _ := b.get(next).Find("a[rel=prev]").Attr("href")
	if first := b.get(prev); first.Find("tbody tr").Length() != appsPerPage || !first.says("tbody tr:first-child", "Hay000") {
		t.Errorf("%d rows before the second page", first.Find("tbody tr").Length())
	}
}

// many is enough apps to tell a read index from a read table.
const many = 10_000

// stocked fills a tenant behind the API's back, in one transaction.
func stocked(tb testing.TB, server *Server) {
	tb.Helper()
	base := server.now().UTC()
	err := server.db.Write(func(tx *state.Tx) error {
		for i := range many {
			made := base.Add(time.Duration(i) * time.Second)
			app := state.App{ID: randomGUID(), ItemID: randomHex(), Name: fmt.Sprintf("App %05d", i), OwnerID: adminID(), Created: made, Modified: made, SHA256: strconv.Itoa(i)}
			if err := state.Apps.Put(tx, app.ID, app); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}

func TestTenThousandAppsAreReadPageByPage(t *testing.T) {
	f := newFixture(t)
	f.plan(map[string]any{"rateLimits": map[string]any{"enabled": false}})
	stocked(t, f.server)
	seen, path := 0, "/api/v1/items?limit=100&sort=-name&noActions=true"
	for last := "B"; path != ""; {
		list := f.want(200, call{path: path, token: testKey})
		for _, record := range list["data"].([]any) {
			name := text(record.(map[string]any), "name")
			if name >= last {
				t.Fatalf("%s comes behind %s", name, last)
			}
			seen, last = seen+1, name
		}
		path = strings.TrimPrefix(text(list, "links.next.href"), f.http.URL)
	}
	if seen != many {
		t.Errorf("%d of %d items", seen, many)
	}
	if page := f.signedIn().get("/apps?q=09999"); page.Find("tbody tr").Length() != 1 {
		t.Error("the page does not find one of many")
	}
}

func BenchmarkTenThousandApps(b *testing.B) {
	server, err := Open(Options{Dir: b.TempDir(), APIKey: testKey})
	if err != nil {
		b.Fatal(err)
	}
	defer server.Close()
	plan := newPlan(defaultPlan)
	plan.RateLimits = false
	if err := server.putPlan(plan); err != nil {
		b.Fatal(err)
	}
	stocked(b, server)
	for name, query := range map[string]string{"first page": "limit=100", "last page by name": "limit=100&sort=-name", "one app": "resourceType=app&resourceId=nope",
		"a name that is last": "name=app+09999", "a name that nothing has": "name=nothing"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/api/v1/items?"+query, nil)
				r.Header.Set("Authorization", "Bearer "+testKey)
				answer := httptest.NewRecorder()
				if server.Handler().ServeHTTP(answer, r); answer.Code != http.StatusOK {
					b.Fatal(answer.Code)
				}
			}
		})
	}
}
