package browser

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

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

// demo is a running demo with its addresses.
type demo struct {
	console, eu, us string
}

var environment = []string{"SKYFERRY_ADMIN_PASSWORD=" + password, "SKYFERRY_SANDBOX_API_KEY=" + apiKey}

// startDemo runs the command that the README names.
func startDemo(t *testing.T) demo {
	t.Helper()
	needsChromium(t)
	listen, eu, us := program.FreeAddress(t), program.FreeAddress(t), program.FreeAddress(t)
	program.Start(t, environment, []string{"tenant", "tenant", "console"},
		"demo", "--listen", listen, "--tenants", eu+","+us, "--data", t.TempDir())
	return demo{"http://" + listen, "http://" + eu, "http://" + us}
}

func needsChromium(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil && os.Getenv("CHROMIUM") == "" {
		t.Fatal("Chromium is missing; run make tools")
	}
}

// startTenant runs one more sandbox tenant.
func startTenant(t *testing.T, name string) string {
	t.Helper()
	listen := program.FreeAddress(t)
	program.Start(t, environment, []string{"tenant"}, "sandbox", "tenant", "--listen", listen, "--data", t.TempDir(), "--name", name)
	return "http://" + listen
}

// signIn signs in at the console.
func (p *page) signIn(console string) {
	p.t.Helper()
	p.open(console)
	p.fill("User name", "admin")
	p.fill("Password", password)
	p.button("Sign in")
	p.sees("Cloud distribution")
}

// signInTenant signs in at a sandbox tenant.
func (p *page) signInTenant(tenant string) {
	p.t.Helper()
	p.open(tenant)
	p.fill("API key", apiKey)
	p.button("Sign in")
	p.await("link", "Identity provider")
}

// content gives the SHA-256 of an app's bytes in a tenant, read by its administrator.
func content(t *testing.T, tenant, appID string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tenant+"/sandbox/v1/apps/"+appID+"/content", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+apiKey)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("content of %s: %s", appID, response.Status)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, response.Body); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// qvf makes a small app file with content of its own, and gives its path and hash.
func qvf(t *testing.T, name, content string) (path, sum string) {
	t.Helper()
	raw := append([]byte{0xff, 0xff, 0x01, 0x00, 0xc1, 0x06}, content...)
	path = filepath.Join(t.TempDir(), name+".qvf")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, hash(raw)
}

func hash(raw []byte) string {
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// realFile gives a real app file from beside the project, or skips the part that needs it.
func realFile(pattern string) (path, sum string, ok bool) {
	found, _ := filepath.Glob(filepath.Join(program.Root(), "..", "shared", "data", "qvf", pattern))
	if len(found) == 0 {
		return "", "", false
	}
	raw, err := os.ReadFile(found[0])
	if err != nil {
		return "", "", false
	}
	return found[0], hash(raw), true
}

// last gives the last part of an address's path.
func last(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return address[strings.LastIndex(address, "/")+1:]
}

// eventually waits until something holds, for as long as patience lasts.
func eventually(holds func() bool) bool {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if holds() {
			return true
		}
	}
	return false
}
