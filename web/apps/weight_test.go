package apps_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/skyferry/skyferry/internal/site"
)

// fetch asks as a browser does that takes gzip, and gives what travelled.
func (d *desk) fetch(path string) []byte {
	d.Helper()
	request, err := http.NewRequestWithContext(d.Context(), http.MethodGet, d.server.URL+path, nil)
	d.ok(err)
	request.Header.Set("Accept-Encoding", "gzip")
	response, err := d.server.Client().Transport.RoundTrip(request)
	d.ok(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	d.ok(err)
	if response.StatusCode != http.StatusOK {
		d.Fatalf("%s: %s", path, response.Status)
	}
	return body
}

// A first visit with 50 rows, scripts and styles included, stays below 50 kB.
func TestAFirstVisitIsLight(t *testing.T) {
	d := newDesk(t)
	d.manyApps(60)
	body := d.fetch("/apps")
	plain, err := gzip.NewReader(bytes.NewReader(body))
	d.ok(err)
	page, err := goquery.NewDocumentFromReader(plain)
	d.ok(err)
	all := len(body)
	if n := page.Find("th.name").Length(); n != 50 {
		t.Fatalf("%d rows", n)
	}
	page.Find("link[href], script[src]").Each(func(_ int, s *goquery.Selection) {
		all += len(d.fetch(s.AttrOr("href", s.AttrOr("src", ""))))
	})
	if all > 50_000 {
		t.Errorf("a first visit takes %d bytes", all)
	}
	t.Logf("%d bytes", all)
}

// manyApps adds apps with names, owners and hashes that do not repeat, half of them published.
func (d *desk) manyApps(n int) {
	finance := site.Stream{ID: d.finance}
	for i := range n {
		a := site.App{
			ID: fmt.Sprintf("%08x-0000-4000-8000-%012x", i*2654435761%4294967291, i*40503), Name: fmt.Sprintf("App %x of department %d", i*2654435761%4294967291, i%17),
			Owner: site.Owner{ID: fmt.Sprint(i % 40), UserID: fmt.Sprint(i % 40), Name: fmt.Sprintf("Owner %d", i%40)},
			Size:  int64(i) * 7919, SHA256: fmt.Sprintf("%064x", i), LastReload: time.Now().Add(-time.Duration(i) * time.Minute), Generation: 1,
		}
		if i%2 == 0 {
			a.Stream = &finance
		}
		d.ok(d.store.CreateApp(d.Context(), a))
	}
}

// BenchmarkOverview reports the slow end of the overview with 10,000 apps: the aim is 20 ms at the server.
func BenchmarkOverview(b *testing.B) {
	d := newDesk(b)
	d.manyApps(10_000)
	for _, query := range []string{"", "?sort=reload&dir=desc", "?q=department+7", "?published=yes"} {
		b.Run(query, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				started := time.Now()
				d.fetch("/apps" + query)
				took = append(took, time.Since(started))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}
