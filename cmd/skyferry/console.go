package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/adopt"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/queue"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/library"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/internal/tenant"
	"github.com/skyferry/skyferry/web"
)

// consoleConfig is all that a console is made from.
type consoleConfig struct {
	consoleFlags

	Data     string
	KeyFile  string // empty: secret.key in the data folder
	Password string // of the first administrator; empty: a one-time setup link
	HTTPS    bool
	Site     *site.Connection // that the command line says; nil: the stored one
	Log      *slog.Logger
}

// console is a running console: everything that is opened, in one place, to be closed in order.
type console struct {
	config  consoleConfig
	lock    *flock.Flock
	store   *store.Store
	queue   *queue.Queue
	engine  *distribution.Engine
	spool   *distribution.Spool
	library *library.Service
	sites   *sites
	tenants *tenants
	reader  *adopt.Reader
	web     *web.Console
	siteID  string
	laneMu  sync.Mutex
	lanes   map[string]bool // ids of the deployments that have a queue
	setup   string          // token of the one-time set-up link; empty when there is nothing to set up
}

// openConsole opens everything and starts nothing. Errors are one line that says what to do.
func openConsole(ctx context.Context, config consoleConfig) (_ *console, err error) {
	c := &console{config: config}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	if err := c.lockFolder(); err != nil {
		return c, err
	}
	if err := c.openStore(ctx); err != nil {
		return c, err
	}
	if err := c.openWorker(ctx); err != nil {
		return c, err
	}
	if err := c.checkPlace(ctx); err != nil {
		return c, err
	}
	return c, c.openWeb(ctx)
}

// lockFolder makes the data folder and keeps every other process out of it.
func (c *console) lockFolder() error {
	if err := os.MkdirAll(c.config.Data, 0o700); err != nil {
		return fmt.Errorf("the data folder %s cannot be made: %w; choose another --data folder or mend its rights", c.config.Data, err)
	}
	c.lock = flock.New(filepath.Join(c.config.Data, "lock"))
	ok, err := c.lock.TryLock()
	if err != nil {
		return fmt.Errorf("the data folder %s cannot be written: %w; choose another --data folder or mend its rights", c.config.Data, err)
	}
	if !ok {
		return fmt.Errorf("another skyferry works on the data folder %s; stop it first, or choose another --data folder", c.config.Data)
	}
	return nil
}

func (c *console) openStore(ctx context.Context) (err error) {
	path := c.config.KeyFile
	if path == "" {
		path = filepath.Join(c.config.Data, "secret.key")
	}
	_, missing := os.Stat(filepath.Join(c.config.Data, "skyferry.db"))
	box, err := secret.Open(path, errors.Is(missing, os.ErrNotExist))
	if err != nil {
		return err
	}
	c.store, err = store.Open(ctx, store.Options{Dir: c.config.Data, Box: box, Now: time.Now, Log: c.config.Log})
	if err != nil {
		return err
	}
	c.siteID = c.store.SiteID(ctx)
	return nil
}

func (c *console) openWorker(ctx context.Context) (err error) {
	guard := tenant.Guard{AllowTargets: c.config.AllowTarget, OutboundProxy: c.config.OutboundProxy, CAFile: c.config.CAFile}
	client, err := tenant.NewHTTPClient(guard)
	if err != nil {
		return err
	}
	c.tenants = &tenants{store: c.store, http: client, now: time.Now, log: c.config.Log, known: map[string]knownTenant{}, paces: map[string]pace{}}
	if c.library, err = library.Open(ctx, library.Options{Dir: filepath.Join(c.config.Data, "library"), Store: c.store}); err != nil {
		return err
	}
	c.sites = newSites(c.store, c.library, c.config.Log)
	c.spool, err = distribution.OpenSpool(ctx, distribution.SpoolOptions{
		Dir: filepath.Join(c.config.Data, "spool"), Index: c.store, Limit: int64(c.config.SpoolLimit), Floor: int64(c.config.DiskFloor),
	})
	if err != nil {
		return err
	}
	c.engine = distribution.New(distribution.Options{
		Store: c.store, Source: c.sites, Tenants: c.tenants, Spool: c.spool, SiteID: c.siteID,
		Schedule: c.config.RetryAfter, Log: c.config.Log,
	})
	if c.queue, err = queue.New(c.store.Writer(), queue.Options{Log: c.config.Log}); err != nil {
		return err
	}
	if err = c.queue.Migrate(ctx); err != nil {
		return err
	}
	c.queue.Handle(queue.Handlers{Decide: c.decide, Deliver: c.engine.Deliver})
	c.store.UseQueue(c.queue)
	if err := c.fixSite(ctx); err != nil {
		return err
	}
	return c.sites.load(ctx)
}

