package repository

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/golang-jwt/jwt/v5"
)

// own asks the sandbox's own calls.
func (f *fixture) own(method, path, body string) answer {
	f.t.Helper()
	return f.raw(method, f.hub+"/sandbox/v1"+path, body, map[string]string{"Authorization": "Bearer " + testKey})
}

func TestOwnCalls(t *testing.T) {
	f := newFixture(t)
	f.raw("GET", f.hub+"/sandbox/v1/apps", "", map[string]string{"Authorization": "Bearer x"}).want(401)
	id := f.own("POST", "/apps?name=New", qvf("x")).want(201).object()["id"].(string)
	act := func(verb, body string) { f.own("POST", "/apps/"+id+"/"+verb, body).want(204) }
	act("publish", `{"stream":"Finance"}`)
	act("move", `{"stream":"Sales"}`)
	act("rename", `{"name":"Newer"}`)
	act("owner", `{"owner":"ACME\\jberg"}`)
	act("properties", `{"Cloud":["eu","us"],"Region":"EMEA"}`)
	before := f.app("Newer")
	if before["stream"].(map[string]any)["name"] != "Sales" || before["owner"].(map[string]any)["userId"] != "jberg" || len(before["customProperties"].([]any)) != 3 {
		t.Errorf("app: %v", before)
	}
	act("reload", "")
	act("reload", `{"fail":true}`)
	f.own("POST", "/apps?name=Another", qvf("another")).want(201) // a failing reload leaves the place for uploads alone
	after := f.app("Newer")
	if after["lastReloadTime"] == before["lastReloadTime"] || after["published"] != true {
		t.Errorf("reloaded: %v", after)
	}
	if list := f.call("GET", "/qrs/executionresult/full?filter=status%20eq%20FinishedFail", "").want(200).list(); len(list) != 1 || list[0]["appID"] != id {
		t.Errorf("executions: %v", list)
	}
	act("replace", fmt.Sprintf(`{"source":%q}`, f.id("app", "Welcome")))
	content := f.own("GET", "/apps/"+id+"/content", "").want(200)
	sum := sha256.Sum256(content.body)
	for _, app := range f.own("GET", "/apps", "").want(200).list() {
		if app["id"] == id && app["sha256"] != hex.EncodeToString(sum[:]) {
			t.Errorf("sum: %v", app["sha256"])
		}
	}
	act("unpublish", "")
	if f.app("Newer")["published"] != false {
		t.Error("still published")
	}
	act("delete", "")
	f.own("POST", "/apps/"+id+"/rename", `{"name":"x"}`).want(404)
	f.own("POST", "/apps/"+f.id("app", "Welcome")+"/rename", `{"name":""}`).want(400)
}

func TestFaultsOfTheSite(t *testing.T) {
	f := newFixture(t)
	lay := func(body string) { f.own("POST", "/faults", body).want(201) }
	lay(`{"kind":"boot","calls":1}`)
	if a := f.call("GET", "/qrs/about", "").want(503); !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		t.Errorf("boot: %v", a.header)
	}
	lay(`{"kind":"forbidden","calls":1}`)
	f.call("GET", "/qrs/app", "").want(403)
	lay(`{"kind":"hidden-rows","percent":100,"calls":3}`)
	if n := len(f.call("GET", "/qrs/app/full", "").want(200).list()); n != 0 {
		t.Errorf("%d rows", n)
	}
	f.call("GET", "/qrs/app/count", "").want(200)
	f.call("GET", "/qrs/app?filter=name%20eq%20'x'", "").want(200)
	id := f.id("app", "Sales overview")
	export := func() answer {
		return f.call("POST", "/qrs/app/"+id+"/export/060dcbca-4782-4f99-a7c4-767190e85355", "")
	}
	download := func(path any) answer {
		return f.raw("GET", f.base+path.(string), "", map[string]string{"X-Qlik-User": f.user})
	}
	lay(`{"kind":"failing-export","calls":1}`)
	export().want(500)
	lay(`{"kind":"cut-download","bytes":100,"calls":1}`)
	path := export().want(201).object()["downloadPath"]
	if cut := download(path); cut.err == nil || len(cut.body) != 100 {
		t.Errorf("cut: %d bytes, %v", len(cut.body), cut.err)
	}
	download(path).want(404)
	lay(`{"kind":"expired-link","calls":1}`)
	download(export().want(201).object()["downloadPath"]).want(404)
	lay(`{"kind":"slow-export","seconds":3600,"calls":1}`)
	done := make(chan answer)
	go func() { done <- export() }()
	for f.call("DELETE", "/qrs/app/"+id+"/export/060dcbca-4782-4f99-a7c4-767190e85355", "").object()["cancelled"] != true {
	}
	if a := (<-done).want(201).object(); a["cancelled"] != true || a["downloadPath"] != "" {
		t.Errorf("cancelled: %v", a)
	}
	lay(`{"kind":"clock-skew","seconds":864000,"forSeconds":60}`)
	before := f.call("GET", "/qrs/about", "").header.Get("Date")
	f.own("DELETE", "/faults", "").want(204)
	if after := f.call("GET", "/qrs/about", "").header.Get("Date"); before == after || before == "" {
		t.Errorf("dates: %s %s", before, after)
	}
	f.own("POST", "/faults", `{"kind":"boot","seconds":3}`).want(400)
	f.own("POST", "/faults", `{"kind":"no"}`).want(400)
	f.own("POST", "/restart", `{"seconds":60}`).want(204)
	f.call("GET", "/qrs/about", "").want(503)
}

