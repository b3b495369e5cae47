package bench

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/e2e/driver"
	"github.com/skyferry/skyferry/internal/e2e/program"
)

// The benchmarks of large transfers: serve, each tenant and whoever uploads beside them are processes of their own, with
// TLS between. They take minutes and much disk, so that make bench leaves them out (make bench-large).

// huge is the size of the app. SKYFERRY_BENCH_MIB sets another one on a smaller machine; the report tells it.
var huge = hugeSize()

func hugeSize() int64 {
	var mib int64
	if _, err := fmt.Sscan(os.Getenv("SKYFERRY_BENCH_MIB"), &mib); err != nil || mib <= 0 {
		mib = 4 << 10
	}
	return mib << 20
}

// hugePatience is for many huge apps on a machine that has other things to do.
const hugePatience = time.Hour

// transfer is a console with one huge app, published and not distributed yet, and the certificate of its tenants.
type transfer struct {
	console
	*testing.B
	folder, cert, key, file string
}

// newTransfer takes the app in; env is added to the console's.
func newTransfer(b *testing.B, env ...string) *transfer {
	b.Helper()
	s := &transfer{B: b, folder: b.TempDir(), file: randomFile(b, huge)}
	s.cert, s.key = program.Certificate(b)
	s.start(env...)
	good(b, s.CreateStream(b.Context(), "Finance"))
	f, err := os.Open(s.file)
	good(b, err)
	defer f.Close()
	good(b, s.Upload(b.Context(), "Large.qvf", f))
	id, _, err := s.FindApp(b.Context(), "Large")
	good(b, err)
	good(b, s.Publish(b.Context(), id, "Finance"))
	return s
}

// start starts the console, also anew with another environment.
func (s *transfer) start(env ...string) {
	s.Helper()
	if s.Process != nil {
		s.Stop()
	}
	args := []string{"serve", "--data", s.folder, "--listen", program.FreeAddress(s.B), "--allow-target", "127.0.0.0/8", "--ca-file", s.cert, "--log-level", "warn"}
	s.console = signIn(s.B, program.Start(s.B, append(env, environment...), []string{"console"}, args...))
}

// secureTenant is a tenant that speaks https, with the folder of what it keeps.
type secureTenant struct {
	driver.Tenant
	*program.Process
	folder string
}

// tenant starts a tenant behind TLS.
func (s *transfer) tenant() secureTenant {
	s.Helper()
	folder, err := os.MkdirTemp(s.TempDir(), "tenant-")
	good(s.B, err)
	p := program.Start(s.B, environment, []string{"tenant"}, "sandbox", "tenant", "--listen", program.FreeAddress(s.B), "--data", folder, "--tls-cert", s.cert, "--tls-key", s.key)
	at := driver.Tenant{Base: strings.Fields(p.Lines["tenant"][0])[1], Key: apiKey, HTTP: s.trusting()}
	return secureTenant{at, p, folder}
}

// end stops the tenant and gives its disk back.
func (s *transfer) end(at secureTenant) {
	at.Stop()
	good(s.B, os.RemoveAll(at.folder))
}

// trusting is a client that knows the tenants' certificate.
func (s *transfer) trusting() *http.Client {
	transport := &http.Transport{TLSClientConfig: s.tls()}
	s.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func (s *transfer) tls() *tls.Config {
	s.Helper()
	text, err := os.ReadFile(s.cert)
	good(s.B, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

// deploy sets deployments up that no policy names yet; endpoint may lead to the tenant by another way.
func (s *transfer) deploy(name, endpoint string, at secureTenant) {
	s.Helper()
	good(s.B, s.SetUpDeployment(s.Context(), name, endpoint, at.Tenant, driver.Text("Kind", "Sandbox")))
}

// distribute lets a policy send the app to the deployments that its conditions match, and waits until all have it.
func (s *transfer) distribute(name, conditions string, deployments int) time.Duration {
	s.Helper()
	had := s.distributed()
	started := time.Now()
	good(s.B, s.CreatePolicy(s.Context(), name, conditions))
	awaitFor(s.B, hugePatience, 50*time.Millisecond, "the distribution "+name, func() bool { return s.distributed() == had+deployments })
	return time.Since(started)
}

func (s *transfer) distributed() int {
	counts, err := s.Counts(s.Context())
	if err != nil {
		return -1
	}
	return counts["Distributed"]
}

// randomFile writes a file that no disk and no network can shrink.
func randomFile(b *testing.B, size int64) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "Large.qvf")
	f, err := os.Create(path)
	good(b, err)
	defer f.Close()
	head := []byte{0xff, 0xff, 0x01, 0x00, 0xc1, 0x06}
	_, err = f.Write(head)
	good(b, err)
	_, err = io.CopyBuffer(f, io.LimitReader(rand.NewChaCha8([32]byte{1}), size-int64(len(head))), make([]byte, 1<<20))
	good(b, err)
	return path
}

// mibps is the speed of the app's bytes, in MiB a second.
func mibps(d time.Duration) float64 { return float64(huge>>20) / d.Seconds() }
