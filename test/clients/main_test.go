// Package clients runs clients of Qlik that are not ours against the sandboxes, and our own client against a tus server
// that is not ours. None of it is part of the product.
package clients

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/skyferry/skyferry/internal/e2e/program"
)

// bin holds the programs that are built for the tests.
var bin string

func TestMain(m *testing.M) {
	code := 1
	var err error
	if bin, err = os.MkdirTemp("", "skyferry-clients-"); err == nil {
		code = m.Run()
		err = os.RemoveAll(bin)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	program.Clean()
	os.Exit(code)
}

// needed stops a test whose tools are missing: on a developer's machine it is skipped, in CI it fails.
func needed(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// node gives the path of Node.js; the packages of the lock file must be there, too.
func node(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("node")
	if err != nil {
		needed(t, "Node.js is missing: install node 20 or newer with npm, then run make tools.")
	}
	if _, err := os.Stat("node_modules/.package-lock.json"); errors.Is(err, os.ErrNotExist) {
		needed(t, "The npm packages are missing: run make tools, which needs npm.")
	}
	return path
}

// built gives a program of one of the modules beside this package; they keep its dependencies out of the product.
func built(t *testing.T, module, pkg string) string {
	t.Helper()
	path := filepath.Join(bin, module)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	command := exec.CommandContext(t.Context(), "go", "build", "-o", path, pkg)
	command.Dir = module
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go build %s in test/clients/%s: %v\n%s", pkg, module, err, out)
	}
	return path
}

func good(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
