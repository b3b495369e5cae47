package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/sandbox/content"
)

// BenchmarkSiteLatency measures from the answer to Publish in the repository until the first bytes of the app reach the
// tenant: with callbacks one app after the other, and with polling alone at random moments of the usual interval.
func BenchmarkSiteLatency(b *testing.B) {
	for _, callback := range []bool{true, false} {
		b.Run(map[bool]string{true: "callbacks", false: "polling"}[callback], func(b *testing.B) { siteLatency(b, callback) })
	}
}

func siteLatency(b *testing.B, callback bool) {
	site, at := openSite(b, b.TempDir()), tenant(b)
	noRateLimits(b, at)
	seen := make(chan sighting, publishes)
	c := signIn(b, site.serveSite(b, b.TempDir(), 0, callback))
	good(b, c.SetUpDeployment(b.Context(), "eu", sight(b, at.Base, seen), at))
	good(b, c.CreatePolicy(b.Context(), "Benchmark to eu", `((subject.name="eu") and (resource.name like "App *"))`))
	var ids []string
	for n := range publishes {
		name := fmt.Sprintf("App %03d", n)
		var file bytes.Buffer
		good(b, content.WriteQVF(&file, name, time.Now(), bytes.Repeat([]byte(name), 2000)))
		app, err := site.Upload(b.Context(), name, &file)
		good(b, err)
		ids = append(ids, app.ID)
	}
	await(b, 100*time.Millisecond, "all apps on the console", func() bool {
		_, found, err := c.FindApp(b.Context(), fmt.Sprintf("App %03d", publishes-1))
		return err == nil && found
	})
	var took []time.Duration
	how := "with callbacks"
	if callback {
		await(b, 100*time.Millisecond, "a subscription", func() bool { n, err := site.Subscriptions(b.Context()); return err == nil && n > 0 })
		took = site.oneByOne(b, ids, seen)
	} else {
		how, took = "with polling alone, every 30 s", site.atRandom(b, ids, seen, 2*time.Minute)
	}
	unit := strings.Fields(how)[1]
	report(b, percentile(took, 0.5), "ms/p50-"+unit, fmt.Sprintf("Publish in the repository to first byte at the tenant, %s, p50 of %d", how, len(took)), "")
	report(b, percentile(took, 0.95), "ms/p95-"+unit, "  p95", "")
	report(b, percentile(took, 0.99), "ms/p99-"+unit, "  p99", "")
}

// oneByOne publishes an app when the one before has arrived.
func (s qrs) oneByOne(b *testing.B, ids []string, seen <-chan sighting) (took []time.Duration) {
	b.Helper()
	for _, id := range ids {
		good(b, s.publish(b.Context(), id))
		acknowledged := time.Now()
		select {
		case one := <-seen:
			took = append(took, max(0, one.at.Sub(acknowledged)))
		case <-time.After(patience):
			b.Fatal("no byte within five minutes")
		}
	}
	return took
}

// atRandom publishes the apps at random moments of a time, and waits for all of them.
func (s qrs) atRandom(b *testing.B, ids []string, seen <-chan sighting, within time.Duration) (took []time.Duration) {
	b.Helper()
	acknowledged := map[string]time.Time{}
	for n, id := range ids {
		time.Sleep(time.Duration(rand.Int64N(2 * int64(within) / int64(len(ids))))) // the random moment
		good(b, s.publish(b.Context(), id))
		acknowledged[fmt.Sprintf("App %03d", n)] = time.Now()
	}
	for range ids {
		select {
		case one := <-seen:
			took = append(took, max(0, one.at.Sub(acknowledged[one.name])))
		case <-time.After(patience):
			b.Fatal("no byte within five minutes")
		}
	}
	return took
}

func (s qrs) publish(ctx context.Context, id string) error {
	return s.Act(ctx, id, "publish", map[string]string{"stream": "Finance"})
}

// sighting is an app whose first bytes have arrived.
type sighting struct {
	name string
	at   time.Time
}

var benchName = regexp.MustCompile(`App \d{3}`)

// sight is a proxy before a tenant that tells when the bytes of an app begin to arrive, and which app it is.
func sight(b *testing.B, target string, seen chan<- sighting) string {
	b.Helper()
	to, err := url.Parse(target)
	good(b, err)
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host // the tenant's links lead back through the proxy
	}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch || strings.HasSuffix(r.URL.Path, "/apps/import") {
			body := bufio.NewReaderSize(r.Body, 4096)
			head, _ := body.Peek(1024) // less when the body is short
			if name := benchName.Find(head); name != nil {
				seen <- sighting{string(name), time.Now()}
			}
			r.Body = struct {
				io.Reader
				io.Closer
			}{body, r.Body}
		}
		forward.ServeHTTP(w, r)
	}))
	b.Cleanup(server.Close)
	return server.URL
}
