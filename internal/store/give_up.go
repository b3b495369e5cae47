package store

import (
	"context"

	"github.com/skyferry/skyferry/internal/distribution"
)

// giveUp ends a delivery that nobody wants any more: at once, or, when it may have made something in the tenant, as soon as a run has
// seen what (distribution/leave.go). It says whether it has ended. Who is at it goes on, and hears it; else a run comes at once.
func (s *Store) giveUp(ctx context.Context, tx *tx, was distribution.Delivery, cause distribution.Cause, why string) (ended bool, err error) {
	if !was.MayHaveMade() {
		return true, tx.closeDelivery(ctx, was.ID, distribution.Cancelled, cause, why)
	}
	if was.UnwantedCause == distribution.NotWanted {
		return false, nil // the first reason stays
	}
	if err := tx.unwanted(ctx, was.ID, cause, why); err != nil || was.Unwanted != "" || was.State.Working() {
		return false, err
	}
	return false, s.restart(ctx, tx, was, why)
}

// giveUpOrSpare ends what a decision finds that nobody wants any more, and lets go on what is wanted again.
func (s *Store) giveUpOrSpare(ctx context.Context, tx *tx, plan distribution.Plan) error {
	for _, c := range plan.Cancel {
		d, err := tx.delivery(ctx, c.DeliveryID)
		if err != nil {
			return err
		}
		if _, err := s.giveUp(ctx, tx, d, distribution.NotWanted, c.Why); err != nil {
			return err
		}
	}
	for _, id := range plan.Spare {
		if err := tx.unwanted(ctx, id, distribution.NoCause, ""); err != nil {
			return err
		}
	}
	return nil
}

// unwanted notes why nobody wants a delivery any more, or (empty) that it is wanted again.
func (tx *tx) unwanted(ctx context.Context, id string, cause distribution.Cause, why string) error {
	seq, err := tx.nextSeq(ctx)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `UPDATE deliveries SET unwanted = ?, unwanted_cause = ?, seq = ? WHERE id = ?`, why, cause, seq, id)
	return err
}
