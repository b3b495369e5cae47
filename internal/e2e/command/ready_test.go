package command

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/e2e/driver"
	"github.com/skyferry/skyferry/internal/e2e/program"
)

func TestServeSaysWhenItIsReady(t *testing.T) {
	c := serve(t, t.TempDir())
	if want := c.base + " user admin password (set)"; len(c.Lines["console"]) != 1 || c.Lines["console"][0] != want {
		t.Errorf("%q, not %q", c.Lines["console"], want)
	}
	if c.Lines["setup"] != nil {
		t.Errorf("a set-up link although the password was given: %q", c.Lines["setup"])
	}
	c.signedIn(t)
	if strings.Contains(c.Log(), password) {
		t.Error("the password stands in the log")
	}
}

func TestServersAnswerForMonitoring(t *testing.T) {
	c := serve(t, t.TempDir())
	listen := program.FreeAddress(t)
	program.Start(t, environment, []string{"tenant"}, "sandbox", "tenant", "--listen", listen, "--data", t.TempDir())
	for _, address := range []string{c.base + "/healthz", c.base + "/readyz", "http://" + listen + "/healthz", "http://" + listen + "/readyz"} {
		if status, _ := get(t, address); status != http.StatusOK {
			t.Errorf("%s: %d", address, status)
		}
	}
	if status, text := get(t, c.base+"/metrics"); status != http.StatusOK || !strings.Contains(text, "go_goroutines") {
		t.Errorf("/metrics: %d %.100q", status, text)
	}
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	response, err := http.Get(address)
	good(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	good(t, err)
	return response.StatusCode, string(text)
}

func TestSandboxMakesAKeyOrTakesOne(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	good(t, os.WriteFile(file, []byte(apiKey+"\n"), 0o600))
	folder := t.TempDir()
	for _, c := range []struct {
		name, env, folder string
		made              bool
	}{
		{"made", "SKYFERRY_SANDBOX_API_KEY=", folder, true},
		{"kept", "SKYFERRY_SANDBOX_API_KEY=", folder, true},
		{"given", "SKYFERRY_SANDBOX_API_KEY=" + apiKey, t.TempDir(), false},
		{"given by a file", "SKYFERRY_SANDBOX_API_KEY_FILE=" + file, t.TempDir(), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			listen := program.FreeAddress(t)
			p := program.Start(t, []string{c.env}, []string{"tenant"}, "sandbox", "tenant", "--listen", listen, "--data", c.folder, "--name", "eu")
			parts := regexp.MustCompile(`^eu (http://\S+) api-key (.+)$`).FindStringSubmatch(p.Lines["tenant"][0])
			if parts == nil || parts[1] != "http://"+listen || (parts[2] != "(set)") != c.made {
				t.Fatalf("line %q", p.Lines["tenant"])
			}
			key := parts[2]
			if !c.made {
				key = apiKey
			}
			_, err := driver.Tenant{Base: parts[1], Key: key}.Apps(t.Context())
			good(t, err)
		})
	}
}

