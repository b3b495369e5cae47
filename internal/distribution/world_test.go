package distribution

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/tenant"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// richLanding has all that a landing can say.
var richLanding = deployment.Landing{
	By: deployment.ByStream, Space: "{stream}", Create: true, AppName: "{name} of {stream}", Owner: deployment.OwnerSame,
	Members: []deployment.Member{{Type: "group", Name: "Readers", Roles: []string{"consumer"}}},
}

const theApp = "6f0e8f6e-0000-4000-8000-000000000001"

// world is a site, a tenant, and an engine that can be killed between any two calls.
type world struct {
	t      testing.TB
	clock  time.Time
	store  *fakeStore
	tenant *fakeTenant
	data   map[string][]byte
	dir    string
	engine *Engine
	kill   int // the number of the gate at which the engine dies; 0: never
	gates  int
	runs   int
	job    job // that runs
}

// killed is what the engine dies of.
type killed struct{}

func (w *world) now() time.Time { return w.clock }

// gate stands between any two calls of the engine.
func (w *world) gate() {
	w.gates++
	w.clock = w.clock.Add(10 * time.Millisecond)
	if w.gates == w.kill {
		panic(killed{})
	}
}

func newWorld(t testing.TB, dir string, auth deployment.Auth) *world {
	w := &world{t: t, clock: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), data: map[string][]byte{}, dir: dir}
	w.store = newFakeStore(t, w.now)
	w.tenant = newFakeTenant("eu1", w.now)
	w.store.deployments = []deployment.Deployment{{
		ID: "dep", Name: "eu", Endpoint: "https://t.example", Auth: auth, Landing: richLanding, ClientID: "client", Kind: deployment.Sandbox,
		Key: &deployment.Key{ID: "7f3a91c2-aaaa"},
	}}
	w.store.policies = []policy.Policy{{ID: "pol", Name: "Finance to eu", Version: 3, ResourceFilter: "App_*",
		Actions: policy.ActionDistribute, Conditions: `((subject.name="eu"))`}}
	w.store.apps[theApp] = &site.App{ID: theApp, Name: "Sales", Description: "all", Stream: &site.Stream{ID: "s", Name: "Finance"}, Generation: 1}
	w.store.apps[theApp].Owner = site.Owner{UserID: "ann", Directory: "ACME", Email: "ann@acme.example"}
	w.store.apps[theApp].Tags, w.store.apps[theApp].Properties = []string{"kpi"}, map[string][]string{"Tags": {"finance", "KPI"}}
	w.tenant.users = []tenant.User{{ID: "u-ann", Email: "ann@acme.example"}, {ID: "u-bot", Email: "bot@acme.example"}}
	w.tenant.groups = []tenant.Group{{ID: "g-readers", Name: "Readers"}}
	w.data[theApp] = content(1)
	w.boot()
	return w
}

func content(generation int64) []byte {
	return bytes.Repeat([]byte(fmt.Sprintf("v%d.", generation)), 25)
}

// boot starts the engine anew, as after a crash.
func (w *world) boot() {
	spool, err := OpenSpool(context.Background(), SpoolOptions{Dir: w.dir, Node: "a", Index: gatedIndex{w}, Now: w.now, Floor: 1})
	if err != nil {
		w.t.Fatal(err)
	}
	w.engine = New(Options{Store: gatedStore{w.store, w}, Source: w, Tenants: w, Spool: spool, SiteID: "site", Now: w.now,
		Rand: func() float64 { return 0.5 }, Chunk: 40, Slice: time.Hour, MaxTries: 60})
}

func (w *world) Export(_ context.Context, appID string) (Export, error) {
	w.gate()
	defer w.gate()
	return Export{ReadCloser: io.NopCloser(bytes.NewReader(w.data[appID])), Size: int64(len(w.data[appID])), Version: w.store.apps[appID].DataVersion()}, nil
}

func (w *world) Tenant(context.Context, deployment.Deployment) (Tenant, error) {
	return gatedTenant{w.tenant, w}, nil
}

// event lets something happen to the app and decides about it.
func (w *world) event(kind EventKind) {
	id := uuid.NewString()
	w.store.events[id] = &Event{ID: id, Kind: kind, AppID: theApp, Created: w.clock}
	w.survive(func() error {
		_, err := w.engine.Decide(context.Background(), id)
		return err
	})
}

func (w *world) replace() {
	a := w.store.apps[theApp]
	a.Generation++
	w.data[theApp] = content(a.Generation)
	w.event(site.Replaced)
}

// survive repeats a run until the engine does not die of it.
func (w *world) survive(run func() error) {
	for {
		dead, err := w.try(run)
		if err != nil {
			w.t.Fatal(err)
		}
		if !dead {
			return
		}
		w.boot()
	}
}

