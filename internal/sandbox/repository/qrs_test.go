package repository

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestDoors(t *testing.T) {
	f := newFixture(t)
	if v := f.call("GET", "/qrs/about", "").want(200).object(); v["schemaPath"] != "About" || v["buildVersion"] == "" {
		t.Errorf("about: %v", v)
	}
	bad := f.raw("GET", f.base+"/qrs/about?xrfkey=0123456789abcdeX", "", map[string]string{"X-Qlik-Xrfkey": xrf16, "X-Qlik-User": f.user}).want(403)
	if string(bad.body) != "XSRF prevention check failed. Possible XSRF discovered." {
		t.Errorf("xsrf: %s", bad.body)
	}
	f.raw("GET", f.base+"/qrs/about?Xrfkey="+xrf16, "", map[string]string{"X-Qlik-Xrfkey": xrf16}).want(403)
	f.call("GET", "/qrs/nothing", "").want(404)
	ping := f.raw("GET", f.base+"/ssl/ping", "", nil).want(200)
	if string(ping.body) != "Ping successful" {
		t.Errorf("ping: %s", ping.body)
	}
	f.call("GET", "/qrs/app?filter=a%20&b", "").want(400)
	stranger := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer stranger.CloseIdleConnections()
	if r, err := stranger.Get(f.base + "/qrs/about"); err == nil {
		t.Errorf("without a client certificate: %d", r.StatusCode)
	}
	// One client appends ?xrfkey behind a query that has a slash.
	f.raw("GET", f.base+"/qrs/app?filter=name%20ne%20'a/b'?xrfkey="+xrf16, "", map[string]string{"X-Qlik-Xrfkey": xrf16, "X-Qlik-User": f.user}).want(200)
}

func TestAppsAsQRSWritesThem(t *testing.T) {
	f := newFixture(t)
	draft := f.app("Headcount plan")
	if draft["publishTime"] != "1753-01-01T00:00:00.000Z" || draft["stream"] != nil || draft["published"] != false || draft["privileges"] != nil ||
		draft["sourceAppId"] != "00000000-0000-0000-0000-000000000000" || draft["schemaPath"] != "App" {
		t.Errorf("unpublished: %v", draft)
	}
	out := f.app("Cash flow forecast")
	value := out["customProperties"].([]any)[0].(map[string]any)
	if out["published"] != true || out["stream"].(map[string]any)["name"] != "Finance" || value["value"] != "eu" ||
		value["definition"].(map[string]any)["name"] != "Cloud" || !strings.HasSuffix(out["publishTime"].(string), "Z") || len(out["publishTime"].(string)) != 24 {
		t.Errorf("published: %v", out)
	}
	if n := f.call("GET", "/qrs/app/count?filter=published%20eq%20true", "").want(200).object()["value"]; n != 5.0 {
		t.Errorf("count: %v", n)
	}
	brief := f.call("GET", "/qrs/app", "").want(200)
	if keys := brief.list()[0]; len(keys) != 10 || brief.header.Get("Content-Type") != "application/json;charset=utf-8" {
		t.Errorf("condensed: %v", keys)
	}
	full := f.call("GET", "/qrs/app/full?privileges=true", "").want(200).list()
	if len(full) != 7 || !slices.Contains(full[0]["privileges"].([]any), any("export")) {
		t.Errorf("full: %d %v", len(full), full[0])
	}
	if streams := f.call("GET", "/qrs/Stream/full/?privileges=true", "").want(200).list(); !slices.Contains(streams[0]["privileges"].([]any), any("update")) {
		t.Errorf("privileges on a stream: %v", streams[0])
	}
	for _, kind := range []string{"app", "stream", "tag", "custompropertydefinition", "user", "systemrule", "app/object"} {
		first := f.call("GET", "/qrs/"+kind+"?privileges=true", "").want(200).list()[0]
		if list, _ := first["privileges"].([]any); !slices.Contains(list, any("read")) {
			t.Errorf("privileges on a %s: %v", kind, first)
		}
	}
	var calls []string
	f.call("GET", "/qrs//about/api/description", "").want(200).into(&calls)
	for _, call := range []string{"GET /qrs/app/full", "POST /qrs/app/{id}/export/{token}", "PUT /qrs/app/object/{id}/publish", "POST /qrs/reloadtask", "GET /qrs/about"} {
		if !slices.Contains(calls, call) {
			t.Errorf("%s is not in the description: %v", call, calls)
		}
	}
	if rules := f.found("systemrule", "actions eq 1024 and rule so 'subject'"); len(rules) != 2 {
		t.Errorf("rules: %v", rules)
	}
	f.call("GET", "/qrs/app/"+xrf16, "").want(404)
	f.call("GET", "/qrs/license", "").want(200)
	f.call("GET", "/qrs/about/api/enums", "").want(200)
}

