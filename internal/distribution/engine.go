package distribution

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
)

// Options are what an engine works with. Zero values of the last nine fields mean the defaults named there.
type Options struct {
	Store   Store
	Source  Source
	Tenants Tenants
	Spool   *Spool
	SiteID  string // names the imported apps that wait to be published, so that two sites never mix theirs up

	Now      func() time.Time
	Rand     func() float64 // in [0,1)
	Schedule []time.Duration
	MaxTries int                                       // 12: then a delivery fails
	Settle   func(deployment.Deployment) time.Duration // 10 min, 5 s for sandboxes: how long a tenant may take to show a create
	Recheck  time.Duration                             // 5 min: how often a delivery that waits for somebody looks again
	Slice    time.Duration                             // 2 min: the longest that one run moves bytes
	Chunk    int64                                     // 256 MiB: bytes per upload call, unless the deployment says otherwise
	Log      *slog.Logger
}

// DefaultSchedule is how long a delivery waits after each try, before jitter; the last one repeats.
var DefaultSchedule = []time.Duration{
	5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour,
}

// DefaultSettle gives sandboxes 5 s and real tenants 10 min (design.md section 4). A tenant on this very host is a sandbox,
// whatever its Kind says; Kind alone would let a slip of the mouse make second copies in a real tenant.
func DefaultSettle(d deployment.Deployment) time.Duration {
	host, _, err := net.SplitHostPort(d.Host())
	if err != nil {
		host = d.Host()
	}
	addr, err := netip.ParseAddr(host)
	if host == "localhost" || err == nil && addr.IsLoopback() {
		return 5 * time.Second
	}
	return 10 * time.Minute
}

// blockedWait is how long a delivery steps aside for an older one that is past the start of its import.
const blockedWait = 5 * time.Second

// lagWait is how soon the catalogue is looked at again for an app that was placed a moment ago.
const lagWait = 2 * time.Second

// Engine decides where apps go and carries them there. Its methods may be called at the same time.
type Engine struct {
	Options

	digests digests
	speeds  speeds
}

// New makes an engine.
func New(o Options) *Engine {
	o.fill()
	return &Engine{Options: o}
}

func (o *Options) fill() {
	o.Now = or(o.Now != nil, o.Now, time.Now)
	o.Rand = or(o.Rand != nil, o.Rand, rand.Float64)
	o.Schedule = or(len(o.Schedule) > 0, o.Schedule, DefaultSchedule)
	o.MaxTries = or(o.MaxTries > 0, o.MaxTries, 12)
	o.Settle = or(o.Settle != nil, o.Settle, DefaultSettle)
	o.Recheck = or(o.Recheck > 0, o.Recheck, 5*time.Minute)
	o.Slice = or(o.Slice > 0, o.Slice, 2*time.Minute)
	o.Chunk = or(o.Chunk > 0, o.Chunk, deployment.DefaultChunk)
	o.Log = or(o.Log != nil, o.Log, slog.New(slog.DiscardHandler))
}

// or gives the value if it is set, else the default.
func or[T any](set bool, value, fallback T) T {
	if set {
		return value
	}
	return fallback
}

// Decide plans the next page of an event's apps and tells whether apps remain.
func (e *Engine) Decide(ctx context.Context, eventID string) (more bool, err error) {
	return e.Store.DecideEvent(ctx, eventID, Planner())
}

// Deliver runs a delivery for at most a slice. When there is more to do it says after how long to run again; a delivery
// that retries later has its own job, made by the store. An error is one of ours (the database, a stop of the console):
// the same run may be repeated at any time, and goes on where it was.
func (e *Engine) Deliver(ctx context.Context, deliveryID string, ticket int64) (again *time.Duration, err error) {
	w, err := e.Store.LoadWork(ctx, deliveryID, ticket)
	switch {
	case errors.Is(err, ErrLost):
		return nil, nil
	case err != nil:
		return nil, err
	}
	r := e.newRun(w)
	defer r.release()
	again, err = r.end(ctx, r.fly(ctx))
	if errors.Is(err, ErrWanted) {
		return new(time.Duration(0)), nil
	}
	return again, err
}
