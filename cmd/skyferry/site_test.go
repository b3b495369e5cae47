package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository"
	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
)

// siteBench is a console without a worker whose connection to the site is followed, beside a sandbox repository.
type siteBench struct {
	*testing.T

	console *console
	site    *repository.Server
	wanted  site.Connection // to the sandbox
}

func newSiteBench(t *testing.T) *siteBench {
	t.Helper()
	b := &siteBench{T: t}
	certs := t.TempDir()
	var err error
	b.site, err = repository.Open(repository.Options{Dir: t.TempDir(), Certs: certs, AdminKey: "key"})
	b.good(err)
	trusted := httptest.NewUnstartedServer(b.site.Trusted())
	trusted.TLS = b.site.TrustedTLS()
	trusted.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	trusted.StartTLS()
	b.console, err = openConsole(t.Context(), consoleConfig{Data: t.TempDir(), Password: "a-long-password", Log: slog.New(slog.DiscardHandler),
		consoleFlags: consoleFlags{SpoolLimit: 1 << 30, DiskFloor: 1}})
	b.good(err)
	pages := httptest.NewServer(b.console.web.Handler())
	u, err := url.Parse(trusted.URL)
	b.good(err)
	port, err := strconv.Atoi(u.Port())
	b.good(err)
	b.wanted = site.Connection{Kind: site.Repository, Way: site.ByCertificate, Host: u.Hostname(), Port: port, UserDirectory: "SERVICE", UserID: "skyferry", Callback: pages.URL,
		ClientFile: filepath.Join(certs, "client.pem"), KeyFile: filepath.Join(certs, "client_key.pem"), RootFile: filepath.Join(certs, "root.pem")}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- b.console.sites.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		b.good(<-ended)
		pages.Close()
		b.good(b.console.Close())
		trusted.Close()
		b.good(b.site.Close())
	})
	return b
}

func (b *siteBench) good(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// save stores a connection and lets it be taken up.
func (b *siteBench) save(change func(*site.Connection)) {
	b.Helper()
	stored, err := b.console.store.SiteConnection(b.Context())
	b.good(err)
	wanted := b.wanted
	change(&wanted)
	wanted.Version = stored.Version
	b.good(b.console.store.SaveSiteConnection(b.Context(), wanted))
	b.good(b.console.sites.Changed(b.Context()))
}

func (b *siteBench) until(what string, holds func(p site.Picture) bool) {
	b.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(b.console.sites.Picture()); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			b.Fatalf("waited in vain for %s: %+v", what, b.console.sites.Picture())
		}
	}
}

func wasRead(p site.Picture) bool { return !p.Swept.IsZero() && p.Callbacks }

// anApp is a published app of the site.
func (b *siteBench) anApp() string {
	b.Helper()
	page, err := b.console.store.Apps(b.Context(), store.AppFilter{Published: new(true), Limit: 1})
	b.good(err)
	return page.Rows[0].App.ID
}

// TestTheConnectionThatIsStoredIsTheOneThatRuns changes it while the console runs.
func TestTheConnectionThatIsStoredIsTheOneThatRuns(t *testing.T) {
	b := newSiteBench(t)
	if _, err := b.console.sites.Export(t.Context(), "nothing"); !fault.Is(err, fault.NotFound) || b.console.sites.Picture().Kind != site.Unset {
		t.Errorf("a fresh console is no library: %v, %+v", err, b.console.sites.Picture())
	}
	b.save(func(*site.Connection) {})
	b.until("the first sweep", wasRead)
	id := b.anApp()
	x, err := b.console.sites.Export(t.Context(), id)
	b.good(err)
	n, err := io.Copy(io.Discard, x)
	if x.Close(); err != nil || n != x.Size {
		t.Errorf("%d bytes of %d, %v", n, x.Size, err)
	}
	b.breaksOff(id)
	b.until("the new connection", wasRead)

	b.save(func(c *site.Connection) { c.ClientFile = filepath.Join(t.TempDir(), "client.pem") })
	if p := b.console.sites.Picture(); !strings.Contains(p.Trouble, "client.pem") || p.Host != b.wanted.Host {
		t.Errorf("%+v", p)
	}
	b.waits(id)
	b.save(func(*site.Connection) {})
	b.until("the mended connection", wasRead)
	b.save(func(c *site.Connection) { *c = site.Connection{Kind: site.Embedded} })
	if _, err := b.console.sites.Export(t.Context(), id); !fault.Is(err, fault.NotFound) || b.console.sites.Picture().Kind != site.Embedded {
		t.Errorf("an app of the old site is there: %v", err)
	}
}

// breaksOff changes the connection while an export runs.
func (b *siteBench) breaksOff(id string) {
	b.Helper()
	slow, err := b.site.Faults().Add(faults.Fault{Kind: faults.SlowExport, Seconds: 600, ForSeconds: 600})
	b.good(err)
	done := make(chan error)
	go func() {
		_, err := b.console.sites.Export(b.Context(), id)
		done <- err
	}()
	b.until("an export", func(p site.Picture) bool { return len(p.Exports) == 1 })
	b.save(func(c *site.Connection) { c.ObserveOnly = true })
	if _, ok := errors.AsType[*distribution.NotNow](<-done); !ok {
		b.Error("an export outlived its connection")
	}
	b.good(b.site.Faults().Stop(slow.ID))
}

// waits looks that an export waits.
func (b *siteBench) waits(id string) {
	b.Helper()
	_, err := b.console.sites.Export(b.Context(), id)
	if _, ok := errors.AsType[*distribution.NotNow](err); !ok {
		b.Errorf("%v is no wait", err)
	}
}

// TestAConnectionIsTakenUpThatNobodyWaitsFor saves one whose page was closed before the answer.
func TestAConnectionIsTakenUpThatNobodyWaitsFor(t *testing.T) {
	b := newSiteBench(t)
	closed, leave := context.WithCancel(t.Context())
	leave()
	for n := range 12 {
		stored, err := b.console.store.SiteConnection(t.Context())
		b.good(err)
		wanted := b.wanted
		if n%2 == 1 {
			wanted = site.Connection{Kind: site.Embedded}
		}
		wanted.Version = stored.Version
		b.good(b.console.store.SaveSiteConnection(t.Context(), wanted))
		_ = b.console.sites.Changed(closed) // that nobody waits is the point
		b.until("the connection that is stored", func(p site.Picture) bool { return p.Kind == wanted.Kind })
	}
}
