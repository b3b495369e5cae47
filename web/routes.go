package web

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/static"
	"github.com/skyferry/skyferry/web/adopt"
	"github.com/skyferry/skyferry/web/apps"
	"github.com/skyferry/skyferry/web/audit"
	"github.com/skyferry/skyferry/web/deployments"
	"github.com/skyferry/skyferry/web/help"
	"github.com/skyferry/skyferry/web/holds"
	"github.com/skyferry/skyferry/web/middleware"
	"github.com/skyferry/skyferry/web/movein"
	"github.com/skyferry/skyferry/web/origin"
	"github.com/skyferry/skyferry/web/pause"
	"github.com/skyferry/skyferry/web/policies"
	"github.com/skyferry/skyferry/web/properties"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/signin"
	"github.com/skyferry/skyferry/web/site"
	"github.com/skyferry/skyferry/web/start"
	"github.com/skyferry/skyferry/web/status"
	"github.com/skyferry/skyferry/web/streams"
	"github.com/skyferry/skyferry/web/users"
)

// requestLimit bounds the work of a page; uploads and live streams are outside of it.
const requestLimit = 30 * time.Second

// testLimit bounds the test of a connection to a tenant, or to a site, which may have to wait for an export.
const testLimit = 110 * time.Second

// notifyLimit bounds a callback of the site, its body included: also of one that is not expected, and of which nothing is read.
const notifyLimit = 10 * time.Second

// answerLimit bounds how long a client may take to fetch an answer.
const answerLimit = 2 * time.Minute

// routes keeps the callbacks of the site apart from all that is for people: they have no session and no page, and their path is a
// secret that no log shall hold.
func (c *Console) routes() http.Handler {
	r := chi.NewRouter()
	if c.options.Notify != nil {
		r.With(middleware.WriteLimit(answerLimit), middleware.Timeout(notifyLimit), middleware.Recover).Post("/site/notify/{token}", c.options.Notify)
	}
	r.Mount("/", c.pages())
	return r
}

func (c *Console) pages() http.Handler {
	o := c.options
	r := chi.NewRouter()
	r.Use(middleware.WriteLimit(answerLimit), middleware.Identify(o.TrustedProxy), middleware.Log(o.Log), middleware.Compress, middleware.Recover, middleware.Headers(o.HTTPS), crossOrigin(o).Handler)
	r.NotFound(c.notFound)
	r.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		respond.Fault(w, r, fault.New(fault.NotFound, "%s does not take %s requests.", r.URL.Path, r.Method))
	})
	r.Handle("/static/*", static.Handler())
	r.Get("/healthz", c.healthz)
	r.Get("/readyz", c.readyz)
	admins := chi.Chain(middleware.SignedIn(c.sessions, o.Store), middleware.AdminsOnly)
	r.Method(http.MethodGet, "/metrics", middleware.Local(o.Metrics, admins.Handler(o.Metrics)))
	r.Group(func(r chi.Router) {
		r.Use(middleware.Timeout(requestLimit))
		(&signin.Screen{Accounts: o.Accounts, Sessions: c.sessions, Audit: o.Store}).Routes(r)
	})
	r.Group(func(r chi.Router) {
		r.Use(middleware.SignedIn(c.sessions, o.Store))
		c.signedIn(r)
	})
	return r
}

// notFound shows people who are signed in where they can go from here.
func (c *Console) notFound(w http.ResponseWriter, r *http.Request) {
	missing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		respond.Fault(w, r, fault.New(fault.NotFound, "There is no page at %s.", r.URL.Path))
	})
	if id, err := c.sessions.UserID(r); err != nil || id == "" {
		missing.ServeHTTP(w, r)
		return
	}
	chi.Chain(middleware.SignedIn(c.sessions, c.options.Store), c.shell).Handler(missing).ServeHTTP(w, r)
}

// signedIn mounts everything that only users see.
func (c *Console) signedIn(r chi.Router) {
	o := c.options
	people := &users.Screen{Store: o.Store, Accounts: o.Accounts, Sessions: c.sessions}
	library := &apps.Screen{Store: o.Store, Library: o.Library, Site: o.Site, Notices: c.sessions, Now: o.Now}
	origins := &site.Screen{Store: o.Store, Connector: o.Site, Notices: c.sessions, Now: o.Now}
	judge := &policies.Screen{Store: o.Store, Notices: c.sessions, Site: o.Site}
	setup := &deployments.Screen{Store: o.Store, Notices: c.sessions, Tester: o.Tester, SiteID: o.SiteID, Now: o.Now}
	follow := &status.Screen{Store: o.Store, Tenants: o.Tenants, Notices: c.sessions, Hub: c.hub, Now: o.Now}
	r.Group(func(r chi.Router) { // without a bound on time, or with one of their own
		r.Use(middleware.ReadersOnlyRead)
		r.Get("/status/events", follow.Events)
		r.With(c.shell, origin.Demand(o.Store, origin.Upload)).Post("/apps/upload", library.Upload)
		r.With(c.shell, origin.Demand(o.Store, origin.Replace)).Post("/apps/{id}/replace", library.Replace)
		r.With(middleware.Timeout(testLimit), c.shell).Post("/site/test", origins.Test)
		r.With(middleware.Timeout(testLimit), c.shell).Post("/deployments/{id}/test", setup.Test)
	})
	r.Group(func(r chi.Router) {
		r.Use(middleware.Timeout(requestLimit), c.shell)
		r.Route("/account", people.AccountRoutes)
		help.Routes(r)
		r.Group(func(r chi.Router) {
			r.Use(middleware.ReadersOnlyRead, middleware.NoFormsForReaders)
			(&start.Screen{Store: o.Store, Site: o.Site, Now: o.Now}).Routes(r)
			r.Route("/distribution", (&pause.Screen{Store: o.Store, Notices: c.sessions, Now: o.Now}).Routes)
			r.Route("/deployments/{id}/adopt", (&adopt.Screen{Store: o.Store, Reader: o.Reader, Notices: c.sessions, SiteID: o.SiteID, Now: o.Now}).Routes)
			r.Route("/deployments", setup.Routes)
			r.Route("/policies", judge.Routes)
			r.Route("/status", follow.Routes)
			r.Route("/held", (&holds.Screen{Store: o.Store, Notices: c.sessions}).Routes)
			r.Route("/apps", library.Routes)
			r.Route("/streams", (&streams.Screen{Store: o.Store, Notices: c.sessions}).Routes)
			r.Route("/properties", (&properties.Screen{Store: o.Store, Notices: c.sessions}).Routes)
			r.Route(movein.Path, (&movein.Screen{Store: o.Store, Site: o.Site, Policies: judge, Notices: c.sessions}).Routes)
			r.Route("/site", origins.Routes)
			r.Route("/audit", (&audit.Screen{Store: o.Store}).Routes)
			r.Group(func(r chi.Router) {
				r.Use(middleware.AdminsOnly)
				r.Route("/users", people.Routes)
			})
		})
	})
}

// crossOrigin refuses changes that another site's page sends with our cookie.
func crossOrigin(o Options) *http.CrossOriginProtection {
	p := http.NewCrossOriginProtection()
	if o.PublicURL != nil {
		_ = p.AddTrustedOrigin(o.PublicURL.Scheme + "://" + o.PublicURL.Host) // serve has checked that it is a web address
	}
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		respond.Fault(w, r, fault.New(fault.Forbidden, "This request came from another site's page. Open the console itself and try again."))
	}))
	return p
}
