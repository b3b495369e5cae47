package store

import (
	"context"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
)

// RemovePlacement forgets what a tenant held of an app, after somebody has removed it there: its line leaves the status page,
// its history stays. When the app was distributed anew meanwhile, what was removed may have been the new copy: then the app
// is sent once more, and the error is a fault.Conflict that says so. One that is forgotten already is no error.
func (s *Store) RemovePlacement(ctx context.Context, p distribution.Placement) error {
	wanted := false
	err := s.write(ctx, func(tx *tx) error {
		now, err := tx.placement(ctx, p.AppID, p.TenantID)
		if err != nil || now == nil {
			return err
		}
		open, err := tx.openTo(ctx, p.AppID, p.TenantID)
		if err != nil {
			return err
		}
		if wanted = open || now.Left.IsZero() || now.RemoteID != p.RemoteID; wanted {
			return s.sendAgain(ctx, tx, p.AppID)
		}
		return tx.forgetPlacement(ctx, *now)
	})
	if err == nil && wanted {
		return fault.New(fault.Conflict, "%q is distributed again since a moment ago. What was removed in the tenant is sent once more.", p.AppName)
	}
	return err
}

// openTo says whether a delivery of the app to the tenant is under way.
func (tx *tx) openTo(ctx context.Context, appID, tenantID string) (bool, error) {
	n := 0
	err := tx.row(ctx, `SELECT COUNT(*) FROM deliveries d JOIN deployments dep ON dep.id = d.deployment_id
		WHERE d.app_id = ? AND d.finished = 0 AND dep.tenant_id = ?`, appID, tenantID).Scan(&n)
	return n > 0, err
}

// sendAgain asks for a send of an app that is still published.
func (s *Store) sendAgain(ctx context.Context, tx *tx, appID string) error {
	app, err := tx.app(ctx, appID)
	if fault.Is(err, fault.NotFound) || err == nil && !app.Published() {
		return nil
	}
	if err != nil {
		return err
	}
	return s.emitApp(ctx, tx, site.Requested, app, "removed in the tenant while it was distributed again")
}

func (tx *tx) forgetPlacement(ctx context.Context, p distribution.Placement) error {
	seq, err := tx.nextSeq(ctx)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `UPDATE deliveries SET is_current = FALSE, seq = ? WHERE is_current AND app_id = ?
		AND deployment_id IN (SELECT id FROM deployments WHERE tenant_id = ?)`, seq, p.AppID, p.TenantID)
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, `DELETE FROM placements WHERE app_id = ? AND tenant_id = ?`, p.AppID, p.TenantID); err != nil {
		return err
	}
	refs, err := tx.refs(ctx)
	if err != nil {
		return err
	}
	return tx.record(ctx, account.Record{Action: "removed from tenant", ObjectKind: "app", ObjectID: p.AppID,
		ObjectName: p.AppName + " in " + refs[p.DeploymentID].named(p.DeploymentID).Name,
		Changes:    []account.Change{{Field: "App in tenant", Before: p.RemoteID}, {Field: "Tenant", Before: p.TenantID}, {Field: "Space", Before: p.SpaceName}}})
}
