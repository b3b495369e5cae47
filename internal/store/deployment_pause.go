package store

import (
	"context"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
)

// PauseDeployment pauses a deployment. Waiting and retrying deliveries are paused at once, running ones at their next
// slice. One that is paused already keeps its pause, so that a cause that many runs find is told once.
func (s *Store) PauseDeployment(ctx context.Context, id string, p deployment.Pause) error {
	return s.write(ctx, func(tx *tx) error { return tx.pauseDeployment(ctx, id, p) })
}

// SavePaused saves a paused delivery and pauses its deployment; see distribution.Store. The delivery goes first: the pause
// takes the ticket from those that wait.
func (s *Store) SavePaused(ctx context.Context, d distribution.Delivery, a distribution.Attempt, p deployment.Pause) error {
	return s.write(ctx, func(tx *tx) error {
		if err := s.save(ctx, tx, d, a); err != nil {
			return err
		}
		return tx.pauseDeployment(ctx, d.DeploymentID, p)
	})
}

func (tx *tx) pauseDeployment(ctx context.Context, id string, p deployment.Pause) error {
	h, err := tx.head(ctx, id)
	if err != nil || h.pause != nil {
		return err
	}
	p = tx.complete(p)
	if err := tx.setPause(ctx, id, p); err != nil {
		return err
	}
	if err := tx.hold(ctx, id, pauseCause(p), p.Reason); err != nil {
		return err
	}
	return tx.recordDeployment(ctx, h, "paused", account.Change{Field: "Pause", After: p.Reason})
}

// ResumeDeployment ends the pause of a deployment. What the pause of all distribution holds as well goes on waiting.
func (s *Store) ResumeDeployment(ctx context.Context, id string) error {
	return s.resume(ctx, id, func(deployment.Pause) bool { return true })
}

// EndPause is ResumeDeployment for a pause that the console made by itself for a cause; another one stays.
func (s *Store) EndPause(ctx context.Context, id string, cause distribution.Cause) error {
	return s.resume(ctx, id, func(p deployment.Pause) bool { return p.Cause == string(cause) })
}

func (s *Store) resume(ctx context.Context, id string, ends func(deployment.Pause) bool) error {
	return s.write(ctx, func(tx *tx) error {
		h, err := tx.head(ctx, id)
		if err != nil || h.pause == nil || !ends(*h.pause) {
			return err
		}
		if err := tx.setPause(ctx, id, deployment.Pause{}); err != nil {
			return err
		}
		if err := s.release(ctx, tx, id); err != nil {
			return err
		}
		return tx.recordDeployment(ctx, h, "resumed", account.Change{Field: "Pause", Before: h.pause.Reason})
	})
}

// PauseAll pauses all distribution.
func (s *Store) PauseAll(ctx context.Context, p deployment.Pause) error {
	return s.write(ctx, func(tx *tx) error {
		if already, err := tx.adminPause(ctx); err != nil || already != nil {
			return err
		}
		p = tx.complete(p)
		if err := tx.setSetting(ctx, pausedAllKey, asJSON(p)); err != nil {
			return err
		}
		if err := tx.hold(ctx, "", distribution.PausedAllByAdmin, p.Reason); err != nil {
			return err
		}
		return tx.recordAll(ctx, "paused", account.Change{Field: "Pause", After: p.Reason})
	})
}

// ResumeAll ends the pause of all distribution. What the pause of its own deployment holds stays paused.
func (s *Store) ResumeAll(ctx context.Context) error {
	return s.write(ctx, func(tx *tx) error {
		all, err := tx.adminPause(ctx)
		if err != nil || all == nil {
			return err
		}
		if err := tx.setSetting(ctx, pausedAllKey, ""); err != nil {
			return err
		}
		if err := s.releaseAll(ctx, tx); err != nil {
			return err
		}
		return tx.recordAll(ctx, "resumed", account.Change{Field: "Pause", Before: all.Reason})
	})
}

