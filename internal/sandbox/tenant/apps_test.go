package tenant

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// imported makes a personal app of the administrator.
func (f *fixture) imported(query, content string) map[string]any {
	f.Helper()
	return f.want(200, call{method: "POST", path: "/api/v1/apps/import?" + query, token: testKey, kind: "application/octet-stream", body: qvf(content)})
}

// space makes a space and gives its id.
func (f *fixture) space(name, kind string) string {
	f.Helper()
	return text(f.want(201, call{method: "POST", path: "/api/v1/spaces", token: testKey, body: map[string]string{"name": name, "type": kind}}), "id")
}

func (f *fixture) contentOf(id string) string {
	f.Helper()
	return string(f.do(call{path: "/sandbox/v1/apps/" + id + "/content", token: testKey}).body)
}

// files counts the app contents on disk.
func (f *fixture) files() int {
	f.Helper()
	entries, err := os.ReadDir(filepath.Join(f.dir, "content", "app"))
	if err != nil {
		f.Fatal(err)
	}
	return len(entries)
}

func TestImportNew(t *testing.T) {
	f := newFixture(t).withSite()
	shared, managed := f.space("Work", "shared"), f.space("Finance", "managed")
	first, second := f.imported("mode=new&name=Sales", "one"), f.imported("mode=new&name=Sales", "one")
	if text(first, "attributes.id") == text(second, "attributes.id") {
		t.Error("two imports made one app")
	}
	if f.files() != 1 {
		t.Errorf("%d files for the same bytes", f.files())
	}
	if at(first, "attributes.published") != false || text(first, "attributes.ownerId") == "" || text(first, "attributes.spaceId") != "" {
		t.Errorf("not a personal app: %v", first)
	}
	if got := text(f.imported("name=x&spaceId="+shared, "two"), "attributes.spaceId"); got != shared {
		t.Errorf("space %q, want %q", got, shared)
	}
	if got := text(f.imported("fallbackName=Back", "three"), "attributes.name"); got != "Back" {
		t.Errorf("name %q, want the fallback", got)
	}
	if got := text(f.imported("mode=new&mode=0123", "four"), "attributes.name"); got != "Untitled" {
		t.Errorf("name %q, want Untitled", got)
	}
	for name, test := range map[string]struct {
		call   call
		status int
	}{
		"no app file":            {call{path: "?mode=new", token: testKey, body: []byte("PK\x03\x04")}, 400},
		"empty body":             {call{path: "?mode=new", token: testKey}, 400},
		"unknown mode":           {call{path: "?mode=replace", token: testKey, body: qvf("x")}, 400},
		"managed space":          {call{path: "?spaceId=" + managed, token: testKey, body: qvf("x")}, 400},
		"unknown space":          {call{path: "?spaceId=nope", token: testKey, body: qvf("x")}, 404},
		"unknown file":           {call{path: "?fileId=nope", token: testKey}, 404},
		"incomplete file":        {call{path: "?fileId=" + f.create(testKey, 10, ""), token: testKey}, 400},
		"somebody else's file":   {call{path: "?fileId=" + f.upload(testKey, qvf("x")), token: f.site()}, 404},
		"autoreplace without id": {call{path: "?mode=autoreplace", token: f.site(), body: qvf("x")}, 400},
		"long name":              {call{path: "?name=" + strings.Repeat("n", 513), token: testKey, body: qvf("x")}, 400},
	} {
		t.Run(name, func(t *testing.T) {
			test.call.method, test.call.path = "POST", "/api/v1/apps/import"+test.call.path
			f.want(test.status, test.call)
		})
	}
}

func TestImportReadsRealFiles(t *testing.T) {
	names, _ := filepath.Glob("../../../../shared/data/qvf/Butler*.qvf")
	if len(names) == 0 {
		t.Skip("no real files here")
	}
	f := newFixture(t)
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got := f.want(200, call{method: "POST", path: "/api/v1/apps/import", token: testKey, body: content})
		if !strings.HasPrefix(text(got, "attributes.name"), "Butler") || text(got, "attributes.lastReloadTime") == "" {
			t.Errorf("%s: %v", filepath.Base(name), got["attributes"])
		}
		if f.contentOf(text(got, "attributes.id")) != string(content) {
			t.Errorf("%s: bytes differ", filepath.Base(name))
		}
	}
}

