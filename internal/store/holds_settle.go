package store

import (
	"context"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
)

// maxHolds bounds the list of what is held.
const maxHolds = 100

const selectHolds = `
	SELECT h.id, h.note, h.actor, h.created, h.deployment_id, COUNT(*), COALESCE(SUM(a.size), 0)
	FROM holds h JOIN deliveries d ON d.hold_id = h.id AND d.finished = 0 AND d.state = 'paused' AND d.cause = 'held'
	LEFT JOIN apps a ON a.id = d.app_id `

const groupHolds = ` GROUP BY h.id, h.note, h.actor, h.created, h.deployment_id ORDER BY h.created, h.id LIMIT ?`

// Holds gives what is held for review, the oldest first.
func (s *Store) Holds(ctx context.Context) (all []distribution.Hold, err error) {
	err = s.read(ctx, func(tx *tx) error {
		all, err = tx.holds(ctx, selectHolds+groupHolds, maxHolds)
		return err
	})
	return all, err
}

func (tx *tx) holds(ctx context.Context, query string, args ...any) ([]distribution.Hold, error) {
	refs, err := tx.refs(ctx)
	if err != nil {
		return nil, err
	}
	return list(ctx, tx, func(row scanner) (h distribution.Hold, err error) {
		var deploymentID string
		err = row.Scan(&h.ID, &h.Note, &h.Actor, moment(&h.Created), &deploymentID, &h.Apps, &h.Bytes)
		h.Deployment = refs[deploymentID].named(deploymentID)
		return h, err
	}, query, args...)
}

// Hold gives one hold; a fault.NotFound says that it is settled.
func (s *Store) Hold(ctx context.Context, id string) (h distribution.Hold, err error) {
	err = s.read(ctx, func(tx *tx) error {
		h, err = tx.hold1(ctx, id)
		return err
	})
	return h, err
}

func (tx *tx) hold1(ctx context.Context, id string) (distribution.Hold, error) {
	found, err := tx.holds(ctx, selectHolds+` WHERE h.id = ?`+groupHolds, id, 1)
	if err == nil && len(found) == 0 {
		return distribution.Hold{}, fault.New(fault.NotFound, "Nothing is held here any more: somebody has released or discarded it, or no policy wants it.")
	}
	if err != nil {
		return distribution.Hold{}, err
	}
	return found[0], nil
}

// ReleaseHold lets what a hold keeps go, and tells how many deliveries. A pause of the deployment, or of all, keeps them still.
func (s *Store) ReleaseHold(ctx context.Context, id string) (n int, err error) {
	return s.settle(ctx, id, "released", func(tx *tx, was distribution.Delivery, still *deployment.Pause, cause distribution.Cause) error {
		if still == nil {
			return s.restart(ctx, tx, was, "released by "+tx.actor.Name)
		}
		d := was
		d.Cause, d.Message = cause, still.Reason
		return tx.change(ctx, was, d, "")
	})
}

// DiscardHold cancels what a hold keeps, and tells how many deliveries.
func (s *Store) DiscardHold(ctx context.Context, id string) (n int, err error) {
	return s.settle(ctx, id, "discarded", func(tx *tx, was distribution.Delivery, _ *deployment.Pause, _ distribution.Cause) error {
		return tx.closeDelivery(ctx, was.ID, distribution.Cancelled, distribution.CancelledByAdmin, "discarded by "+tx.actor.Name)
	})
}

// settle ends a hold: do is called for each delivery, with the pause that holds its deployment.
func (s *Store) settle(ctx context.Context, id, action string, do func(*tx, distribution.Delivery, *deployment.Pause, distribution.Cause) error) (n int, err error) {
	err = s.write(ctx, func(tx *tx) error {
		h, err := tx.hold1(ctx, id)
		if err != nil {
			return err
		}
		still, cause, err := tx.pauseOf(ctx, h.Deployment.ID)
		if err != nil {
			return err
		}
		held, err := list(ctx, tx, scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries d
			WHERE d.hold_id = ? AND d.finished = 0 AND d.state = 'paused' AND d.cause = 'held' ORDER BY d.created, d.id`, id)
		if err != nil {
			return err
		}
		for _, was := range held {
			if err := do(tx, was, still, cause); err != nil {
				return err
			}
		}
		n = len(held)
		return tx.record(ctx, account.Record{Action: action, ObjectKind: "deployment", ObjectID: h.Deployment.ID, ObjectName: h.Deployment.Name,
			Changes: []account.Change{{Field: "Held apps", Before: countText(int64(n))}, {Field: "Cause", Before: h.Note}}})
	})
	return n, err
}
