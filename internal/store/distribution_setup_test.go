package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
)

// storeOpener opens a database in a folder, a second time the one that is there: the conformance tests take it, so that
// another database passes the same ones.
type storeOpener func(t testing.TB, dir string, now func() time.Time) *store.Store

func openOnSQLite(t testing.TB, dir string, now func() time.Time) *store.Store {
	t.Helper()
	box, err := secret.Open(filepath.Join(dir, "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Box: box, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// job is a delivery's job as the queue got it.
type job struct {
	deployment, delivery string
	ticket               int64
	at                   time.Time
}

// jobList is a queue that only remembers.
type jobList struct {
	events     []string
	deliveries []job
}

func (q *jobList) Decide(_ context.Context, _ *sql.Tx, id string) error {
	q.events = append(q.events, id)
	return nil
}

func (q *jobList) Deliver(_ context.Context, _ *sql.Tx, deploymentID, id string, ticket int64, at time.Time) error {
	q.deliveries = append(q.deliveries, job{deploymentID, id, ticket, at})
	return nil
}

// last gives the newest job of a delivery.
func (q *jobList) last(id string) job {
	for i := len(q.deliveries) - 1; i >= 0; i-- {
		if q.deliveries[i].delivery == id {
			return q.deliveries[i]
		}
	}
	return job{}
}

// flight is a store with a stream and two deployments.
type flight struct {
	testing.TB
	*store.Store
	open   storeOpener
	dir    string
	moment time.Time
	jobs   *jobList
	stream string
	eu, us string
	ctx    context.Context
}

func newFlight(t testing.TB, open storeOpener) *flight {
	t.Helper()
	f := &flight{TB: t, open: open, dir: t.TempDir(), moment: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC), jobs: &jobList{}}
	f.ctx = account.WithActor(t.Context(), account.Actor{Name: "ada"})
	f.Store = open(t, f.dir, func() time.Time { return f.moment })
	f.UseQueue(f.jobs)
	t.Cleanup(func() { f.Store.Close() })
	var err error
	if f.stream, err = f.CreateStream(f.ctx, site.Stream{Name: "Finance"}); err != nil {
		t.Fatal(err)
	}
	f.eu, f.us = f.deployment("eu"), f.deployment("us")
	f.decide(sendTo()) // the events of the set-up send nothing
	return f
}

// reopen closes the store and opens it again, as a new process does after a crash.
func (f *flight) reopen() {
	f.Helper()
	f.ok(f.Store.Close())
	f.Store = f.open(f, f.dir, func() time.Time { return f.moment })
	f.jobs = &jobList{}
	f.UseQueue(f.jobs)
}

func (f *flight) ok(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *flight) pass(d time.Duration) { f.moment = f.moment.Add(d) }

func (f *flight) deployment(name string) string {
	f.Helper()
	id, err := f.CreateDeployment(f.ctx, deployment.Deployment{Name: name, Endpoint: "https://" + name + ".example.com", Audience: "qlik.api",
		Auth: deployment.ClientCredentials, ClientID: "id", ClientSecret: "secret", TokenEndpoint: "https://" + name + ".example.com/oauth/token", Landing: deployment.Landing{Space: "Landing", Create: true}, Kind: deployment.Test}, "")
	f.ok(err)
	return id
}

// app adds a published app.
func (f *flight) app(name string) string {
	f.Helper()
	id := uuid.NewString()
	f.ok(f.CreateApp(f.ctx, site.App{ID: id, Name: name, LastReload: f.moment.Add(-time.Hour)}))
	f.ok(f.PublishApp(f.ctx, id, f.stream, ""))
	return id
}

type planner = func(distribution.Situation) distribution.Plan

// sendTo plans a delivery of every published app to each of these deployments.
func sendTo(deployments ...string) planner {
	return func(s distribution.Situation) (p distribution.Plan) {
		if s.App == nil || !s.App.Published() {
			return p
		}
		for _, id := range deployments {
			p.Start = append(p.Start, distribution.Delivery{AppID: s.AppID, AppName: s.App.Name, StreamName: s.App.Stream.Name,
				DeploymentID: id, Version: s.App.DataVersion(), Why: distribution.Why{PolicyName: "all", Because: "always"}})
		}
		return p
	}
}

// decide carries out all events that wait, with a plan.
func (f *flight) decide(plan planner) {
	f.Helper()
	for len(f.jobs.events) > 0 {
		id := f.jobs.events[0]
		f.jobs.events = f.jobs.events[1:]
		for more := true; more; {
			var err error
			more, err = f.DecideEvent(f.ctx, id, plan)
			f.ok(err)
		}
	}
}

// sent gives a published app with a waiting delivery to the deployment.
func (f *flight) sent(name, deploymentID string) (appID string, d distribution.Delivery) {
	f.Helper()
	appID = f.app(name)
	f.decide(only(appID, sendTo(deploymentID)))
	return appID, f.row(appID, deploymentID).Delivery
}

// only applies a plan to one app.
func only(appID string, plan planner) planner {
	return func(s distribution.Situation) distribution.Plan {
		if s.AppID != appID {
			return distribution.Plan{}
		}
		return plan(s)
	}
}

func (f *flight) row(appID, deploymentID string) distribution.StatusRow {
	f.Helper()
	row, err := f.StatusRow(f.ctx, appID, deploymentID)
	f.ok(err)
	return row
}

// move saves a delivery in another state.
func (f *flight) move(d distribution.Delivery, state distribution.State) distribution.Delivery {
	f.Helper()
	d.State = state
	if state.Working() {
		d.Stage = state
	}
	f.ok(f.Save(f.ctx, d, distribution.Attempt{}))
	return d
}

func tenantOf(deploymentID string) string { return "tenant-of-" + deploymentID }

// place brings a waiting delivery all the way.
func (f *flight) place(d distribution.Delivery) {
	f.Helper()
	f.ok(f.BindTenant(f.ctx, d.DeploymentID, tenantOf(d.DeploymentID)))
	d = f.move(d, distribution.Exporting)
	d = f.move(d, distribution.Uploading)
	d = f.move(d, distribution.Importing)
	d = f.move(d, distribution.Placing)
	d.Uploaded = 100
	f.ok(f.Place(f.ctx, d, distribution.Attempt{DeliveryID: d.ID, Number: 1, Started: f.moment}, distribution.Placement{AppName: d.AppName,
		TenantID: tenantOf(d.DeploymentID), RemoteID: "remote-" + d.AppID, Version: d.Version, MetaHash: d.MetaHash, SpaceName: "Landing"}))
}

// fail ends a delivery for a cause.
func (f *flight) fail(d distribution.Delivery, cause distribution.Cause) {
	f.Helper()
	d.Cause, d.Message = cause, fmt.Sprintf("it is %s", cause)
	f.move(d, distribution.Failed)
}