// TestABodyHasALength posts as curl does without a body.
func TestABodyHasALength(t *testing.T) {
	f := newFixture(t)
	transport, _ := f.client.Transport.(*http.Transport)
	address, err := url.Parse(f.base)
	good(t, err)
	c, err := tls.Dial("tcp", address.Host, transport.TLSClientConfig)
	good(t, err)
	defer c.Close()
	path := "/qrs/app/" + f.id("app", "Welcome") + "/copy?xrfkey=" + xrf16
	_, err = fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: site\r\nX-Qlik-User: %s\r\nX-Qlik-Xrfkey: %s\r\nConnection: close\r\n\r\n", path, f.user, xrf16)
	good(t, err)
	text, err := io.ReadAll(c)
	good(t, err)
	if !strings.HasPrefix(string(text), "HTTP/1.1 411 ") || !strings.HasSuffix(string(text), "HTTP Error 411. The request must be chunked or have a content length.") {
		t.Errorf("%s", text)
	}
	f.call("POST", "/qrs/app/"+f.id("app", "Welcome")+"/copy", "").want(201)
}

func TestFilters(t *testing.T) {
	f := newFixture(t)
	for filter, want := range map[string][]string{
		"Name eq 'SALES OVERVIEW'":                                          {"Sales overview"},
		"stream.name eq 'Finance'":                                          {"Cash flow forecast", "Group P&L"},
		"published eq false and not (name sw 'Store')":                      {"Headcount plan"},
		"name ew 'overview' or name so 'P&L'":                               {"Group P&L", "Sales overview"},
		"tags.name eq 'closing'":                                            {"Cash flow forecast"},
		"customProperties.value eq 'us'":                                    {"Group P&L"},
		"customProperties.definition.name eq 'Cloud' and fileSize gt 70000": {"Group P&L", "Sales overview"},
		"owner.userId eq 'jberg' and (stream.name ne 'Sales')":              {"Store traffic"},
		"createdDate lt '2012-05-09 12:00:00'":                              nil,
		"createdDate ge '2012-05-09T12:00:00.000Z' and fileSize le 13000":   {"Welcome"},
		"stream eq null and name sw 's'":                                    {"Store traffic"},
		`name eq 'it''s' or name eq 'it\'s'`:                                nil,
	} {
		if got := f.found("app", filter); !slices.Equal(got, want) {
			t.Errorf("%s: %v", filter, got)
		}
	}
	for _, filter := range []string{"name eq 'a", "nothing eq 1", "name", "name gt 'a'", "(name eq 'a'", "published eq maybe", "name eq 'a' name", strings.Repeat("not ", 200) + "published eq true"} {
		a := f.call("GET", "/qrs/app?filter="+strings.NewReplacer(" ", "%20", "'", "%27").Replace(filter), "").want(400)
		if !strings.HasPrefix(string(a.body), "Cannot parse the expression:") {
			t.Errorf("%s: %s", filter, a.body)
		}
	}
	if f.found("app", "availabilityStatus eq NotApplicable")[0] != "Cash flow forecast" || f.found("systemrule", "ruleContext eq BothQlikSenseAndQMC") == nil {
		t.Error("an enum has no name")
	}
	list := f.call("GET", "/qrs/app?orderby=fileSize%20desc", "").list()
	if list[0]["name"] != "Group P&L" {
		t.Errorf("orderby: %v", list[0])
	}
}

func TestPublishReplaceCopyMove(t *testing.T) {
	f := newFixture(t)
	id, sales := f.id("app", "Headcount plan"), f.id("stream", "Sales")
	app := f.call("PUT", "/qrs/app/"+id+"/publish?stream="+sales+"&name=People&unknown=1", "").want(200).object()
	if app["id"] != id || app["published"] != true || app["name"] != "People" || app["stream"].(map[string]any)["id"] != sales {
		t.Errorf("published: %v", app)
	}
	f.call("PUT", "/qrs/app/"+id+"/publish?stream="+sales, "{}").want(400)
	source := f.call("POST", "/qrs/app/upload?name=Next", qvf("Title")).want(201).object()
	before := f.app("People")
	after := f.call("PUT", "/qrs/app/"+source["id"].(string)+"/replace?app="+id, "").want(200).object()
	if after["id"] != id || after["published"] != true || after["publishTime"] != before["publishTime"] || after["fileSize"] == before["fileSize"] || after["name"] != "People" {
		t.Errorf("replaced: %v", after)
	}
	twin := f.call("POST", "/qrs/app/"+id+"/copy?name=Twin", "").want(201).object()
	if twin["published"] != false || twin["fileSize"] != after["fileSize"] || twin["id"] == id {
		t.Errorf("copy: %v", twin)
	}
	after["stream"].(map[string]any)["id"] = f.id("stream", "HR")
	if moved := f.put(after).want(200).object(); moved["stream"].(map[string]any)["name"] != "HR" {
		t.Errorf("moved: %v", moved)
	}
	f.call("DELETE", "/qrs/app/"+id, "").want(204)
	f.call("GET", "/qrs/app/"+id, "").want(404)
	f.call("POST", "/qrs/app/upload?name=x", "no app").want(400)
}

