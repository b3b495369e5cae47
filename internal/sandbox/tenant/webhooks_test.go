package tenant

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// audits gives the types of all events, the oldest first.
func (f *fixture) audits(query string) []string {
	f.Helper()
	all := f.names("/api/v1/audits?limit=100&sort=%2BeventTime"+query, "eventType")
	for i, name := range all {
		all[i] = strings.TrimPrefix(name, "com.qlik.")
	}
	return all
}

func TestAuditsTellWhatHappenedToApps(t *testing.T) {
	f := newFixture(t).withSite()
	f.autoreplace(testAppID, "one")
	f.autoreplace(testAppID, "two")
	source := text(f.imported("name=Source", "bytes"), "attributes.id")
	space := f.space("Board", "managed")
	published := text(f.want(200, call{method: "POST", path: "/api/v1/apps/" + source + "/publish", token: testKey, body: map[string]any{"spaceId": space}}), "attributes.id")
	f.want(200, call{method: "PUT", path: "/api/v1/apps/" + source + "/publish", token: testKey, body: map[string]any{"targetId": published}})
	f.want(200, call{method: "POST", path: "/api/v1/apps/" + source + "/copy", token: testKey, body: map[string]any{}})
	f.want(200, call{method: "POST", path: "/api/v1/apps", token: testKey, body: map[string]any{"attributes": map[string]string{"name": "New"}}})
	f.want(201, call{method: "POST", path: "/api/v1/reloads", token: testKey, body: map[string]any{"appId": source}})
	if got := f.do(call{method: "POST", path: "/api/v1/apps/" + source + "/export", token: testKey}); got.status != 201 {
		t.Fatal(got.status)
	}
	f.want(200, call{method: "DELETE", path: "/api/v1/apps/" + source, token: testKey})
	f.want(403, call{method: "POST", path: "/api/v1/apps/" + testAppID + "/copy", token: testKey, body: map[string]any{}}) // nothing happened
	want := []string{"app.created", "app.data.updated", "app.created", "app.created", "app.published", "app.data.updated", "app.created", "app.created",
		"v1.app.reload.finished", "app.exported", "app.deleted"}
	if diff := cmp.Diff(want, f.audits("")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	page := f.want(200, call{path: "/api/v1/audits?limit=2", token: testKey})
	first, _ := page["data"].([]any)[0].(map[string]any)
	if text(first, "eventType") != "com.qlik.app.deleted" || text(first, "data.deleteType") != "HARD" || text(first, "extensions.topLevelResourceId") != source || at(page, "links.next.href") == nil {
		t.Errorf("the newest: %v, links %v", first, page["links"])
	}
	if got := f.want(200, call{path: "/api/v1/audits/" + text(first, "id"), token: testKey}); text(got, "eventId") != text(first, "eventId") || text(got, "userId") == "" || text(got, "tenantId") != f.server.TenantID() {
		t.Errorf("one: %v", got)
	}
	now := time.Now().UTC()
	for query, n := range map[string]int{
		"&eventType=com.qlik.app.published": 1, "&source=com.qlik/engine": 11, "&source=x": 0, "&id=" + text(first, "id") + ",x": 1,
		"&eventTime=" + now.Add(-time.Hour).Format(time.RFC3339) + "/" + now.Add(time.Hour).Format(time.RFC3339): 11,
		"&eventTime=" + now.Add(time.Hour).Format(time.RFC3339) + "/":                                            0,
	} {
		if got := f.audits(query); len(got) != n {
			t.Errorf("%s: %v", query, got)
		}
	}
	staged := f.want(200, call{path: "/api/v1/audits?sort=%2BeventTime&limit=1", token: testKey})
	if data, _ := at(staged["data"].([]any)[0].(map[string]any), "data").(map[string]any); data["createdByAction"] != "import" || data["published"] != true {
		t.Errorf("the staged app was created as %v", data)
	}
	for path, status := range map[string]int{"types": 200, "sources": 200, "settings": 200, "archive?date=2026-01-31": 200, "archive": 400, "nope": 404, "?eventTime=x": 400, "?sort=x": 400} {
		if got := f.do(call{path: "/api/v1/audits/" + path, token: testKey}); got.status != status && !strings.HasPrefix(path, "?") {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	f.want(400, call{path: "/api/v1/audits?eventTime=x", token: testKey})
	f.want(403, call{path: "/api/v1/audits", token: f.site()})
}

// ear hears what webhooks send, by TLS.
type ear struct {
	*httptest.Server
	heard  chan *http.Request
	bodies chan string
	status int
}

func (f *fixture) ear() *ear {
	e := &ear{heard: make(chan *http.Request, 20), bodies: make(chan string, 20), status: 202}
	e.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(e.status)
		_, _ = w.Write([]byte("heard"))
		e.heard <- r
		e.bodies <- string(body)
	}))
	f.Cleanup(e.Close)
	f.server.hooks.client.Transport = e.Client().Transport
	return e
}