func (c *console) openWeb(ctx context.Context) (err error) {
	accounts := account.NewDirectory(c.store, time.Now)
	if c.setup, err = accounts.Begin(ctx, c.config.Password); err != nil {
		return err
	}
	c.reader = adopt.NewReader(c.tenants, c.store, time.Now)
	c.web = web.New(web.Options{
		Store: c.store, Accounts: accounts, Library: c.library, Tester: c.tenants, Tenants: c.tenants, Reader: c.reader, Site: c.sites, Notify: c.sites.Callback, SiteID: c.siteID, SiteName: c.config.SiteName,
		HTTPS:     c.config.HTTPS || c.config.PublicURL != nil && c.config.PublicURL.Scheme == "https",
		PublicURL: c.config.PublicURL, TrustedProxy: c.config.TrustedProxy, Metrics: newMetrics(c.store), Log: c.config.Log, Now: time.Now,
	})
	return nil
}

// decide brings the lanes up to date before an event makes deliveries: deployments come and go with events.
func (c *console) decide(ctx context.Context, eventID string) (more bool, err error) {
	if err := c.setLanes(ctx); err != nil {
		return false, err
	}
	return c.engine.Decide(ctx, eventID)
}

// setLanes gives every deployment a queue of its own, so that none waits for another's tenant, and takes it from those
// that are gone. The deployments are read under the lock: an older list would take a new deployment's queue for one too many,
// and its jobs with it.
func (c *console) setLanes(ctx context.Context) error {
	c.laneMu.Lock()
	defer c.laneMu.Unlock()
	deployments, err := c.store.Deployments(ctx)
	if err != nil {
		return err
	}
	lanes := map[string]bool{}
	for _, d := range deployments {
		if err := c.queue.AddDeployment(d.ID); err != nil {
			return err
		}
		lanes[d.ID] = true
	}
	for id := range c.lanes {
		if lanes[id] {
			continue
		}
		c.tenants.forget(id)
		if err := c.queue.RemoveDeployment(ctx, id); err != nil {
			return err
		}
	}
	c.lanes = lanes
	return nil
}

// Serve starts the worker, answers requests until the context ends, and closes everything: within ten seconds.
func (c *console) Serve(ctx context.Context, listener net.Listener, cert, key string, ready func(address string)) error {
	group, ctx := errgroup.WithContext(ctx)
	if err := c.startWorker(ctx); err != nil {
		if ctx.Err() != nil {
			err = nil // asked to stop while it started: that is no failure
		}
		return errors.Join(err, listener.Close(), c.Close())
	}
	server := newHTTPServer(c.web.Handler(), c.config.Log)
	server.RegisterOnShutdown(c.web.EndStreams)
	group.Go(func() error { return serveHTTP(ctx, server, on(listener, cert, key)) })
	group.Go(func() error { return c.stopWorkerAfter(ctx) })
	group.Go(func() error { // exports may take hours: they are broken off, and begin anew at the next start
		<-ctx.Done()
		c.spool.Close()
		return nil
	})
	group.Go(func() error { return c.sites.Run(ctx) })
	group.Go(func() error { return every(ctx, time.Hour, func() { c.housekeep(ctx) }) })
	group.Go(func() error { return every(ctx, time.Hour, func() { c.eachTenant(ctx, c.sweepTenant) }) })
	group.Go(func() error { return every(ctx, lookAgain, func() { c.eachTenant(ctx, c.lookAgain) }) })
	ready(listener.Addr().String())
	return errors.Join(group.Wait(), c.Close())
}

