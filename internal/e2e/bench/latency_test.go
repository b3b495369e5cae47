package bench

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"
)

const publishes = 200

// BenchmarkPublishLatency measures from the answer to Publish until the first bytes of the app reach the tenant: a tiny
// proxy before the tenant sees them.
func BenchmarkPublishLatency(b *testing.B) {
	at := tenant(b)
	arrivals := make(chan time.Time, publishes)
	proxy := watch(b, at.Base, arrivals)
	c := signIn(b, serve(b, b.TempDir()))
	c.setUp(b, proxy, at)
	var ids []string
	for n := range publishes {
		name := fmt.Sprintf("App %03d", n)
		raw := append([]byte{0xff, 0xff, 0x01, 0x00, 0xc1, 0x06}, bytes.Repeat([]byte(name), 2000)...)
		good(b, c.Upload(b.Context(), name+".qvf", bytes.NewReader(raw)))
		id, _, err := c.FindApp(b.Context(), name)
		good(b, err)
		ids = append(ids, id)
	}
	var took []time.Duration
	for _, id := range ids {
		good(b, c.Publish(b.Context(), id, "Finance"))
		acknowledged := time.Now()
		select {
		case arrived := <-arrivals:
			took = append(took, max(0, arrived.Sub(acknowledged)))
		case <-time.After(time.Minute):
			b.Fatal("no byte within a minute")
		}
	}
	report(b, percentile(took, 0.5), "ms/p50", "Publish to first uploaded byte, p50 of 200 small apps", "")
	report(b, percentile(took, 0.99), "ms/p99", "  p99", "")
}

// watch is a proxy that tells when an upload's bytes begin to arrive.
func watch(b *testing.B, target string, arrivals chan<- time.Time) string {
	b.Helper()
	to, err := url.Parse(target)
	good(b, err)
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host // the tenant's links lead back through the proxy
	}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch || strings.HasSuffix(r.URL.Path, "/apps/import") {
			arrivals <- time.Now()
		}
		forward.ServeHTTP(w, r)
	}))
	b.Cleanup(server.Close)
	return server.URL
}
