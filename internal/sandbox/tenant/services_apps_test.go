package tenant

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestAppsAreMadeCopiedAndReloaded(t *testing.T) {
	f := newFixture(t).withSite()
	shared := f.space("Work", "shared")
	made := f.want(200, call{method: "POST", path: "/api/v1/apps", token: testKey, body: map[string]any{"attributes": map[string]string{"name": "New", "spaceId": shared, "usage": "ANALYTICS"}}})
	id := text(made, "attributes.id")
	if text(made, "attributes.name") != "New" || text(made, "attributes.spaceId") != shared || len(made["create"].([]any)) != 8 {
		t.Errorf("made = %v", made)
	}
	export := f.do(call{method: "POST", path: "/api/v1/apps/" + id + "/export?NoData=true", token: testKey})
	again := f.do(call{path: export.header.Get("Location"), token: testKey})
	f.want(200, call{method: "POST", path: "/api/v1/apps/import", token: testKey, body: again.body})
	f.want(404, call{method: "POST", path: "/api/v1/apps", token: testKey, body: map[string]any{"attributes": map[string]string{"spaceId": "nope"}}})
	f.want(403, call{method: "POST", path: "/api/v1/apps", token: f.site(), body: map[string]any{}})

	source := text(f.imported("name=Source", "bytes"), "attributes.id")
	copied := f.want(200, call{method: "POST", path: "/api/v1/apps/" + source + "/copy", token: testKey, body: map[string]any{"attributes": map[string]string{"name": "Copy", "spaceId": shared}}})
	if text(copied, "attributes.id") == source || text(copied, "attributes.name") != "Copy" || f.contentOf(text(copied, "attributes.id")) != string(qvf("bytes")) {
		t.Errorf("copied = %v", copied)
	}
	f.autoreplace(testAppID, "staged")
	f.want(403, call{method: "POST", path: "/api/v1/apps/" + testAppID + "/copy", token: testKey, body: map[string]any{}})

	user := text(f.want(201, call{method: "POST", path: "/api/v1/users", token: testKey, body: map[string]string{"subject": "ann"}}), "id")
	if got := f.want(200, call{method: "PUT", path: "/api/v1/apps/" + source + "/owner", token: testKey, body: map[string]string{"ownerId": user}}); text(got, "attributes.ownerId") != user {
		t.Errorf("owner = %v", got)
	}
	if got := f.do(call{method: "PUT", path: "/api/v1/apps/" + source + "/owner", token: testKey, body: map[string]string{"ownerId": "nobody"}}); got.status != 404 || len(got.body) != 0 || got.header.Get(ReasonHeader) == "" {
		t.Errorf("unknown owner: %d %s", got.status, got.body)
	}
	reload := f.want(201, call{method: "POST", path: "/api/v1/reloads", token: testKey, body: map[string]any{"appId": id}})
	if text(reload, "status") != "QUEUED" {
		t.Errorf("reload = %v", reload)
	}
	if got := f.want(200, call{path: "/api/v1/reloads/" + text(reload, "id"), token: testKey}); text(got, "status") != "SUCCEEDED" {
		t.Errorf("reload = %v", got)
	}
	if n := len(f.names("/api/v1/reloads?appId="+id, "id")); n != 1 {
		t.Errorf("%d reloads", n)
	}
	if got := f.want(200, call{path: "/api/v1/apps/" + id, token: testKey}); text(got, "attributes.lastReloadTime") == "" {
		t.Error("the app was not reloaded")
	}
	f.want(403, call{method: "POST", path: "/api/v1/reloads", token: testKey, body: map[string]any{"appId": testAppID}})
	f.want(400, call{path: "/api/v1/reloads", token: testKey})
	f.want(409, call{method: "POST", path: "/api/v1/reloads/" + text(reload, "id") + "/actions/cancel", token: testKey})

	for path, status := range map[string]int{"data/metadata": 200, "data/lineage": 200, "reloads/logs": 200, "scripts": 200, "placement": 200,
		"media/list/": 200, "media/list/pictures": 200, "media/thumbnail": 404, "media/files/a.png": 404} {
		if got := f.do(call{path: "/api/v1/apps/" + id + "/" + path, token: testKey}); got.status != status {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	privileges := f.do(call{path: "/api/v1/apps/privileges", token: testKey})
	if !strings.Contains(string(privileges.body), "can_import_app") {
		t.Errorf("privileges %s", privileges.body)
	}
}

func TestSectionAccessIsAskedForByWords(t *testing.T) {
	f := newFixture(t).withSite()
	for query, content := range map[string]string{"name=Section%20access%20one": "a", "name=x": "load; Section Access; load", "fallbackName=has_section_access": "b"} {
		if got := f.imported(query, content); at(got, "attributes.hasSectionAccess") != true {
			t.Errorf("%s with %q: %v", query, content, at(got, "attributes.hasSectionAccess"))
		}
	}
	if got := f.imported("name=Access%20section", "c"); at(got, "attributes.hasSectionAccess") != false {
		t.Error("an app has section access by chance")
	}
	f.autoreplace(testAppID, "section access")
	if got := f.autoreplace(testAppID, "none"); at(got, "attributes.hasSectionAccess") != false {
		t.Error("a replaced app keeps its section access")
	}
}

func TestRefusalsHaveTheFormOfTheirService(t *testing.T) {
	f := newFixture(t)
	for _, path := range []string{"/api/v1/apps/import?fileId=nope", "/api/v1/apps/nope/export"} {
		if got := f.do(call{method: "POST", path: path, token: testKey}); got.status != 404 || len(got.body) != 0 || got.header.Get(TraceHeader) == "" {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	keys := func(path string) string {
		got := f.want(404, call{path: path, token: testKey})
		var all []string
		for key := range got {
			all = append(all, key)
		}
		for key := range got["errors"].([]any)[0].(map[string]any) {
			all = append(all, "."+key)
		}
		slices.Sort(all)
		return strings.Join(all, " ")
	}
	for path, want := range map[string]string{
		"/api/v1/quotas/nope":             ".code .title errors",
		"/api/v1/items/nope":              ".code .detail .meta .title errors",
		"/api/v1/spaces/nope":             ".code .detail .title code detail errors title traceId",
		"/api/v1/users/nope":              ".code .detail .status .title errors traceId",
		"/api/v1/identity-providers/nope": ".code .detail .status .title errors",
		"/api/v1/licenses/nope":           ".code .detail .title error errors message",
		"/api/v1/reloads/nope":            ".code .detail .title errors",
		"/api/v1/temp-contents/nope":      ".code .detail .meta .title errors traceId",
		"/api/v1/tenants/nope":            ".code .detail .status .title errors traceId",
	} {
		if got := keys(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestLicencesAndQuotas(t *testing.T) {
	f := newFixture(t).withSite()
	f.space("Work", "shared")
	if got := f.want(200, call{path: "/api/v1/licenses/overview", token: testKey}); text(got, "status") != "Ok" || text(got, "licenseType") != "Enterprise" {
		t.Errorf("overview = %v", got)
	}
	f.want(403, call{path: "/api/v1/licenses/overview", token: f.site()})
	f.want(200, call{path: "/api/v1/licenses/status", token: f.site()})
	if ids := f.names("/api/v1/quotas", "id"); !slices.Equal(ids, []string{"app_mem_size", "app_upload_disk_size", "shared_spaces"}) {
		t.Errorf("quotas %v", ids)
	}
	one := f.want(200, call{path: "/api/v1/quotas/shared_spaces?reportUsage=true", token: testKey})["data"].([]any)[0].(map[string]any)
	if at(one, "attributes.usage") != 1.0 || at(one, "attributes.quota") != -1.0 {
		t.Errorf("quota = %v", one)
	}
	f.want(200, call{method: "PUT", path: "/sandbox/v1/plan", token: testKey, body: map[string]any{"sharedSpaces": 1, "uploadSizeBytes": 10}})
	f.want(403, call{method: "POST", path: "/api/v1/spaces", token: testKey, body: map[string]string{"name": "More", "type": "shared"}})
	f.want(413, call{method: "POST", path: "/api/v1/apps/import?name=x", token: testKey, body: qvf("more than ten")})
	if n := len(f.names("/api/v1/items", "id")); n != 0 || f.files() != 0 {
		t.Errorf("%d apps and %d files of a refused import", n, f.files())
	}
}

func TestPathsMethodsAndHeaders(t *testing.T) {
	f := newFixture(t)
	id := text(f.imported("name=x", "x"), "attributes.id")
	if got := f.do(call{method: "HEAD", path: "/api/v1/apps/" + id, token: testKey}); got.status != 200 || len(got.body) != 0 {
		t.Errorf("HEAD: %d %q", got.status, got.body)
	}
	if got := f.do(call{method: "OPTIONS", path: "/api/v1/apps/" + id}); got.status != 204 || !strings.Contains(got.header.Get("Allow"), "GET") {
		t.Errorf("OPTIONS: %d %v", got.status, got.header)
	}
	strange := map[string]string{"qlik-api-version": "2026-08", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
	list := f.want(200, call{path: "/api//v1//items?limit=1", token: testKey, header: strange})
	if self := text(list, "links.self.href"); !strings.HasPrefix(self, f.http.URL) {
		t.Errorf("self is %q", self)
	}
	export := f.do(call{method: "POST", path: "/api/v1/apps/" + id + "/export", token: testKey}).header.Get("Location")
	for header, want := range map[string]struct {
		status int
		body   string
	}{"bytes=0-3": {206, string(qvf("x")[:4])}, "bytes=8-": {206, "x"}, "bytes=-1": {206, "x"}, "bytes=90-": {416, ""}} {
		got := f.do(call{path: export + "?inline=1", token: testKey, header: map[string]string{"Range": header}})
		if got.status != want.status || want.status == 206 && string(got.body) != want.body {
			t.Errorf("%s: %d %q", header, got.status, got.body)
		}
	}
	if got := f.do(call{path: export + "?inline=1", token: testKey}); !strings.HasPrefix(got.header.Get("Content-Disposition"), "inline") {
		t.Errorf("disposition %q", got.header.Get("Content-Disposition"))
	}
	f.want(400, call{method: "POST", path: "/api/v1/temp-contents?ttl=0", token: testKey, body: []byte("x")})
	f.want(400, call{method: "POST", path: "/api/v1/temp-contents?filename=" + url.QueryEscape("a\nb"), token: testKey, body: []byte("x")})
}
