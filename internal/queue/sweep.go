package queue

import (
	"context"
	"fmt"
)

// sweep gives back the jobs that a killed process was running, and its lease of the queue's leadership. Without it they
// would wait 15 minutes for their rescue, and retries 15 seconds for a new leader.
//
// It writes River's own tables, which is right only because one process owns the data folder (the store holds its lock):
// whatever is marked as running here cannot be running. It must not be called on a database with several nodes.
func (q *Queue) sweep(ctx context.Context) error {
	tx, err := q.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("take up interrupted jobs: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	for _, statement := range []string{
		`UPDATE river_job SET state = 'available' WHERE state = 'running'`,
		`DELETE FROM river_leader`,
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("take up interrupted jobs: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("take up interrupted jobs: %w", err)
	}
	return nil
}
