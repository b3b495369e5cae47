// Package site lets the console live with a repository that is restarted, hides rows and loses callbacks, while people work
// in its hub and the console is killed, and reads from the tenants what came of it (design.md section 4).
package site

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/skyferry/skyferry/internal/e2e/driver"
	"github.com/skyferry/skyferry/internal/e2e/program"
	"github.com/skyferry/skyferry/internal/sandbox/repository"
)

const (
	password = "correct horse battery staple"
	user     = `SERVICE\skyferry` // who the console is at the site
)

// TestMain lets more worlds live at once than there are processors: they mostly wait.
func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", "6"); err != nil {
		os.Exit(2)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		program.Clean()
		os.Exit(code)
	}))
}

// certificates are made once for all worlds: that takes a while.
var certificates = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "skyferry-site-certs-")
	if err != nil {
		return "", err
	}
	server, err := repository.Open(repository.Options{Dir: filepath.Join(folder, "data"), Certs: folder})
	if err != nil {
		return "", err
	}
	return folder, server.Close()
})

// world is a repository and two tenants in this process, and a console as a process of its own, on an address and a folder
// that outlive it.
type world struct {
	*testing.T
	*dice

	folder  string
	hub     driver.Site
	qrs     string           // HOST:PORT
	reads   atomic.Int64     // lists of apps that the repository was asked for
	clouds  []*cloud         // by tenantNames
	address string           // of the console
	polling bool             // the console is never called back
	managed bool             // us lands in a managed space
	serve   *program.Process // nil: it does not run
	browser *driver.Console
	history
}

func newWorld(t *testing.T, d *dice) *world {
	t.Helper()
	w := &world{T: t, dice: d, folder: folder(t), address: address(t), polling: d.IntN(4) == 0, managed: d.IntN(2) == 0}
	w.history = newHistory()
	w.startRepository()
	w.furnish()
	for _, name := range tenantNames {
		w.clouds = append(w.clouds, newCloud(t, w.folder, name))
	}
	w.startConsole()
	t.Cleanup(func() {
		if w.serve != nil {
			w.serve.Stop()
		}
	})
	w.browser = driver.New("http://" + w.address)
	t.Cleanup(w.browser.Close)
	good(t, w.browser.SignIn(t.Context(), "admin", password))
	return w
}

func good(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// folder is a temporary one, in memory where the system has a place for that: none of these tests cuts the power.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "site-world-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { good(t, os.RemoveAll(dir)) })
	return dir
}

// taken are the addresses of the worlds of this process.
var taken sync.Map

// address is one below the ports that outgoing connections take, and other tests: while nobody listens on it, none of them must
// get it.
func address(t testing.TB) string {
	t.Helper()
	for range 1000 {
		a := "127.0.0.1:" + strconv.Itoa(10_000+rand.IntN(10_000))
		if _, had := taken.LoadOrStore(a, true); had {
			continue
		}
		if l, err := net.Listen("tcp", a); err == nil {
			l.Close()
			t.Cleanup(func() { taken.Delete(a) })
			return a
		}
	}
	t.Fatal("no free port")
	return ""
}

func (w *world) startRepository() {
	w.Helper()
	certs, err := certificates()
	good(w.T, err)
	server, err := repository.Open(repository.Options{Dir: filepath.Join(w.folder, "repository"), Certs: certs, AdminKey: apiKey})
	good(w.T, err)
	trusted := httptest.NewUnstartedServer(w.counted(server.Trusted()))
	trusted.TLS = server.TrustedTLS()
	trusted.Config.ErrorLog = log.New(io.Discard, "", 0) // a console that is killed breaks its connections
	trusted.StartTLS()
	hub := httptest.NewServer(server.Hub())
	w.hub, w.qrs = driver.Site{Base: hub.URL, Key: apiKey}, trusted.Listener.Addr().String()
	w.Cleanup(func() {
		for _, s := range []*httptest.Server{trusted, hub} {
			s.CloseClientConnections()
			s.Close()
		}
		good(w.T, server.Close())
	})
}

