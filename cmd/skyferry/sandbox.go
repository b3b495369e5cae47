package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	sandbox "github.com/skyferry/skyferry/internal/sandbox/tenant"
)

// sandboxCommand groups the servers that we run ourselves.
type sandboxCommand struct {
	Tenant     sandboxTenantCommand     `cmd:"" help:"Run a sandbox tenant: a stand-in for Qlik Cloud, for rehearsal and tests."`
	Repository sandboxRepositoryCommand `cmd:"" help:"Run a sandbox repository: a stand-in for a client-managed site (QRS), for rehearsal and tests."`
}

type sandboxTenantCommand struct {
	Listen         string `default:"127.0.0.1:8091" help:"Address to listen on; loopback only, unless --beyond-loopback."`
	BeyondLoopback bool   `help:"Allow an address that other hosts reach. A sandbox is no place for real data."`
	Data           string `required:"" type:"path" help:"Folder for what the tenant keeps."`
	Name           string `default:"sandbox" help:"Name of the tenant."`
	TLSCert        string `type:"path" help:"Certificate (PEM); with it the tenant speaks https."`
	TLSKey         string `type:"path" help:"Private key of the certificate (PEM)."`
}

// Run serves the tenant until the context ends.
func (c *sandboxTenantCommand) Run(ctx context.Context, t terminal) error {
	if !c.BeyondLoopback && !isLoopback(c.Listen) {
		return fmt.Errorf("a sandbox listens on loopback only and %s is not; use 127.0.0.1, or --beyond-loopback if you mean it", c.Listen)
	}
	if err := checkTLS(c.TLSCert, c.TLSKey); err != nil {
		return err
	}
	key, err := fromEnv(t.env, "SKYFERRY_SANDBOX_API_KEY")
	if err != nil {
		return err
	}
	log := newLog(t.err, "text", "info")
	server, err := sandbox.Open(sandbox.Options{Name: c.Name, Dir: c.Data, APIKey: key, Logger: log, Now: time.Now})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("cannot listen on %s: %w; choose another --listen address", c.Listen, err), server.Close())
	}
	announceTenant(t, c.Name, baseURL(listener.Addr().String(), c.TLSCert != ""), server.APIKey(), key != "")
	err = serveHTTP(ctx, newHTTPServer(server.Handler(), log), on(listener, c.TLSCert, c.TLSKey))
	return errors.Join(err, server.Close())
}

// announceTenant prints the line that scripts wait for.
func announceTenant(t terminal, name, base, key string, given bool) {
	if given {
		key = "(set)"
	}
	fmt.Fprintf(t.out, "tenant %s %s api-key %s\n", name, base, key)
}
