package store

import (
	"context"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
)

// ReleaseAccess lets deliveries go on that are held because their app has section access, and tells how many. The release
// counts for the app and the tenant until the app has no section access any more.
func (s *Store) ReleaseAccess(ctx context.Context, deliveryIDs []string) (n int, err error) {
	err = s.write(ctx, func(tx *tx) error {
		for _, id := range deliveryIDs {
			was, err := tx.delivery(ctx, id)
			if isGone(err) || err == nil && (was.State != distribution.Paused || was.Cause != distribution.AccessHeld) {
				continue
			}
			if err != nil {
				return err
			}
			if err := s.releaseAccess(ctx, tx, was); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

func (s *Store) releaseAccess(ctx context.Context, tx *tx, was distribution.Delivery) error {
	h, err := tx.head(ctx, was.DeploymentID)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `INSERT INTO access_releases (app_id, tenant_id, by_whom, at) SELECT ?, tenant_id, ?, ? FROM deployments WHERE id = ?
		ON CONFLICT (app_id, tenant_id) DO UPDATE SET by_whom = excluded.by_whom, at = excluded.at`,
		was.AppID, tx.actor.Name, micros(tx.now), was.DeploymentID)
	if err != nil {
		return err
	}
	if err := s.restart(ctx, tx, was, "section access released by "+tx.actor.Name); err != nil {
		return err
	}
	return tx.record(ctx, account.Record{Action: "released section access", ObjectKind: "delivery", ObjectID: was.ID, ObjectName: was.AppName + " to " + h.name,
		Changes: []account.Change{{Field: "State", Before: string(was.State)}}})
}

// loadAccess reads what is known of the app's section access, and whether somebody has released it.
func (tx *tx) loadAccess(ctx context.Context, w *distribution.Work) (err error) {
	if w.Release, err = tx.accessRelease(ctx, w.Delivery.AppID, w.Deployment.TenantID); err != nil {
		return err
	}
	w.SectionAccess, err = tx.toldAccess(ctx, w.App, w.Delivery)
	return err
}

// accessRelease gives the release of an app for a tenant, nil for none.
func (tx *tx) accessRelease(ctx context.Context, appID, tenantID string) (*distribution.Release, error) {
	scan := func(row scanner) (r distribution.Release, err error) {
		err = row.Scan(&r.By, moment(&r.At))
		return r, err
	}
	all, err := list(ctx, tx, scan, `SELECT by_whom, at FROM access_releases WHERE app_id = ? AND tenant_id = ?`, appID, tenantID)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

// toldAccess gives what the site tells of an app's section access, or else what a tenant told when it imported the same data.
func (tx *tx) toldAccess(ctx context.Context, app *site.App, d distribution.Delivery) (site.SectionAccess, error) {
	if app != nil && app.SectionAccess != site.SectionAccessUnknown {
		return app.SectionAccess, nil
	}
	told, err := list(ctx, tx, scanText, `SELECT section_access FROM deliveries
		WHERE app_id = ? AND generation = ? AND last_reload = ? AND section_access <> '' ORDER BY created DESC LIMIT 1`,
		d.AppID, d.Version.Generation, micros(d.Version.LastReload))
	if err != nil || len(told) == 0 {
		return site.SectionAccessUnknown, err
	}
	return site.SectionAccess(told[0]), nil
}

// endRelease ends the release of an app that has arrived without section access.
func (tx *tx) endRelease(ctx context.Context, p distribution.Placement) error {
	if p.SectionAccess != site.NoSectionAccess {
		return nil
	}
	_, err := tx.exec(ctx, `DELETE FROM access_releases WHERE app_id = ? AND tenant_id = ?`, p.AppID, p.TenantID)
	return err
}
