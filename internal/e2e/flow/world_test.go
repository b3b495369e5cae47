package flow

import (
	"context"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/queue"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/source/library"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/internal/tenant"
)

const (
	chunk  = 16 << 10 // bytes of one upload call: a small app takes several
	settle = 1500 * time.Millisecond
	limit  = 30 * time.Second // the longest that anything here may take (design.md section 4, I6)
)

// quick is a schedule of retries for tests.
var quick = []time.Duration{20 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond}

// world is a console without its pages, on a data folder that outlives it, and the tenants that it sends to.
type world struct {
	testing.TB
	ctx     context.Context //nolint:containedctx // the admin who does everything
	dir     string
	log     *logBook
	voice   *voice // of the present console
	secrets []string
	drafts  int
	clouds  map[string]*cloud // by deployment id
	servers []*cloud

	store   *store.Store
	queue   *queue.Queue
	engine  *distribution.Engine
	library *library.Service
	export  func()                       // called before each export; nil: nothing
	opened  func()                       // called when an export is open and nothing is read of it yet; nil: nothing
	said    func(distribution.Placement) // called before an app is said to be distributed; nil: nothing
	freeze  context.CancelFunc           // from now on the console sends and hears nothing
	die     context.CancelFunc
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{TB: t, dir: folder(t), log: &logBook{}, clouds: map[string]*cloud{}}
	w.ctx = account.WithActor(context.Background(), account.Actor{Name: "ada"})
	w.open()
	w.start()
	t.Cleanup(w.finish)
	return w
}

// folder is a temporary one, in memory where the system has a place for that: many databases that wait for one disk would
// make these tests slow, and none of them cuts the power.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "skyferry-flow-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// ok fails the test when something that must work does not.
func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// open opens all parts on the data folder, as the console does at its start.
func (w *world) open() {
	w.Helper()
	box, err := secret.Open(filepath.Join(w.dir, "secret.key"), true)
	w.ok(err)
	w.voice = &voice{book: w.log}
	log := w.voice.logger()
	w.store, err = store.Open(w.ctx, store.Options{Dir: w.dir, Box: box, Log: log})
	w.ok(err)
	w.library, err = library.Open(w.ctx, library.Options{Dir: filepath.Join(w.dir, "library"), Store: w.store, Log: log})
	w.ok(err)
	spool, err := distribution.OpenSpool(w.ctx, distribution.SpoolOptions{Dir: filepath.Join(w.dir, "spool"), Index: w.store, Floor: 1, Log: log})
	w.ok(err)
	w.engine = distribution.New(distribution.Options{
		Store: witness{w.store, w}, Source: w, Spool: spool, SiteID: w.store.SiteID(w.ctx), Log: log, Schedule: quick, Chunk: chunk, Settle: shortSettle, MaxTries: 1000, Recheck: 100 * time.Millisecond,
		Tenants: &tenants{keys: w.store, http: w.client(), known: map[string]known{}, paces: map[string]*tenant.Pace{}},
	})
	w.queue, err = queue.New(w.store.Writer(), queue.Options{Log: log})
	w.ok(err)
	w.ok(w.queue.Migrate(w.ctx))
	w.queue.Handle(queue.Handlers{Decide: w.decide(), Deliver: w.engine.Deliver})
	w.store.UseQueue(w.queue)
}

// client reaches loopback only, and only as long as the console lives.
func (w *world) client() *http.Client {
	client, err := tenant.NewHTTPClient(tenant.Guard{AllowTargets: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	w.ok(err)
	life, die := context.WithCancel(context.Background())
	waking, freeze := context.WithCancel(life)
	w.freeze = freeze
	w.die = func() {
		die()
		client.CloseIdleConnections()
	}
	client.Transport = mortal{client.Transport, waking, life}
	return client
}

// decide gives each deployment its lane before it decides, as the console does.
func (w *world) decide() func(context.Context, string) (bool, error) {
	store, queue, engine := w.store, w.queue, w.engine
	return func(ctx context.Context, eventID string) (bool, error) {
		if err := setLanes(ctx, store, queue); err != nil {
			return false, err
		}
		return engine.Decide(ctx, eventID)
	}
}

func setLanes(ctx context.Context, s *store.Store, q *queue.Queue) error {
	all, err := s.Deployments(ctx)
	for _, d := range all {
		if err == nil {
			err = q.AddDeployment(d.ID)
		}
	}
	return err
}

func (w *world) start() {
	w.Helper()
	w.ok(setLanes(w.ctx, w.store, w.queue))
	w.ok(w.queue.Start(w.ctx))
	w.ok(w.store.RecoverDeliveries(w.ctx))
}

// Export is the library's, with hooks around it.
func (w *world) Export(ctx context.Context, appID string) (distribution.Export, error) {
	if w.export != nil {
		w.export()
	}
	x, err := w.library.Export(ctx, appID)
	if w.opened != nil {
		w.opened()
	}
	return x, err
}

// witness hears what the console is about to say.
type witness struct {
	distribution.Store
	w *world
}

// Place implements distribution.Store.
func (s witness) Place(ctx context.Context, d distribution.Delivery, a distribution.Attempt, p distribution.Placement) error {
	if s.w.said != nil {
		s.w.said(p)
	}
	return s.Store.Place(ctx, d, a, p)
}

// crash kills the console. Then another one starts on what is there.
func (w *world) crash() {
	w.Helper()
	w.down()
	w.open()
	w.start()
}

// down kills the console: what its database holds at this moment is all that stays, whatever the dying one writes. From
// now on it calls nobody, and what is held at a gate is never answered.
func (w *world) down() {
	w.Helper()
	file, moment := filepath.Join(w.dir, "skyferry.db"), filepath.Join(w.dir, "moment")
	w.freeze()
	w.ok(store.Backup(w.ctx, file, moment))
	w.voice.dead.Store(true)
	w.die()
	for _, c := range w.servers {
		c.wire.openGates(true)
	}
	w.stopQueue()
	w.ok(w.store.Close())
	for _, rest := range []string{"-wal", "-shm"} {
		_ = os.Remove(file + rest)
	}
	w.ok(os.Rename(moment, file))
}

// finish stops the console in good order and holds everything against the invariants.
func (w *world) finish() {
	for _, c := range w.servers {
		c.wire.openGates(false)
		defer c.close()
	}
	w.checkTransitions()
	pages := w.pages()
	w.stopQueue()
	w.die()
	if err := w.store.Close(); err != nil {
		w.Errorf("close: %v", err)
	}
	w.checkSecrets(pages)
	w.checkLog()
}

// stopQueue stops the queue; when that takes too long it shows what all are doing.
func (w *world) stopQueue() {
	w.Helper()
	if err := w.queue.Stop(w.ctx); err != nil {
		all := make([]byte, 1<<20)
		w.Errorf("%v\n%s", err, all[:runtime.Stack(all, true)])
	}
}
