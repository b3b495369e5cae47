package bench

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

const requests = 200

// BenchmarkAppsOverview opens Apps with 10,000 apps: what the server needs, by its own log, and what the wire carries.
func BenchmarkAppsOverview(b *testing.B) {
	c := signIn(b, serve(b, tenThousand(b), "--log-level", "debug", "--log-format", "json"))
	var pages []string
	for _, sort := range []string{"name", "stream", "owner", "size", "reload"} {
		pages = append(pages, "/apps?sort="+sort, "/apps?dir=desc&sort="+sort)
	}
	pages = append(pages, "/apps?q=owner077", "/apps?q=report+07", "/apps?q=stream+07&sort=size")
	for _, path := range pages { // warm
		_, err := c.Get(b.Context(), path)
		good(b, err)
	}
	warm := len(times(c.Log(), "/apps"))
	for n := range requests {
		c.wire(b, pages[n%len(pages)])
	}
	var took []time.Duration
	await(b, time.Millisecond, "the log of all requests", func() bool { // the line is written after the answer
		took = times(c.Log(), "/apps")[warm:]
		return len(took) == requests
	})
	report(b, percentile(took, 0.5), "ms/p50", "Apps with 10,000 apps, sorted and searched, at the server, p50 of 200", "")
	report(b, percentile(took, 0.99), "ms/p99", "  p99", "<= 20 ms")
	page, all := c.firstVisit(b, "/apps")
	report(b, page, "kB/page", "Apps, the page compressed", "")
	report(b, all, "kB/first-visit", "  with its styles, scripts and icon (first visit)", "<= 50 kB")
}

// times are how long the server took for requests of a path.
func times(log, path string) (all []time.Duration) {
	for line := range strings.Lines(log) {
		var entry struct {
			Path string
			Took time.Duration
		}
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Path == path {
			all = append(all, entry.Took)
		}
	}
	return all
}

// wire gives the bytes of an answer as they travel, in kB.
func (c console) wire(b *testing.B, path string) float64 {
	b.Helper()
	response, err := c.Open(b.Context(), path, "Accept-Encoding", "gzip, deflate, br", "Accept", "text/html")
	good(b, err)
	defer response.Body.Close()
	n, err := io.Copy(io.Discard, response.Body)
	good(b, err)
	if response.StatusCode != http.StatusOK {
		b.Fatalf("%s: %s", path, response.Status)
	}
	return float64(n) / 1000
}

func (c console) firstVisit(b *testing.B, path string) (page, all float64) {
	b.Helper()
	page = c.wire(b, path)
	all = page
	document, err := c.Get(b.Context(), path)
	good(b, err)
	document.Find(`link[rel="stylesheet"], link[rel="icon"], script[src]`).Each(func(_ int, s *goquery.Selection) {
		part := s.AttrOr("href", s.AttrOr("src", ""))
		size := c.wire(b, part)
		b.Logf("%6.1f kB  %s", size, part)
		all += size
	})
	return page, all
}
