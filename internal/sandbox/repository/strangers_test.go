package repository

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// What clients do that were written without a look at this sandbox.

// Scripts show the name of a number, which they find behind "number:" in the enum that the property uses; filters and bodies take both.
func TestEnumsByNameAndNumber(t *testing.T) {
	f := newFixture(t)
	var enums map[string]map[string][]string // of what letters a key is counts
	f.call("GET", "/qrs/about/api/enums", "").want(200).into(&enums)
	for name, enum := range enums {
		if len(enum["usages"]) == 0 || len(enum["values"]) == 0 {
			t.Errorf("%s has %v", name, enum)
		}
		for _, value := range enum["values"] {
			if number, _, found := strings.Cut(value, ": "); !found || strings.Trim(number, "0123456789") != "" {
				t.Errorf("%s has %q", name, value)
			}
		}
	}
	if types := enums["TaskTypeEnum"]; !slices.Contains(types["usages"], "ReloadTask.TaskType") || !slices.Contains(types["values"], "0: Reload") {
		t.Errorf("types of tasks: %v", types)
	}
	if all := f.found("app", "availabilityStatus eq NotApplicable"); len(all) != 7 {
		t.Errorf("apps: %v", all)
	}
	rule := f.call("POST", "/qrs/systemrule", `{"name":"Hub only","category":"Security","rule":"((true))","resourceFilter":"App_*","actions":2,"ruleContext":"QlikSenseOnly"}`).want(201).object()
	if rule["ruleContext"] != 1.0 {
		t.Errorf("context %v", rule["ruleContext"])
	}
	for _, filter := range []string{"ruleContext eq qlikSenseOnly", "ruleContext eq 1 and ruleContext ne BothQlikSenseAndQMC"} {
		if found := f.found("systemrule", filter); !slices.Equal(found, []string{"Hub only"}) {
			t.Errorf("%s: %v", filter, found)
		}
	}
	rule["ruleContext"] = 2
	changed := f.putTo("systemrule", rule).want(200).object()
	if changed["ruleContext"] != 2.0 {
		t.Errorf("changed: %v", changed)
	}
	f.call("POST", "/qrs/systemrule", `{"name":"x","rule":"((true))","resourceFilter":"App_*","actions":2,"ruleContext":"Nowhere"}`).want(400)
	f.call("POST", "/qrs/systemrule", `{"name":"x","rule":"((true))","resourceFilter":"App_*","actions":2,"ruleContext":3}`).want(400)
	changed["ruleContext"] = -1
	f.putTo("systemrule", changed).want(400)
}

// A column may have another name than its property: both order the rows.
func TestTableIsOrderedByTheNameOfAColumn(t *testing.T) {
	f := newFixture(t)
	const columns = `{"entity":"App","columns":[{"name":"guid","columnType":"Property","definition":"id"},{"name":"title","columnType":"Property","definition":"name"}]}`
	for _, column := range []string{"name", "title"} {
		rows := f.call("POST", "/qrs/app/table?take=1&orderAscending=false&sortColumn="+column, columns).want(201).object()["rows"].([]any)
		if rows[0].([]any)[1] != "Welcome" {
			t.Errorf("by %s: %v", column, rows)
		}
	}
}

// Scripts make tasks together with their triggers, and read them among tasks of all types.
func TestTasksAreMadeAsByTheQMC(t *testing.T) {
	f := newFixture(t)
	app := f.id("app", "Sales overview")
	made := f.call("POST", "/qrs/reloadtask/create", `{"task":{"name":"Nightly","taskType":0,"enabled":true,"app":{"id":"`+app+`"}},"compositeEvents":[],"schemaEvents":[]}`).want(201).object()
	if made["name"] != "Nightly" || made["taskSessionTimeout"] != 1440.0 || made["schemaPath"] != "ReloadTask" {
		t.Errorf("made: %v", made)
	}
	path := "/qrs/task/full?filter=" + url.QueryEscape("name sw 'night' and app.id eq "+app)
	if list := f.call("GET", path, "").want(200).list(); len(list) != 1 || list[0]["id"] != made["id"] || list[0]["operational"] == nil {
		t.Errorf("listed: %v", list)
	}
	if found := f.found("task", "taskType eq 0 and taskType eq reload"); !slices.Equal(found, []string{"Nightly"}) {
		t.Errorf("found: %v", found)
	}
	if n := f.call("GET", "/qrs/task/count", "").want(200).object()["value"]; n != 1.0 {
		t.Errorf("count: %v", n)
	}
	f.call("GET", "/qrs/task/"+made["id"].(string), "").want(200)
	refused := f.call("POST", "/qrs/reloadtask/create", `{"task":{"name":"x","app":{"id":"`+app+`"}},"schemaEvents":[{"name":"Daily"}]}`).want(400)
	if !strings.Contains(string(refused.body), "no triggers") {
		t.Errorf("refused: %s", refused.body)
	}
}

// Files that were written on Windows begin with a byte order mark.
func TestBodyWithAByteOrderMark(t *testing.T) {
	f := newFixture(t)
	made := f.call("POST", "/qrs/tag", "\ufeff"+`{"name":"marked"}`).want(201).object()
	made["name"] = "Marked"
	text, err := json.Marshal(made)
	good(t, err)
	f.call("PUT", "/qrs/tag/"+made["id"].(string), "\ufeff"+string(text)).want(200)
	for _, body := range []string{"", "\ufeff", "{}"} {
		f.call("POST", "/qrs/tag", body).want(400)
	}
}

func TestWhatIsNotThereSaysSo(t *testing.T) {
	f := newFixture(t)
	for _, path := range []string{"/", "/hub", "/qrs", "/qrs/selection"} {
		if got := f.call("GET", path, "").want(404); !strings.Contains(string(got.body), "This sandbox has no GET "+path) {
			t.Errorf("%s: %s", path, got.body)
		}
	}
	if got := f.raw("GET", f.proxy+"/qrs/about", "", nil).want(404); !strings.Contains(string(got.body), "This sandbox has no GET /qrs/about") {
		t.Errorf("the proxy without a prefix: %s", got.body)
	}
}

// The reference of QRS writes all paths without /qrs, so that clients ask for this one both ways.
func TestPingBelowQRS(t *testing.T) {
	f := newFixture(t)
	if got := f.call("GET", "/qrs/ssl/ping", "").want(200); string(got.body) != "Ping successful" {
		t.Errorf("%s", got.body)
	}
}
