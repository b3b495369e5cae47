package tenant

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// names walks all pages of a list by its links and gives what is under key in each record.
func (f *fixture) names(path, key string) (all []string) {
	f.Helper()
	for pages := 0; path != ""; pages++ {
		if pages > 50 {
			f.Fatal("the list does not end")
		}
		list := f.want(200, call{path: path, token: testKey})
		for _, record := range list["data"].([]any) {
			all = append(all, text(record.(map[string]any), key))
		}
		path = strings.TrimPrefix(text(list, "links.next.href"), f.http.URL)
	}
	return all
}

func TestSpacesAreListedChangedAndDeleted(t *testing.T) {
	f := newFixture(t)
	for _, name := range []string{"Finance", "Griffin", "Sales"} {
		f.space(name, "managed")
	}
	id := f.space("Final", "shared")
	f.space("Pipeline", "data")
	for query, want := range map[string][]string{
		"":                              {"Final", "Finance", "Griffin", "Pipeline", "Sales"},
		"limit=2":                       {"Final", "Finance", "Griffin", "Pipeline", "Sales"},
		"limit=2&sort=-name":            {"Sales", "Pipeline", "Griffin", "Finance", "Final"},
		"sort=+createdAt":               {"Finance", "Griffin", "Sales", "Final", "Pipeline"},
		"sort=%2Btype&type=data,shared": {"Pipeline", "Final"},
		"name=FIN":                      {"Final", "Finance", "Griffin"},
		"action=publish":                {"Finance", "Griffin", "Sales"},
		"ownerId=nobody":                nil,
	} {
		if got := f.names("/api/v1/spaces?"+query, "name"); !slices.Equal(got, want) {
			t.Errorf("spaces?%s: %v, want %v", query, got, want)
		}
	}
	f.want(400, call{path: "/api/v1/spaces?sort=colour", token: testKey})
	f.want(400, call{path: "/api/v1/spaces?next=x&prev=y", token: testKey})
	list := f.want(200, call{path: "/api/v1/spaces?limit=2", token: testKey})
	if at(list, "meta.count") != 5.0 {
		t.Errorf("count %v", at(list, "meta.count"))
	}
	second := f.want(200, call{path: strings.TrimPrefix(text(list, "links.next.href"), f.http.URL), token: testKey})
	first := f.want(200, call{path: strings.TrimPrefix(text(second, "links.prev.href"), f.http.URL), token: testKey})
	if text(first["data"].([]any)[1].(map[string]any), "name") != "Finance" || text(first, "links.prev.href") != "" || text(first, "links.next.href") == "" {
		t.Errorf("the page before the second: %v", first)
	}
	if rest := f.names(strings.TrimPrefix(text(first, "links.next.href"), f.http.URL), "name"); !slices.Equal(rest, []string{"Griffin", "Pipeline", "Sales"}) {
		t.Errorf("on from the page before the second: %v", rest)
	}

	conflict := f.want(409, call{method: "POST", path: "/api/v1/spaces", token: testKey, body: map[string]string{"name": "sales", "type": "managed"}})
	if text(conflict, "code") == "" || text(conflict, "title") == "" || text(conflict, "detail") == "" || text(conflict, "traceId") == "" || len(conflict["errors"].([]any)) != 1 {
		t.Errorf("error body of spaces: %v", conflict)
	}
	path := "/api/v1/spaces/" + id
	if got := f.want(200, call{method: "PUT", path: path, token: testKey, body: map[string]string{"name": "Done", "description": "d"}}); text(got, "name") != "Done" || text(got, "description") != "d" {
		t.Errorf("put = %v", got)
	}
	got := f.want(200, call{method: "PATCH", path: path, token: testKey, body: []map[string]string{{"op": "replace", "path": "/description", "value": "e"}}})
	if text(got, "name") != "Done" || text(got, "description") != "e" || len(at(got, "meta.assignableRoles").([]any)) != 5 {
		t.Errorf("patch = %v", got)
	}
	f.want(409, call{method: "PATCH", path: path, token: testKey, body: []map[string]string{{"op": "replace", "path": "/name", "value": "Sales"}}})
	f.want(400, call{method: "PATCH", path: path, token: testKey, body: []map[string]string{{"op": "remove", "path": "/name"}}})
	f.imported("name=x&spaceId="+id, "x")
	f.want(412, call{method: "DELETE", path: path, token: testKey})
	f.want(404, call{method: "DELETE", path: path + "0", token: testKey})
	if types := f.want(200, call{path: "/api/v1/spaces/types", token: testKey}); len(types["data"].([]any)) != 3 {
		t.Errorf("types = %v", types)
	}
	if shares := f.want(200, call{path: path + "/shares", token: testKey}); len(shares["data"].([]any)) != 0 {
		t.Errorf("shares = %v", shares)
	}
}

