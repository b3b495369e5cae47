package clients

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/e2e/program"
)

// TestQRSInteract lets qrs-interact do what an administrator's script does, against a sandbox repository that is a process of
// its own.
func TestQRSInteract(t *testing.T) { visit(t, "repository.mjs") }

// TestQlikRepoAPI lets qlik-repo-api do the same, also through the proxy.
func TestQlikRepoAPI(t *testing.T) { visit(t, "repoapi.mjs") }

// visit starts a sandbox repository and runs a script against it.
func visit(t *testing.T, script string) {
	t.Helper()
	node, certs := node(t), t.TempDir()
	p := program.Start(t, []string{"SKYFERRY_SANDBOX_API_KEY=" + apiKey}, []string{"repository"}, "sandbox", "repository",
		"--listen", program.FreeAddress(t), "--hub-listen", program.FreeAddress(t), "--proxy-listen", program.FreeAddress(t), "--certs", certs, "--data", t.TempDir())
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(p.Log())
		}
	})
	words := strings.Fields(p.Lines["repository"][0]) // NAME https://HOST:PORT hub http://HOST:PORT api-key KEY proxy https://HOST:PORT
	given, err := json.Marshal(map[string]any{"port": portOf(t, words[1]), "proxyPort": portOf(t, words[7]), "hub": words[3], "key": apiKey, "certs": certs})
	good(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, node, script)
	command.Env = append(os.Environ(), "JOURNEY="+string(given))
	out, err := command.CombinedOutput()
	t.Logf("%s", out)
	good(t, err)
}

func portOf(t *testing.T, address string) string {
	t.Helper()
	at, err := url.Parse(address)
	good(t, err)
	return at.Port()
}