// A key is changed with both configurations present: each of them finds the apps of the other, as the contract has it
// that the app id is the target.
func TestStagedAppIsTheSameForEveryKey(t *testing.T) {
	f := newFixture(t).withSite()
	if err := f.server.AddIdentityProvider("next key", defined("https://next", publicPEM(siteKey()))); err != nil {
		t.Fatal(err)
	}
	next := f.jwt(issuedBy("https://next"))
	for _, appID := range []string{testAppID, "0cc175b9c0f1b6a831c399e269772661"} {
		first := text(f.autoreplace(appID, "one "+appID), "attributes.id")
		if !isGUID(first) {
			t.Errorf("id %q is no GUID", first)
		}
		again := f.want(200, call{method: "POST", path: "/api/v1/apps/import?mode=autoreplace&appId=" + appID, token: next, body: qvf("two " + appID)})
		back := f.autoreplace(appID, "three "+appID)
		if text(again, "attributes.id") != first || text(back, "attributes.id") != first {
			t.Errorf("the app %s got another id by another key", appID)
		}
		if got := f.contentOf(first); got != string(qvf("three "+appID)) {
			t.Errorf("content %q", got)
		}
	}
	half := f.create(f.site(), 12, "")
	f.want(404, call{path: "/api/v1/temp-contents/" + half, token: f.jwt(func(_ *jwt.Token, c jwt.MapClaims) { c["sub"] = "another site" })})
	if got := f.do(call{path: "/api/v1/temp-contents/" + half, token: next}); got.status != 204 {
		t.Errorf("an upload begun with one key is not the other's: %d", got.status)
	}
	mine, other := f.want(200, call{path: "/api/v1/users/me", token: f.site()}), f.want(200, call{path: "/api/v1/users/me", token: next})
	if text(mine, "id") != text(other, "id") {
		t.Error("the site is another user with its next key")
	}
}

// A key is changed by deleting its configuration and making another one: the site then finds its apps again.
func TestNextProviderTakesOverAppsOfADeletedOne(t *testing.T) {
	f := newFixture(t).withSite()
	f.autoreplace(testAppID, "one")
	providers := f.want(200, call{path: "/api/v1/identity-providers", token: testKey})
	f.want(204, call{method: "DELETE", path: "/api/v1/identity-providers/" + text(providers["data"].([]any)[0].(map[string]any), "id"), token: testKey})
	if err := f.server.AddIdentityProvider("new key", defined("https://new-key", publicPEM(siteKey()))); err != nil {
		t.Fatal(err)
	}
	token := f.jwt(issuedBy("https://new-key"))
	for _, content := range []string{"two", "three"} {
		got := f.want(200, call{method: "POST", path: "/api/v1/apps/import?mode=autoreplace&appId=" + testAppID, token: token, body: qvf(content)})
		if text(got, "attributes.id") != testAppID {
			t.Errorf("%s made another app: %s", content, text(got, "attributes.id"))
		}
	}
}

func TestAutoreplaceInParallelMakesOneApp(t *testing.T) {
	f := newFixture(t).withSite()
	token := f.site()
	var wait sync.WaitGroup
	for i := range 12 {
		wait.Go(func() {
			got := f.do(call{method: "POST", path: "/api/v1/apps/import?mode=autoreplace&appId=not-a-guid", token: token, body: qvf(fmt.Sprint(i % 3))})
			if got.status != 200 {
				t.Errorf("%d %s", got.status, got.body)
			}
		})
	}
	wait.Wait()
	items := f.want(200, call{path: "/api/v1/items", token: testKey})["data"].([]any)
	if len(items) != 1 || f.files() != 1 {
		t.Errorf("%d apps, %d files; want one of each", len(items), f.files())
	}
}

func TestAppAttributesExportAndDelete(t *testing.T) {
	f := newFixture(t).withSite()
	id := text(f.imported("name=Sales", "one"), "attributes.id")
	path := "/api/v1/apps/" + id
	changed := f.want(200, call{method: "PUT", path: path, token: testKey, body: map[string]any{"attributes": map[string]string{"name": "Sales 2", "description": "d"}}})
	if text(changed, "attributes.name") != "Sales 2" || text(changed, "attributes.description") != "d" {
		t.Errorf("changed = %v", changed)
	}
	f.want(400, call{method: "PUT", path: path, token: testKey, body: map[string]any{"attributes": map[string]string{"name": " "}}})
	f.want(400, call{method: "PUT", path: path, token: testKey, body: []byte("{")})
	f.want(403, call{method: "PUT", path: path, token: f.site(), body: map[string]any{}})
	f.want(403, call{method: "DELETE", path: path, token: f.site()})

	export := f.do(call{method: "POST", path: path + "/export", token: testKey})
	location := export.header.Get("Location")
	if export.status != 201 || len(export.body) != 0 || !strings.HasPrefix(location, "/api/v1/temp-contents/") {
		t.Fatalf("export: %d %q %s", export.status, location, export.body)
	}
	f.want(200, call{method: "DELETE", path: path, token: testKey})
	f.want(404, call{path: path, token: testKey})
	f.want(404, call{method: "DELETE", path: path, token: testKey})
	if f.files() != 0 {
		t.Error("the bytes of a deleted app stay")
	}
	if got := f.do(call{path: location, token: testKey}); string(got.body) != string(qvf("one")) {
		t.Errorf("exported %q", got.body)
	}
	f.autoreplace(testAppID, "staged")
	f.want(403, call{method: "POST", path: "/api/v1/apps/" + testAppID + "/export", token: testKey})
	f.want(403, call{path: "/sandbox/v1/apps/" + testAppID + "/content", token: f.site()})
	f.want(200, call{method: "DELETE", path: "/api/v1/apps/" + testAppID, token: f.site()})
	if again := f.autoreplace(testAppID, "again"); text(again, "attributes.id") != testAppID {
		t.Errorf("after delete: %v", again)
	}
}