// browser keeps cookies and follows forms.
type browser struct {
	f      *fixture
	client *http.Client
}

func (b browser) read(response *http.Response, err error) (*goquery.Document, int) {
	b.f.t.Helper()
	good(b.f.t, err)
	defer response.Body.Close()
	page, err := goquery.NewDocumentFromReader(response.Body)
	good(b.f.t, err)
	return page, response.StatusCode
}

func (b browser) get(path string) (*goquery.Document, int) {
	return b.read(b.client.Get(b.f.hub + path))
}

func (b browser) post(path string, v url.Values) (*goquery.Document, int) {
	return b.read(b.client.PostForm(b.f.hub+path, v))
}

func (f *fixture) signedIn() browser {
	jar, err := cookiejar.New(nil)
	good(f.t, err)
	b := browser{f, &http.Client{Jar: jar, Transport: &http.Transport{}}}
	f.t.Cleanup(b.client.CloseIdleConnections)
	b.post("/signin", url.Values{"key": {testKey}})
	return b
}

func TestHub(t *testing.T) {
	f := newFixture(t)
	b := f.signedIn()
	page, status := b.get("/apps?q=sales")
	if status != 200 || page.Find("tbody tr").Length() != 1 || !strings.Contains(page.Find(".band").Text(), "not Qlik Sense") {
		t.Fatalf("apps: %d %s", status, page.Text())
	}
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	good(t, parts.WriteField("name", "Fresh"))
	file, err := parts.CreateFormFile("file", "x.qvf")
	good(t, err)
	_, err = file.Write([]byte(qvf("x")))
	good(t, err)
	good(t, parts.Close())
	if page, _ = b.read(b.client.Post(f.hub+"/apps", parts.FormDataContentType(), &form)); page.Find("h1").Text() != "Fresh" || page.Find(".done").Length() != 1 {
		t.Fatalf("uploaded: %s", page.Text())
	}
	path := "/apps/" + f.id("app", "Fresh")
	b.post(path+"/publish", url.Values{"stream": {f.id("stream", "HR")}})
	b.post(path+"/properties", url.Values{"Cloud": {"us"}})
	b.post(path+"/rename", url.Values{"name": {"Fresher"}})
	app := f.app("Fresher")
	if app["stream"].(map[string]any)["name"] != "HR" || len(app["customProperties"].([]any)) != 1 {
		t.Errorf("app: %v", app)
	}
	if page, status = b.post(path+"/rename", url.Values{"name": {strings.Repeat("x", 300)}}); status != 422 || page.Find("[role=alert]").Length() != 1 {
		t.Errorf("bad name: %d", status)
	} else if v, _ := page.Find("#rename-name").Attr("value"); len(v) != 300 {
		t.Error("what was typed is lost")
	}
	if _, status = b.post(path+"/delete", nil); status != 422 {
		t.Errorf("delete without a tick: %d", status)
	}
	b.post(path+"/delete", url.Values{"sure": {"yes"}})
	if _, status = b.get(path); status != 404 {
		t.Errorf("deleted: %d", status)
	}
	if page, _ = b.post("/faults", url.Values{"kind": {"slow-export"}, "seconds": {"2"}, "calls": {"3"}}); !strings.Contains(page.Find("tbody").Text(), "3 times more") {
		t.Errorf("faults: %s", page.Find("tbody").Text())
	}
	if page, status = b.post("/faults", url.Values{"kind": {"slow-export"}, "seconds": {"much"}}); status != 422 {
		t.Errorf("bad fault: %d", status)
	} else if v, _ := page.Find("#slow-export-value").Attr("value"); v != "much" {
		t.Error("what was typed is lost")
	}
	if page, _ = b.post("/restart", url.Values{"seconds": {"0"}}); page.Find("[role=status]").Length() != 1 {
		t.Error("restart says nothing")
	}
	b.post("/signout", nil)
	if page, _ = b.get("/apps"); page.Find("#key").Length() != 1 {
		t.Error("still signed in")
	}
}

