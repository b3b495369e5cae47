package store

import (
	"context"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
)

const observing = "Observe only: everything is decided and shown, nothing is sent."

// observe begins or ends that the site is only observed. It works as a pause of all distribution does, and beside one.
func (s *Store) observe(ctx context.Context, tx *tx, before, now bool) error {
	if before == now {
		return nil
	}
	since := int64(0)
	if now {
		since = micros(tx.now)
	}
	if _, err := tx.exec(ctx, `UPDATE site_connection SET observe_since = ?, observe_by = ?`, since, tx.actor.Name); err != nil {
		return err
	}
	if !now {
		return s.releaseAll(ctx, tx)
	}
	if paused, err := tx.adminPause(ctx); err != nil || paused != nil {
		return err // what it holds, it holds still
	}
	return tx.hold(ctx, "", distribution.ObserveOnly, observing)
}

// observed gives the pause that stands for observing only, nil when there is none.
func (tx *tx) observed(ctx context.Context) (*deployment.Pause, error) {
	p := deployment.Pause{Reason: observing, Cause: string(distribution.ObserveOnly)}
	err := tx.row(ctx, `SELECT observe_since, observe_by FROM site_connection WHERE observe_since > 0`).Scan(moment(&p.Since), &p.By)
	if isGone(err) {
		return nil, nil //nolint:nilnil // nothing is an answer here
	}
	return &p, err
}