func TestAssignmentsAndSpaceRoles(t *testing.T) {
	f := newFixture(t)
	client := f.want(201, call{method: "POST", path: "/sandbox/v1/oauth-clients", token: testKey, body: map[string]string{"name": "Bot"}})
	bot := text(f.want(200, call{method: "POST", path: "/oauth/token", body: map[string]any{"client_id": client["clientId"],
		"client_secret": client["clientSecret"], "grant_type": "client_credentials"}}), "access_token")
	botID := text(f.want(200, call{path: "/api/v1/users/me", token: bot}), "id")
	managed := f.space("Finance", "managed")
	publish := func(status int) {
		t.Helper()
		app := text(f.want(200, call{method: "POST", path: "/api/v1/apps/import?name=x", token: bot, body: qvf("x")}), "attributes.id")
		f.want(status, call{method: "POST", path: "/api/v1/apps/" + app + "/publish", token: bot, body: map[string]string{"spaceId": managed}})
	}
	publish(200)
	f.want(200, call{method: "PUT", path: "/sandbox/v1/plan", token: testKey, body: map[string]bool{"enforceSpaceRoles": true}})
	publish(403)
	path := "/api/v1/spaces/" + managed + "/assignments"
	assign := func(status int, kind, who string, roles ...string) map[string]any {
		t.Helper()
		return f.want(status, call{method: "POST", path: path, token: testKey, body: map[string]any{"type": kind, "assigneeId": who, "roles": roles}})
	}
	assign(400, "bot", botID)
	assign(400, "bot", botID, "producer")
	assign(400, "robot", botID, "publisher")
	assign(404, "user", "nobody", "publisher")
	made := assign(201, "bot", botID, "consumer")
	if text(assign(409, "bot", botID, "publisher"), "code") != "AssignmentConflict" {
		t.Error("the conflict has not the code that a known script reads")
	}
	publish(403)
	one := path + "/" + text(made, "id")
	changed := f.want(200, call{method: "PUT", path: one, token: testKey, body: map[string][]string{"roles": {"publisher", "consumer"}}})
	if len(changed["roles"].([]any)) != 2 || len(f.names(path, "assigneeId")) != 1 {
		t.Errorf("changed = %v", changed)
	}
	publish(200)
	if mine := f.want(200, call{path: "/api/v1/spaces?action=publish", token: bot}); len(mine["data"].([]any)) != 1 {
		t.Errorf("spaces to publish to: %v", mine)
	}
	own := f.want(201, call{method: "POST", path: "/api/v1/spaces", token: bot, body: map[string]string{"name": "Its own", "type": "shared"}})
	f.want(200, call{method: "POST", path: "/api/v1/apps/import?spaceId=" + text(own, "id"), token: bot, body: qvf("x")})
	other := f.space("Work", "shared")
	f.want(403, call{method: "POST", path: "/api/v1/apps/import?spaceId=" + other, token: bot, body: qvf("x")})
	f.want(200, call{path: one, token: testKey})
	f.want(204, call{method: "DELETE", path: one, token: testKey})
	f.want(404, call{path: one, token: testKey})
	publish(403)
}