// TestHubOfSheetsAndReloads: what the page of an app does with sheets and slow reloads, and what was typed is kept.
func TestHubOfSheetsAndReloads(t *testing.T) {
	f := newFixture(t)
	b := f.signedIn()
	id := f.id("app", "Sales overview")
	path := "/apps/" + id
	b.post(path+"/sheet", url.Values{"name": {"By team"}, "kind": {"community"}})
	page, status := b.get(path)
	if rows := page.Find("[aria-label=Sheets] tbody tr"); status != 200 || rows.Length() != 2 || !strings.Contains(rows.First().Text(), "By team") {
		t.Fatalf("sheets: %s", page.Find("[aria-label=Sheets]").Text())
	}
	sheet := f.sheetID("By team")
	b.post(path+"/sheet-kind", url.Values{"sheet": {sheet}, "kind": {"private"}})
	if o := f.call("GET", "/qrs/app/object/"+sheet, "").object(); o["published"] != false {
		t.Errorf("still published: %v", o)
	}
	if page, status = b.post(path+"/sheet", url.Values{"name": {strings.Repeat("x", 300)}, "kind": {"base"}}); status != 422 {
		t.Errorf("a name that is too long: %d", status)
	} else if v, _ := page.Find("#sheet-name").Attr("value"); len(v) != 300 || page.Find("#rename-name").AttrOr("value", "") != "Sales overview" {
		t.Error("what was typed is lost, or stands elsewhere")
	}
	if page, status = b.post(path+"/reload", url.Values{"seconds": {"soon"}}); status != 422 || page.Find("#reload-seconds").AttrOr("value", "") != "soon" {
		t.Errorf("a reload that takes no number: %d", status)
	}
	if page, _ = b.post(path+"/reload", url.Values{"seconds": {"3600"}}); !strings.Contains(page.Text(), "Last: Started") {
		t.Error("the page does not tell of the reload")
	}
	b.post(path+"/sheet-kind", url.Values{"sheet": {sheet}, "kind": {"deleted"}})
	if page, _ = b.get(path); page.Find("[aria-label=Sheets] tbody tr").Length() != 1 {
		t.Error("the sheet is still there")
	}
	if page, _ = b.post("/faults", url.Values{"kind": {"hidden-rows"}, "percent": {"50"}, "ids": {id + " " + id}, "user": {`SERVICE\skyferry`}}); !strings.Contains(page.Find("tbody").Text(), `Rows hidden by rights for SERVICE\skyferry (2 by id)`) {
		t.Errorf("faults: %s", page.Find("tbody").Text())
	}
	if page, _ = b.get("/history"); !strings.Contains(page.Find("tbody tr").First().Text(), "fault started") || !strings.Contains(page.Find("tbody").Text(), "reload began") {
		t.Errorf("history: %s", page.Find("tbody").Text())
	}
	b.post("/apps/"+f.id("app", "Welcome")+"/reload", nil)
	if page, _ = b.get("/history"); !strings.Contains(strings.Join(strings.Fields(page.Find("tr:contains('reload FinishedSuccess')").Text()), " "), "App “Welcome”") || !strings.Contains(page.Find("tbody").Text(), "fileSize, lastReloadTime, modifiedByUserName") {
		t.Errorf("history: %s", page.Find("tbody").Text())
	}
	if page, status = b.post("/faults", url.Values{"kind": {"no-rights"}, "user": {"nobody"}}); status != 422 || page.Find("#no-rights-user").AttrOr("value", "") != "nobody" {
		t.Errorf("a user without a directory: %d", status)
	}
}

