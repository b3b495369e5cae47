package bench

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/e2e/driver"
	"github.com/skyferry/skyferry/internal/e2e/program"
	"github.com/skyferry/skyferry/internal/sandbox/repository"
)

const (
	quiet   = 4 * time.Second // without a call between two readings of the site
	changed = 10              // apps, for an incremental reading
)

// BenchmarkSiteSweep reads a site of 10,000 apps: the first time, again in full, and what changed.
func BenchmarkSiteSweep(b *testing.B) { siteSweep(b, apps, "10,000", "<= 30 s", 45*time.Second) }

// BenchmarkSiteSweepHuge reads a site of 100,000 apps, to see that memory is not exhausted.
func BenchmarkSiteSweepHuge(b *testing.B) { siteSweep(b, 100_000, "100,000", "", 4*time.Minute) }

func siteSweep(b *testing.B, many int, words, aim string, every time.Duration) {
	site, heard := listenTo(b, largeSite(b, many))
	p := site.serveEvery(b, 10*time.Second, every)
	first := heard.sweep(b, 0)
	first.report(b, "first", words+" apps, read for the first time", aim, p)
	forgetPeak(b, p.Pid())
	second := heard.sweep(b, first.number+1)
	second.report(b, "sweep", "  full sweep of what is known", aim, p)
	all, err := site.Apps(b.Context())
	good(b, err)
	for n := range changed {
		good(b, site.Act(b.Context(), all[n].ID, "rename", map[string]string{"name": fmt.Sprintf("Changed %d", n)}))
	}
	asked := time.Now()
	forgetPeak(b, p.Pid())
	heard.look(b, asked).report(b, "look", fmt.Sprintf("  incremental reading, %d apps changed", changed), "", p)
	c := signIn(b, p)
	_, found, err := c.FindApp(b.Context(), "Changed 9")
	good(b, err)
	if !found {
		b.Error("the console does not know what changed")
	}
	report(b, memory(b, p.Pid(), "VmRSS"), "MiB/after", "  memory afterwards", "")
}

// heard are the calls that came to a repository, in bursts.
type heard struct {
	mu     sync.Mutex
	bursts []burst
	open   int
}

// burst is a reading of the site: calls without a pause between.
type burst struct {
	number     int
	began, end time.Time
	calls      int
	bytes      int64
	full       bool // streams were read: a full sweep
}

// listenTo opens a repository in this process, so that its calls can be counted.
func listenTo(b *testing.B, folder string) (qrs, *heard) {
	b.Helper()
	s := qrs{certs: filepath.Join(folder, "certs")}
	server, err := repository.Open(repository.Options{Dir: filepath.Join(folder, "data"), Certs: s.certs, AdminKey: apiKey})
	good(b, err)
	h := &heard{}
	trusted := httptest.NewUnstartedServer(h.count(server.Trusted()))
	trusted.TLS = server.TrustedTLS()
	trusted.StartTLS()
	hub := httptest.NewServer(server.Hub())
	s.address, s.Site = trusted.Listener.Addr().String(), driver.Site{Base: hub.URL, Key: apiKey}
	b.Cleanup(func() {
		trusted.CloseClientConnections()
		trusted.Close()
		hub.Close()
		good(b, server.Close())
	})
	return s, h
}

func (s qrs) serveEvery(b *testing.B, look, sweep time.Duration) *program.Process {
	b.Helper()
	of := program.Repository{Address: s.address, Certs: s.certs, Look: look, Sweep: sweep}
	args := []string{"serve", "--data", b.TempDir(), "--listen", program.FreeAddress(b), "--log-level", "warn"}
	return program.Start(b, append(of.Environment(), environment...), []string{"console"}, args...)
}

func (h *heard) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.begin(r)
		counted := &countedWriter{ResponseWriter: w}
		next.ServeHTTP(counted, r)
		h.mu.Lock()
		defer h.mu.Unlock()
		h.open--
		last := &h.bursts[len(h.bursts)-1]
		last.end, last.bytes = time.Now(), last.bytes+counted.bytes
	})
}

func (h *heard) begin(r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := len(h.bursts)
	if n == 0 || h.open == 0 && time.Since(h.bursts[n-1].end) > quiet {
		h.bursts = append(h.bursts, burst{number: n, began: time.Now(), end: time.Now()})
		n++
	}
	h.open++
	h.bursts[n-1].calls++
	h.bursts[n-1].full = h.bursts[n-1].full || strings.HasPrefix(r.URL.Path, "/qrs/stream")
}

// sweep waits for the end of the first full reading with this number or a later one.
func (h *heard) sweep(b *testing.B, number int) (got burst) {
	b.Helper()
	return h.await(b, "a full sweep", func(one burst) bool { return one.full && one.number >= number })
}

// look waits for the end of a reading that began after a moment and is no full one; a full one is awaited and passed over.
func (h *heard) look(b *testing.B, after time.Time) burst {
	b.Helper()
	return h.await(b, "an incremental reading", func(one burst) bool { return !one.full && one.began.After(after) })
}

func (h *heard) await(b *testing.B, what string, is func(burst) bool) (got burst) {
	b.Helper()
	awaitFor(b, 20*time.Minute, 100*time.Millisecond, what, func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, one := range h.bursts {
			over := one.number < len(h.bursts)-1 || h.open == 0 && time.Since(one.end) > quiet
			if over && is(one) {
				got = one
				return true
			}
		}
		return false
	})
	return got
}

func (one burst) report(b *testing.B, unit, name, aim string, p *program.Process) {
	b.Helper()
	report(b, one.end.Sub(one.began).Seconds(), "s/"+unit, name, aim)
	report(b, float64(one.calls), "requests/"+unit, "    requests", "")
	report(b, float64(one.bytes)/1e6, "MB/"+unit, "    answered", "")
	report(b, memory(b, p.Pid(), "VmHWM"), "MiB/"+unit, "    peak memory of the console", "")
}

// countedWriter counts the bytes of an answer.
type countedWriter struct {
	http.ResponseWriter

	bytes int64
}

// Write implements http.ResponseWriter.
func (w *countedWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets flushing through.
func (w *countedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
