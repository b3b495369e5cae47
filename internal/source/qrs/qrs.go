// Package qrs is the connector to a client-managed Qlik Sense site: it learns from the site's repository (QRS) what there is and
// what changes, hands both to the store, and exports apps. A callback of the site only wakes it up; what is true it reads, and holds
// against what is known. A list that suddenly shrinks is not believed before somebody has looked. See docs/architecture.md.
package qrs

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// Client is what the connector asks of the repository. *api.Client is one.
type Client interface {
	About(ctx context.Context) (api.About, error)
	CountApps(ctx context.Context, filter string) (int, error)
	EachApp(ctx context.Context, filter string, do func(api.App) error) error
	App(ctx context.Context, id string) (api.App, error)
	EachStream(ctx context.Context, do func(api.Stream) error) error
	EachUser(ctx context.Context, do func(api.User) error) error
	EachProperty(ctx context.Context, do func(api.Property) error) error
	ReloadRunning(ctx context.Context, appID string) (bool, error)
	Export(ctx context.Context, appID string, skipData bool) (*api.Download, error)
	Subscribe(ctx context.Context, typeName, callback string) (handle string, err error)
	Unsubscribe(ctx context.Context, handle string) error
	Rules(ctx context.Context) ([]api.Rule, error)
	PublishApp(ctx context.Context, id, streamID, name string) (api.App, error)
	// Calls is how many calls were made so far.
	Calls() int64
	UpdateApp(ctx context.Context, id string, change func(entity map[string]any) error) (api.App, error)
}

// Store is what the connector needs of the database. Each method is one transaction.
type Store interface {
	// SitePrints gives the print of what was last taken, by the app's id, of all apps that came from the repository.
	SitePrints(ctx context.Context) (map[string]string, error)
	// SiteKnown says whether SiteTaken ended a first sweep of this site.
	SiteKnown(ctx context.Context) (bool, error)
	// TakeApps holds apps, at most 200, against what is known, and makes of each difference the event that it is. With first
	// there are no events for single apps: SiteTaken makes one for all.
	TakeApps(ctx context.Context, apps []site.App, prints []string, first bool) ([]site.Happened, error)
	TakeStreams(ctx context.Context, all []site.Stream) error
	TakeProperties(ctx context.Context, all []site.Property) error
	TakeOwners(ctx context.Context, owners []site.Owner) error
	TakeGone(ctx context.Context, ids []string) error
	SiteTaken(ctx context.Context, apps int) error
	SetShrunk(ctx context.Context, s *site.Shrunk) error
	Shrunk(ctx context.Context) (*site.Shrunk, error)
	// ShrunkBelieved says that what somebody accepted was believed: it counts for nothing more.
	ShrunkBelieved(ctx context.Context) error
	App(ctx context.Context, id string) (site.App, error)
	// SiteHandles gives the subscriptions that were kept last, so that what a killed console left at the site can be ended.
	SiteHandles(ctx context.Context) ([]string, error)
	KeepSiteHandles(ctx context.Context, handles []string) error
	// AskedSite records, before the site is asked to change an app, who of ours asks for what.
	AskedSite(ctx context.Context, what string, now, wanted site.App) error
}

// Options are what a connector works with. Zero values of the last three mean the defaults named there.
type Options struct {
	Connection site.Connection
	Client     Client
	Store      Store

	Now  func() time.Time // time.Now
	Rand func() float64   // in [0,1)
	Log  *slog.Logger     // discard
}

// Connector keeps the picture of the site. Run it once; the other methods may be called at the same time, also before and after.
type Connector struct {
	Options

	wake    chan struct{}
	told    told
	exports exports
	rounds  rounds

	reading gate // held while one app is read and taken, so that an older reading never goes over a newer one
	known   known

	over  context.Context // ends as soon as Run is asked to stop: then nobody reads for people or deliveries any more
	leave func()

	mu      sync.Mutex
	picture site.Picture
}

// New makes a connector; it does nothing before Run.
func New(o Options) *Connector {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	c := &Connector{Options: o, wake: make(chan struct{}, 1), reading: make(gate, 1)}
	c.over, c.leave = context.WithCancel(context.Background())
	c.picture = site.Picture{Kind: site.Repository, Host: o.Connection.Host}
	c.told.apps, c.told.types = map[string]bool{}, map[string]bool{}
	c.exports.open(o.Connection.Exports)
	return c
}
