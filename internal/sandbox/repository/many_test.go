package repository

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
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

// dividedByDates: windows of createdDate divide the generated apps, so that a client can read them in parts; the same rows come as
// without the index that serves such windows.
func (f *fixture) dividedByDates(many int) {
	f.t.Helper()
	created := func(name string) string {
		return f.call("GET", "/qrs/app/full?filter="+url.QueryEscape("name eq '"+name+"'"), "").want(200).list()[0]["createdDate"].(string)
	}
	count := func(filter string) int {
		f.t.Helper()
		n := int(f.call("GET", "/qrs/app/count?filter="+url.QueryEscape(filter), "").want(200).object()["value"].(float64))
		if rows := len(f.call("GET", "/qrs/app?filter="+url.QueryEscape(filter), "").want(200).list()); rows != n {
			f.t.Errorf("%s: %d counted, %d listed", filter, n, rows)
		}
		return n
	}
	from, to := created("Generated 004000"), created("Generated 005000")
	for filter, want := range map[string]int{
		"createdDate lt '" + to + "'":                                         many/2 - 1,
		"createdDate ge '" + from + "' and createdDate lt '" + to + "'":       1000,
		"(createdDate gt '" + from + "') and CreatedDate le '" + to + "'":     1000,
		"createdDate eq '" + to + "'":                                         1,
		"createdDate ge '" + to + "' or name eq 'Generated 000001'":           many/2 + 1 + 1 + 7,
		"not createdDate ge '" + to + "'":                                     many/2 - 1,
		"modifiedDate gt '" + to + "' and name so 'Generated'":                many / 2,
		"createdDate ge '" + to + "' and createdDate le '" + from + "'":       0,
		"createdDate ge '" + from + "' and modifiedDate le '" + from + "'":    1,
		"createdDate gt '" + created("Generated 010000") + "'":                7,
		"name ne 'createdDate' and createdDate gt '1753-01-01T00:00:00.000Z'": many + 7,
	} {
		if n := count(filter); n != want {
			f.t.Errorf("%s: %d apps, want %d", filter, n, want)
		}
	}
	if n := f.call("GET", "/qrs/app/count", "").object()["value"]; n != float64(many+7) {
		f.t.Errorf("%v apps in all", n)
	}
}

// TestWindowsOfDatesAreReadByIndex: or a client that looks for what changed would have the whole site read each time.
func TestWindowsOfDatesAreReadByIndex(t *testing.T) {
	f := newFixture(t)
	for text, want := range map[string]string{
		"createdDate ge '2026-01-01'":                                   state.ByCreated,
		"published eq true and (ModifiedDate gt '2026-01-01 10:00:00')": state.ByModified,
		"modifiedDate gt '2026-01-01' or name eq 'x'":                   "",
		"not createdDate ge '2026-01-01'":                               "",
		"createdDate ne '2026-01-01'":                                   "",
		"lastReloadTime gt '2026-01-01'":                                "",
		"":                                                              "",
	} {
		sel, err := appKind.selection(f.s, httptest.NewRequest("GET", "/qrs/app?filter="+url.QueryEscape(text), nil))
		good(t, err)
		if sel.index != want {
			t.Errorf("%s: %q", text, sel.index)
		}
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
