package repository

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"testing"
	"time"
)

// TestTenThousandApps reads a large site in full, element by element, as a client does.
func TestTenThousandApps(t *testing.T) {
	f := newFixture(t)
	const many = 10_000
	began := time.Now()
	if n := f.own("POST", "/fill", `{"apps":10000}`).want(200).object()["apps"]; n != float64(many) {
		t.Fatalf("%v apps were generated", n)
	}
	t.Logf("generated: %v", time.Since(began))
	f.own("POST", "/fill", `{"apps":10000}`).want(200) // a second time there is nothing to do
	f.own("POST", "/fill", `{"apps":-1}`).want(400)
	began = time.Now()
	request := f.call("GET", "/qrs/app/full", "").want(200)
	var apps []json.RawMessage
	request.into(&apps)
	t.Logf("%d apps in full: %v, %d bytes", len(apps), time.Since(began), len(request.body))
	if len(apps) != many+7 {
		t.Errorf("%d apps", len(apps))
	}
	began = time.Now()
	last := f.call("GET", "/qrs/app?orderby=name%20desc&filter="+url.QueryEscape("name sw 'Gen' and published eq true"), "").want(200).list()
	t.Logf("filtered and ordered: %v", time.Since(began))
	if len(last) != many*9/10 || last[0]["name"] != "Generated 009999" {
		t.Errorf("%d, first %v", len(last), last[0]["name"])
	}
	f.dividedByDates(many)
	b := f.signedIn()
	if page, _ := b.get("/apps?q=generated"); page.Find("tbody tr").Length() != shownApps {
		t.Errorf("the hub shows %d apps", page.Find("tbody tr").Length())
	}
}

// dividedByDates: windows of createdDate divide the generated apps, so that a client can read them in parts.
func (f *fixture) dividedByDates(many int) {
	f.t.Helper()
	middle := f.call("GET", "/qrs/app/full?filter="+url.QueryEscape("name eq 'Generated 005000'"), "").want(200).list()[0]["createdDate"].(string)
	older := f.call("GET", "/qrs/app/count?filter="+url.QueryEscape("createdDate lt '"+middle+"'"), "").want(200).object()["value"]
	if older != float64(many/2-1) {
		f.t.Errorf("%v apps are older than the middle one", older)
	}
}

// TestLongListsAreStreamed: the memory that a list takes does not depend on its length; 100,000 apps were read the same way.
func TestLongListsAreStreamed(t *testing.T) {
	f := newFixture(t)
	const many = 30_000
	began := time.Now()
	if _, err := f.s.Fill(t.Context(), many); err != nil {
		t.Fatal(err)
	}
	t.Logf("generated: %v", time.Since(began))
	began = time.Now()
	request, err := http.NewRequestWithContext(t.Context(), "GET", f.base+"/qrs/app/full?xrfkey="+xrf16, nil)
	good(t, err)
	request.Header.Set("X-Qlik-Xrfkey", xrf16)
	request.Header.Set("X-Qlik-User", f.user)
	response, err := f.client.Do(request)
	good(t, err)
	defer response.Body.Close()
	runtime.GC()
	apps, most := countStreamed(t, response.Body)
	t.Logf("%d apps in full: %v, at most %d MB of heap", apps, time.Since(began), most>>20)
	if apps != many+7 {
		t.Errorf("%d apps", apps)
	}
	if most > 25<<20 { // the text alone has 30 MB
		t.Errorf("%d MB of heap while a list was streamed", most>>20)
	}
}

// countStreamed counts the elements of a list without keeping them, and how much heap there was at most.
func countStreamed(t *testing.T, body io.Reader) (n int, most uint64) {
	t.Helper()
	d := json.NewDecoder(body)
	_, err := d.Token()
	good(t, err)
	for d.More() {
		var element struct{ ID string }
		good(t, d.Decode(&element))
		if n++; n%10_000 == 0 {
			var memory runtime.MemStats
			runtime.ReadMemStats(&memory)
			most = max(most, memory.HeapAlloc)
		}
	}
	return n, most
}
