package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/skyferry/skyferry/internal/sandbox/repository"
)

type sandboxRepositoryCommand struct {
	Listen         string `default:"127.0.0.1:4242" help:"Address of QRS, with client certificates; loopback only, unless --beyond-loopback."`
	ProxyListen    string `help:"Address of the proxy side, without client certificates: prefixes /hdr and /jwt. None without it."`
	HubListen      string `help:"Address of the hub: pages and the sandbox's own calls over plain http; loopback only. 127.0.0.1:4280, or a free port where that is taken."`
	BeyondLoopback bool   `help:"Allow addresses of QRS and proxy that other hosts reach. A sandbox is no place for real data."`
	Certs          string `required:"" type:"path" help:"Folder of the certificates; they are made at the first start."`
	Data           string `required:"" type:"path" help:"Folder for what the repository keeps."`
	Name           string `default:"site" help:"Name of the site."`
	Apps           int    `help:"Generate so many apps at the start, for rehearsals of a large site."`
}

// usualRepository and usualHub are where a sandbox repository listens when nobody says so; where they are taken, a free port does.
const (
	usualRepository = "127.0.0.1:4242"
	usualHub        = "127.0.0.1:4280"
)

// repositoryListeners are the open doors; the proxy's may be nil.
type repositoryListeners struct{ trusted, proxy, hub net.Listener }

// Run serves the repository until the context ends.
func (c *sandboxRepositoryCommand) Run(ctx context.Context, t terminal) error {
	if err := c.check(); err != nil {
		return err
	}
	key, err := fromEnv(t.env, "SKYFERRY_SANDBOX_API_KEY")
	if err != nil {
		return err
	}
	log := newLog(t.err, "text", "info")
	server, err := repository.Open(repository.Options{Name: c.Name, Dir: c.Data, Certs: c.Certs, Hosts: c.hosts(), AdminKey: key, Logger: log, Now: time.Now})
	if err != nil {
		return err
	}
	if c.Apps > 0 {
		if _, err := server.Fill(ctx, c.Apps); err != nil {
			return errors.Join(err, server.Close())
		}
	}
	doors, err := c.open("--listen")
	if err != nil {
		return errors.Join(err, server.Close())
	}
	c.announce(t, doors, server.AdminKey(), key != "")
	return errors.Join(doors.serve(ctx, server, log), server.Close())
}

func (c *sandboxRepositoryCommand) check() error {
	if c.HubListen != "" && !isLoopback(c.HubListen) {
		return fmt.Errorf("the hub listens on loopback only and %s is not; use 127.0.0.1", c.HubListen)
	}
	for _, address := range []string{c.Listen, c.ProxyListen} {
		if address != "" && !c.BeyondLoopback && !isLoopback(address) {
			return fmt.Errorf("a sandbox listens on loopback only and %s is not; use 127.0.0.1, or --beyond-loopback if you mean it", address)
		}
	}
	return nil
}

// hosts are what the server certificate is for, besides loopback.
func (c *sandboxRepositoryCommand) hosts() (hosts []string) {
	for _, address := range []string{c.Listen, c.ProxyListen} {
		if host, _, err := net.SplitHostPort(address); err == nil && host != "" && host != "0.0.0.0" && host != "::" {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// open opens the doors. listenFlag is how the flag of QRS's address is called, for errors.
func (c *sandboxRepositoryCommand) open(listenFlag string) (doors repositoryListeners, err error) {
	for _, door := range []struct {
		address  string
		usual    string
		flag     string
		listener *net.Listener
	}{{c.Listen, usualRepository, listenFlag, &doors.trusted}, {c.ProxyListen, "", "--proxy-listen", &doors.proxy}, {c.HubListen, usualHub, "--hub-listen", &doors.hub}} {
		if door.address == "" && door.usual == "" {
			continue
		}
		if *door.listener, err = listenAt(door.address, door.usual); err != nil {
			return doors, errors.Join(fmt.Errorf("cannot listen on %s: %w; choose another %s address", cmp.Or(door.address, door.usual), err, door.flag), doors.close())
		}
	}
	return doors, nil
}

// listenAt listens on an address, or on the usual one where none is given.
func listenAt(address, usual string) (net.Listener, error) {
	if address != "" {
		return net.Listen("tcp", address)
	}
	l, err := net.Listen("tcp", usual)
	if errors.Is(err, syscall.EADDRINUSE) {
		return net.Listen("tcp", "127.0.0.1:0")
	}
	return l, err
}

func (d repositoryListeners) close() error {
	var errs []error
	for _, listener := range []net.Listener{d.trusted, d.proxy, d.hub} {
		if listener != nil {
			errs = append(errs, listener.Close())
		}
	}
	return errors.Join(errs...)
}

// announce prints the line that scripts wait for.
func (c *sandboxRepositoryCommand) announce(t terminal, doors repositoryListeners, key string, given bool) {
	if given {
		key = "(set)"
	}
	proxy := ""
	if doors.proxy != nil {
		proxy = " proxy " + baseURL(doors.proxy.Addr().String(), true)
	}
	fmt.Fprintf(t.out, "repository %s %s hub %s api-key %s%s\n", c.Name, baseURL(doors.trusted.Addr().String(), true),
		baseURL(doors.hub.Addr().String(), false), key, proxy)
}

func (d repositoryListeners) serve(ctx context.Context, server *repository.Server, log *slog.Logger) error {
	group, ctx := errgroup.WithContext(ctx)
	open := func(listener net.Listener, handler http.Handler) {
		group.Go(func() error { return serveHTTP(ctx, newHTTPServer(handler, log), on(listener, "", "")) })
	}
	open(tls.NewListener(d.trusted, server.TrustedTLS()), server.Trusted())
	if d.proxy != nil {
		open(tls.NewListener(d.proxy, server.ProxyTLS()), server.Proxy())
	}
	open(d.hub, server.Hub())
	return group.Wait()
}