func TestCollectionsAndTags(t *testing.T) {
	f := newFixture(t)
	item := text(f.item(text(f.imported("name=Sales", "x"), "attributes.id")), "id")
	f.imported("name=Other", "y")
	create := func(status int, name, kind string) map[string]any {
		t.Helper()
		return f.want(status, call{method: "POST", path: "/api/v1/collections", token: testKey, body: map[string]string{"name": name, "type": kind}})
	}
	tag := text(create(201, "Monthly", "public"), "id")
	taken := create(409, "monthly", "public")
	if one := taken["errors"].([]any)[0].(map[string]any); one["meta"] == nil || taken["traceId"] != nil {
		t.Errorf("error body of collections: %v", taken)
	}
	create(201, "Monthly", "private")
	create(400, "X", "favorite")
	create(400, "", "public")
	path := "/api/v1/collections/" + tag
	f.want(201, call{method: "POST", path: path + "/items", token: testKey, body: map[string]string{"id": item}})
	f.want(409, call{method: "POST", path: path + "/items", token: testKey, body: map[string]string{"id": item}})
	f.want(404, call{method: "POST", path: path + "/items", token: testKey, body: map[string]string{"id": "nope"}})
	got := f.want(200, call{path: "/api/v1/items/" + item, token: testKey})
	if tags := at(got, "meta.tags").([]any); len(tags) != 1 || text(tags[0].(map[string]any), "name") != "Monthly" || len(got["collectionIds"].([]any)) != 1 {
		t.Errorf("item = %v", got)
	}
	for _, list := range []string{path + "/items?limit=1", "/api/v1/items?collectionId=" + tag} {
		if names := f.names(list, "name"); !slices.Equal(names, []string{"Sales"}) {
			t.Errorf("%s: %v", list, names)
		}
	}
	if names := f.names("/api/v1/items/"+item+"/collections", "name"); !slices.Equal(names, []string{"Monthly"}) {
		t.Errorf("collections of the item: %v", names)
	}
	if got := f.want(200, call{method: "PUT", path: path, token: testKey, body: map[string]string{"description": "d"}}); text(got, "name") != "Monthly" || got["itemCount"] != 1.0 {
		t.Errorf("put = %v", got)
	}
	f.want(200, call{method: "PATCH", path: path, token: testKey, body: []map[string]string{{"op": "replace", "path": "/name", "value": "Weekly"}}})
	if names := f.names("/api/v1/collections?types=public&sort=-name", "name"); !slices.Equal(names, []string{"Weekly"}) {
		t.Errorf("tags: %v", names)
	}
	f.want(200, call{path: path + "/items/" + item, token: testKey})
	f.want(204, call{method: "DELETE", path: path + "/items/" + item, token: testKey})
	f.want(404, call{method: "DELETE", path: path + "/items/" + item, token: testKey})
	f.want(201, call{method: "POST", path: path + "/items", token: testKey, body: map[string]string{"id": item}})
	f.want(200, call{method: "DELETE", path: "/api/v1/apps/" + text(got, "resourceId"), token: testKey})
	if got := f.want(200, call{path: path, token: testKey}); got["itemCount"] != 0.0 {
		t.Errorf("a deleted app stays in the collection: %v", got)
	}
	f.want(204, call{method: "DELETE", path: path, token: testKey})
	f.want(404, call{path: path, token: testKey})
}

// item gives the item of an app.
func (f *fixture) item(appID string) map[string]any {
	f.Helper()
	list := f.want(200, call{path: "/api/v1/items?resourceType=app&resourceId=" + appID, token: testKey})["data"].([]any)
	if len(list) != 1 {
		f.Fatalf("%d items of the app %s", len(list), appID)
	}
	return list[0].(map[string]any)
}

