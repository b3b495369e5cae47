package queue

import (
	"context"
	"database/sql"
	"fmt"
)

// Stored gives the jobs that are not finished: the events that have one, and for each delivery the newest ticket that has
// one. It reads River's table by hand, since River lists jobs in pages only; like sweep, it has its own test.
func (q *Queue) Stored(ctx context.Context, tx *sql.Tx) (events map[string]bool, deliveries map[string]int64, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT COALESCE(json_extract(args, '$.eventId'), ''), COALESCE(json_extract(args, '$.deliveryId'), ''),
		COALESCE(json_extract(args, '$.ticket'), 0) FROM river_job WHERE state NOT IN ('completed', 'cancelled', 'discarded')`)
	if err != nil {
		return nil, nil, fmt.Errorf("list the stored jobs: %w", err)
	}
	defer func() { _ = rows.Close() }()
	events, deliveries = map[string]bool{}, map[string]int64{}
	for rows.Next() {
		var event, delivery string
		var ticket int64
		if err := rows.Scan(&event, &delivery, &ticket); err != nil {
			return nil, nil, fmt.Errorf("list the stored jobs: %w", err)
		}
		if event != "" {
			events[event] = true
		}
		if delivery != "" {
			deliveries[delivery] = max(deliveries[delivery], ticket)
		}
	}
	return events, deliveries, rows.Err()
}
