package repository

import (
	"net/url"
	"testing"
)

const appColumns = `{"entity":"App","columns":[{"name":"id","columnType":"Property","definition":"id"},{"name":"name","columnType":"Property","definition":"name"},
{"name":"stream.name","columnType":"Property","definition":"stream.name"},{"name":"privileges","columnType":"Privileges","definition":"privileges"},
{"name":"tags","columnType":"List","definition":"tag","list":[{"name":"name","columnType":"Property","definition":"name"}]},
{"name":"values","columnType":"List","definition":"CustomPropertyValue","list":[{"name":"value","columnType":"Property","definition":"value"},{"name":"of","columnType":"Property","definition":"definition.name"}]},
{"name":"AppStatuss","columnType":"List","definition":"AppStatus","list":[{"name":"id","columnType":"Property","definition":"id"}]},
{"name":"n","columnType":"Function","definition":"count(tag)"},{"name":"odd","columnType":"Property","definition":"nothing.of.that"}]}`

// TestTables reads apps as Qlik's own console does: by columns, in pages.
func TestTables(t *testing.T) {
	f := newFixture(t)
	ask := func(parameters string) map[string]any {
		t.Helper()
		return f.call("POST", "/qrs/App/table?"+parameters, appColumns).want(201).object()
	}
	first := ask("orderAscending=true&skip=0&sortColumn=name&take=3")
	rows := first["rows"].([]any)
	if len(rows) != 3 || first["columnNames"].([]any)[1] != "name" || first["id"] != "00000000-0000-0000-0000-000000000000" {
		t.Fatalf("first page: %v", first)
	}
	row := rows[0].([]any)
	tags, values := row[4].(map[string]any), row[5].(map[string]any)
	if row[1] != "Cash flow forecast" || row[2] != "Finance" || row[3] != nil || tags["rows"].([]any)[0].([]any)[0] != "closing" ||
		values["rows"].([]any)[0].([]any)[1] != "Cloud" || len(row[6].(map[string]any)["rows"].([]any)) != 0 || row[7] != 1.0 || row[8] != nil {
		t.Errorf("row: %v", row)
	}
	seen := map[any]bool{}
	for _, skip := range []string{"0", "3", "6", "9"} {
		for _, row := range ask("sortcolumn=name&orderascending=false&take=3&skip=" + skip)["rows"].([]any) {
			seen[row.([]any)[0]] = true
		}
	}
	if len(seen) != 7 {
		t.Errorf("the pages have %d apps", len(seen))
	}
	if rows := ask("filter=" + url.QueryEscape("stream.name eq 'Sales'"))["rows"].([]any); len(rows) != 2 {
		t.Errorf("filtered: %v", rows)
	}
	if row := ask("filter=" + url.QueryEscape("published eq false and name sw 'Head'"))["rows"].([]any)[0].([]any); row[2] != nil {
		t.Errorf("a stream of an app that has none: %v", row[2])
	}
	objects := f.call("POST", "/qrs/app/object/table?skip=0&take=2", `{"entity":"App.Object","columns":[{"columnType":"Property","definition":"app.id","name":"app.id"},{"columnType":"Property","definition":"approved","name":"approved"}]}`)
	if rows := objects.want(201).object()["rows"].([]any); len(rows) != 2 || rows[0].([]any)[0] == nil {
		t.Errorf("objects: %v", rows)
	}
	f.call("POST", "/qrs/app/table", `{"columns":[]}`).want(400)
	f.call("POST", "/qrs/app/table?skip=x", appColumns).want(400)
	f.call("POST", "/qrs/app/table?sortColumn=nothing", appColumns).want(400)
	f.user = "UserDirectory=ACME; UserId=tokafor" // rows that the caller does not see are in no table
	if rows := ask("take=100")["rows"].([]any); len(rows) != 6 {
		t.Errorf("%d rows for a reader", len(rows))
	}
}

// TestMany adds several entities in one transaction, or none.
func TestMany(t *testing.T) {
	f := newFixture(t)
	made := f.call("POST", "/qrs/tag/many", `[{"name":"one"},{"name":"two"}]`).want(201).list()
	if len(made) != 2 || made[0]["name"] != "one" || made[1]["id"] == "" {
		t.Errorf("made: %v", made)
	}
	f.call("POST", "/qrs/tag/many", `[{"name":"three"},{"name":""}]`).want(400)
	if found := f.found("tag", "name sw 't'"); len(found) != 1 {
		t.Errorf("found: %v", found)
	}
	f.user = "UserDirectory=ACME; UserId=tokafor"
	f.call("POST", "/qrs/stream/many", `[{"name":"x"}]`).want(403)
}

// TestRules: rules are made, changed, switched and deleted, so that moving in can be rehearsed.
func TestRules(t *testing.T) {
	f := newFixture(t)
	rule := f.call("POST", "/qrs/systemrule", `{"name":"HR to us","category":"Security","rule":"((subject.name=\"us\"))","resourceFilter":"App_*","actions":1024,"type":"Custom"}`).want(201).object()
	id := rule["id"].(string)
	rule["rule"] = `((subject.name="us" and resource.stream.name="HR"))`
	f.putTo("systemrule", rule).want(200)
	f.putTo("systemrule", rule).want(409)
	disabled := func() any { return f.call("GET", "/qrs/systemrule/"+id, "").want(200).object()["disabled"] }
	f.own("POST", "/rules/"+id+"/disable", "").want(204)
	if disabled() != true {
		t.Error("the rule is still enabled")
	}
	b := f.signedIn()
	page, _ := b.get("/rules")
	if page.Find("tbody tr").Length() != 6 || page.Find("[aria-label='Enable HR to us']").Length() != 1 {
		t.Errorf("rules: %s", page.Find("tbody").Text())
	}
	if page, _ = b.post("/rules/"+id+"/enable", nil); page.Find("[role=status]").Length() != 1 || disabled() != false {
		t.Error("the rule is still disabled")
	}
	if _, status := b.post("/rules/"+id+"/other", nil); status != 404 {
		t.Errorf("another verb: %d", status)
	}
	f.call("DELETE", "/qrs/systemrule/"+id, "").want(204)
	f.own("POST", "/rules/"+id+"/enable", "").want(404)
	f.call("POST", "/qrs/systemrule", `{"name":"x","rule":"","resourceFilter":"App_*","actions":0}`).want(400)
}
