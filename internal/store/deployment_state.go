package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
)

const pausedAllKey = "paused_all"

// Consequences counts what a change of a deployment touches, for the question before it.
type Consequences struct {
	Running  int // deliveries that a worker is at
	Waiting  int // open deliveries that wait, retry or are paused
	InTenant int // apps in the tenant that are kept up to date
	Left     int // apps that are left in the tenant already
}

// Consequences counts what pausing, disabling or deleting a deployment would touch.
func (s *Store) Consequences(ctx context.Context, deploymentID string) (c Consequences, err error) {
	err = s.read(ctx, func(tx *tx) error {
		err := tx.row(ctx, `SELECT COALESCE(SUM(CASE WHEN state IN ('exporting', 'uploading', 'importing', 'placing') THEN 1 ELSE 0 END), 0), COUNT(*)
			FROM deliveries WHERE deployment_id = ? AND finished = 0`, deploymentID).Scan(&c.Running, &c.Waiting)
		if err != nil {
			return err
		}
		c.Waiting -= c.Running
		return tx.row(ctx, `SELECT COALESCE(SUM(CASE WHEN left_at = 0 THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN left_at = 0 THEN 0 ELSE 1 END), 0)
			FROM placements WHERE tenant_id = (SELECT tenant_id FROM deployments WHERE id = ? AND tenant_id <> '')`,
			deploymentID).Scan(&c.InTenant, &c.Left)
	})
	return c, err
}

// deploymentHead is what the changes below need of a deployment.
type deploymentHead struct {
	id, name, kind, endpoint, tenantID string
	disabled                           bool
	pause                              *deployment.Pause
}

func (tx *tx) head(ctx context.Context, id string) (deploymentHead, error) {
	h := deploymentHead{id: id}
	var p deployment.Pause
	err := tx.row(ctx, `SELECT name, kind, endpoint, tenant_id, disabled, pause_since, pause_reason, pause_by, pause_cause
		FROM deployments WHERE id = ?`, id).
		Scan(&h.name, &h.kind, &h.endpoint, &h.tenantID, &h.disabled, moment(&p.Since), &p.Reason, &p.By, &p.Cause)
	if !p.Since.IsZero() {
		h.pause = &p
	}
	return h, missing(err, "This deployment is not there any more. Somebody has deleted it.")
}

func (tx *tx) recordDeployment(ctx context.Context, h deploymentHead, action string, changes ...account.Change) error {
	return tx.record(ctx, account.Record{Action: action, ObjectKind: "deployment", ObjectID: h.id, ObjectName: h.name, Changes: changes})
}

// DeleteDeployment deletes a deployment with its keys. Its open deliveries are cancelled; what is in its tenant stays
// there and is shown as left. Policies that name it stay as they are.
func (s *Store) DeleteDeployment(ctx context.Context, id string) error {
	return s.write(ctx, func(tx *tx) error {
		h, err := tx.head(ctx, id)
		if err != nil {
			return err
		}
		if err := tx.standDown(ctx, h, fmt.Sprintf("deployment %q was deleted", h.name)); err != nil {
			return err
		}
		if err := tx.forget(ctx, h); err != nil {
			return err
		}
		if err := tx.showTenant(ctx, h.tenantID); err != nil {
			return err
		}
		return tx.recordDeployment(ctx, h, "deleted", account.Change{Field: "API endpoint", Before: h.endpoint})
	})
}

// forget takes a deployment's row away, but keeps its name for what it leaves behind.
func (tx *tx) forget(ctx context.Context, h deploymentHead) error {
	_, err := tx.exec(ctx, `INSERT INTO former_deployments (id, name, kind, endpoint, deleted) VALUES (?, ?, ?, ?, ?)`,
		h.id, h.name, h.kind, h.endpoint, micros(tx.now))
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, `UPDATE deliveries SET is_current = FALSE WHERE deployment_id = ? AND is_current`, h.id); err != nil {
		return err
	}
	_, err = tx.exec(ctx, `DELETE FROM deployments WHERE id = ?`, h.id)
	return err
}

// SetDeploymentDisabled disables a deployment, with the same consequences as deleting it, or enables it again, which
// decides all apps anew.
func (s *Store) SetDeploymentDisabled(ctx context.Context, id string, disabled bool) error {
	return s.write(ctx, func(tx *tx) error {
		h, err := tx.head(ctx, id)
		if err != nil || h.disabled == disabled {
			return err
		}
		if _, err := tx.exec(ctx, `UPDATE deployments SET disabled = ?, version = version + 1, modified = ?, modified_by = ? WHERE id = ?`,
			disabled, micros(tx.now), tx.actor.Name, id); err != nil {
			return err
		}
		change := account.Change{Field: "Disabled", Before: yesNo(h.disabled), After: yesNo(disabled)}
		if disabled {
			if err := tx.standDown(ctx, h, fmt.Sprintf("deployment %q was disabled", h.name)); err != nil {
				return err
			}
			return tx.recordDeployment(ctx, h, "disabled", change)
		}
		if err := tx.recordDeployment(ctx, h, "enabled", change); err != nil {
			return err
		}
		return s.emit(ctx, tx, distribution.Event{Kind: distribution.DeploymentChanged, Note: fmt.Sprintf("deployment %q enabled", h.name)})
	})
}

// standDown ends all that a deployment has under way, and leaves in the tenant what is there.
func (tx *tx) standDown(ctx context.Context, h deploymentHead, why string) error {
	open, err := list(ctx, tx, scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries d
		WHERE d.deployment_id = ? AND (d.finished = 0 OR d.is_current AND d.state = 'failed')`, h.id)
	if err != nil {
		return err
	}
	for _, d := range open {
		end := distribution.Cancelled
		if d.State == distribution.Failed {
			end = distribution.Superseded // nothing is left to do about it
		}
		if err := tx.closeDelivery(ctx, d.ID, end, distribution.NotWanted, why); err != nil {
			return err
		}
	}
	return tx.leaveTenant(ctx, h.id, h.tenantID, why)
}

// leaveTenant marks all that a deployment placed as left: the deployment goes away, or its address became another tenant.
func (tx *tx) leaveTenant(ctx context.Context, deploymentID, tenantID, why string) error {
	_, err := tx.exec(ctx, `UPDATE placements SET left_at = ?, left_why = ? WHERE left_at = 0 AND (tenant_id = ? OR deployment_id = ?)`,
		micros(tx.now), why, tenantID, deploymentID)
	if err != nil {
		return err
	}
	return tx.showTenant(ctx, tenantID)
}

// PausedAll gives what holds all distribution, nil when nothing does: the pause that somebody made, else that the site is only
// observed (deployment.Pause.Observing).
func (s *Store) PausedAll(ctx context.Context) (p *deployment.Pause, err error) {
	err = s.read(ctx, func(tx *tx) error {
		p, err = tx.pausedAll(ctx)
		return err
	})
	return p, err
}

func (tx *tx) pausedAll(ctx context.Context) (*deployment.Pause, error) {
	p, err := tx.adminPause(ctx)
	if err != nil || p != nil {
		return p, err
	}
	return tx.observed(ctx)
}

// adminPause gives the pause that somebody made, nil when there is none.
func (tx *tx) adminPause(ctx context.Context) (*deployment.Pause, error) {
	text, err := tx.setting(ctx, pausedAllKey)
	if err != nil || text == "" {
		return nil, err
	}
	var p deployment.Pause
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return nil, fmt.Errorf("read the pause of all distribution: %w", err)
	}
	return &p, nil
}