func TestProxySide(t *testing.T) {
	f := newFixture(t)
	headers := map[string]string{"X-Qlik-Xrfkey": xrf16, "X-Qlik-Hdr": `ACME\mruiz`}
	f.raw("GET", f.proxy+"/hdr/qrs/app/count?xrfkey="+xrf16, "", headers).want(200)
	id := f.id("app", "Welcome")
	path := f.raw("POST", f.proxy+"/hdr/qrs/app/"+id+"/export/060dcbca-4782-4f99-a7c4-767190e85355?xrfkey="+xrf16, "{}", headers).want(201).object()["downloadPath"].(string)
	f.raw("GET", f.proxy+"/hdr"+path, "", headers).want(200)
	f.raw("GET", f.proxy+"/hdr/qrs/about?xrfkey="+xrf16, "", map[string]string{"X-Qlik-Xrfkey": xrf16}).want(401)
	token := func(method jwt.SigningMethod, key any) string {
		text, err := jwt.NewWithClaims(method, jwt.MapClaims{"user": "mruiz", "directory": "ACME", "exp": time.Now().Add(time.Hour).Unix()}).SignedString(key)
		good(t, err)
		return text
	}
	pem, err := os.ReadFile(certsOnce() + "/jwt_key.pem")
	good(t, err)
	key, err := jwt.ParseRSAPrivateKeyFromPEM(pem)
	good(t, err)
	ask := func(text string) answer {
		return f.raw("GET", f.proxy+"/jwt/qrs/about?xrfkey="+xrf16, "", map[string]string{"X-Qlik-Xrfkey": xrf16, "Authorization": text})
	}
	ask("Bearer " + token(jwt.SigningMethodRS256, key)).want(200)
	ask("bearer " + token(jwt.SigningMethodRS256, key)).want(200)
	ask("Basic " + token(jwt.SigningMethodRS256, key)).want(401)
	ask("Bearer " + token(jwt.SigningMethodHS256, []byte("x"))).want(401)
	f.raw("GET", f.proxy+"/qrs/about?xrfkey="+xrf16, "", headers).want(404)
	f.raw("GET", f.proxy+"/hdr/QRS/App/Count?xrfkey="+xrf16, "", headers).want(200)
}

// TestProxySessions: who has signed in once has a cookie, which does for the next calls at the same prefix.
func TestProxySessions(t *testing.T) {
	f := newFixture(t)
	headers := map[string]string{"X-Qlik-Xrfkey": xrf16, "X-Qlik-Hdr": `ACME\tokafor`}
	path := "/qrs/app/count?xrfkey=" + xrf16
	first := f.raw("GET", f.proxy+"/hdr"+path, "", headers).want(200)
	cookie, _, _ := strings.Cut(first.header.Get("Set-Cookie"), ";")
	if !strings.HasPrefix(cookie, "X-Qlik-Session-hdr=") {
		t.Fatalf("cookie: %q", first.header.Get("Set-Cookie"))
	}
	alone := map[string]string{"X-Qlik-Xrfkey": xrf16, "Cookie": cookie}
	again := f.raw("GET", f.proxy+"/hdr"+path, "", alone).want(200)
	if string(again.body) != string(first.body) || again.header.Get("Set-Cookie") != "" {
		t.Errorf("by cookie: %s %v", again.body, again.header)
	}
	f.raw("GET", f.proxy+"/jwt"+path, "", alone).want(401)
	alone["Cookie"] += "x"
	f.raw("GET", f.proxy+"/hdr"+path, "", alone).want(401)
	headers["Cookie"], headers["X-Qlik-Hdr"] = cookie, `ACME\mruiz` // the header goes before the cookie
	if other := f.raw("GET", f.proxy+"/hdr"+path, "", headers).want(200); string(other.body) == string(first.body) || other.header.Get("Set-Cookie") == "" {
		t.Errorf("another user: %s", other.body)
	}
	l := &sessions{now: time.Now, all: map[string]session{}}
	oldest := l.begin("A", "a")
	for range proxySessions {
		l.begin("A", "b")
	}
	if l.use(oldest).id != "" || len(l.all) != proxySessions {
		t.Errorf("%d sessions", len(l.all))
	}
}
