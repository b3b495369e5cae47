package store

import (
	"context"
	"slices"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
)

const shownVersions = 20

// StatusRow gives the line of one app in one deployment.
func (s *Store) StatusRow(ctx context.Context, appID, deploymentID string) (row distribution.StatusRow, err error) {
	err = s.read(ctx, func(tx *tx) error {
		row, err = tx.statusRow(ctx, appID, deploymentID)
		return err
	})
	return row, err
}

func (tx *tx) statusRow(ctx context.Context, appID, deploymentID string) (distribution.StatusRow, error) {
	none := distribution.StatusRow{}
	refs, err := tx.refs(ctx)
	if err != nil {
		return none, err
	}
	picks, err := list(ctx, tx, scanPick, `SELECT d.changed, d.id FROM deliveries d WHERE d.is_current AND d.app_id = ? AND d.deployment_id = ?`, appID, deploymentID)
	if err != nil {
		return none, err
	}
	if len(picks) == 0 {
		picks, err = list(ctx, tx, scanLone, `SELECT p.refreshed, '', p.app_id, p.tenant_id FROM placements p
			WHERE p.orphan AND p.app_id = ? AND p.deployment_id = ? ORDER BY p.refreshed DESC LIMIT 1`, appID, deploymentID)
		if err != nil {
			return none, err
		}
	}
	rows, err := tx.statusRows(ctx, picks, refs)
	if err != nil {
		return none, err
	}
	if len(rows) == 0 {
		return none, fault.New(fault.NotFound, "Nothing of this app is in this deployment or on its way there.")
	}
	return rows[0], nil
}

// StatusDetail gives everything about one line. Attempts and transitions are those of the current delivery, newest first.
func (s *Store) StatusDetail(ctx context.Context, appID, deploymentID string) (d distribution.Detail, err error) {
	err = s.read(ctx, func(tx *tx) error {
		if d.Row, err = tx.statusRow(ctx, appID, deploymentID); err != nil {
			return err
		}
		if p := d.Row.Placement; p != nil {
			if d.Release, err = tx.accessRelease(ctx, p.AppID, p.TenantID); err != nil {
				return err
			}
		}
		id := d.Row.Delivery.ID
		if d.Attempts, err = tx.attempts(ctx, id); err != nil {
			return err
		}
		if d.Transitions, err = tx.transitions(ctx, id); err != nil {
			return err
		}
		d.Versions, err = list(ctx, tx, scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries d
			WHERE d.app_id = ? AND d.deployment_id = ? AND d.id <> ? ORDER BY d.created DESC, d.id DESC LIMIT ?`, appID, deploymentID, id, shownVersions)
		if err != nil {
			return err
		}
		err = tx.row(ctx, `SELECT note FROM events WHERE id = ?`, d.Row.Delivery.EventID).Scan(&d.EventNote)
		if isGone(err) {
			return nil
		}
		return err
	})
	return d, err
}

// StatusSince gives the lines that changed after a number, at most 200, and the number to ask with next. Number -1 gives
// the newest number only. Who wants all asks again after a full answer. Where one change of configuration touches more lines
// at once than an answer holds, so that all have one number, the rest is left out.
func (s *Store) StatusSince(ctx context.Context, seq int64) (rows []distribution.StatusRow, next int64, err error) {
	err = s.read(ctx, func(tx *tx) error {
		if err := tx.row(ctx, `SELECT value FROM change_counter WHERE name = 'status'`).Scan(&next); err != nil || seq < 0 || seq >= next {
			return err
		}
		picks, err := tx.changedSince(ctx, seq)
		if err != nil {
			return err
		}
		if len(picks) == maxPageSize {
			next, _ = picks[maxPageSize-1].key.(int64)
		}
		refs, err := tx.refs(ctx)
		if err != nil {
			return err
		}
		rows, err = tx.statusRows(ctx, picks, refs)
		return err
	})
	return rows, next, err
}

func (tx *tx) changedSince(ctx context.Context, seq int64) ([]pick, error) {
	picks, err := list(ctx, tx, scanPick, `SELECT d.seq, d.id FROM deliveries d WHERE d.is_current AND d.seq > ? ORDER BY d.seq LIMIT ?`, seq, maxPageSize)
	if err != nil {
		return nil, err
	}
	lone, err := list(ctx, tx, scanLone, `SELECT p.seq, '', p.app_id, p.tenant_id FROM placements p WHERE p.orphan AND p.seq > ? ORDER BY p.seq LIMIT ?`, seq, maxPageSize)
	if err != nil {
		return nil, err
	}
	picks = append(picks, lone...)
	slices.SortFunc(picks, func(a, b pick) int { return compareKeys(a.key, b.key) })
	return picks[:min(len(picks), maxPageSize)], nil
}
