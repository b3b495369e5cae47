package store_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// opener opens a database of one kind; the suite is the same for all.
type opener func(t testing.TB, o store.Options) (*store.Store, error)

func openSQLite(t testing.TB, o store.Options) (*store.Store, error) {
	return store.Open(t.Context(), o)
}

func TestSQLite(t *testing.T) { conformance(t, openSQLite) }

// conformance is what every database must do.
func conformance(t *testing.T, open opener) {
	for name, test := range map[string]func(*testing.T, *world){
		"names are unique":                    testUniqueNames,
		"origins are unique":                  testUniqueOrigins,
		"stale versions are refused":          testStaleVersions,
		"drafts are bound":                    testDraftIsBound,
		"drafts end":                          testDraftsEnd,
		"drafts are bounded":                  testDraftsAreBounded,
		"client secrets are kept and dropped": testClientSecretIsKept,
		"API keys are kept and dropped":       testAPIKeyIsKept,
		"a next key takes over":               testNextKeyTakesOver,
		"a next key is dropped":               testNextKeyIsDropped,
		"renames rewrite policies or nothing": testRenameRewritesPolicies,
		"another endpoint unbinds the tenant": testAnotherEndpoint,
		"history says before and after":       testHistory,
		"the audit trail pages and filters":   testAuditPages,
		"apps page by keyset":                 testKeyset,
		"apps are filtered":                   testAppFilter,
		"apps live":                           testLifeOfAnApp,
		"unpublished apps make no events":     testUnpublishedAppsAreQuiet,
		"streams":                             testStreams,
		"custom properties":                   testProperties,
		"owners":                              testOwners,
		"policies":                            testPolicies,
		"renames reach tests":                 testRenameReachesTests,
		"guards":                              testGuards,
		"versions of policies":                testPolicyVersions,
		"rules are moved in once":             testMovingIn,
		"users and sessions":                  testUsers,
		"nothing stays without its job":       testNoJobNothing,
		"what has ended is swept":             testSweep,
		"published apps are walked in pages":  testEachPublishedApp,
		"settings":                            testSettings,
		"two writers wait for each other":     testWritersWait,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newWorld(t, open))
		})
	}
}

// world is a database with a clock that stands still and a queue that only remembers.
type world struct {
	*store.Store
	t     testing.TB
	dir   string
	box   *secret.Box
	clock *clock
	jobs  *jobs
	ctx   context.Context
}

var start = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func newWorld(t testing.TB, open opener) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), clock: &clock{now: start}, jobs: &jobs{}}
	w.box = newBox(t)
	w.ctx = account.WithActor(t.Context(), account.Actor{UserID: "u1", Name: "anna", Address: "192.0.2.7", RequestID: "r1"})
	s, err := open(t, store.Options{Dir: w.dir, Box: w.box, Now: w.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	s.UseQueue(w.jobs)
	w.Store = s
	return w
}

func newBox(t testing.TB) *secret.Box {
	t.Helper()
	box, err := secret.Open(filepath.Join(t.TempDir(), "key"), true)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

// clock goes on only when it is told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *clock) pass(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

// jobs remembers what was enqueued.
type jobs struct {
	mu     sync.Mutex
	events []string
	fail   error
}

func (j *jobs) Decide(_ context.Context, _ *sql.Tx, eventID string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, eventID)
	return j.fail
}

func (j *jobs) Deliver(context.Context, *sql.Tx, string, string, int64, time.Time) error {
	return j.fail
}

// events gives the kinds of the events since the last call, and decides them to nothing. Events of many apps are seen only
// where there is a published app.
func (w *world) events() []site.EventKind {
	w.t.Helper()
	w.jobs.mu.Lock()
	ids := w.jobs.events
	w.jobs.events = nil
	w.jobs.mu.Unlock()
	var kinds []site.EventKind
	for _, id := range ids {
		var kind site.EventKind
		_, err := w.DecideEvent(w.ctx, id, func(s distribution.Situation) distribution.Plan {
			kind = s.Event.Kind
			return distribution.Plan{}
		})
		w.must(err)
		kinds = append(kinds, kind)
	}
	return kinds
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// refused checks the kind of a fault, and the field that it is about unless that is empty.
func refused(t testing.TB, err error, kind fault.Kind, field string) {
	t.Helper()
	f := fault.Of(err)
	if err == nil || f.Kind != kind {
		t.Errorf("got %v, want a fault of kind %d", err, kind)
		return
	}
	if field != "" && f.Fields[field] == "" {
		t.Errorf("the fault %q names the fields %v, not %s", f.Text, f.Fields, field)
	}
}

func (w *world) draft() deployment.Draft {
	w.t.Helper()
	draft, private := testDraft(w.clock.Now())
	w.must(w.CreateDraft(w.ctx, draft, private))
	return draft
}

func (w *world) deployment(name, endpoint string) deployment.Deployment {
	w.t.Helper()
	d := deployment.Deployment{Name: name, Endpoint: endpoint, Audience: deployment.DefaultAudience, Auth: deployment.LocalBearer}
	id, err := w.CreateDeployment(w.ctx, d, w.draft().ID)
	w.must(err)
	return w.load(id)
}

func (w *world) load(deploymentID string) deployment.Deployment {
	w.t.Helper()
	d, err := w.Deployment(w.ctx, deploymentID)
	w.must(err)
	return d
}
