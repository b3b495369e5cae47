package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
)

// siteFlags say where the apps come from. When they do, nobody changes it in the console. Files are read anew at each connection, so
// that a renewed certificate needs nobody.
type siteFlags struct {
	File       siteFile      `type:"existingfile" env:"SKYFERRY_SITE_FILE" help:"JSON file with what the other --site flags say, by their names: {\"host\": \"sense.example.com\", \"client-file\": \"...\"}. Flags and environment go before it."`
	Kind       string        `enum:",repository,embedded" default:"" env:"SKYFERRY_SITE_KIND" help:"repository or embedded; repository is meant when there is a host."`
	Host       string        `env:"SKYFERRY_SITE_HOST" help:"Name or IP address of the server with the Qlik Sense repository."`
	Port       int           `env:"SKYFERRY_SITE_PORT" help:"Its port, when it is not 4242, or 443 through the proxy."`
	ClientFile string        `type:"path" env:"SKYFERRY_SITE_CLIENT_FILE" help:"client.pem, as the QMC exports it."`
	KeyFile    string        `type:"path" env:"SKYFERRY_SITE_KEY_FILE" help:"client_key.pem."`
	RootFile   string        `type:"path" env:"SKYFERRY_SITE_ROOT_FILE" help:"root.pem."`
	User       string        `env:"SKYFERRY_SITE_USER" help:"User that the console acts as, such as SERVICE\\skyferry."`
	Prefix     string        `env:"SKYFERRY_SITE_PREFIX" help:"Prefix of the virtual proxy, to sign in there with a JWT instead of a certificate."`
	JWTFile    string        `type:"path" env:"SKYFERRY_SITE_JWT_FILE" help:"File of the JWT."`
	Callback   string        `env:"SKYFERRY_SITE_CALLBACK" help:"Address under which the repository reaches this console; without it the site is looked at from time to time."`
	Look       time.Duration `env:"SKYFERRY_SITE_LOOK" help:"Time between two looks at what changed (30s)."`
	Sweep      time.Duration `env:"SKYFERRY_SITE_SWEEP" help:"Time between two full sweeps (15m)."`
	Exports    int           `env:"SKYFERRY_SITE_EXPORTS" help:"Exports at once (1)."`
	Window     string        `env:"SKYFERRY_SITE_WINDOW" help:"When exports may begin, such as 22:00-06:00."`
	Acting     bool          `env:"SKYFERRY_SITE_ACTING" help:"Let the console publish, move and set custom properties on the site."`
	Observe    bool          `name:"observe-only" env:"SKYFERRY_SITE_OBSERVE_ONLY" help:"Decide and show everything, export and send nothing."`
}