// releaseAll releases the deliveries of all deployments, as far as no other pause holds them still.
func (s *Store) releaseAll(ctx context.Context, tx *tx) error {
	ids, err := list(ctx, tx, scanText, `SELECT id FROM deployments ORDER BY id`)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.release(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

func (tx *tx) recordAll(ctx context.Context, action string, change account.Change) error {
	return tx.record(ctx, account.Record{Action: action, ObjectKind: "console", ObjectName: "all distribution", Changes: []account.Change{change}})
}

// complete fills in since when and by whom.
func (tx *tx) complete(p deployment.Pause) deployment.Pause {
	p.Since = orNow(p.Since, tx)
	if p.By == "" {
		p.By = tx.actor.Name
	}
	return p
}

// setPause writes a deployment's pause, or none. The version stays: a pause must not make somebody's form stale.
func (tx *tx) setPause(ctx context.Context, id string, p deployment.Pause) error {
	_, err := tx.exec(ctx, `UPDATE deployments SET pause_since = ?, pause_reason = ?, pause_by = ?, pause_cause = ? WHERE id = ?`,
		micros(p.Since), p.Reason, p.By, p.Cause, id)
	return err
}

// pauseCause is why a delivery waits that the pause of its deployment holds.
func pauseCause(p deployment.Pause) distribution.Cause {
	if p.Cause != "" {
		return distribution.Cause(p.Cause)
	}
	return distribution.PausedByAdmin
}

// pauseOf gives what holds a deployment, nil when nothing does, and why its deliveries wait: the pause of all, that the site is only
// observed, or its own pause.
func (tx *tx) pauseOf(ctx context.Context, id string) (*deployment.Pause, distribution.Cause, error) {
	all, err := tx.pausedAll(ctx)
	switch {
	case err != nil:
		return nil, distribution.NoCause, err
	case all.Observing():
		return all, distribution.ObserveOnly, nil
	case all != nil:
		return all, distribution.PausedAllByAdmin, nil
	}
	h, err := tx.head(ctx, id)
	if err != nil || h.pause == nil {
		return nil, distribution.NoCause, err
	}
	return h.pause, pauseCause(*h.pause), nil
}

// hold pauses what waits or retries, of one deployment or (id empty) of all.
func (tx *tx) hold(ctx context.Context, deploymentID string, cause distribution.Cause, reason string) error {
	waiting, err := list(ctx, tx, scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries d
		WHERE d.finished = 0 AND d.state IN ('waiting', 'retrying') AND (? = '' OR d.deployment_id = ?)`, deploymentID, deploymentID)
	if err != nil {
		return err
	}
	for _, was := range waiting {
		d := was
		d.State, d.Cause, d.Message = distribution.Paused, cause, reason
		d.Ticket++
		if err := tx.change(ctx, was, d, reason); err != nil {
			return err
		}
	}
	return nil
}

// release lets the paused deliveries of a deployment go on, or tells them which other pause holds them still: what waits for
// something else keeps its reason, and with it what somebody can do about it. What is held for review stays so.
func (s *Store) release(ctx context.Context, tx *tx, deploymentID string) error {
	still, cause, err := tx.pauseOf(ctx, deploymentID)
	if err != nil {
		return err
	}
	paused, err := list(ctx, tx, scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries d
		WHERE d.finished = 0 AND d.state = 'paused' AND d.cause <> 'held' AND d.deployment_id = ? ORDER BY d.created, d.id`, deploymentID)
	if err != nil {
		return err
	}
	for _, was := range paused {
		if still == nil {
			if err := s.restart(ctx, tx, was, "resumed by "+tx.actor.Name); err != nil {
				return err
			}
			continue
		}
		if !was.Cause.OfPause() {
			continue
		}
		d := was
		d.Cause, d.Message = cause, still.Reason
		if err := tx.change(ctx, was, d, ""); err != nil {
			return err
		}
	}
	return nil
}
