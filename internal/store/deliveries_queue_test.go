package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/queue"
	"github.com/skyferry/skyferry/internal/site"
)

// An app that is published comes to its run through the real queue, with its job in the transaction of its event; and
// what has a job gets no second one at the next start.
func TestPublishedAppRunsThroughTheQueue(t *testing.T) {
	f := newFlight(t, openOnSQLite)
	ran := make(chan distribution.Work, 1)
	q, err := queue.New(f.Writer(), queue.Options{})
	f.ok(err)
	q.Handle(queue.Handlers{
		Decide: func(ctx context.Context, id string) (bool, error) { return f.DecideEvent(ctx, id, sendTo(f.eu)) },
		Deliver: func(ctx context.Context, id string, ticket int64) (*time.Duration, error) {
			w, err := f.LoadWork(ctx, id, ticket)
			if errors.Is(err, distribution.ErrLost) {
				return nil, nil
			}
			ran <- w
			return nil, err
		},
	})
	f.ok(q.Migrate(f.ctx))
	f.UseQueue(q)
	app := uuid.NewString()
	f.ok(f.CreateApp(f.ctx, site.App{ID: app, Name: "Sales"}))
	f.ok(f.PublishApp(f.ctx, app, f.stream, ""))
	var before, after int
	f.ok(f.Writer().QueryRow(`SELECT COUNT(*) FROM river_job`).Scan(&before))
	f.ok(f.RecoverDeliveries(f.ctx))
	f.ok(f.Writer().QueryRow(`SELECT COUNT(*) FROM river_job`).Scan(&after))
	if before != 1 || after != before {
		t.Errorf("%d jobs before, %d after recovery", before, after)
	}
	f.ok(q.AddDeployment(f.eu))
	f.ok(q.Start(f.ctx))
	defer func() { f.ok(q.Stop(context.Background())) }()
	select {
	case w := <-ran:
		if w.Delivery.AppID != app || w.App == nil || w.Deployment.ID != f.eu {
			t.Errorf("work: %+v", w)
		}
	case <-time.After(20 * time.Second):
		t.Error("the app was never sent")
	}
}
