package main

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
)

// siteOf gives what a command line of serve says about the site. file is the content of --site-file; "" is none.
func siteOf(t *testing.T, file string, args ...string) (*site.Connection, error) {
	t.Helper()
	var c commands
	parser, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	args = append([]string{"serve", "--data", t.TempDir()}, args...)
	if file != "" {
		path := filepath.Join(t.TempDir(), "site.json")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--site-file", path)
	}
	if _, err := parser.Parse(args); err != nil {
		return nil, err
	}
	return c.Serve.Site.connection(os.Getenv)
}

func TestTheSiteIsSaidByFlagsEnvironmentOrFile(t *testing.T) {
	byCertificate := &site.Connection{Kind: site.Repository, Way: site.ByCertificate, Host: "sense.example", ClientFile: "/c/client.pem", KeyFile: "/c/client_key.pem",
		RootFile: "/c/root.pem", UserDirectory: "SERVICE", UserID: "skyferry", Port: 4343, Look: time.Minute, Window: site.Window{From: 22 * 60, To: 6*60 + 30}, Fixed: true}
	flags := []string{"--site-host", "sense.example", "--site-port", "4343", "--site-client-file", "/c/client.pem", "--site-key-file", "/c/client_key.pem", "--site-root-file", "/c/root.pem",
		"--site-user", `SERVICE\skyferry`, "--site-look", "1m", "--site-window", "22:00-06:30"}
	file := `{"host": "sense.example", "port": 4343, "client-file": "/c/client.pem", "key-file": "/c/client_key.pem", "root-file": "/c/root.pem",
		"user": "SERVICE\\skyferry", "look": "1m", "window": "22:00-06:30"}`
	for name, c := range map[string]struct {
		env  map[string]string
		file string
		args []string
		want *site.Connection
	}{
		"nothing": {},
		"flags":   {args: flags, want: byCertificate},
		"file":    {file: file, want: byCertificate},
		"environment": {env: map[string]string{"HOST": "sense.example", "PORT": "4343", "CLIENT_FILE": "/c/client.pem", "KEY_FILE": "/c/client_key.pem", "ROOT_FILE": "/c/root.pem",
			"USER": `SERVICE\skyferry`, "LOOK": "1m", "WINDOW": "22:00-06:30"}, want: byCertificate},
		"flags and environment before the file": {env: map[string]string{"PORT": "4343"}, file: strings.Replace(strings.Replace(file, "4343", "1", 1), "sense.", "other.", 1),
			args: []string{"--site-host", "sense.example"}, want: byCertificate},
		"embedded": {args: []string{"--site-kind", "embedded"}, want: &site.Connection{Kind: site.Embedded, Fixed: true}},
		"a JWT from the environment": {env: map[string]string{"JWT": "a.b.c"}, args: []string{"--site-host", "sense.example", "--site-prefix", "sky", "--site-acting", "--site-observe-only"},
			want: &site.Connection{Kind: site.Repository, Way: site.ByProxy, Host: "sense.example", Prefix: "sky", JWT: "a.b.c", Acting: true, ObserveOnly: true, Fixed: true}},
	} {
		t.Run(name, func(t *testing.T) {
			for key, value := range c.env {
				t.Setenv("SKYFERRY_SITE_"+key, value)
			}
			got, err := siteOf(t, c.file, c.args...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWrongSiteFlagsSayWhatIsWrong(t *testing.T) {
	for want, c := range map[string]struct {
		file string
		args []string
	}{
		"--site-client-file":             {args: []string{"--site-host", "x"}},
		"write it like 22:00-06:00":      {args: []string{"--site-host", "x", "--site-window", "9-10"}},
		`write it like SERVICE\skyferry`: {args: []string{"--site-host", "x", "--site-user", "skyferry"}},
		"embedded has no host":           {args: []string{"--site-kind", "embedded", "--site-host", "x"}},
		"add --site-host":                {args: []string{"--site-acting"}},
		"--site-host: Enter the name":    {args: []string{"--site-kind", "repository"}},
		`there is no flag --site-hots`:   {file: `{"hots": "x"}`},
		`there is no flag --site-name`:   {file: `{"name": "x"}`},
		"is no JSON object":              {file: `["host"]`},
		`"host" is neither a text nor a`: {file: `{"host": ["x"]}`},
	} {
		if _, err := siteOf(t, c.file, c.args...); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v, want %q", c, err, want)
		}
	}
}

// TestASiteOfTheCommandLineIsFixed: and what it no longer says, people may change again.
func TestASiteOfTheCommandLineIsFixed(t *testing.T) {
	data := t.TempDir()
	started := func(given *site.Connection) (site.Connection, error) {
		c, err := openConsole(t.Context(), consoleConfig{Data: data, Password: "a-long-password", Site: given, Log: newLog(os.Stderr, "text", "error")})
		if err != nil {
			return site.Connection{}, err
		}
		defer c.Close()
		return c.store.SiteConnection(t.Context())
	}
	given := &site.Connection{Kind: site.Repository, Way: site.ByProxy, Host: "sense.example", Prefix: "sky", JWT: "a.b.c", Fixed: true}
	for n, c := range []struct {
		given *site.Connection
		kind  site.Kind
		fixed bool
	}{{nil, site.Unset, false}, {given, site.Repository, true}, {given, site.Repository, true}, {nil, site.Repository, false}, {&site.Connection{Kind: site.Embedded, Fixed: true}, site.Embedded, true}} {
		got, err := started(c.given)
		if err != nil || got.Kind != c.kind || got.Fixed != c.fixed || c.kind == site.Repository && got.JWT != "a.b.c" {
			t.Errorf("start %d: %+v, %v", n, got, err)
		}
	}
}

// TestAnotherSiteOfTheCommandLineWaitsForDeliveries and says how they come to an end, since nobody can pause anything in a console that
// does not start.
func TestAnotherSiteOfTheCommandLineWaitsForDeliveries(t *testing.T) {
	data := t.TempDir()
	start := func(host string) (*console, error) {
		given := &site.Connection{Kind: site.Repository, Way: site.ByProxy, Host: host, Prefix: "sky", JWT: "a.b.c", Fixed: true}
		return openConsole(t.Context(), consoleConfig{Data: data, Password: "a-long-password", Site: given, Log: newLog(os.Stderr, "text", "error")})
	}
	c, err := start("sense.example")
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.sites.Export(t.Context(), "4e3b0a7d-0000-4000-8000-000000000001")
	if later, ok := errors.AsType[*distribution.NotNow](err); !ok || later.Wait > 5*time.Second {
		t.Errorf("an export before the site is connected: %#v", err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	leaveDelivery(t, data)
	if _, err = start("other.example"); err == nil || !strings.Contains(err.Error(), "1 delivery is open") || !strings.Contains(err.Error(), "start once more with the flags of before") {
		t.Errorf("%v", err)
	}
	c, err = start("sense.example")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}

// leaveDelivery leaves an open delivery in a data folder.
func leaveDelivery(t *testing.T, data string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(data, "skyferry.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var names, values string
	err = db.QueryRowContext(t.Context(), `SELECT group_concat(name), group_concat(CASE type WHEN 'TEXT' THEN '''x''' ELSE '0' END) FROM pragma_table_info('deliveries')`).Scan(&names, &values)
	if err == nil {
		_, err = db.ExecContext(t.Context(), `INSERT INTO deliveries (`+names+`) VALUES (`+values+`)`)
	}
	if err != nil {
		t.Fatal(err)
	}
}
