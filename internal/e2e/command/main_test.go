// Package command tests the command line as scripts use it: the lines on stdout, the exit codes, what is refused and in
// which words (docs: design.md section 7).
package command

import (
	"context"
	"os"
	"strings"
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

// console is a running serve.
type console struct {
	*program.Process
	base, folder string
}

// serve starts a console on a folder; without flags it is the one of the README.
func serve(t *testing.T, folder string, flags ...string) console {
	t.Helper()
	listen := program.FreeAddress(t)
	p := program.Start(t, environment, []string{"console"}, append([]string{"serve", "--data", folder, "--listen", listen}, flags...)...)
	return console{p, "http://" + listen, folder}
}

// signedIn opens a browser on a console.
func (c console) signedIn(t *testing.T) *driver.Console {
	t.Helper()
	d := driver.New(c.base)
	t.Cleanup(d.Close)
	good(t, d.SignIn(t.Context(), "admin", password))
	return d
}

// run runs a command that is to end by itself.
func run(t *testing.T, env []string, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	stdout, stderr, code, err := program.Run(ctx, env, stdin, args...)
	good(t, err)
	return stdout, stderr, code
}

// refuses runs a command that is to fail with one line on stderr that has these words, and nothing on stdout.
func refuses(t *testing.T, code int, words []string, args ...string) {
	t.Helper()
	stdout, stderr, got := run(t, environment, "", args...)
	if got != code || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "skyferry: ") {
		t.Errorf("%v: exit code %d (not %d), stdout %q, stderr %q", args, got, code, stdout, stderr)
	}
	for _, word := range words {
		if !strings.Contains(stderr, word) {
			t.Errorf("%v: %q does not say %q", args, stderr, word)
		}
	}
}

func good(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
