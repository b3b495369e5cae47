package store

import (
	"context"
	"fmt"
	"time"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
)

// Retry sends deliveries again that failed, are paused or wait for their next try, and tells how many. An older one that a
// delivery waits for is looked at again with it. Retry passes over those that are not the current ones, whose deployment is
// disabled or deleted, that a pause holds, or that wait for a release. What is only looked up, it lets a disabled deployment look up
// again.
func (s *Store) Retry(ctx context.Context, deliveryIDs []string) (n int, err error) {
	err = s.write(ctx, func(tx *tx) error {
		n, err = s.retry(ctx, tx, deliveryIDs)
		return err
	})
	return n, err
}

// RetryCause does the same for all deliveries of a deployment that have the same cause, and for those that wait behind an older
// one that has it: Retry all n.
func (s *Store) RetryCause(ctx context.Context, deploymentID string, c distribution.Cause) (n int, err error) {
	err = s.write(ctx, func(tx *tx) error {
		ids, err := list(ctx, tx, scanText, `SELECT d.id FROM deliveries d WHERE d.is_current AND d.deployment_id = ?
			AND (d.shown IN ('failed', 'paused', 'retrying') AND d.cause = ?
				OR d.shown = 'waiting' AND EXISTS (SELECT 1 FROM deliveries o WHERE o.app_id = d.app_id AND o.deployment_id = d.deployment_id
					AND o.finished = 0 AND NOT o.is_current AND o.cause = ?))
			ORDER BY d.changed, d.id`, deploymentID, c, c)
		if err != nil {
			return err
		}
		n, err = s.retry(ctx, tx, ids)
		return err
	})
	return n, err
}

func (s *Store) retry(ctx context.Context, tx *tx, ids []string) (n int, err error) {
	all, err := tx.pausedAll(ctx)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		done, err := s.retryOne(ctx, tx, id, all)
		if err != nil {
			return 0, err
		}
		if done {
			n++
		}
	}
	return n, nil
}

func (s *Store) retryOne(ctx context.Context, tx *tx, id string, all *deployment.Pause) (bool, error) {
	var current, disabled bool
	var name string
	var since int64
	err := tx.row(ctx, `SELECT d.is_current, dep.name, dep.disabled AND d.unwanted = '', dep.pause_since FROM deliveries d
		JOIN deployments dep ON dep.id = d.deployment_id WHERE d.id = ?`, id).Scan(&current, &name, &disabled, &since)
	if isGone(err) || err == nil && (!current || disabled) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	was, err := tx.delivery(ctx, id)
	if err != nil {
		return false, err
	}
	held := all != nil || since != 0
	woken, err := s.wakeOlder(ctx, tx, was, held)
	if err != nil {
		return false, err
	}
	if mayRetry(was, held) {
		err = s.restart(ctx, tx, was, "sent again by "+tx.actor.Name)
	} else if woken == 0 {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, tx.recordDelivery(ctx, "retried", was, name)
}

func mayRetry(d distribution.Delivery, held bool) bool {
	switch d.State {
	case distribution.Failed, distribution.Retrying:
		return true
	case distribution.Paused:
		return !held && d.Cause != distribution.HeldForReview && d.Cause != distribution.AccessHeld
	default:
		return false
	}
}

// restart lets a delivery wait for a run, with a new ticket and its job. How far it came stays: an import whose outcome is
// not known must be looked up by the next run.
func (s *Store) restart(ctx context.Context, tx *tx, was distribution.Delivery, note string) error {
	d := was
	d.State, d.Tries, d.NextTry, d.Finished = distribution.Waiting, 0, time.Time{}, time.Time{}
	d.Cause, d.Message, d.Status, d.TraceID = distribution.NoCause, "", 0, ""
	d.Ticket++
	if err := tx.change(ctx, was, d, note); err != nil {
		return err
	}
	if err := tx.endAttempts(ctx, d.ID, note); err != nil {
		return err
	}
	if was.Cause == distribution.DaySpent {
		if err := tx.askAgain(ctx, d.DeploymentID); err != nil {
			return err
		}
	}
	return s.deliver(ctx, tx, d)
}

// Cancel gives up open deliveries, and with each the older ones of the same app that it waits for. It tells how many have ended, and
// how many end when it is known what their import made. A run that is under way stops before its next step.
func (s *Store) Cancel(ctx context.Context, deliveryIDs []string) (ended, looked int, err error) {
	err = s.write(ctx, func(tx *tx) error {
		ended, looked = 0, 0
		for _, id := range deliveryIDs {
			d, err := tx.delivery(ctx, id)
			if isGone(err) || err == nil && (!d.State.Open() || d.Unwanted != "") {
				continue
			}
			if err != nil {
				return err
			}
			all, err := s.cancel(ctx, tx, d)
			switch {
			case err != nil:
				return err
			case all:
				ended++
			default:
				looked++
			}
		}
		return nil
	})
	return ended, looked, err
}

// cancel gives up a delivery and what it waits for, and says whether all of that has ended.
func (s *Store) cancel(ctx context.Context, tx *tx, d distribution.Delivery) (ended bool, err error) {
	open, err := tx.older(ctx, d)
	if err != nil {
		return false, err
	}
	ended = true
	for _, was := range append(open, d) {
		if was.Unwanted != "" {
			ended = false
			continue
		}
		now, err := s.giveUp(ctx, tx, was, distribution.CancelledByAdmin, "cancelled by "+tx.actor.Name)
		if err != nil {
			return false, err
		}
		if err := tx.recordDelivery(ctx, "cancelled", was, ""); err != nil {
			return false, err
		}
		ended = ended && now
	}
	return ended, nil
}

func (tx *tx) recordDelivery(ctx context.Context, action string, d distribution.Delivery, deploymentName string) error {
	if deploymentName == "" {
		refs, err := tx.refs(ctx)
		if err != nil {
			return err
		}
		deploymentName = refs[d.DeploymentID].Name
	}
	return tx.record(ctx, account.Record{Action: action, ObjectKind: "delivery", ObjectID: d.ID,
		ObjectName: fmt.Sprintf("%s to %s", d.AppName, deploymentName),
		Changes:    []account.Change{{Field: "State", Before: string(d.State)}}})
}