func TestPublishAndRepublish(t *testing.T) {
	f := newFixture(t).withSite()
	managed, shared := f.space("Finance", "managed"), f.space("Work", "shared")
	source := text(f.imported("name=Sales", "one"), "attributes.id")
	newer := text(f.imported("name=Newer", "two"), "attributes.id")
	f.autoreplace(testAppID, "staged")
	publish := func(status int, app string, body map[string]any) map[string]any {
		t.Helper()
		return f.want(status, call{method: "POST", path: "/api/v1/apps/" + app + "/publish", token: testKey, body: body})
	}
	republish := func(status int, app string, body map[string]any) map[string]any {
		t.Helper()
		return f.want(status, call{method: "PUT", path: "/api/v1/apps/" + app + "/publish", token: testKey, body: body})
	}
	got := publish(200, source, map[string]any{"spaceId": managed, "attributes": map[string]string{"name": "Sales, public"}})
	target := text(got, "attributes.id")
	if target == source || text(got, "attributes.originAppId") != source || text(got, "attributes.publishTime") == "" ||
		text(got, "attributes.spaceId") != managed || at(got, "attributes.published") != false || text(got, "attributes.name") != "Sales, public" {
		t.Errorf("published = %v", got)
	}
	publish(400, source, map[string]any{"spaceId": shared})
	publish(404, source, map[string]any{"spaceId": "nope"})
	publish(404, "nope", map[string]any{"spaceId": managed})
	publish(409, target, map[string]any{"spaceId": managed})
	publish(409, testAppID, map[string]any{"spaceId": managed})
	f.want(403, call{method: "POST", path: "/api/v1/apps/" + source + "/publish", token: f.site(), body: map[string]any{}})

	republish(409, newer, map[string]any{"targetId": target})
	republish(404, newer, map[string]any{"targetId": "nope"})
	republish(400, newer, map[string]any{"targetId": source})
	again := republish(200, newer, map[string]any{"targetId": target, "checkOriginAppId": false})
	if text(again, "attributes.id") != target || text(again, "attributes.name") != "Sales, public" || text(again, "attributes.spaceId") != managed {
		t.Errorf("republished = %v", again)
	}
	if f.contentOf(target) != string(qvf("two")) || f.contentOf(source) != string(qvf("one")) {
		t.Error("contents are not as published")
	}
	f.want(400, call{method: "PUT", path: "/api/v1/apps/" + target + "/space", token: testKey, body: map[string]string{"spaceId": shared}})
	moved := f.want(200, call{method: "PUT", path: "/api/v1/apps/" + target + "/space", token: testKey, body: map[string]string{"spaceId": f.space("Sales", "managed")}})
	if text(moved, "attributes.id") != target || text(moved, "attributes.spaceId") == managed {
		t.Errorf("moved = %v", moved)
	}
	f.want(200, call{method: "PUT", path: "/api/v1/apps/" + target + "/space", token: testKey, body: map[string]string{"spaceId": managed}})
	f.want(403, call{method: "POST", path: "/api/v1/apps/" + target + "/export", token: testKey})
	f.want(412, call{method: "DELETE", path: "/api/v1/spaces/" + managed, token: testKey})
}

