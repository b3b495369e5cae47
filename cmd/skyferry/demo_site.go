package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strconv"
	"time"

	"github.com/skyferry/skyferry/internal/sandbox/repository"
	"github.com/skyferry/skyferry/internal/site"
)

// demoRepository is the site of the demo with --site repository: a sandbox repository with its hub.
type demoRepository struct {
	command sandboxRepositoryCommand
	server  *repository.Server
	doors   repositoryListeners
	given   bool // the key of the hub
}

// openRepository opens the sandbox repository, or gives nil for the demo's embedded site. One key opens its hub and the tenants.
func (c *demoCommand) openRepository(key string, given bool, log *slog.Logger) (r *demoRepository, err error) {
	if c.Site != "repository" {
		return nil, nil //nolint:nilnil // nothing is an answer
	}
	r = &demoRepository{given: given, command: sandboxRepositoryCommand{
		Listen: c.Repository, HubListen: c.Hub, Name: "site", Certs: filepath.Join(c.Data, "certificates"), Data: filepath.Join(c.Data, "repository"),
	}}
	if err := r.command.check(); err != nil {
		return nil, err
	}
	r.server, err = repository.Open(repository.Options{Name: "site", Dir: r.command.Data, Certs: r.command.Certs, Hosts: r.command.hosts(), AdminKey: key, Logger: log, Now: time.Now})
	if err != nil {
		return nil, err
	}
	r.doors, err = r.command.open("--repository-listen")
	return r, err
}

func (r *demoRepository) close() error {
	if r == nil || r.server == nil {
		return nil
	}
	return r.server.Close()
}

// checkSite refuses a folder of the other kind of demo: its apps would have to go.
func (c *demoCommand) checkSite(ctx context.Context, console *console) error {
	stored, err := console.store.SiteConnection(ctx)
	if err != nil || stored.Kind == site.Unset || string(stored.Kind) == c.Site {
		return err
	}
	return fmt.Errorf("the folder %s holds a demo with --site %s; add that, or choose another --data folder", c.Data, stored.Kind)
}

// connect makes the repository the console's site, with callbacks to the address that the console listens on.
func (r *demoRepository) connect(ctx context.Context, c *console, address string) error {
	host, text, err := net.SplitHostPort(r.doors.trusted.Addr().String())
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	stored, err := c.store.SiteConnection(ctx)
	if err != nil {
		return err
	}
	wanted := stored
	if stored.Kind != site.Repository {
		wanted = site.Connection{Kind: site.Repository, Way: site.ByCertificate, UserDirectory: "SERVICE", UserID: "skyferry", Look: 5 * time.Second, Version: stored.Version}
	}
	wanted.Host, wanted.Port, wanted.Callback = host, port, "http://"+address
	wanted.ClientFile, wanted.KeyFile, wanted.RootFile = r.certificate("client.pem"), r.certificate("client_key.pem"), r.certificate("root.pem")
	if err := c.store.SaveSiteConnection(ctx, wanted); err != nil {
		return err
	}
	return c.sites.Changed(ctx)
}

func (r *demoRepository) certificate(name string) string { return filepath.Join(r.command.Certs, name) }

// seedRepository gives a fresh console a deployment and a policy, and the repository as its site.
func seedRepository(ctx context.Context, c *console, eu demoTenant, r *demoRepository, address string) error {
	known, err := c.store.Deployments(ctx)
	if err != nil {
		return err
	}
	if len(known) == 0 {
		if err := seedDeployment(ctx, c, eu); err != nil {
			return fmt.Errorf("deployment eu: %w", err)
		}
	}
	if err := r.connect(ctx, c, address); err != nil {
		return err
	}
	if len(known) > 0 {
		return nil
	}
	return awaitFirst(ctx, c)
}
