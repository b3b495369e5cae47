package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"time"
)

// serveCommand runs the console for production. Every flag may also come from the environment.
type serveCommand struct {
	consoleFlags

	Site siteFlags `embed:"" prefix:"site-"`

	Data    string `required:"" type:"path" env:"SKYFERRY_DATA" help:"Folder of the database, the spool and the library."`
	Listen  string `default:"127.0.0.1:8080" env:"SKYFERRY_LISTEN" help:"Address to listen on."`
	TLSCert string `type:"path" env:"SKYFERRY_TLS_CERT" help:"Certificate (PEM); with it the console speaks https."`
	TLSKey  string `type:"path" env:"SKYFERRY_TLS_KEY" help:"Private key of the certificate (PEM)."`
}

// consoleFlags are what serve and the tests configure alike.
type consoleFlags struct {
	PublicURL     *url.URL        `env:"SKYFERRY_PUBLIC_URL" help:"Address under which people reach the console, such as https://skyferry.example."`
	TrustedProxy  []netip.Prefix  `env:"SKYFERRY_TRUSTED_PROXY" help:"Networks of reverse proxies whose X-Forwarded-For is believed."`
	AllowTarget   []netip.Prefix  `env:"SKYFERRY_ALLOW_TARGET" help:"Private or loopback networks that tenants may live in."`
	OutboundProxy *url.URL        `env:"SKYFERRY_OUTBOUND_PROXY" help:"HTTP proxy for calls to tenants."`
	CAFile        string          `type:"path" env:"SKYFERRY_CA_FILE" help:"Further certificate authorities (PEM) for calls to tenants."`
	Paused        bool            `env:"SKYFERRY_PAUSED" help:"Start with distribution paused."`
	AcceptMoved   bool            `env:"SKYFERRY_ACCEPT_MOVED" help:"Go on although the data folder ran on another host or in another place before (for containers)."`
	Retain        retention       `default:"90d" env:"SKYFERRY_RETAIN" help:"How long finished deliveries and audit records are kept."`
	RetryAfter    []time.Duration `env:"SKYFERRY_RETRY_AFTER" help:"Waits between the tries of a delivery, such as 5s,30s,5m; each is spread by a fifth." default:"5s,15s,1m,5m,15m,30m,1h"`
	SpoolLimit    size            `default:"20GiB" env:"SKYFERRY_SPOOL_LIMIT" help:"Most that exported files may take on disk."`
	DiskFloor     size            `default:"1GiB" env:"SKYFERRY_DISK_FLOOR" help:"Free disk that exports leave alone."`
	SiteName      string          `default:"site" env:"SKYFERRY_SITE_NAME" help:"Name of the embedded site, shown in the top bar."`
	LogFormat     string          `enum:"text,json" default:"text" env:"SKYFERRY_LOG_FORMAT" help:"text or json."`
	LogLevel      string          `enum:"debug,info,warn,error" default:"info" env:"SKYFERRY_LOG_LEVEL" help:"debug, info, warn or error."`
}

// Run starts the console and keeps it running until the context ends.
func (c *serveCommand) Run(ctx context.Context, t terminal) error {
	if err := checkTLS(c.TLSCert, c.TLSKey); err != nil {
		return err
	}
	if u := c.PublicURL; u != nil && (u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "") {
		return fmt.Errorf("--public-url %s is no web address; write it like https://skyferry.example", u)
	}
	password, err := fromEnv(t.env, "SKYFERRY_ADMIN_PASSWORD")
	if err != nil {
		return err
	}
	connection, err := c.Site.connection(t.env)
	if err != nil {
		return err
	}
	console, err := openConsole(ctx, consoleConfig{
		consoleFlags: c.consoleFlags, Data: c.Data, Site: connection, KeyFile: t.env("SKYFERRY_SECRET_KEY_FILE"), Password: password,
		HTTPS: c.TLSCert != "", Log: newLog(t.err, c.LogFormat, c.LogLevel),
	})
	if err != nil && ctx.Err() != nil {
		return nil //nolint:nilerr // asked to stop while it started: no failure; what it broke off is done at the next start
	}
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("cannot listen on %s: %w; choose another --listen address", c.Listen, err), console.Close())
	}
	c.warnPlain(t)
	return console.Serve(ctx, listener, c.TLSCert, c.TLSKey, func(address string) { announce(t, console, address) })
}

// warnPlain says that passwords would travel in clear text.
func (c *serveCommand) warnPlain(t terminal) {
	if c.TLSCert == "" && !isLoopback(c.Listen) && (c.PublicURL == nil || c.PublicURL.Scheme != "https") {
		fmt.Fprintf(t.err, "skyferry: warning: plain http on %s: passwords travel unencrypted; use --tls-cert and --tls-key, or a TLS proxy and --public-url https://...\n", c.Listen)
	}
}

// isLoopback says whether an address to listen on stays on this host.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
