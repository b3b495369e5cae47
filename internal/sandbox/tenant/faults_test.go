package tenant

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/skyferry/skyferry/internal/sandbox/tenant/faults"
)

// lay starts a fault by the JSON API and gives its id.
func (f *fixture) lay(fault map[string]any) string {
	f.Helper()
	if fault["calls"] == nil && fault["forSeconds"] == nil {
		fault["calls"] = 1
	}
	return text(f.want(201, call{method: "POST", path: "/sandbox/v1/faults", token: testKey, body: fault}), "id")
}

// shownFault is a fault as the API lists it.
func (f *fixture) shownFault(id string) faults.Shown {
	f.Helper()
	var list struct{ Data []faults.Shown }
	if err := json.Unmarshal(f.do(call{path: "/sandbox/v1/faults", token: testKey}).body, &list); err != nil {
		f.Fatal(err)
	}
	for _, shown := range list.Data {
		if shown.ID == id {
			return shown
		}
	}
	f.Fatalf("fault %s is not listed: %+v", id, list.Data)
	return faults.Shown{}
}

// try does a call that may break, and gives how far it came.
func (f *fixture) try(c call) (got answer, err error) {
	f.Helper()
	client := *f.http.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	method := c.method
	if method == "" {
		method = "GET"
	}
	request, err := http.NewRequestWithContext(f.Context(), method, f.http.URL+c.path, bodyFor(c.body))
	if err != nil {
		f.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	for name, value := range c.header {
		request.Header.Set(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, body}, err
}

func TestFaultsAnswerInsteadOfTheCall(t *testing.T) {
	me := call{path: "/api/v1/users/me", token: testKey}
	for name, test := range map[string]struct {
		fault map[string]any
		call  call
		want  int
		has   func(answer) bool
	}{
		"rate limit":      {map[string]any{"kind": "rate-limit", "seconds": 7}, me, 429, func(a answer) bool { return a.header.Get("Retry-After") == "7" }},
		"error status":    {map[string]any{"kind": "error-status", "status": 502}, me, 502, func(a answer) bool { return strings.Contains(string(a.body), `"traceId"`) }},
		"usual status":    {map[string]any{"kind": "error-status"}, me, 503, nil},
		"expired token":   {map[string]any{"kind": "expired-token"}, me, 401, func(a answer) bool { return a.header.Get("WWW-Authenticate") != "" }},
		"web page":        {map[string]any{"kind": "html", "status": 503}, me, 503, func(a answer) bool { return strings.HasPrefix(string(a.body), "<!DOCTYPE") }},
		"web page, 200":   {map[string]any{"kind": "html"}, me, 200, func(a answer) bool { return strings.HasPrefix(a.header.Get("Content-Type"), "text/html") }},
		"gigantic body":   {map[string]any{"kind": "gigantic-body", "bytes": 3000000}, me, 200, func(a answer) bool { return len(a.body) == 3000011 }},
		"content type":    {map[string]any{"kind": "content-type", "text": "image/png"}, me, 200, func(a answer) bool { return a.header.Get("Content-Type") == "image/png" }},
		"redirect":        {map[string]any{"kind": "redirect"}, me, 307, func(a answer) bool { return a.header.Get("Location") == "https://elsewhere.invalid/api/v1/users/me" }},
		"tus lock":        {map[string]any{"kind": "tus-lock"}, call{method: "HEAD", path: tusPath + "/x", token: testKey}, 423, nil},
		"upload expired":  {map[string]any{"kind": "upload-expired"}, call{path: "/api/v1/temp-contents/x", token: testKey}, 410, nil},
		"full quota":      {map[string]any{"kind": "full-quota"}, call{method: "POST", path: "/api/v1/apps/import", token: testKey}, 413, nil},
		"daily limit":     {map[string]any{"kind": "daily-limit"}, call{method: "POST", path: "/api/v1/apps/import", token: testKey}, 429, func(a answer) bool { return a.header.Get("Retry-After") != "" }},
		"clock skew":      {map[string]any{"kind": "clock-skew", "seconds": -7200}, me, 200, func(a answer) bool { return skewOf(a) < -time.Hour }},
		"another tenant":  {map[string]any{"kind": "other-tenant", "text": "x-y-z"}, call{path: "/api/v1/tenants/me", token: testKey}, 200, func(a answer) bool { return strings.Contains(string(a.body), `"id":"x-y-z"`) }},
		"method and path": {map[string]any{"kind": "error-status", "endpoint": "GET /api/v1/users/*"}, me, 503, nil},
		"doubled slash":   {map[string]any{"kind": "error-status", "endpoint": "GET /api/v1/users/*"}, call{path: "/api/v1//users/me", token: testKey}, 503, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			id := f.lay(test.fault)
			got, err := f.try(test.call)
			if err != nil || got.status != test.want || test.has != nil && !test.has(got) {
				t.Fatalf("%d %v %.200s, %v", got.status, got.header, got.body, err)
			}
			if shown := f.shownFault(id); shown.Active || shown.Hits != 1 {
				t.Errorf("shown as %+v", shown)
			}
			f.want(200, me)
		})
	}
}

func skewOf(a answer) time.Duration {
	at, err := http.ParseTime(a.header.Get("Date"))
	if err != nil {
		return 0
	}
	return time.Until(at)
}

func TestFaultsTouchOnlyTheirCalls(t *testing.T) {
	f := newFixture(t)
	b := f.signedIn()
	id := f.lay(map[string]any{"kind": "error-status", "forSeconds": 600})
	for _, path := range []string{"/healthz", "/readyz", "/sandbox/v1/faults"} {
		f.want(200, call{path: path, token: testKey})
	}
	for _, path := range []string{"/", "/apps", "/faults", "/sandbox/assets/sandbox.css"} {
		if got := b.get(path); got.status != 200 {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	f.want(503, call{path: "/api/v1/items", token: testKey})
	f.want(503, call{method: "POST", path: "/oauth/token"})
	if shown := f.shownFault(id); shown.Hits != 2 || !shown.Active || shown.SecondsLeft <= 0 || shown.SecondsLeft > 600 {
		t.Errorf("shown as %+v", shown)
	}
	f.want(204, call{method: "DELETE", path: "/sandbox/v1/faults/" + id, token: testKey})
	f.want(200, call{path: "/api/v1/items", token: testKey})
	f.want(204, call{method: "DELETE", path: "/sandbox/v1/faults/" + id, token: testKey}) // leaves the list
	f.want(404, call{method: "DELETE", path: "/sandbox/v1/faults/" + id, token: testKey})
	f.lay(map[string]any{"kind": "error-status", "endpoint": "items", "calls": 5})
	f.want(200, call{path: "/api/v1/users/me", token: testKey})
	f.want(204, call{method: "DELETE", path: "/sandbox/v1/faults", token: testKey})
	f.want(200, call{path: "/api/v1/items", token: testKey})
}

func TestFaultsAreForKeyHoldersAndChecked(t *testing.T) {
	f := newFixture(t).withSite()
	for _, c := range []call{{path: "/sandbox/v1/faults"}, {method: "POST", path: "/sandbox/v1/faults"}, {method: "DELETE", path: "/sandbox/v1/faults"}} {
		if got := f.do(c); got.status != 401 {
			t.Errorf("%s without a token: %d", c.method, got.status)
		}
		if c.token = f.site(); f.do(c).status != 403 {
			t.Errorf("%s with the token of a site is let through", c.method)
		}
	}
	for _, bad := range []map[string]any{
		{"kind": "none", "calls": 1}, {"kind": "latency", "seconds": 1}, {"kind": "latency", "calls": 1, "seconds": -1},
		{"kind": "latency", "calls": 1, "status": 500}, {"kind": "error-status", "calls": 1, "status": 200}, {"kind": "latency", "calls": -1},
		{"kind": "cut", "calls": 1, "side": "both"}, {"kind": "redirect", "calls": 1, "text": "a b"}, {"kind": "latency", "forSeconds": 90000},
		{"kind": "latency", "calls": 1, "endpoint": "nowhere"}, {"kind": "latency", "calls": 1, "endpoint": "GET /healthz"}, {"kind": "latency", "calls": 1, "endpoint": "GET /api/["},
	} {
		if got := f.do(call{method: "POST", path: "/sandbox/v1/faults", token: testKey, body: bad}); got.status != 400 || !bytes.Contains(got.body, []byte(`"detail":"`)) {
			t.Errorf("%v: %d %s", bad, got.status, got.body)
		}
	}
	for range 100 {
		f.lay(map[string]any{"kind": "latency"})
	}
	f.want(409, call{method: "POST", path: "/sandbox/v1/faults", token: testKey, body: map[string]any{"kind": "latency", "calls": 1}})
}

func TestFaultsThatCutAndSlow(t *testing.T) {
	f := newFixture(t)
	me := call{path: "/api/v1/users/me", token: testKey}
	whole := f.do(me).body

	f.lay(map[string]any{"kind": "cut", "endpoint": "any", "side": "answer", "bytes": 10})
	if got, err := f.try(me); err == nil || !bytes.Equal(got.body, whole[:10]) || got.status != 200 {
		t.Errorf("cut answer: %d %q %v", got.status, got.body, err)
	}
	f.lay(map[string]any{"kind": "cut", "endpoint": "any", "side": "answer", "bytes": len(whole)})
	if got, err := f.try(me); err != nil || !bytes.Equal(got.body, whole) {
		t.Errorf("an answer that fits was cut: %q %v", got.body, err)
	}

	id := f.create(testKey, 100_000, "")
	part := func(from int) call {
		return call{method: "PATCH", path: tusPath + "/" + id, token: testKey, body: make([]byte, 100_000-from), header: map[string]string{
			"Tus-Resumable": "1.0.0", "Upload-Offset": jsonNumber(from), "Content-Type": tusChunk}}
	}
	f.lay(map[string]any{"kind": "cut", "bytes": 40_000})
	if got, err := f.try(part(0)); err == nil {
		t.Errorf("cut request: %d %s", got.status, got.body)
	}
	if at := f.do(call{method: "HEAD", path: tusPath + "/" + id, token: testKey, header: map[string]string{"Tus-Resumable": "1.0.0"}}).header.Get("Upload-Offset"); at != "40000" {
		t.Errorf("the upload stands at %s", at)
	}
	f.lay(map[string]any{"kind": "bandwidth", "bytes": 200_000})
	began := time.Now()
	if got, err := f.try(part(40_000)); err != nil || got.status != 204 {
		t.Errorf("slow request: %d %v", got.status, err)
	}
	if took := time.Since(began); took < 250*time.Millisecond {
		t.Errorf("60 kB at 200 kB/s took %v", took)
	}
	f.lay(map[string]any{"kind": "bandwidth", "endpoint": "any", "side": "answer", "bytes": len(whole) * 4})
	f.lay(map[string]any{"kind": "latency", "seconds": 0.1}) // both lie on the call
	began = time.Now()
	if got, err := f.try(me); err != nil || !bytes.Equal(got.body, whole) {
		t.Errorf("slow answer: %q %v", got.body, err)
	}
	if took := time.Since(began); took < 300*time.Millisecond {
		t.Errorf("the answer took %v", took)
	}
}

func TestStoppingLetsWaitingCallsGo(t *testing.T) {
	f := newFixture(t)
	id := f.lay(map[string]any{"kind": "latency", "seconds": 600})
	done := make(chan int, 1)
	go func() {
		got, _ := f.try(call{path: "/api/v1/users/me", token: testKey})
		done <- got.status
	}()
	for f.shownFault(id).Waiting == 0 {
		time.Sleep(time.Millisecond)
	}
	f.want(204, call{method: "DELETE", path: "/sandbox/v1/faults", token: testKey})
	if status := <-done; status != 200 {
		t.Errorf("status %d", status)
	}
}

func TestFaultsThatHideTheOutcome(t *testing.T) {
	f := openFixture(t, Options{Name: "eu", Dir: t.TempDir(), APIKey: testKey, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	upload := f.upload(testKey, qvf("one"))
	byID := call{method: "POST", path: "/api/v1/apps/import?name=Lost&fileId=" + upload, token: testKey}
	count := func() int {
		return len(f.want(200, call{path: "/api/v1/items?limit=100", token: testKey})["data"].([]any))
	}
	f.lay(map[string]any{"kind": "lost-answer"})
	if got, err := f.try(byID); err == nil {
		t.Errorf("lost answer: %d", got.status)
	}
	if n := count(); n != 1 {
		t.Fatalf("%d apps after the lost answer", n)
	}
	for i, c := range []call{byID, {method: "POST", path: "/api/v1/apps/import?name=Body", token: testKey, body: qvf("two")}} {
		id := f.lay(map[string]any{"kind": "late-import", "seconds": 600})
		if got, err := f.try(c); err != nil || got.status != 504 {
			t.Fatalf("late import: %d %v", got.status, err)
		}
		if n := count(); n != 1+i {
			t.Fatalf("%d apps although the import comes later", n)
		}
		f.want(204, call{method: "DELETE", path: "/sandbox/v1/faults/" + id, token: testKey}) // what waits goes on
		for end := time.Now().Add(20 * time.Second); count() != 2+i; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("late import %d does not come", i)
			}
		}
	}
	f.lay(map[string]any{"kind": "late-import", "seconds": 600})
	if got, err := f.try(byID); err != nil || got.status != 504 {
		t.Fatalf("late import: %d %v", got.status, err)
	} // and the tenant closes before it is done
}

func TestFaultsOfWhatIsTold(t *testing.T) {
	f := newFixture(t).withSite()
	f.imported("name=Young", "x")
	items := call{path: "/api/v1/items", token: testKey}
	lag := f.lay(map[string]any{"kind": "lagging-items", "seconds": 600, "calls": 9})
	if n := len(f.want(200, items)["data"].([]any)); n != 0 {
		t.Errorf("%d items are there at once", n)
	}
	f.want(204, call{method: "DELETE", path: "/sandbox/v1/faults/" + lag, token: testKey})
	if n := len(f.want(200, items)["data"].([]any)); n != 1 {
		t.Errorf("%d items", n)
	}

	f.want(200, call{path: "/api/v1/users/me", token: f.site()})
	f.lay(map[string]any{"kind": "clock-skew", "seconds": 86400})
	f.want(401, call{path: "/api/v1/users/me", token: f.site()})
	f.lay(map[string]any{"kind": "clock-skew", "seconds": -3600})
	f.want(401, call{path: "/api/v1/users/me", token: f.site()})

	client, secret, err := f.server.addClient("Skyferry")
	if err != nil {
		t.Fatal(err)
	}
	f.lay(map[string]any{"kind": "short-token", "seconds": 1})
	granted := f.want(200, call{method: "POST", path: "/oauth/token", body: map[string]string{
		"client_id": client.ID, "client_secret": secret, "grant_type": "client_credentials"}})
	if granted["expires_in"] != 1.0 {
		t.Errorf("granted %v", granted)
	}
	for end := time.Now().Add(20 * time.Second); f.do(call{path: "/api/v1/users/me", token: text(granted, "access_token")}).status != 401; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the token does not end")
		}
	}
}

func TestFaultPages(t *testing.T) {
	f := newFixture(t)
	b := f.signedIn()
	first := b.get("/faults")
	if !first.says(".empty", "The tenant is healthy") || first.Find("#kinds").Length() != 1 || !first.says(".menu", "off") {
		t.Fatalf("the page: %s", first.Text())
	}
	if n := first.Find("button:contains('Start')").Length(); n != len(faults.Kinds()) {
		t.Errorf("%d kinds can be started", n)
	}
	for _, kind := range faults.Kinds() { // each form starts its fault as it stands
		form := b.get("/faults/new?kind=" + string(kind.Kind))
		values := url.Values{}
		form.Find("dialog input, dialog select").Each(func(_ int, s *goquery.Selection) {
			name, _ := s.Attr("name")
			value, _ := s.Attr("value")
			if chosen, ok := s.Find("[selected]").Attr("value"); ok {
				value = chosen
			}
			values.Set(name, value)
		})
		if values.Get("calls") != "1" {
			t.Errorf("%s: fields %v", kind.Kind, values)
		}
		if made := b.post("/faults/new?kind="+string(kind.Kind), values); made.status != 200 || !made.says("[role=status]", kind.Label) {
			t.Errorf("%s: %d %s", kind.Kind, made.status, made.Find("[role=alert]").Text())
		}
	}
	if list := b.get("/faults"); list.Find("section:first-of-type tbody tr").Length() != len(faults.Kinds()) || !list.says(".menu", " on") {
		t.Error("the list is not whole")
	}
	stopped := b.post("/faults/stop", nil)
	if !stopped.says(".empty", "healthy") || f.server.Faults().Active() != 0 {
		t.Error("not all are stopped")
	}
	wrong := b.post("/faults/new?kind=latency", url.Values{"seconds": {"soon"}, "endpoint": {"items"}, "calls": {"3"}})
	if kept, _ := wrong.field("Delay in seconds").Attr("value"); wrong.status != 422 || kept != "soon" || !wrong.says("#field-seconds-error", "Enter a number") {
		t.Errorf("wrong number: %d, kept %q", wrong.status, kept)
	}
	made := b.post("/faults/new?kind=latency", url.Values{"seconds": {"0.01"}, "endpoint": {"items"}, "calls": {"3"}})
	f.want(200, call{path: "/api/v1/items", token: testKey})
	path, _ := made.Find("form:contains('Stop')").Last().Attr("action")
	if row := b.get("/faults").Find("section:first-of-type tbody tr").Text(); !strings.Contains(row, "calls: 2 of 3") || !strings.Contains(row, "Active") {
		t.Errorf("row %s", row)
	}
	if after := b.post(path, nil); !after.says("section:first-of-type tbody", "Ended") {
		t.Error("the fault goes on after Stop")
	}
	if unknown := b.get("/faults/new?kind=x"); unknown.status != 404 {
		t.Errorf("unknown kind: %d", unknown.status)
	}
}
