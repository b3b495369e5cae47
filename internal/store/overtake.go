package store

import (
	"context"
	"time"

	"github.com/skyferry/skyferry/internal/distribution"
)

// older gives the open deliveries of the same app and deployment that were decided before, the oldest first.
func (tx *tx) older(ctx context.Context, d distribution.Delivery) ([]distribution.Delivery, error) {
	return list(ctx, tx, scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries d
		WHERE d.app_id = ? AND d.deployment_id = ? AND d.finished = 0 AND d.id <> ? AND (d.created, d.id) < (?, ?) ORDER BY d.created, d.id`,
		d.AppID, d.DeploymentID, d.ID, micros(d.Created), d.ID)
}

// Overtake closes the older deliveries that a run need not wait for; see distribution.Store.
func (s *Store) Overtake(ctx context.Context, d distribution.Delivery, settled time.Time) (blocked bool, err error) {
	err = s.write(ctx, func(tx *tx) error {
		d, err := tx.held(ctx, d.ID, d.Ticket)
		if err != nil {
			return err
		}
		older, err := tx.older(ctx, d)
		for _, o := range older {
			if !o.MayBeOvertaken(settled) {
				blocked = true
				continue
			}
			if err := tx.closeDelivery(ctx, o.ID, distribution.Superseded, distribution.NoCause, "overtaken by something newer"); err != nil {
				return err
			}
			d.Overdue = d.Overdue || o.InVain()
		}
		if err == nil {
			_, err = tx.exec(ctx, `UPDATE deliveries SET overdue = ? WHERE id = ?`, d.Overdue, d.ID)
		}
		return err
	})
	return blocked, err
}

// wakeOlder lets what a delivery waits for be looked at again at once, and tells how many that are.
func (s *Store) wakeOlder(ctx context.Context, tx *tx, d distribution.Delivery, held bool) (n int, err error) {
	older, err := tx.older(ctx, d)
	for _, o := range older {
		if !mayRetry(o, held) {
			continue
		}
		if err := s.restart(ctx, tx, o, "looked at again by "+tx.actor.Name); err != nil {
			return 0, err
		}
		n++
	}
	return n, err
}
