package store

import (
	"context"
	"time"
)

// sweepings are what is kept for a while only: each deletes at most a batch, so that others can write in between. What the
// status page shows as current stays, however old.
var sweepings = []string{
	`DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE NOT is_current AND finished > 0 AND finished < ? LIMIT ?)`,
	`DELETE FROM events WHERE id IN (SELECT id FROM events WHERE decided > 0 AND decided < ? LIMIT ?)`,
	`DELETE FROM former_apps WHERE id IN (SELECT f.id FROM former_apps f WHERE f.gone < ? AND NOT EXISTS (SELECT 1 FROM placements p WHERE p.app_id = f.id) LIMIT ?)`,
	`DELETE FROM audit WHERE seq IN (SELECT seq FROM audit WHERE at < ? LIMIT ?)`,
}

// Sweep deletes what has ended: sessions and drafts at once, finished deliveries, decided events, audit records and what is
// remembered of apps that no tenant holds any more after the time for which they are kept.
func (s *Store) Sweep(ctx context.Context, keep time.Duration) error {
	if err := s.SweepSessions(ctx); err != nil {
		return err
	}
	if err := s.SweepDrafts(ctx); err != nil {
		return err
	}
	for _, statement := range sweepings {
		if err := s.sweep(ctx, statement, keep); err != nil {
			return err
		}
	}
	if err := s.sweepImports(ctx); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error { return tx.sweepDecisions(ctx, tx.now.Add(-keep)) })
}

func (s *Store) sweep(ctx context.Context, statement string, keep time.Duration) error {
	for {
		var n int64
		err := s.write(ctx, func(tx *tx) (err error) {
			n, err = tx.exec(ctx, statement, micros(tx.now.Add(-keep)), batch)
			return err
		})
		if err != nil || n < batch {
			return err
		}
	}
}