func TestSpaceOfAnApp(t *testing.T) {
	f := newFixture(t).withSite()
	managed, shared := f.space("Finance", "managed"), f.space("Work", "shared")
	own := text(f.imported("name=Own", "one"), "attributes.id")
	f.autoreplace(testAppID, "staged")
	for _, test := range []struct {
		app, space, token string
		status            int
	}{
		{testAppID, shared, testKey, 400}, {testAppID, "nope", testKey, 404}, {testAppID, "", testKey, 400},
		{testAppID, managed, f.site(), 403}, {testAppID, managed, testKey, 200},
		{own, managed, testKey, 400}, {own, shared, testKey, 200}, {"nope", shared, testKey, 404},
	} {
		f.want(test.status, call{method: "PUT", path: "/api/v1/apps/" + test.app + "/space", token: test.token, body: map[string]string{"spaceId": test.space}})
	}
	got := f.want(200, call{method: "DELETE", path: "/api/v1/apps/" + testAppID + "/space", token: testKey})
	if text(got, "attributes.spaceId") != "" {
		t.Errorf("still in a space: %v", got)
	}
}

func TestSpaces(t *testing.T) {
	f := newFixture(t).withSite()
	id := f.space("Finance", "managed")
	post := func(status int, body any, token string) {
		t.Helper()
		f.want(status, call{method: "POST", path: "/api/v1/spaces", token: token, body: body})
	}
	post(409, map[string]string{"name": "finance", "type": "shared"}, testKey)
	post(400, map[string]string{"name": "", "type": "shared"}, testKey)
	post(400, map[string]string{"name": "a/b", "type": "shared"}, testKey)
	post(400, map[string]string{"name": "ab", "type": "personal"}, testKey)
	post(403, map[string]string{"name": "ab", "type": "shared"}, f.site())
	if got := f.want(200, call{path: "/api/v1/spaces/" + id, token: f.site()}); text(got, "name") != "Finance" || text(got, "type") != "managed" {
		t.Errorf("space = %v", got)
	}
	found := f.want(200, call{path: "/api/v1/spaces?name=nanc&type=managed", token: testKey})["data"].([]any)
	if len(found) != 1 {
		t.Errorf("%d spaces found", len(found))
	}
	f.want(204, call{method: "DELETE", path: "/api/v1/spaces/" + id, token: testKey})
	f.want(404, call{path: "/api/v1/spaces/" + id, token: testKey})
}

func TestItemsArePagedByAbsoluteLinks(t *testing.T) {
	f := newFixture(t)
	for i := range 7 {
		f.imported(fmt.Sprintf("name=App%%20%d", i), fmt.Sprint(i))
	}
	seen := map[string]bool{}
	for next := f.http.URL + "/api/v1//items?resourceType=app&limit=3"; next != ""; {
		if !strings.HasPrefix(next, f.http.URL) {
			t.Fatalf("next %q is not absolute", next)
		}
		list := f.want(200, call{path: strings.TrimPrefix(next, f.http.URL), token: testKey})
		for _, item := range list["data"].([]any) {
			seen[text(item.(map[string]any), "resourceAttributes.name")] = true
		}
		next = text(list, "links.next.href")
	}
	if len(seen) != 7 {
		t.Errorf("saw %d of 7 apps: %v", len(seen), seen)
	}
	count := func(query string) int {
		t.Helper()
		return len(f.want(200, call{path: "/api/v1/items?" + query, token: testKey})["data"].([]any))
	}
	id := text(f.imported("name=Other", "x"), "attributes.id")
	for query, want := range map[string]int{"name=app&limit=100": 7, "resourceType=app&resourceId=" + id: 1, "resourceType=app&resourceId=nope": 0,
		"resourceType=qvapp": 0, "spaceId=personal&limit=100": 8, "spaceId=nope": 0, "resourceType=app&resourceId=" + url.QueryEscape(strings.ToUpper(id)): 1} {
		if got := count(query); got != want {
			t.Errorf("items?%s: %d, want %d", query, got, want)
		}
	}
	f.want(400, call{path: "/api/v1/items?limit=101", token: testKey})
}

func TestWhatIsAroundTheContract(t *testing.T) {
	f := openFixture(t, Options{Name: "us", Dir: t.TempDir(), APIKey: testKey})
	f.want(200, call{path: "/healthz"})
	f.want(200, call{path: "/readyz"})
	info := f.want(200, call{path: "/resources/autogenerated/product-info.json"})
	if text(info, "composition.deploymentType") != "qlikcloudservices" {
		t.Errorf("product info = %v", info)
	}
	me := f.want(200, call{path: "/api/v1/tenants/me", token: testKey})
	if text(me, "id") != f.server.TenantID() || len(text(me, "id")) != 32 || text(me, "name") != "us" {
		t.Errorf("tenants/me = %v", me)
	}
	f.want(404, call{path: "/api/v1/nothing", token: testKey})
	f.want(405, call{method: "PATCH", path: "/api/v1/items", token: testKey})
	if f.do(call{path: "/healthz"}).header.Get(TraceHeader) == "" {
		t.Error("no trace id")
	}
}
