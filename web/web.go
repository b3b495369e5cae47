// Package web is the console's face: the router, what stands around every page, and one folder per screen.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/source/library"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/adopt"
	"github.com/skyferry/skyferry/web/apps"
	"github.com/skyferry/skyferry/web/deployments"
	"github.com/skyferry/skyferry/web/live"
	"github.com/skyferry/skyferry/web/movein"
	"github.com/skyferry/skyferry/web/session"
	sitescreen "github.com/skyferry/skyferry/web/site"
)

// Options is all that the console's face needs.
type Options struct {
	Store        *store.Store
	Accounts     *account.Directory
	Library      *library.Service
	Tester       deployments.Tester
	Tenants      distribution.Tenants
	Reader       adopt.Reader // of what tenants hold already
	Site         Site
	Notify       http.HandlerFunc // answers the callbacks of the site's repository; nil: there are none
	SiteID       string
	SiteName     string
	HTTPS        bool     // people reach the console by https
	PublicURL    *url.URL // nil: not known
	TrustedProxy []netip.Prefix
	Metrics      http.Handler
	Log          *slog.Logger
	Now          func() time.Time
}

// Site is the connection to the site where the apps come from.
type Site interface {
	sitescreen.Connector
	apps.Acting
	movein.Site
}

// Console answers the requests.
type Console struct {
	options  Options
	sessions *session.Store
	hub      *live.Hub
	handler  http.Handler
}

// New makes the console's face.
func New(o Options) *Console {
	c := &Console{options: o, sessions: session.NewStore(o.Store, o.SiteID, o.HTTPS, o.Now)}
	c.hub = live.NewHub(500*time.Millisecond, func(ctx context.Context) (int64, error) {
		_, newest, err := o.Store.StatusSince(ctx, -1)
		return newest, err
	})
	c.handler = c.routes()
	return c
}

// Handler gives the root handler.
func (c *Console) Handler() http.Handler { return c.handler }

// EndStreams ends live pages, so that the server can stop. It may be called twice.
func (c *Console) EndStreams() { c.hub.End() }
