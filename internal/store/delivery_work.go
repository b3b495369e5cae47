package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
)

// LoadWork reads all that a run of a delivery needs, as of one moment; see distribution.Store.
func (s *Store) LoadWork(ctx context.Context, deliveryID string, ticket int64) (w distribution.Work, err error) {
	err = s.read(ctx, func(tx *tx) error {
		if w.Delivery, err = tx.held(ctx, deliveryID, ticket); err != nil {
			return err
		}
		if w.Attempt, err = tx.openAttempt(ctx, deliveryID); err != nil {
			return err
		}
		if w.App, err = tx.appIfThere(ctx, w.Delivery.AppID); err != nil {
			return err
		}
		if w.Deployment, err = s.deployment(ctx, tx, w.Delivery.DeploymentID); err != nil {
			return err
		}
		if w.Placement, err = tx.placement(ctx, w.Delivery.AppID, w.Deployment.TenantID); err != nil {
			return err
		}
		if err = tx.loadAccess(ctx, &w); err != nil {
			return err
		}
		if w.PausedAll, err = tx.pausedAll(ctx); err != nil {
			return err
		}
		if w.Imports, err = tx.importsOf(ctx, w.Deployment.TenantID); err != nil {
			return err
		}
		older, err := tx.older(ctx, w.Delivery)
		if err != nil {
			return err
		}
		w.Older = len(older) > 0
		if w.Strays, err = tx.strays(ctx, w.Delivery); err != nil {
			return err
		}
		return tx.row(ctx, `SELECT attempts FROM deliveries WHERE id = ?`, deliveryID).Scan(&w.Attempts)
	})
	return w, err
}

// Held gives a delivery that a run still holds; see distribution.Store.
func (s *Store) Held(ctx context.Context, deliveryID string, ticket int64) (d distribution.Delivery, err error) {
	err = s.read(ctx, func(tx *tx) error {
		d, err = tx.held(ctx, deliveryID, ticket)
		return err
	})
	return d, err
}

// strays finds the closed deliveries whose imported app may still be in the tenant: see distribution.Work.
func (tx *tx) strays(ctx context.Context, d distribution.Delivery) ([]distribution.Stray, error) {
	scan := func(row scanner) (s distribution.Stray, err error) {
		err = row.Scan(&s.DeliveryID, &s.RemoteID, &s.SentName, fromJSON(&s.Collections), moment(&s.Since))
		return s, err
	}
	return list(ctx, tx, scan, `SELECT id, intermediate, sent_name, collections, import_started FROM deliveries
		WHERE app_id = ? AND deployment_id = ? AND id <> ? AND finished <> 0 AND state <> 'distributed'
		AND (import_started <> 0 OR intermediate <> '')
		AND finished > COALESCE((SELECT MAX(finished) FROM deliveries WHERE app_id = ? AND deployment_id = ? AND state = 'distributed'), 0)
		ORDER BY created DESC LIMIT 20`, d.AppID, d.DeploymentID, d.ID, d.AppID, d.DeploymentID)
}

// storedJobs is what a queue may offer besides: the jobs that it holds and has not finished.
type storedJobs interface {
	Stored(ctx context.Context, tx *sql.Tx) (events map[string]bool, deliveries map[string]int64, err error)
}

// recoverAtOnce is how many open deliveries are looked through in one transaction.
const recoverAtOnce = 500

// RecoverDeliveries gives every undecided event and every open delivery that has no job a new one, at start. Rows and jobs
// are written together, so there should be none; this is for a queue whose tables were lost or emptied.
func (s *Store) RecoverDeliveries(ctx context.Context) error {
	for after, more := "", true; more; {
		err := s.write(ctx, func(tx *tx) error {
			events, deliveries, err := s.stored(ctx, tx)
			if err != nil {
				return err
			}
			if after == "" {
				if err := s.recoverEvents(ctx, tx, events); err != nil {
					return err
				}
			}
			after, more, err = s.recoverPage(ctx, tx, after, deliveries)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) stored(ctx context.Context, tx *tx) (map[string]bool, map[string]int64, error) {
	if q, ok := s.queue.(storedJobs); ok {
		return q.Stored(ctx, tx.Tx)
	}
	return nil, nil, nil
}

func (s *Store) recoverEvents(ctx context.Context, tx *tx, have map[string]bool) error {
	ids, err := list(ctx, tx, scanText, `SELECT id FROM events WHERE decided = 0 ORDER BY created`)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if have[id] {
			continue
		}
		if err := s.queue.Decide(ctx, tx.Tx, id); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) recoverPage(ctx context.Context, tx *tx, after string, have map[string]int64) (last string, more bool, err error) {
	open, err := list(ctx, tx, scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries d
		WHERE d.finished = 0 AND (d.state <> 'paused' OR d.cause IN ('name-taken', 'space-missing', 'no-space')) AND d.id > ? ORDER BY d.id LIMIT ?`, after, recoverAtOnce)
	if err != nil || len(open) == 0 {
		return after, false, err
	}
	for _, d := range open {
		if have[d.ID] == d.Ticket {
			continue
		}
		was := d
		d.Ticket++
		if err := tx.change(ctx, was, d, ""); err != nil {
			return after, false, err
		}
		if err := s.deliver(ctx, tx, d); err != nil {
			return after, false, err
		}
	}
	return open[len(open)-1].ID, len(open) == recoverAtOnce, nil
}

// isGone says whether an error means that a row is not there.
func isGone(err error) bool { return errors.Is(err, sql.ErrNoRows) || fault.Is(err, fault.NotFound) }

// appIfThere gives an app, nil when it was deleted from the site.
func (tx *tx) appIfThere(ctx context.Context, id string) (*site.App, error) {
	app, err := tx.app(ctx, id)
	if isGone(err) {
		return nil, nil //nolint:nilnil // nothing is an answer here
	}
	return &app, err
}