// furnish takes away what a new sandbox has, and uploads a few apps, most of them published: their exported files are the
// uploaded ones, byte by byte.
func (w *world) furnish() {
	w.Helper()
	all, err := w.hub.Apps(w.Context())
	good(w.T, err)
	for _, a := range all {
		good(w.T, w.hub.Act(w.Context(), a.ID, "delete", nil))
	}
	for range 5 + w.IntN(3) {
		name := w.name()
		a, err := w.hub.Upload(w.Context(), name, w.file(name))
		good(w.T, err)
		good(w.T, w.hub.Act(w.Context(), a.ID, "owner", map[string]any{"owner": `ACME\` + w.of(owners)}))
		if w.IntN(4) > 0 {
			good(w.T, w.hub.Act(w.Context(), a.ID, "publish", map[string]any{"stream": w.of(streams)}))
		}
	}
}

// counted counts how often the console looks at the apps.
func (w *world) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/qrs/app/full") {
			w.reads.Add(1)
		}
		next.ServeHTTP(rw, r)
	})
}

// environment tells the console its site.
func (w *world) environment() []string {
	certs, _ := certificates() // made already
	site := program.Repository{Address: w.qrs, Certs: certs, Look: time.Second, Sweep: 2 * time.Second, Exports: 2}
	if !w.polling {
		site.Callback = "http://" + w.address
	}
	return append(site.Environment(), "SKYFERRY_ADMIN_PASSWORD="+password)
}

func (w *world) arguments() []string {
	return []string{"serve", "--data", filepath.Join(w.folder, "console"), "--listen", w.address, "--allow-target", "127.0.0.0/8",
		"--retry-after", "200ms,500ms,1s", "--disk-floor", "0MiB", "--log-level", "warn"}
}

func (w *world) startConsole() {
	w.Helper()
	var err error
	if w.serve, err = program.TryStart(w.environment(), []string{"console"}, w.arguments()...); err != nil {
		w.Fatal(err)
	}
}

// killStarting starts the console and kills it before it is likely to be ready.
func (w *world) killStarting() {
	ctx, cancel := context.WithTimeout(w.Context(), time.Duration(5+w.IntN(300))*time.Millisecond)
	defer cancel()
	_, _, _, _ = program.Run(ctx, w.environment(), "", w.arguments()...) // its end is the point
}

// setUp makes the deployments, policies and guards.
func (w *world) setUp() {
	w.Helper()
	for i, name := range tenantNames {
		c := w.clouds[i]
		if name == "us" && w.managed {
			w.setUpManaged(name, c)
			continue
		}
		good(w.T, w.browser.SetUpDeployment(w.Context(), name, c.Base, c.Tenant, driver.Text("Kind", "Sandbox")))
	}
	for range 1 + w.IntN(3) {
		w.rule(false)
	}
	for range w.IntN(3) {
		w.rule(true)
	}
}

// setUpManaged makes a deployment that signs in as an OAuth client, so that its apps land in a managed space.
func (w *world) setUpManaged(name string, c *cloud) {
	w.Helper()
	id, secret, err := c.OAuthClient(w.Context(), "Skyferry")
	good(w.T, err)
	page, err := w.browser.Get(w.Context(), "/deployments/new")
	good(w.T, err)
	_, err = page.Send(w.Context(), "Apply", driver.Clear("Use local bearer token"), driver.Text("Kind", "Sandbox"),
		driver.Text("Deployment name", name), driver.Text("API endpoint", c.Base), driver.Text("Client ID", id), driver.Text("Client secret", secret),
		driver.Text("Token endpoint", c.Base+"/oauth/token"), driver.Text("Space", "Landing"))
	good(w.T, err)
}

// rule applies a policy or a guard.
func (w *world) rule(guard bool) {
	w.Helper()
	r := &ruling{clause: w.policy(), name: fmt.Sprintf("Policy %d", len(w.rulings)+1), guard: guard}
	at, fields := "/policies/new", []driver.Field{driver.Text("Resource filter", "App_*"), driver.Text("Distribute", "on")}
	if guard {
		r.clause, r.name = w.dice.guard(), fmt.Sprintf("Guard %d", len(w.rulings)+1)
		at, fields = "/policies/guards/new", nil
	}
	page, err := w.browser.Get(w.Context(), at)
	good(w.T, err)
	to, err := page.Send(w.Context(), "Apply", append(fields, driver.Text("Name", r.name), driver.Text("Conditions", "("+r.text+")"))...)
	good(w.T, err)
	r.path, _, _ = strings.Cut(to, "?")
	w.rulings = append(w.rulings, r)
	w.Logf("%s: %s", r.name, r.text)
	w.note() // apps go from now on
}
