package command

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"demo", "--help"}, {"sandbox", "tenant", "--help"}, {"rule", "check", "--help"}, {"backup", "--help"}} {
		stdout, stderr, code := run(t, nil, "", args...)
		if code != 0 || stderr != "" || !strings.Contains(stdout, "Usage: skyferry") {
			t.Errorf("%v: exit code %d, stderr %q, stdout %.80q", args, code, stderr, stdout)
		}
	}
}

func TestUsageErrorsAreExitCode2(t *testing.T) {
	for _, args := range [][]string{
		{}, {"fly"}, {"serve"}, {"serve", "--data", "x", "--wings", "2"}, {"sandbox"}, {"sandbox", "tenant"}, {"backup"},
		{"serve", "--data", "x", "--retain", "soon"}, {"serve", "--data", "x", "--spool-limit", "much"},
		{"serve", "--data", "x", "--allow-target", "everywhere"}, {"serve", "--data", "x", "--retry-after", "later"},
	} {
		refuses(t, 2, []string{"see skyferry --help"}, args...)
	}
}

func TestRefusals(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	good(t, os.WriteFile(file, nil, 0o600))
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	good(t, err)
	defer taken.Close()
	address := taken.Addr().String()
	fresh := func(name string) string { return filepath.Join(folder, name) }
	for name, c := range map[string]struct{ words, args []string }{
		"demo beyond loopback":      {[]string{"loopback", "0.0.0.0:0"}, []string{"demo", "--listen", "0.0.0.0:0", "--data", fresh("a")}},
		"demo tenant beyond":        {[]string{"loopback", "0.0.0.0:0"}, []string{"demo", "--listen", "127.0.0.1:0", "--tenants", "127.0.0.1:0,0.0.0.0:0", "--data", fresh("b")}},
		"demo with one tenant":      {[]string{"two addresses"}, []string{"demo", "--tenants", "127.0.0.1:0", "--data", fresh("c")}},
		"sandbox beyond loopback":   {[]string{"--beyond-loopback"}, []string{"sandbox", "tenant", "--listen", "0.0.0.0:0", "--data", fresh("d")}},
		"a file for a folder":       {[]string{file, "--data"}, []string{"serve", "--data", file, "--listen", "127.0.0.1:0"}},
		"a file for the sandbox's":  {[]string{file}, []string{"sandbox", "tenant", "--data", file, "--listen", "127.0.0.1:0"}},
		"console's address taken":   {[]string{address, "--listen"}, []string{"serve", "--data", fresh("e"), "--listen", address}},
		"sandbox's address taken":   {[]string{address, "--listen"}, []string{"sandbox", "tenant", "--data", fresh("f"), "--listen", address}},
		"demo's address taken":      {[]string{address, "--tenants"}, []string{"demo", "--listen", "127.0.0.1:0", "--tenants", "127.0.0.1:0," + address, "--data", fresh("g")}},
		"half of TLS":               {[]string{"--tls-cert", "--tls-key"}, []string{"serve", "--data", fresh("h"), "--tls-cert", file}},
		"a public URL without host": {[]string{"--public-url", "https://"}, []string{"serve", "--data", fresh("j"), "--public-url", "skyferry.example"}},
		"a backup of nothing":       {[]string{"no database"}, []string{"backup", "--data", fresh("i"), fresh("copy.db")}},
	} {
		t.Run(name, func(t *testing.T) { refuses(t, 1, c.words, c.args...) })
	}
}

func TestInputThatCannotBeReadIsAFaultOfUsage(t *testing.T) {
	refuses(t, 2, []string{"cannot be read"}, "rule", "check", filepath.Join(t.TempDir(), "no-such-file"))
}

func TestRuleCheck(t *testing.T) {
	file := filepath.Join(t.TempDir(), "conditions.jsonl")
	sound := `{"condition":"((subject.name=\"eu\") and (resource.stream.name=\"Finance\"))","resourceFilter":"App_*"}`
	good(t, os.WriteFile(file, []byte(sound), 0o600))
	for _, c := range []struct {
		stdin, stdout string
		args          []string
		code          int
	}{
		{sound, `{"valid":true,"diagnostics":[]}`, nil, 0},
		{sound + "\n" + sound, `{"valid":true,"diagnostics":[]}`, []string{"-"}, 0},
		{"", `{"valid":true,"diagnostics":[]}`, []string{file}, 0},
		{`{"condition":"((subject.name==\"eu\")"}`, `"code":"paren-unclosed"`, nil, 1},
		{"{}", `"code":"bad-input"`, nil, 1},
	} {
		stdout, stderr, code := run(t, nil, c.stdin, append([]string{"rule", "check"}, c.args...)...)
		if code != c.code || !strings.Contains(stdout, c.stdout) || stderr != "" {
			t.Errorf("%s %v: exit code %d, stdout %q, stderr %q", c.stdin, c.args, code, stdout, stderr)
		}
	}
}
