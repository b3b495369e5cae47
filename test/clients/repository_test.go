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
func TestQRSInteract(t *testing.T) {
	script, certs := node(t), t.TempDir()
	p := program.Start(t, []string{"SKYFERRY_SANDBOX_API_KEY=" + apiKey}, []string{"repository"}, "sandbox", "repository",
		"--listen", program.FreeAddress(t), "--hub-listen", program.FreeAddress(t), "--certs", certs, "--data", t.TempDir())
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(p.Log())
		}
	})
	words := strings.Fields(p.Lines["repository"][0]) // NAME https://HOST:PORT hub http://HOST:PORT api-key KEY
	trusted, err := url.Parse(words[1])
	good(t, err)
	given, err := json.Marshal(map[string]any{"port": trusted.Port(), "hub": words[3], "key": apiKey, "certs": certs})
	good(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, script, "repository.mjs")
	command.Env = append(os.Environ(), "JOURNEY="+string(given))
	out, err := command.CombinedOutput()
	t.Logf("%s", out)
	good(t, err)
}