// next waits for what is sent.
func (e *ear) next(t *testing.T) (*http.Request, string) {
	t.Helper()
	select {
	case r := <-e.heard:
		return r, <-e.bodies
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was sent")
		return nil, ""
	}
}

// deliveries waits until so many are told.
func (f *fixture) deliveries(hook string, n int) []any {
	f.Helper()
	for range 2000 {
		if all, _ := f.want(200, call{path: "/api/v1/webhooks/" + hook + "/deliveries", token: testKey})["data"].([]any); len(all) == n {
			return all
		}
		time.Sleep(10 * time.Millisecond)
	}
	f.Fatalf("there are no %d deliveries", n)
	return nil
}

func TestWebhooksSendWhatHappens(t *testing.T) {
	f := newFixture(t)
	e := f.ear()
	hook := text(f.want(201, call{method: "POST", path: "/api/v1/webhooks", token: testKey, body: map[string]any{
		"name": "Imports", "url": e.URL + "/in?x=1", "eventTypes": []string{appCreated, appDeleted}, "level": "tenant", "secret": "hush-hush",
		"headers": map[string]string{"X-Plain": "seen"}, "encryptedHeaders": map[string]string{"X-Token": "secret value"},
	}}), "id")
	shown := string(f.do(call{path: "/api/v1/webhooks/" + hook, token: testKey}).body)
	if strings.Contains(shown, "hush") || strings.Contains(shown, "secret value") || !strings.Contains(shown, `"secretKeyAdded":true`) || !strings.Contains(shown, `"encryptedHeaders":["X-Token"]`) {
		t.Errorf("shown as %s", shown)
	}
	app := text(f.imported("name=Sales", "bytes"), "attributes.id")
	r, body := e.next(t)
	sum := hmac.New(sha256.New, []byte("hush-hush"))
	sum.Write([]byte(body))
	if r.URL.RequestURI() != "/in?x=1" || r.Header.Get("X-Plain") != "seen" || r.Header.Get("X-Token") != "secret value" || r.Header.Get("Qlik-Signature") != hex.EncodeToString(sum.Sum(nil)) {
		t.Errorf("%s %v", r.URL, r.Header)
	}
	var sent map[string]any
	if err := json.Unmarshal([]byte(body), &sent); err != nil || text(sent, "eventType") != appCreated || text(sent, "data.createdByAction") != "import" || text(sent, "data.id") != app {
		t.Errorf("sent %s, %v", body, err)
	}
	first, _ := f.deliveries(hook, 1)[0].(map[string]any)
	if text(first, "status") != "success" || at(first, "response.statusCode") != 202.0 || text(first, "response.body") != "heard" ||
		text(first, "request.headers.X-Token") != omitted || text(first, "request.body.eventType") != appCreated {
		t.Errorf("delivery %v", first)
	}

	e.status = 500
	again := f.want(201, call{method: "POST", path: "/api/v1/webhooks/" + hook + "/deliveries/" + text(first, "id") + "/actions/resend", token: testKey})
	if _, body2 := e.next(t); body2 != body || text(again, "status") != "fail" || text(again, "statusMessage") == "" {
		t.Errorf("sent again: %s, %v", body2, again)
	}
	if n := len(f.names("/api/v1/webhooks/"+hook+"/deliveries?status=fail", "id")); n != 1 {
		t.Errorf("%d failed", n)
	}

	patch := []map[string]any{{"op": "replace", "path": "/enableCloudEventDelivery", "value": true}, {"op": "replace", "path": "/eventTypes", "value": []string{appDeleted}}}
	if got := f.do(call{method: "PATCH", path: "/api/v1/webhooks/" + hook, token: testKey, body: patch}); got.status != 204 {
		t.Fatalf("patch: %d %s", got.status, got.body)
	}
	f.want(200, call{method: "DELETE", path: "/api/v1/apps/" + app, token: testKey})
	if _, body = e.next(t); !strings.Contains(body, `"specversion":"1.0"`) || !strings.Contains(body, `"type":"`+appDeleted+`"`) {
		t.Errorf("no CloudEvent: %s", body)
	}
	f.deliveries(hook, 3)
	if got := f.do(call{method: "PATCH", path: "/api/v1/webhooks/" + hook, token: testKey, body: []map[string]any{{"op": "replace", "path": "/enabled", "value": false}}}); got.status != 204 {
		t.Fatalf("disable: %d %s", got.status, got.body)
	}
	f.imported("name=Quiet", "bytes")
	if got := f.do(call{method: "DELETE", path: "/api/v1/webhooks/" + hook, token: testKey}); got.status != 204 {
		t.Errorf("delete: %d", got.status)
	}
	f.want(404, call{path: "/api/v1/webhooks/" + hook + "/deliveries", token: testKey})
	if len(e.heard) > 0 {
		t.Error("a disabled webhook has sent")
	}
}

