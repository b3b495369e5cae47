package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	sandbox "github.com/skyferry/skyferry/internal/sandbox/tenant"
)

// demoCommand runs everything in one process: a console, sandbox tenants and a small site.
type demoCommand struct {
	Listen  string   `default:"127.0.0.1:8080" help:"Address of the console."`
	Tenants []string `default:"127.0.0.1:8091,127.0.0.1:8092" help:"Addresses of the sandbox tenants eu and us."`
	Site    string   `enum:"embedded,repository" default:"embedded" help:"Where the apps come from: the console's own embedded site, or a sandbox repository (QRS) with a hub to publish in."`
	Data    string   `type:"path" help:"Folder to keep everything in; without it a temporary one that is removed at the end."`

	Repository string `name:"repository-listen" help:"Address of the sandbox repository, with --site repository. 127.0.0.1:4242, or a free port where that is taken."`
	Hub        string `name:"hub-listen" help:"Address of its hub. 127.0.0.1:4280, or a free port where that is taken."`
}

// demoTenant is a sandbox tenant of the demo with its open listener.
type demoTenant struct {
	name     string
	server   *sandbox.Server
	listener net.Listener
}

func (t demoTenant) endpoint() string { return "http://" + t.listener.Addr().String() }

// Run starts the demo and keeps it running until the context ends.
func (c *demoCommand) Run(ctx context.Context, t terminal) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	if c.Data == "" {
		if c.Data, err = os.MkdirTemp("", "skyferry-demo-"); err != nil {
			return fmt.Errorf("no temporary folder can be made: %w; give one with --data", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(c.Data)) }()
	}
	log := newLog(t.err, "text", "warn")
	tenants, given, err := c.openTenants(t, log)
	defer func() { err = errors.Join(err, closeTenants(tenants)) }()
	if err != nil {
		return err
	}
	repository, err := c.openRepository(tenants[0].server.APIKey(), given, log)
	defer func() { err = errors.Join(err, repository.close()) }()
	if err != nil {
		return err
	}
	console, password, err := c.openConsole(ctx, t, log)
	if err != nil && ctx.Err() != nil {
		return nil // asked to stop while it started
	}
	if err != nil {
		return err
	}
	if err := c.checkSite(ctx, console); err != nil {
		return errors.Join(err, console.Close())
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("cannot listen on %s: %w; choose another --listen address", c.Listen, err), console.Close())
	}
	return c.serve(ctx, t, log, demoParts{console, listener, tenants, repository, given, password})
}

// demoParts are what the demo runs.
type demoParts struct {
	console    *console
	listener   net.Listener
	tenants    []demoTenant
	repository *demoRepository // nil: the embedded site
	given      bool            // the tenants' key
	password   string          // of the administrator; empty: it is not to be shown
}

// check keeps the demo, with its well-known content, on this host.
func (c *demoCommand) check() error {
	if len(c.Tenants) != 2 {
		return fmt.Errorf("--tenants takes two addresses, for eu and us; it has %d", len(c.Tenants))
	}
	for _, address := range append([]string{c.Listen}, c.Tenants...) {
		if !isLoopback(address) {
			return fmt.Errorf("the demo listens on loopback only and %s is not; use 127.0.0.1", address)
		}
	}
	return nil
}

// openTenants opens the sandbox tenants; one key opens all of them.
func (c *demoCommand) openTenants(t terminal, log *slog.Logger) (tenants []demoTenant, given bool, err error) {
	key, err := fromEnv(t.env, "SKYFERRY_SANDBOX_API_KEY")
	if err != nil {
		return nil, false, err
	}
	given = key != ""
	for i, name := range []string{"eu", "us"} {
		server, err := sandbox.Open(sandbox.Options{Name: name, Dir: filepath.Join(c.Data, name), APIKey: key, Logger: log, Now: time.Now})
		if err != nil {
			return tenants, given, err
		}
		tenants = append(tenants, demoTenant{name: name, server: server})
		key = server.APIKey()
		if tenants[i].listener, err = net.Listen("tcp", c.Tenants[i]); err != nil {
			return tenants, given, fmt.Errorf("cannot listen on %s: %w; choose other --tenants addresses", c.Tenants[i], err)
		}
	}
	return tenants, given, nil
}

func closeTenants(tenants []demoTenant) error {
	var errs []error
	for _, t := range tenants {
		errs = append(errs, t.server.Close())
	}
	return errors.Join(errs...)
}

// openConsole opens the console with a short retry schedule; password is empty when it was given or set before.
func (c *demoCommand) openConsole(ctx context.Context, t terminal, log *slog.Logger) (*console, string, error) {
	password, err := fromEnv(t.env, "SKYFERRY_ADMIN_PASSWORD")
	if err != nil {
		return nil, "", err
	}
	shown := ""
	folder := filepath.Join(c.Data, "console")
	if _, err := os.Stat(filepath.Join(folder, "skyferry.db")); password == "" && errors.Is(err, os.ErrNotExist) {
		password = rand.Text()[:16]
		shown = password
	}
	console, err := openConsole(ctx, consoleConfig{
		consoleFlags: consoleFlags{
			AllowTarget: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
			Retain:      retention(90 * 24 * time.Hour), SpoolLimit: 20 << 30, DiskFloor: 256 << 20,
			SiteName:   "demo site",
			RetryAfter: []time.Duration{2 * time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute},
		},
		Data: folder, Password: password, Log: log,
	})
	return console, shown, err
}

func (c *demoCommand) serve(ctx context.Context, t terminal, log *slog.Logger, p demoParts) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, tenant := range p.tenants {
		server := newHTTPServer(tenant.server.Handler(), log)
		group.Go(func() error { return serveHTTP(ctx, server, on(tenant.listener, "", "")) })
	}
	if p.repository != nil {
		group.Go(func() error { return p.repository.doors.serve(ctx, p.repository.server, log) })
	}
	group.Go(func() error {
		return p.console.Serve(ctx, p.listener, "", "", func(address string) {
			if err := p.seed(ctx, address); err != nil {
				log.ErrorContext(ctx, "the demo's site is not complete", "error", err)
			}
			p.announce(t, address)
		})
	})
	return group.Wait()
}

func (p demoParts) seed(ctx context.Context, address string) error {
	if p.repository != nil {
		return seedRepository(ctx, p.console, p.tenants[0], p.repository, address)
	}
	return seed(ctx, p.console, p.tenants[0])
}

func (p demoParts) announce(t terminal, address string) {
	for _, tenant := range p.tenants {
		announceTenant(t, tenant.name, baseURL(tenant.listener.Addr().String(), false), tenant.server.APIKey(), p.given)
	}
	if r := p.repository; r != nil {
		r.command.announce(t, r.doors, r.server.AdminKey(), r.given)
	}
	announceDemo(t, address, p.password)
}

func announceDemo(t terminal, address, password string) {
	if password == "" {
		password = "(set)"
	}
	fmt.Fprintf(t.out, "console http://%s user admin password %s\n", address, password)
}