func (f *fixture) put(app map[string]any) answer { return f.putTo("app", app) }

func (f *fixture) putTo(kind string, entity map[string]any) answer {
	f.t.Helper()
	text, err := json.Marshal(entity)
	good(f.t, err)
	return f.call("PUT", "/qrs/"+kind+"/"+entity["id"].(string), string(text))
}

func TestConflicts(t *testing.T) {
	f := newFixture(t)
	app := f.app("Welcome")
	definition := f.call("GET", "/qrs/custompropertydefinition?filter=name%20eq%20'Cloud'", "").list()[0]
	app["customProperties"] = []any{map[string]any{"value": "us", "definition": map[string]any{"id": definition["id"]}}}
	app["tags"] = []any{map[string]any{"id": f.id("tag", "draft")}}
	changed := f.put(app).want(200).object()
	if v := changed["customProperties"].([]any)[0].(map[string]any); v["value"] != "us" || v["id"] == "" || v["schemaPath"] != "CustomPropertyValue" {
		t.Errorf("value: %v", v)
	}
	f.put(app).want(409)
	changed["name"] = "Hello"
	f.put(changed).want(200)
	if f.app("Hello")["tags"].([]any)[0].(map[string]any)["name"] != "draft" {
		t.Error("the tag is lost")
	}
	again := f.app("Hello")
	again["customProperties"] = []any{map[string]any{"value": "nowhere", "definition": map[string]any{"id": definition["id"]}}}
	f.put(again).want(400)
	f.user = "UserDirectory=ACME;UserId=tokafor"
	again = f.app("Hello")
	f.put(again).want(403)
}

func TestExportOnce(t *testing.T) {
	f := newFixture(t)
	file := qvf("A/B: 100 % ä?")
	app := f.call("POST", "/qrs/app/upload", file).want(201).object()
	token := "060dcbca-4782-4f99-a7c4-767190e85355"
	path := "/qrs/app/" + app["id"].(string) + "/export/" + token
	got := f.call("POST", path+"?skipData=false&exportScope=published", "").want(201).object()
	if got["exportToken"] != token || got["cancelled"] != false || got["schemaPath"] != "AppExportResponse" || !strings.Contains(got["downloadPath"].(string), "?serverNodeId=") {
		t.Fatalf("export: %v", got)
	}
	link := f.base + got["downloadPath"].(string)
	f.raw("GET", link, "", map[string]string{"X-Qlik-User": "UserDirectory=ACME; UserId=mruiz"}).want(404)
	download := f.raw("GET", link, "", map[string]string{"X-Qlik-User": f.user}).want(200)
	if string(download.body) != file || download.header.Get("Content-Encoding") != "" {
		t.Errorf("%d bytes of %d", len(download.body), len(file))
	}
	f.raw("GET", link, "", map[string]string{"X-Qlik-User": f.user}).want(404)
	small := f.call("POST", path+"?skipdata=True", "{}").want(201).object()
	if body := f.raw("GET", f.base+small["downloadPath"].(string), "", map[string]string{"X-Qlik-User": f.user}).want(200).body; len(body) >= len(file) {
		t.Errorf("%d bytes without data", len(body))
	}
	if v := f.call("DELETE", path, "").want(200).object(); v["downloadPath"] != "" || v["cancelled"] != false {
		t.Errorf("cancel: %v", v)
	}
	f.user = "UserDirectory=ACME; UserId=tokafor"
	f.call("POST", "/qrs/app/"+f.id("app", "Welcome")+"/export/"+token, "").want(403)
}

func TestStateSurvives(t *testing.T) {
	f := newFixture(t)
	id := f.id("app", "Welcome")
	sales := f.id("stream", "Sales")
	f.call("PUT", "/qrs/app/"+f.id("app", "Store traffic")+"/publish?stream="+sales, "").want(200)
	f.client.CloseIdleConnections()
	good(t, f.s.Close())
	f.open()
	if f.id("app", "Welcome") != id || f.app("Store traffic")["published"] != true || len(f.found("app", "")) != 7 {
		t.Error("the state is another one")
	}
}