// What waits when the tenant stops is sent after its next start.
func TestWebhookThatWaitsIsSentAfterTheNextStart(t *testing.T) {
	dir := t.TempDir()
	f := openFixture(t, Options{Dir: dir, APIKey: testKey})
	reached, over := make(chan struct{}, 10), make(chan struct{})
	deaf := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		reached <- struct{}{}
		<-over
	}))
	t.Cleanup(func() { close(over); deaf.Close() })
	f.server.hooks.client.Transport = deaf.Client().Transport
	hook := text(f.want(201, call{method: "POST", path: "/api/v1/webhooks", token: testKey, body: map[string]any{
		"name": "Slow", "url": deaf.URL, "eventTypes": []string{appCreated}}}), "id")
	f.imported("name=Sales", "bytes")
	<-reached
	f.close()
	f = openFixture(t, Options{Dir: dir, APIKey: testKey}) // it does not know the authority of the other one any more
	if sent, _ := f.deliveries(hook, 1)[0].(map[string]any); text(sent, "status") != "fail" || text(sent, "statusMessage") == "" {
		t.Errorf("delivery %v", sent)
	}
}

// Where nobody listens a webhook fails, and nothing else does.
func TestWebhookThatNobodyHears(t *testing.T) {
	f := newFixture(t)
	e := f.ear()
	e.Close()
	hook := text(f.want(201, call{method: "POST", path: "/api/v1/webhooks", token: testKey, body: map[string]any{
		"name": "Deaf", "url": e.URL, "eventTypes": []string{appCreated}, "filter": `spaceId ne "x" and id ne "y"`}}), "id")
	f.want(201, call{method: "POST", path: "/api/v1/webhooks", token: testKey, body: map[string]any{
		"name": "Others", "url": e.URL, "eventTypes": []string{appCreated}, "filter": `id eq "y"`}})
	f.imported("name=Sales", "bytes")
	failed, _ := f.deliveries(hook, 1)[0].(map[string]any)
	if text(failed, "status") != "fail" || !strings.HasPrefix(text(failed, "statusMessage"), "No answer: ") || failed["response"] != nil {
		t.Errorf("delivery %v", failed)
	}
	if got := f.names("/api/v1/webhooks?sort=-name", "name"); !slices.Equal(got, []string{"Others", "Deaf"}) {
		t.Errorf("webhooks %v", got)
	}
	if got := f.names("/api/v1/webhooks?name=dea", "name"); !slices.Equal(got, []string{"Deaf"}) {
		t.Errorf("by name: %v", got)
	}
}

func TestWebhooksAreChecked(t *testing.T) {
	f := newFixture(t).withSite()
	good := func() map[string]any {
		return map[string]any{"name": "A", "url": "https://a.example/x", "eventTypes": []string{appCreated}}
	}
	for field, value := range map[string]any{
		"name": "", "url": "http://a.example", "eventTypes": []string{"com.qlik.x"}, "level": "planet", "filter": "spaceId is nice",
		"headers": map[string]string{"a:b": "c"}, "encryptedHeaders": map[string]string{"a": strings.Repeat("x", 3000)},
	} {
		body := good()
		body[field] = value
		if got := f.want(400, call{method: "POST", path: "/api/v1/webhooks", token: testKey, body: body}); text(got, "traceId") == "" {
			t.Errorf("%s: %v", field, got)
		}
	}
	f.want(403, call{method: "POST", path: "/api/v1/webhooks", token: f.site(), body: good()})
	by := f.tokenOf("ann")
	ann := text(f.want(200, call{path: "/api/v1/users/me", token: by}), "id")
	tenantWide := good()
	tenantWide["level"] = "tenant"
	f.want(403, call{method: "POST", path: "/api/v1/webhooks", token: by, body: tenantWide})
	made := f.want(201, call{method: "POST", path: "/api/v1/webhooks", token: by, body: good()})
	if text(made, "ownerId") != ann || text(made, "level") != "user" || made["enabled"] != true {
		t.Errorf("made %v", made)
	}
	others := f.want(201, call{method: "POST", path: "/api/v1/webhooks", token: testKey, body: good()})
	f.want(404, call{path: "/api/v1/webhooks/" + text(others, "id"), token: by})
	changed := good()
	changed["name"], changed["enableCloudEventDelivery"] = "B", true
	if got := f.want(200, call{method: "PUT", path: "/api/v1/webhooks/" + text(made, "id"), token: by, body: changed}); text(got, "name") != "B" || got["enableCloudEventDelivery"] != true {
		t.Errorf("changed %v", got)
	}
	f.want(400, call{method: "PUT", path: "/api/v1/webhooks/" + text(made, "id"), token: by, body: good()}) // CloudEvents stay
	f.want(400, call{method: "PATCH", path: "/api/v1/webhooks/" + text(made, "id"), token: by, body: []map[string]any{{"op": "replace", "path": "/id", "value": "x"}}})
	if n := len(f.names("/api/v1/webhooks", "id")); n != 2 {
		t.Errorf("%d webhooks", n)
	}
	types := f.want(200, call{path: "/api/v1/webhooks/event-types", token: by})
	if all, _ := types["data"].([]any); len(all) != len(eventTypes) {
		t.Errorf("types %v", types)
	}
}