// startWorker takes up what a crash left and starts the queue with one lane for each deployment. Recovering comes first:
// afterwards it would wait for the only writer behind the jobs of the queue.
func (c *console) startWorker(ctx context.Context) error {
	if err := c.setLanes(ctx); err != nil {
		return err
	}
	if err := c.store.RecoverDeliveries(ctx); err != nil {
		return err
	}
	// The queue outlives this context for as long as its soft stop takes; Stop ends it.
	return c.queue.Start(context.WithoutCancel(ctx))
}

func (c *console) stopWorkerAfter(ctx context.Context) error {
	<-ctx.Done()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 9*time.Second)
	defer cancel()
	return c.queue.Stop(stop)
}

// lookAgain is how often it is looked whether a tenant that refused the sign-in accepts it again; the remedies name it.
const lookAgain = 15 * time.Minute

// every does something at once and then again and again, until the context ends.
func every(ctx context.Context, period time.Duration, do func()) error {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		do()
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// housekeep sweeps what has ended: sessions, drafts, old deliveries and records.
func (c *console) housekeep(ctx context.Context) {
	if err := c.store.Sweep(ctx, time.Duration(c.config.Retain)); err != nil && ctx.Err() == nil {
		c.config.Log.WarnContext(ctx, "housekeeping failed; it is tried again in an hour", "error", err)
	}
	debug.FreeOSMemory() // a first start hashes a password and migrates: what that took is given back at once
}

// eachTenant does something about each deployment. While all is paused, as in a copy of a data folder, no tenant is called.
func (c *console) eachTenant(ctx context.Context, do func(context.Context, deployment.Deployment)) {
	paused, err := c.store.PausedAll(ctx)
	if err != nil || paused != nil {
		return // the next sweep looks again
	}
	all, err := c.store.Deployments(ctx)
	if err != nil && ctx.Err() == nil {
		c.config.Log.WarnContext(ctx, "the deployments could not be read; no tenant was looked at", "error", err)
	}
	for _, d := range all {
		do(ctx, d)
	}
}

// lookAgain ends the pause of a deployment whose tenant accepts the sign-in again.
func (c *console) lookAgain(ctx context.Context, d deployment.Deployment) {
	ended, err := c.engine.LookAgain(ctx, d)
	if err != nil && ctx.Err() == nil {
		c.config.Log.WarnContext(ctx, "whether the tenant accepts the sign-in again is not known", "deployment", d.Name, "error", err)
	}
	if ended {
		c.config.Log.InfoContext(ctx, "the tenant accepts the sign-in again: the deployment goes on", "deployment", d.Name)
	}
}

// sweepTenant removes what deliveries left behind in transit: those that ended while the console was away, and imports that came
// about after everybody had given them up. Copies of apps that came about late are told, and certificates that were renewed are noted.
func (c *console) sweepTenant(ctx context.Context, d deployment.Deployment) {
	n, err := c.engine.Sweep(ctx, d)
	err = errors.Join(err, c.tenants.noteCertificate(ctx, d))
	if err != nil && ctx.Err() == nil {
		c.config.Log.WarnContext(ctx, "the tenant was not swept; it is tried again in an hour", "deployment", d.Name, "error", err)
	}
	if n > 0 {
		c.config.Log.InfoContext(ctx, "left-over imports were removed from the transit space", "deployment", d.Name, "apps", n)
	}
}

// Close closes what was opened, in reverse order. It may be called when only a part was opened, and twice.
func (c *console) Close() error {
	var errs []error
	if c.web != nil {
		c.web.EndStreams()
	}
	if c.reader != nil {
		c.reader.Close()
	}
	if c.spool != nil {
		c.spool.Close()
	}
	if c.store != nil {
		errs = append(errs, c.store.Close())
	}
	if c.lock != nil {
		errs = append(errs, c.lock.Unlock())
	}
	return errors.Join(errs...)
}
