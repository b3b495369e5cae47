package clients

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/e2e/driver"
	"github.com/skyferry/skyferry/internal/e2e/line"
	"github.com/skyferry/skyferry/internal/e2e/program"
)

const (
	apiKey = "sandbox-key-for-clients-that-are-not-ours"
	large  = 200_000_000
	// part is the chunk size of both tus clients here: what a cut may cost at most.
	part     = 16 << 20
	patience = 3 * time.Minute
)

// startTenant starts a sandbox tenant as a process of its own.
func startTenant(t *testing.T) driver.Tenant {
	t.Helper()
	p := program.Start(t, []string{"SKYFERRY_SANDBOX_API_KEY=" + apiKey}, []string{"tenant"},
		"sandbox", "tenant", "--listen", program.FreeAddress(t), "--data", t.TempDir())
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(p.Log())
		}
	})
	return driver.Tenant{Base: strings.Fields(p.Lines["tenant"][0])[1], Key: apiKey}
}

// cutLine is a line to the tenant that breaks once, in the middle of a large file.
func cutLine(t *testing.T, at driver.Tenant) *line.Line {
	t.Helper()
	base, err := url.Parse(at.Base)
	good(t, err)
	l := line.Open(t, base.Host)
	l.CutAfter(large/2 + part/3)
	return l
}

// TestJourney lets @qlik/api and tus-js-client do what an administrator's script does, by each way of signing in.
func TestJourney(t *testing.T) {
	script, at, file := node(t), startTenant(t), newFile(t, large)
	id, secret, err := at.OAuthClient(t.Context(), "A script")
	good(t, err)
	for name, signIn := range map[string]map[string]string{
		"API key": {"authType": "apikey", "apiKey": apiKey},
		"OAuth":   {"authType": "oauth2", "clientId": id, "clientSecret": secret},
	} {
		t.Run(name, func(t *testing.T) {
			l := cutLine(t, at)
			travel(t, script, map[string]any{
				"name": name, "host": at.Base, "line": "http://" + l.Address, "adminKey": apiKey, "signIn": signIn,
				"file": file.path, "size": file.size, "sha256": file.sha256,
			})
			checkLine(t, l)
		})
	}
}

// travel runs the journey and shows its steps.
func travel(t *testing.T, node string, given map[string]any) {
	t.Helper()
	text, err := json.Marshal(given)
	good(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, node, "journey.mjs")
	command.Env = append(os.Environ(), "JOURNEY="+string(text))
	out, err := command.CombinedOutput()
	t.Logf("%s", out)
	good(t, err)
}

// checkLine makes sure that there was a cut, and that it cost no more than a part.
func checkLine(t *testing.T, l *line.Line) {
	t.Helper()
	if l.Cuts() != 1 || l.Sent() < large || l.Sent() > large+part+1<<20 {
		t.Errorf("%d cuts and %d bytes for a file of %d", l.Cuts(), l.Sent(), large)
	}
}

// TestGoTus uploads by go-tus over a line that is cut, while the tenant once refuses with 429.
func TestGoTus(t *testing.T) {
	client, at, file := built(t, "gotus", "."), startTenant(t), newFile(t, large)
	l := cutLine(t, at)
	limit := `{"kind":"rate-limit","endpoint":"tus-patch","calls":1,"seconds":1}`
	call(t, at, http.MethodPost, "/sandbox/v1/faults", limit, nil)

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, client, "-endpoint", "http://"+l.Address+"/api/v1/temp-contents/files", "-file", file.path)
	command.Env = append(os.Environ(), "TENANT_TOKEN="+apiKey)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	address, resumed, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if n, err := strconv.Atoi(resumed); err != nil || n < 2 {
		t.Errorf("taken up again %q times, not for the refusal and for the cut", resumed)
	}
	checkLine(t, l)

	var app struct{ Attributes struct{ ID string } }
	call(t, at, http.MethodPost, "/api/v1/apps/import?mode=new&name=Sales&fileId="+path.Base(address), "", &app)
	if sum, err := at.ContentSHA256(t.Context(), app.Attributes.ID); err != nil || sum != file.sha256 {
		t.Errorf("the tenant holds %s, not %s: %v", sum, file.sha256, err)
	}
}

// call asks the tenant as its administrator; out may be nil.
func call(t *testing.T, at driver.Tenant, method, path, body string, out any) {
	t.Helper()
	response, err := at.Call(t.Context(), method, at.Base+path, "application/json", bytes.NewReader([]byte(body)))
	good(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	good(t, err)
	if out != nil {
		good(t, json.Unmarshal(text, out))
	}
}