// connection gives what the flags say, or nil when they say nothing. Texts of certificates and secrets may stand in the environment
// instead of files.
func (f siteFlags) connection(env func(string) string) (*site.Connection, error) {
	if f.Kind == string(site.Embedded) {
		if f.Host != "" {
			return nil, errors.New("--site-kind embedded has no host; leave --site-host out, or take --site-kind repository")
		}
		return &site.Connection{Kind: site.Embedded, ObserveOnly: f.Observe, Fixed: true}, nil
	}
	if f.Host == "" && f.Kind == "" {
		if f.File = ""; f != (siteFlags{}) {
			return nil, errors.New("the --site flags name no site; add --site-host, or --site-kind embedded")
		}
		return nil, nil //nolint:nilnil // nothing is an answer
	}
	window, err := parseWindow(f.Window)
	if err != nil {
		return nil, err
	}
	c := &site.Connection{Kind: site.Repository, Way: site.ByCertificate, Host: f.Host, Port: f.Port, Prefix: f.Prefix,
		ClientPEM: env("SKYFERRY_SITE_CLIENT"), ClientFile: f.ClientFile, KeyPEM: env("SKYFERRY_SITE_KEY"), KeyFile: f.KeyFile,
		RootPEM: env("SKYFERRY_SITE_ROOT"), RootFile: f.RootFile, JWT: env("SKYFERRY_SITE_JWT"), JWTFile: f.JWTFile,
		Callback: f.Callback, Look: f.Look, Sweep: f.Sweep, Exports: f.Exports, Window: window, Acting: f.Acting, ObserveOnly: f.Observe, Fixed: true}
	if f.User != "" {
		var two bool
		if c.UserDirectory, c.UserID, two = strings.Cut(f.User, `\`); !two {
			return nil, fmt.Errorf(`--site-user %q has no user directory; write it like SERVICE\skyferry`, f.User)
		}
	}
	if c.Prefix != "" || c.JWT != "" || c.JWTFile != "" {
		c.Way = site.ByProxy
	}
	return c, wrongSite(fault.InFields(c.Check()))
}

// parseWindow reads "22:00-06:00"; empty is the whole day.
func parseWindow(text string) (w site.Window, err error) {
	if text == "" {
		return w, nil
	}
	from, to, _ := strings.Cut(text, "-")
	begin, err1 := time.Parse("15:04", strings.TrimSpace(from))
	end, err2 := time.Parse("15:04", strings.TrimSpace(to))
	if err := errors.Join(err1, err2); err != nil {
		return w, fmt.Errorf("--site-window %q is no span of a day; write it like 22:00-06:00", text)
	}
	return site.Window{From: begin.Hour()*60 + begin.Minute(), To: end.Hour()*60 + end.Minute()}, nil
}

// fieldFlags are the flags of the fields of the form, where they are not called alike.
var fieldFlags = map[string]string{"directory": "user", "client": "client-file", "key": "key-file", "root": "root-file", "jwt": "jwt-file"}

// wrongSite names the flags of what is wrong with a connection.
func wrongSite(err error) error {
	if err == nil {
		return nil
	}
	e := fault.Of(err)
	var parts []string
	for _, field := range slices.Sorted(maps.Keys(e.Fields)) {
		flag := field
		if other, is := fieldFlags[field]; is {
			flag = other
		}
		parts = append(parts, "--site-"+flag+": "+e.Fields[field])
	}
	if len(parts) == 0 {
		return errors.New(e.Text)
	}
	return errors.New(strings.Join(parts, " "))
}

// fixSite makes the site that the command line says the console's own. What it said before and does not any more may be changed by
// people again.
func (c *console) fixSite(ctx context.Context) error {
	stored, err := c.store.SiteConnection(ctx)
	if err != nil {
		return err
	}
	wanted := stored
	if c.config.Site != nil {
		wanted = *c.config.Site
		wanted.Version = stored.Version
	}
	wanted.Fixed = c.config.Site != nil
	if wanted.Kind == site.Unset || !wanted.Fixed && !stored.Fixed {
		return nil
	}
	err = wrongSite(c.store.SaveSiteConnection(ctx, wanted))
	if err != nil && !stored.SameSite(wanted) {
		return fmt.Errorf("the --site flags lead to another site than before, which was %s: %w To do so, start once more with the flags of before", siteText(stored), err)
	}
	return err
}

func siteText(c site.Connection) string {
	if c.Kind == site.Repository {
		return c.Host
	}
	return "the embedded one"
}

// siteFile is a JSON file with values of the --site flags.
type siteFile string

// BeforeResolve lets the file answer for the flags that neither the command line nor the environment sets.
func (siteFile) BeforeResolve(ctx *kong.Context, trace *kong.Path) error {
	path, ok := ctx.FlagValue(trace.Flag).(siteFile)
	if !ok || path == "" {
		return nil
	}
	values, err := readSiteFile(string(path))
	if err != nil {
		return err
	}
	ctx.AddResolver(siteValues{string(path), values})
	return nil
}

func readSiteFile(path string) (values map[string]any, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--site-file cannot be read: %w", err)
	}
	from := json.NewDecoder(bytes.NewReader(text))
	from.UseNumber()
	if err := from.Decode(&values); err != nil || values == nil {
		return nil, fmt.Errorf("--site-file %s is no JSON object such as {\"host\": \"sense.example.com\"}", path)
	}
	return values, nil
}

// siteValues answers for the --site flags.
type siteValues struct {
	path   string
	values map[string]any
}

// Validate implements kong.Resolver: a name that no flag has is a slip of the pen.
func (s siteValues) Validate(app *kong.Application) error {
	known := map[string]bool{}
	for _, command := range app.Children {
		for _, flag := range command.Flags {
			if name, is := strings.CutPrefix(flag.Name, "site-"); is && command.Name == "serve" {
				known[name] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.values)) {
		if !known[name] || name == "file" || name == "name" {
			return fmt.Errorf("--site-file %s has %q, and there is no flag --site-%s", s.path, name, name)
		}
	}
	return nil
}

// Resolve implements kong.Resolver.
func (s siteValues) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	name, is := strings.CutPrefix(flag.Name, "site-")
	if !is || slices.ContainsFunc(flag.Envs, func(env string) bool { return os.Getenv(env) != "" }) {
		return nil, nil //nolint:nilnil // nothing is an answer
	}
	switch value := s.values[name].(type) {
	case nil, string, bool:
		return value, nil
	case json.Number:
		return value.String(), nil
	default:
		return nil, fmt.Errorf("--site-file %s: %q is neither a text nor a number nor true nor false", s.path, name)
	}
}
