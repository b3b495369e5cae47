package store

import (
	"context"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/distribution"
)

// BeginSpace notes that a managed space is about to be made; see distribution.Store.
func (s *Store) BeginSpace(ctx context.Context, tenantID, name string) error {
	return s.write(ctx, func(tx *tx) error {
		_, err := tx.exec(ctx, `INSERT INTO unfinished_spaces (tenant_id, name, since) VALUES (?, ?, ?)
			ON CONFLICT (tenant_id, name) DO NOTHING`, tenantID, name, micros(tx.now))
		return err
	})
}

// UnfinishedSpace says whether BeginSpace noted the space.
func (s *Store) UnfinishedSpace(ctx context.Context, tenantID, name string) (begun bool, err error) {
	err = s.read(ctx, func(tx *tx) error {
		return tx.row(ctx, `SELECT EXISTS (SELECT 1 FROM unfinished_spaces WHERE tenant_id = ? AND name = ?)`, tenantID, name).Scan(&begun)
	})
	return begun, err
}

// FinishSpace ends the note, with a record when we made the space.
func (s *Store) FinishSpace(ctx context.Context, deploymentID, tenantID, name string, made bool) error {
	return s.write(ctx, func(tx *tx) error {
		n, err := tx.exec(ctx, `DELETE FROM unfinished_spaces WHERE tenant_id = ? AND name = ?`, tenantID, name)
		if err != nil || n == 0 || !made {
			return err
		}
		h, err := tx.head(ctx, deploymentID)
		if err != nil {
			return err
		}
		return tx.recordDeployment(ctx, h, "made a space", account.Change{Field: "Space", After: name})
	})
}

// HeldByOther says whether an app of the tenant may be that of another app of the site; see distribution.Store.
func (s *Store) HeldByOther(ctx context.Context, d distribution.Delivery, tenantID, remoteID string) (held bool, err error) {
	err = s.read(ctx, func(tx *tx) error {
		return tx.row(ctx, `SELECT EXISTS (SELECT 1 FROM placements WHERE tenant_id = ? AND remote_id = ? AND app_id <> ?)
			OR EXISTS (SELECT 1 FROM deliveries WHERE deployment_id = ? AND app_id <> ? AND state <> 'distributed'
				AND import_started <> 0 AND (sent_name = ? OR intermediate = ?))`,
			tenantID, remoteID, d.AppID, d.DeploymentID, d.AppID, d.SentName, remoteID).Scan(&held)
	})
	return held, err
}

// Imported gives the ids of the apps that were imported for an app and a deployment; see distribution.Store.
func (s *Store) Imported(ctx context.Context, d distribution.Delivery) (ids []string, err error) {
	err = s.read(ctx, func(tx *tx) error {
		ids, err = list(ctx, tx, scanText, `SELECT intermediate FROM deliveries WHERE app_id = ? AND deployment_id = ? AND intermediate <> ''`,
			d.AppID, d.DeploymentID)
		return err
	})
	return ids, err
}

// OpenDeliveries gives those of the ids that are open deliveries.
func (s *Store) OpenDeliveries(ctx context.Context, ids []string) (map[string]bool, error) {
	open := map[string]bool{}
	err := s.read(ctx, func(tx *tx) error {
		for len(ids) > 0 {
			part := ids[:min(len(ids), batch)]
			ids = ids[len(part):]
			found, err := list(ctx, tx, scanText, `SELECT id FROM deliveries WHERE finished = 0 AND id IN (`+marks(len(part))+`)`, anys(part)...)
			if err != nil {
				return err
			}
			for _, id := range found {
				open[id] = true
			}
		}
		return nil
	})
	return open, err
}