func TestItemsAreFilteredAndSorted(t *testing.T) {
	f := newFixture(t).withSite()
	work, finance := f.space("Work", "shared"), f.space("Finance", "managed")
	b := text(f.imported("name=Beta&spaceId="+work, "b"), "attributes.id")
	a := text(f.imported("name=alpha", "a"), "attributes.id")
	f.want(200, call{method: "PUT", path: "/api/v1/apps/" + a, token: testKey, body: map[string]any{"attributes": map[string]string{"description": "about money"}}})
	c := text(f.want(200, call{method: "POST", path: "/api/v1/apps/" + b + "/publish", token: testKey, body: map[string]any{"spaceId": finance, "attributes": map[string]string{"name": "Gamma"}}}), "attributes.id")
	f.autoreplace(testAppID, "staged")
	for query, want := range map[string][]string{
		"":                            {"Beta", "alpha", "Gamma", "Sales"},
		"limit=1&sort=-createdAt":     {"Sales", "Gamma", "alpha", "Beta"},
		"limit=3&sort=%2Bname":        {"alpha", "Beta", "Gamma", "Sales"},
		"sort=-name":                  {"Sales", "Gamma", "Beta", "alpha"},
		"sort=-updatedAt&limit=1":     {"Sales", "Gamma", "alpha", "Beta"},
		"sort=+recentlyUsed&limit=2":  {"Beta", "alpha", "Gamma", "Sales"},
		"name=A&sort=+name":           {"alpha", "Beta", "Gamma", "Sales"},
		"name=gam":                    {"Gamma"},
		"query=MONEY":                 {"alpha"},
		"spaceId=" + work:             {"Beta"},
		"spaceId=personal":            {"alpha", "Sales"},
		"spaceType=shared,managed":    {"Beta", "Gamma"},
		"spaceType=personal":          {"alpha", "Sales"},
		"shared=false&noActions=true": {"alpha", "Sales"},
		"shared=true":                 {"Beta", "Gamma"},
		"resourceType=app,qvapp":      {"Beta", "alpha", "Gamma", "Sales"},
		"resourceType=qvapp,app[]":    {"Beta", "alpha", "Gamma", "Sales"},
		"resourceType=app[qvd]":       nil,
		"resourceType=qvapp":          nil,
		"ownerId=nobody":              nil,
		"notOwnerId=" + adminID():     {"Sales"},
		"resourceType=app&resourceIds=" + a + "," + c: {"alpha", "Gamma"},
	} {
		if got := f.names("/api/v1/items?"+query, "name"); !slices.Equal(got, want) {
			t.Errorf("items?%s: %v, want %v", query, got, want)
		}
	}
	f.want(400, call{path: "/api/v1/items?resourceId=" + a, token: testKey})
	bare := f.want(200, call{path: "/api/v1/items?noActions=true", token: testKey})["data"].([]any)[0].(map[string]any)
	if bare["actions"] != nil {
		t.Errorf("noActions gives %v", bare["actions"])
	}
	if got := f.item(b); text(got, "resourceAttributes.name") != "Beta" || at(got, "resourceSize.appFile") != float64(len(qvf("b"))) || !strings.HasPrefix(text(got, "links.self.href"), f.http.URL) {
		t.Errorf("item = %v", got)
	}
	published := f.names("/api/v1/items/"+text(f.item(b), "id")+"/publisheditems", "name")
	if !slices.Equal(published, []string{"Gamma"}) {
		t.Errorf("published items: %v", published)
	}
}

func TestItemsStayWholeWhilePagesAreRead(t *testing.T) {
	f := newFixture(t)
	for i := range 6 {
		f.imported(fmt.Sprintf("name=App%d", i), fmt.Sprint(i))
	}
	first := f.want(200, call{path: "/api/v1/items?limit=3&sort=%2Bname", token: testKey})
	for _, record := range first["data"].([]any) { // what was read goes, and something new comes before the cursor
		f.want(200, call{method: "DELETE", path: "/api/v1/apps/" + text(record.(map[string]any), "resourceId"), token: testKey})
	}
	f.imported("name=App0b", "new")
	rest := f.names(strings.TrimPrefix(text(first, "links.next.href"), f.http.URL), "name")
	if !slices.Equal(rest, []string{"App3", "App4", "App5"}) {
		t.Errorf("the rest is %v", rest)
	}
}

func TestItemsOfTheirOwn(t *testing.T) {
	f := newFixture(t).withSite()
	app := text(f.autoreplace(testAppID, "one"), "attributes.id")
	item := text(f.item(app), "id")
	post := func(status int, body map[string]string) map[string]any {
		t.Helper()
		return f.want(status, call{method: "POST", path: "/api/v1/items", token: f.site(), body: body})
	}
	for range 2 {
		if got := post(201, map[string]string{"name": "x", "resourceId": app, "resourceType": "app"}); text(got, "id") != item {
			t.Errorf("made another item %v", got["id"])
		}
	}
	post(404, map[string]string{"resourceId": "nope", "resourceType": "app"})
	post(400, map[string]string{"name": "x"})
	path := "/api/v1/items/" + item
	if got := f.want(200, call{method: "PUT", path: path, token: testKey, body: map[string]string{"name": "Renamed", "resourceType": "app"}}); text(got, "name") != "Renamed" {
		t.Errorf("put = %v", got)
	}
	f.want(204, call{method: "DELETE", path: path, token: testKey})
	f.want(404, call{path: path, token: testKey})
	f.want(200, call{path: "/api/v1/apps/" + app, token: testKey})
	if n := len(f.names("/api/v1/items", "id")); n != 0 {
		t.Errorf("%d items", n)
	}
	post(201, map[string]string{"resourceId": app, "resourceType": "app"})
	if n := len(f.names("/api/v1/items", "id")); n != 1 {
		t.Errorf("%d items after POST", n)
	}
}
