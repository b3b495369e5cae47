package queue_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/queue"
)

// TestAStopDoesNotWaitForAJobThatAddsADeployment: River keeps its set of queues locked while it stops.
func TestAStopDoesNotWaitForAJobThatAddsADeployment(t *testing.T) {
	db := openDB(t, filepath.Join(t.TempDir(), "q.db"))
	began, added := make(chan string, 1), 0
	var q *queue.Queue
	q = newQueue(t, db, queue.Handlers{
		Decide: func(context.Context, string) (bool, error) {
			began <- "the decision"
			for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); added++ {
				id := fmt.Sprint("d", added%3)
				if err := q.AddDeployment(id); err != nil {
					return false, err
				}
				if err := q.RemoveDeployment(context.Background(), id); err != nil {
					return false, err
				}
			}
			return false, nil
		},
		Deliver: func(context.Context, string, int64) (*time.Duration, error) { return nil, nil },
	})
	start(t, q)
	within(t, db, true, func(tx *sql.Tx) error { return q.Decide(t.Context(), tx, "e") })
	next(t, began)
	stopped := time.Now()
	if err := q.Stop(context.Background()); err != nil {
		t.Error(err)
	}
	if took := time.Since(stopped); took > 5*time.Second || added == 0 {
		t.Errorf("the stop took %v, %d were added", took, added)
	}
}
