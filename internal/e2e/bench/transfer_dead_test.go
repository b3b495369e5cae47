package bench

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/e2e/driver"
)

const (
	alive  = 9
	series = 60 // apps in each part of the measurement
)

// BenchmarkTransferOneDead publishes small apps to nine tenants, with and without a tenth that takes connections and
// never answers. The two take turns, so that what else the machine does meets both alike.
func BenchmarkTransferOneDead(b *testing.B) {
	c := signIn(b, serve(b, b.TempDir()))
	good(b, c.CreateStream(b.Context(), "Finance"))
	seen := &imports{at: map[string]time.Time{}}
	for n := range alive {
		at := tenant(b)
		noRateLimits(b, at)
		good(b, c.SetUpDeployment(b.Context(), fmt.Sprintf("alive%d", n), seen.watch(b, n, at.Base), at, driver.Text("Kind", "Sandbox")))
	}
	good(b, c.CreatePolicy(b.Context(), "To the living", `((subject.name like "alive*" and resource.name like "App*"))`))
	_, err := c.deadDeployment(b)
	good(b, err)
	good(b, c.CreatePolicy(b.Context(), "To the dead", `((subject.name="dead" and resource.name like "App with*"))`))

	c.series(b, seen, "App warm")
	var without, with []time.Duration
	for turn := range 3 {
		without = append(without, c.series(b, seen, fmt.Sprintf("App free %d", turn))...)
		with = append(with, c.series(b, seen, fmt.Sprintf("App with %d", turn))...)
	}
	report(b, percentile(without, 0.5), "ms/p50-alone", "Publish to imported, small apps, nine tenants, p50", "")
	report(b, percentile(without, 0.99), "ms/p99-alone", "  p99", "")
	report(b, percentile(with, 0.5), "ms/p50-dead", "  with a tenth tenant that is dead, p50", "")
	report(b, percentile(with, 0.99), "ms/p99-dead", "  p99", "")
	report(b, 100*(percentile(with, 0.99)/percentile(without, 0.99)-1), "%/p99", "  p99 more by", "<= 10 %")
}

// deadDeployment is set up while its tenant lives, as any is; from then on its address is silent.
func (c console) deadDeployment(b *testing.B) (string, error) {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	good(b, err)
	b.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			b.Cleanup(func() { conn.Close() })
		}
	}()
	address := "http://" + listener.Addr().String()
	return address, c.SetUpDeployment(b.Context(), "dead", address, tenant(b), driver.Text("Kind", "Sandbox"))
}

// series publishes apps one after the other and gives how long each took to each of the nine.
func (c console) series(b *testing.B, seen *imports, prefix string) (took []time.Duration) {
	b.Helper()
	for n := range series {
		name := fmt.Sprintf("%s %02d", prefix, n)
		good(b, c.Upload(b.Context(), name+".qvf", strings.NewReader(smallApp(name))))
		id, _, err := c.FindApp(b.Context(), name)
		good(b, err)
		good(b, c.Publish(b.Context(), id, "Finance"))
		acknowledged := time.Now()
		for _, at := range seen.await(b, name) {
			took = append(took, max(0, at.Sub(acknowledged)))
		}
	}
	return took
}

// imports notes when which tenant has answered the import of which app.
type imports struct {
	mu sync.Mutex
	at map[string]time.Time
}

// watch is a proxy before a tenant.
func (i *imports) watch(b *testing.B, number int, target string) string {
	b.Helper()
	to, err := url.Parse(target)
	good(b, err)
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host // the tenant's links lead back through the proxy
	}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		forward.ServeHTTP(w, r)
		if strings.HasSuffix(r.URL.Path, "/apps/import") {
			i.mu.Lock()
			defer i.mu.Unlock()
			i.at[fmt.Sprintf("%s@%d", r.URL.Query().Get("name"), number)] = time.Now()
		}
	}))
	b.Cleanup(server.Close)
	return server.URL
}

// await gives the times of an app's nine imports.
func (i *imports) await(b *testing.B, name string) (all []time.Time) {
	b.Helper()
	await(b, 2*time.Millisecond, name+" in nine tenants", func() bool {
		i.mu.Lock()
		defer i.mu.Unlock()
		all = nil
		for n := range alive {
			if at, found := i.at[fmt.Sprintf("%s@%d", name, n)]; found {
				all = append(all, at)
			}
		}
		return len(all) == alive
	})
	return all
}

// noRateLimits lets one user publish hundreds of apps within minutes.
func noRateLimits(b *testing.B, at driver.Tenant) {
	b.Helper()
	response, err := at.Call(b.Context(), http.MethodPut, at.Base+"/sandbox/v1/plan", "application/json", strings.NewReader(`{"rateLimits":{"enabled":false}}`))
	good(b, err)
	response.Body.Close()
}
