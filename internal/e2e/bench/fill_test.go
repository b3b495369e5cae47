package bench

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	_ "github.com/mattn/go-sqlite3" // to see when all is decided

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
)

const apps = 10_000

// tenThousand is a data folder with 10,000 apps in 40 streams; each second app is published and has a delivery, which
// waits because distribution is paused. It is filled once, through the store.
func tenThousand(b *testing.B) string {
	b.Helper()
	folder := filepath.Join(parent, "ten-thousand")
	filled.Do(func() { fill(b, folder) })
	return folder
}

var (
	filled sync.Once
	parent string // a folder that outlives the benchmark that fills it; TestMain makes and removes it
)

// noQueue leaves the events for the console to find at its start.
type noQueue struct{}

func (noQueue) Decide(context.Context, *sql.Tx, string) error { return nil }

func (noQueue) Deliver(context.Context, *sql.Tx, string, string, int64, time.Time) error { return nil }

func fill(b *testing.B, folder string) {
	b.Helper()
	ctx := b.Context()
	s := openStore(b, folder)
	good(b, s.PauseAll(ctx, deployment.Pause{Since: time.Now(), Reason: "Filled for a measurement.", By: "bench"}))
	draft, private, err := deployment.NewDraft(s.SiteID(ctx), time.Now())
	good(b, err)
	good(b, s.CreateDraft(ctx, draft, private))
	_, err = s.CreateDeployment(ctx, deployment.Deployment{Name: "eu", Endpoint: "http://127.0.0.1:9", Audience: deployment.DefaultAudience, Auth: deployment.LocalBearer, Kind: deployment.Sandbox}, draft.ID)
	good(b, err)
	_, err = s.CreatePolicy(ctx, policy.Policy{Name: "All to eu", ResourceFilter: "App_*", Actions: policy.ActionDistribute, Conditions: `((subject.name="eu"))`})
	good(b, err)
	fillApps(b, s)
	good(b, s.Close())
	decideAll(b, folder)
}

func openStore(b *testing.B, folder string) *store.Store {
	b.Helper()
	good(b, os.MkdirAll(folder, 0o700))
	box, err := secret.Open(filepath.Join(folder, "secret.key"), true)
	good(b, err)
	s, err := store.Open(b.Context(), store.Options{Dir: folder, Box: box, Now: time.Now})
	good(b, err)
	s.UseQueue(noQueue{})
	return s
}

func fillApps(b *testing.B, s *store.Store) {
	b.Helper()
	ctx := b.Context()
	var streams []string
	for n := range 40 {
		id, err := s.CreateStream(ctx, site.Stream{Name: fmt.Sprintf("Stream %02d", n)})
		good(b, err)
		streams = append(streams, id)
	}
	for n := range apps {
		owner := fmt.Sprintf("owner%03d", n%300)
		app := site.App{
			ID: uuid.NewString(), Name: fmt.Sprintf("%s report %05d", []string{"Sales", "Finance", "Stock", "People"}[n%4], n),
			Owner: site.Owner{ID: owner, UserID: owner, Directory: "BENCH", Name: owner}, Size: int64(n) * 12_345, Generation: 1,
			SHA256: fmt.Sprintf("%064x", n), LastReload: time.Now().Add(-time.Duration(n) * time.Minute),
		}
		good(b, s.CreateApp(ctx, app))
		if n%2 == 0 {
			good(b, s.PublishApp(ctx, app.ID, streams[n%len(streams)], ""))
		}
	}
}

// decideAll lets a console decide what was published, until no event is left: a start with work to do is another figure.
func decideAll(b *testing.B, folder string) {
	b.Helper()
	p := serve(b, folder)
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(folder, "skyferry.db")+"?mode=ro&_busy_timeout=5000")
	good(b, err)
	defer db.Close()
	await(b, time.Second, "all decisions", func() bool {
		var open, deliveries int
		err := db.QueryRow(`SELECT (SELECT COUNT(*) FROM events WHERE decided = 0), (SELECT COUNT(*) FROM deliveries)`).Scan(&open, &deliveries)
		return err == nil && open == 0 && deliveries == apps/2
	})
	p.Stop()
}
