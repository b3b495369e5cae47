package bench

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/e2e/driver"
	"github.com/skyferry/skyferry/internal/e2e/program"
)

const (
	password = "correct horse battery staple"
	apiKey   = "sandbox-key-for-the-benchmarks"
	patience = 5 * time.Minute
)

var environment = []string{"SKYFERRY_ADMIN_PASSWORD=" + password, "SKYFERRY_SANDBOX_API_KEY=" + apiKey}

// console is a running serve.
type console struct {
	*program.Process
	*driver.Console
}

// serve starts a console as the README says.
func serve(b *testing.B, folder string, flags ...string) *program.Process {
	b.Helper()
	args := []string{"serve", "--data", folder, "--listen", program.FreeAddress(b), "--allow-target", "127.0.0.0/8", "--log-level", "warn"}
	return program.Start(b, environment, []string{"console"}, append(args, flags...)...)
}

// signIn opens a browser on it.
func signIn(b *testing.B, p *program.Process) console {
	b.Helper()
	base, _, _ := strings.Cut(p.Lines["console"][0], " ")
	d := driver.New(base)
	b.Cleanup(d.Close)
	good(b, d.SignIn(b.Context(), "admin", password))
	return console{p, d}
}

// tenant starts a sandbox tenant as a process of its own.
func tenant(b *testing.B) driver.Tenant {
	b.Helper()
	p := program.Start(b, environment, []string{"tenant"}, "sandbox", "tenant", "--listen", program.FreeAddress(b), "--data", b.TempDir())
	return driver.Tenant{Base: strings.Fields(p.Lines["tenant"][0])[1], Key: apiKey}
}

// setUp makes a deployment with an endpoint, a stream and a policy that sends every published app there.
func (c console) setUp(b *testing.B, endpoint string, at driver.Tenant) {
	b.Helper()
	good(b, c.SetUpDeployment(b.Context(), "eu", endpoint, at, driver.Text("Kind", "Sandbox")))
	good(b, c.CreateStream(b.Context(), "Finance"))
	good(b, c.CreatePolicy(b.Context(), "All to eu", `((subject.name="eu"))`))
}

// memory reads a figure of /proc/PID/status, in MiB: VmRSS is now, VmHWM the peak.
func memory(b *testing.B, pid int, name string) float64 {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	good(b, err)
	for line := range strings.Lines(string(raw)) {
		if rest, found := strings.CutPrefix(line, name+":"); found {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			good(b, err)
			return kib / 1024
		}
	}
	b.Fatalf("/proc/%d/status has no %s", pid, name)
	return 0
}

// forgetPeak lets VmHWM begin anew.
func forgetPeak(b *testing.B, pid int) {
	b.Helper()
	good(b, os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0o200))
}

// cpu is the processor time that a process has used so far; the kernel counts it in hundredths of a second.
func cpu(b *testing.B, pid int) time.Duration {
	b.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	good(b, err)
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:])) // behind the name, which may have blanks
	var ticks int
	for _, field := range fields[11:13] { // utime and stime
		n, err := strconv.Atoi(field)
		good(b, err)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// await waits until something holds.
func await(b *testing.B, every time.Duration, what string, holds func() bool) {
	b.Helper()
	awaitFor(b, patience, every, what, holds)
}

func awaitFor(b *testing.B, patience, every time.Duration, what string, holds func() bool) {
	b.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(every) {
		if holds() {
			return
		}
	}
	b.Fatalf("waited in vain for %s", what)
}
