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
	// Begun names the apps of which it is not known yet what they have made in the tenant, and by what they are found there; see
	// distribution.Delivery.Traces.
	Begun []string
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
		if c.Begun, err = s.begun(ctx, tx, deploymentID); err != nil {
			return err
		}
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

// DeleteDeployment deletes a deployment with its keys. Its open deliveries are cancelled, and since nobody can look any more what they
// have made, the record says it; what is in its tenant stays there and is shown as left. Policies that name it stay as they are.
func (s *Store) DeleteDeployment(ctx context.Context, id string) error {
	return s.write(ctx, func(tx *tx) error {
		h, err := tx.head(ctx, id)
		if err != nil {
			return err
		}
		lost, err := s.breakOff(ctx, tx, h, fmt.Sprintf("deployment %q was deleted", h.name))
		if err != nil {
			return err
		}
		if err := tx.forget(ctx, h); err != nil {
			return err
		}
		if err := tx.showTenant(ctx, h.tenantID); err != nil {
			return err
		}
		return tx.recordDeployment(ctx, h, "deleted", append(lost, account.Change{Field: "API endpoint", Before: h.endpoint})...)
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

// SetDeploymentDisabled disables a deployment or enables it again, which decides all apps anew. Disabling cancels its open deliveries;
// those that have begun their import end when it is known what that made. What is in its tenant stays there and is shown as left.
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
			if err := s.standDown(ctx, tx, h, fmt.Sprintf("deployment %q was disabled", h.name)); err != nil {
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

// standDown gives up all that a deployment has under way, and leaves in the tenant what is there.
func (s *Store) standDown(ctx context.Context, tx *tx, h deploymentHead, why string) error {
	open, err := tx.underWay(ctx, h.id)
	if err != nil {
		return err
	}
	for _, d := range open {
		if d.State == distribution.Failed && !d.MayHaveMade() {
			err = tx.closeDelivery(ctx, d.ID, distribution.Superseded, distribution.NotWanted, why) // nothing is left to do about it
		} else {
			_, err = s.giveUp(ctx, tx, d, distribution.NotWanted, why)
		}
		if err != nil {
			return err
		}
	}
	return tx.leaveTenant(ctx, h.id, h.tenantID, why)
}

// breakOff does the same where the tenant is out of reach from now on: everything ends at once. It gives, for the record, of which apps
// it is never known what they have made there.
func (s *Store) breakOff(ctx context.Context, tx *tx, h deploymentHead, why string) (lost []account.Change, err error) {
	begun, err := s.begun(ctx, tx, h.id)
	if err != nil {
		return nil, err
	}
	open, err := tx.underWay(ctx, h.id)
	if err != nil {
		return nil, err
	}
	for _, d := range open {
		end := distribution.Cancelled
		if d.State == distribution.Failed {
			end = distribution.Superseded
		}
		if err := tx.closeDelivery(ctx, d.ID, end, distribution.NotWanted, why); err != nil {
			return nil, err
		}
	}
	for _, app := range begun {
		lost = append(lost, account.Change{Field: "May be in the tenant", After: app})
	}
	return lost, tx.leaveTenant(ctx, h.id, h.tenantID, why)
}

// underWay gives the deliveries of a deployment that are open, or that have failed and wait for somebody.
func (tx *tx) underWay(ctx context.Context, deploymentID string) ([]distribution.Delivery, error) {
	return list(ctx, tx, scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries d
		WHERE d.deployment_id = ? AND (d.finished = 0 OR d.is_current AND d.state = 'failed')`, deploymentID)
}

// maxBegun bounds how many apps are named.
const maxBegun = 200

// begun names the apps of which it is not known yet what is in the tenant because of them.
func (s *Store) begun(ctx context.Context, tx *tx, deploymentID string) ([]string, error) {
	dep, err := s.deployment(ctx, tx, deploymentID)
	if err != nil {
		return nil, err
	}
	open, err := tx.underWay(ctx, deploymentID)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, d := range open {
		if d.MayHaveMade() && len(all) < maxBegun {
			all = append(all, d.Traces(s.siteID, dep.Managed()))
		}
	}
	return all, nil
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
