// Package crash kills the console at random moments while people work with it, and looks whether anything was lost or
// done twice (design.md section 4, I1, I2, I5 to I7).
package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/e2e/driver"
	"github.com/skyferry/skyferry/internal/e2e/program"
)

const (
	password = "correct horse battery staple"
	apiKey   = "sandbox-key-for-the-tests"
)

func TestMain(m *testing.M) {
	code := m.Run()
	program.Clean()
	os.Exit(code)
}

var environment = []string{"SKYFERRY_ADMIN_PASSWORD=" + password, "SKYFERRY_SANDBOX_API_KEY=" + apiKey}

// world is a console and a tenant as processes of their own, on addresses and folders that outlive them.
type world struct {
	t               *testing.T
	folder          string
	console, tenant string // addresses
	serve, sandbox  *program.Process
	admin           driver.Tenant
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, folder: t.TempDir(), console: address(t), tenant: address(t)}
	w.admin = driver.Tenant{Base: "http://" + w.tenant, Key: apiKey}
	w.startTenant()
	w.startConsole()
	t.Cleanup(func() { w.serve.Stop(); w.sandbox.Stop() })
	return w
}

// address is one below the ports that outgoing connections take: while nobody listens on it, none of them must get it.
func address(t *testing.T) string {
	t.Helper()
	for range 100 {
		a := "127.0.0.1:" + strconv.Itoa(20_000+rand.IntN(10_000))
		if l, err := net.Listen("tcp", a); err == nil {
			l.Close()
			return a
		}
	}
	t.Fatal("no free port")
	return ""
}

func (w *world) consoleArgs() []string {
	return []string{"serve", "--data", filepath.Join(w.folder, "console"), "--listen", w.console,
		"--allow-target", "127.0.0.0/8", "--retry-after", "200ms,500ms,1s", "--disk-floor", "0MiB", "--log-level", "warn"}
}

func (w *world) startConsole() {
	var err error
	if w.serve, err = program.TryStart(environment, []string{"console"}, w.consoleArgs()...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) startTenant() {
	var err error
	w.sandbox, err = program.TryStart(environment, []string{"tenant"}, "sandbox", "tenant", "--listen", w.tenant, "--data", filepath.Join(w.folder, "tenant"))
	if err != nil {
		w.t.Fatal(err)
	}
}

// killStarting starts the console and kills it before it is likely to be ready.
func (w *world) killStarting(after time.Duration) {
	ctx, cancel := context.WithTimeout(w.t.Context(), after)
	defer cancel()
	_, _, _, _ = program.Run(ctx, environment, "", w.consoleArgs()...) // its end is the point
}

// browser is signed in; it stays so when the console starts anew.
func (w *world) browser() *driver.Console {
	w.t.Helper()
	d := driver.New("http://" + w.console)
	w.t.Cleanup(d.Close)
	w.good(d.SignIn(w.t.Context(), "admin", password))
	return d
}

func (w *world) good(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// setUp makes the deployment, the streams and a policy that names all of them but Private.
func (w *world) setUp(d *driver.Console) {
	ctx := w.t.Context()
	w.good(d.SetUpDeployment(ctx, "eu", w.admin.Base, w.admin, driver.Text("Kind", "Sandbox")))
	for _, stream := range []string{"Finance", "Sales", "Private"} {
		w.good(d.CreateStream(ctx, stream))
	}
	w.good(d.CreatePolicy(ctx, "To eu", `((subject.name="eu") and ((resource.stream.name="Finance") or (resource.stream.name="Sales")))`))
}

// number reads a number of the environment.
func number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// dice are random numbers for several goroutines, the same for the same seed as far as the goroutines allow.
type dice struct {
	mu sync.Mutex
	r  *rand.Rand
}

func newDice(seed, stream uint64) *dice { return &dice{r: rand.New(rand.NewPCG(seed, stream))} }

func (d *dice) roll(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r.IntN(n)
}

// file makes an app file of a size with content of its own.
func (d *dice) file(size int) []byte {
	raw := make([]byte, size)
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := 0; i+8 <= size; i += 8 {
		n := d.r.Uint64()
		for j := range 8 {
			raw[i+j] = byte(n >> (8 * j))
		}
	}
	copy(raw, []byte{0xff, 0xff, 0x01, 0x00, 0xc1, 0x06})
	return raw
}

func appName(worker, n int) string { return fmt.Sprintf("App %d-%03d", worker, n) }