func TestDemoWithoutAFolderLeavesNothingBehind(t *testing.T) {
	temporary := t.TempDir()
	listen := program.FreeAddress(t)
	p := program.Start(t, []string{"TMPDIR=" + temporary, "SKYFERRY_ADMIN_PASSWORD=", "SKYFERRY_SANDBOX_API_KEY="}, []string{"tenant", "tenant", "console"},
		"demo", "--listen", listen, "--tenants", program.FreeAddress(t)+","+program.FreeAddress(t))
	parts := regexp.MustCompile(`^(http://\S+) user admin password (\S+)$`).FindStringSubmatch(p.Lines["console"][0])
	if parts == nil || parts[1] != "http://"+listen {
		t.Fatalf("line %q", p.Lines["console"])
	}
	d := driver.New(parts[1])
	defer d.Close()
	good(t, d.SignIn(t.Context(), "admin", parts[2]))
	rows, err := d.Status(t.Context(), "distributed")
	good(t, err)
	if len(rows) != 1 || rows[0].Deployment != "eu" {
		t.Errorf("one app is to be distributed to eu: %v", rows)
	}
	for i, name := range []string{"eu ", "us "} {
		if line := p.Lines["tenant"][i]; !strings.HasPrefix(line, name+"http://127.0.0.1:") || strings.HasSuffix(line, "(set)") {
			t.Errorf("line %q", line)
		}
	}
	endsWell(t, p)
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestDemoKeepsWhatItIsTold(t *testing.T) {
	folder := t.TempDir()
	for range 2 {
		p := program.Start(t, environment, []string{"tenant", "tenant", "console"},
			"demo", "--listen", "127.0.0.1:0", "--tenants", "127.0.0.1:0,127.0.0.1:0", "--data", folder)
		if line := p.Lines["console"][0]; !strings.HasSuffix(line, " user admin password (set)") {
			t.Errorf("line %q", line)
		}
		if strings.Contains(p.Lines["tenant"][0]+p.Lines["tenant"][1], apiKey) {
			t.Error("a key that was given is printed")
		}
		endsWell(t, p)
	}
}

func TestSetupLinkWorksOnce(t *testing.T) {
	folder := t.TempDir()
	listen := program.FreeAddress(t)
	nothing := []string{"SKYFERRY_ADMIN_PASSWORD="}
	first := program.Start(t, nothing, []string{"setup", "console"}, "serve", "--data", folder, "--listen", listen)
	path := strings.TrimPrefix(first.Lines["setup"][0], "http://"+listen)
	if !regexp.MustCompile(`^/setup\?token=\S{20,}$`).MatchString(path) {
		t.Fatalf("link %q", first.Lines["setup"])
	}
	choose := func(token string) error {
		d := driver.New("http://" + listen)
		defer d.Close()
		page, err := d.Get(t.Context(), token)
		if err != nil {
			return err
		}
		_, err = page.Press(t.Context(), "Set password", driver.Text("Password", password), driver.Text("Password again", password))
		return err
	}
	if err := choose("/setup?token=guessed-guessed-guessed-guessed"); err == nil {
		t.Error("a guessed link works")
	}
	good(t, choose(path))
	if err := choose(path); err == nil {
		t.Error("the link works twice")
	}
	endsWell(t, first)
	second := program.Start(t, nothing, []string{"console"}, "serve", "--data", folder, "--listen", listen)
	if second.Lines["setup"] != nil {
		t.Error("a link although there is an administrator")
	}
	if strings.Contains(first.Log(), strings.TrimPrefix(path, "/setup?token=")) {
		t.Error("the link's token stands in the log")
	}
	console{Process: second, base: "http://" + listen}.signedIn(t)
}

func TestBeyondLoopbackOnlyWhenTold(t *testing.T) {
	sandbox := program.Start(t, environment, []string{"tenant"}, "sandbox", "tenant", "--listen", "0.0.0.0:0", "--beyond-loopback", "--data", t.TempDir())
	endsWell(t, sandbox)
	c := program.Start(t, environment, []string{"console"}, "serve", "--listen", "0.0.0.0:0", "--data", t.TempDir())
	c.Stop() // the log is whole when the process has ended
	if !strings.Contains(c.Log(), "skyferry: warning: plain http on 0.0.0.0:0") {
		t.Errorf("no warning about plain http: %q", c.Log())
	}
}

// TestTwoSandboxRepositoriesSideBySide: who does not say where the hub listens gets one in any case.
func TestTwoSandboxRepositoriesSideBySide(t *testing.T) {
	hubs := map[string]bool{}
	for range 2 {
		p := program.Start(t, environment, []string{"repository"}, "sandbox", "repository", "--listen", program.FreeAddress(t), "--certs", t.TempDir(), "--data", t.TempDir())
		at := strings.Fields(p.Lines["repository"][0])[3]
		if status, _ := get(t, at+"/readyz"); status != http.StatusOK {
			t.Errorf("the hub at %s: %d", at, status)
		}
		hubs[at] = true
	}
	if len(hubs) != 2 {
		t.Errorf("the hubs are at %v", hubs)
	}
}