func (w *world) try(run func() error) (dead bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(killed); !ok {
				panic(p)
			}
			dead = true
		}
	}()
	return false, run()
}

// work runs the next job, moving the clock to its time, and says whether there was one.
func (w *world) work() bool {
	if len(w.store.jobs) == 0 {
		return false
	}
	if w.runs++; w.runs > 5000 {
		w.t.Fatalf("the deliveries do not come to an end: %+v", w.store.deliveries)
	}
	first := 0
	for i, j := range w.store.jobs {
		if j.at.Before(w.store.jobs[first].at) {
			first = i
		}
	}
	j := w.store.jobs[first]
	if w.clock.Before(j.at) {
		w.clock = j.at
	}
	w.job = j
	var again *time.Duration
	w.survive(func() (err error) {
		again, err = w.engine.Deliver(context.Background(), j.delivery, j.ticket)
		return err
	})
	w.store.jobs = append(w.store.jobs[:first:first], w.store.jobs[first+1:]...)
	if again != nil {
		w.store.jobs = append(w.store.jobs, job{j.delivery, j.ticket, w.clock.Add(*again)})
	}
	return true
}

func (w *world) settle() {
	for w.work() {
	}
}

// current gives the newest delivery.
func (w *world) current() Delivery { return *w.store.deliveries[w.store.order[len(w.store.order)-1]] }

// exactlyOnce holds the tenant against invariant I2, and the console against I7.
func (w *world) exactlyOnce() {
	w.t.Helper()
	w.clock = w.clock.Add(time.Minute)
	w.tenant.settle()
	app := w.store.apps[theApp]
	if len(w.tenant.apps) != 1 {
		w.t.Fatalf("the tenant has %d apps instead of one: %v\n%v", len(w.tenant.apps), w.names(), w.tenant.calls)
	}
	for id, r := range w.tenant.apps {
		if !bytes.Equal(r.content, content(app.Generation)) || r.Name != LandingOf(w.store.deployments[0], *app).Name {
			w.t.Fatalf("the tenant has %q with %.4q, the site %q with %.4q\n%v", r.Name, r.content, app.Name, content(app.Generation), w.tenant.calls)
		}
		if p := w.store.placements; len(p) != 1 || p[0].RemoteID != id || !p[0].Version.Equal(app.DataVersion()) || !p[0].Left.IsZero() {
			w.t.Fatalf("placements %+v, but the tenant has %s", p, id)
		}
	}
	for _, m := range w.store.moves {
		if strings.HasSuffix(m, ">failed") {
			w.t.Fatalf("a delivery failed of what heals by itself\n%v", w.tenant.calls)
		}
	}
	for _, d := range w.store.deliveries {
		if d.State.Open() {
			w.t.Fatalf("a delivery is still %s", d.State)
		}
	}
	counted := 0
	for _, n := range w.store.used {
		counted += n
	}
	if counted < w.tenant.imports {
		w.t.Fatalf("%d imports are counted, the tenant did %d\n%v", counted, w.tenant.imports, w.tenant.calls)
	}
	for id, all := range w.store.attempts {
		for _, a := range all[:max(len(all)-1, 0)] {
			if a.Ended.IsZero() {
				w.t.Fatalf("attempt %d of %s never ended", a.Number, id)
			}
		}
	}
}

// landedWell holds what goes with the app against what the deployment says: collections, owner, space and its members.
func (w *world) landedWell() {
	w.t.Helper()
	for id, r := range w.tenant.apps {
		var want []string
		for _, name := range CollectionNames(*w.store.apps[theApp]) {
			want = append(want, strings.ToLower(name))
		}
		slices.Sort(want)
		if got := w.tenant.tags(id); !slices.Equal(got, want) {
			w.t.Fatalf("collections %v instead of %v\n%v", got, want, w.tenant.calls)
		}
		if !w.store.deployments[0].Managed() {
			return
		}
		p, members := w.store.placements[0], w.tenant.members[r.SpaceID]
		if r.OwnerID != "u-ann" || p.SpaceRule != "by stream: Finance" || len(p.Warnings) > 0 {
			w.t.Fatalf("app %+v, placement %+v", r.App, p)
		}
		if len(members) != 1 || members[0].AssigneeID != "g-readers" || len(w.store.unfinished) > 0 {
			w.t.Fatalf("members of the space %+v, unfinished %v", members, w.store.unfinished)
		}
	}
}

func (w *world) names() (out []string) {
	for _, r := range w.tenant.apps {
		out = append(out, r.Name)
	}
	return out
}
