package store

import (
	"context"
	"time"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
)

const placementColumns = `p.app_id, p.app_name, p.tenant_id, p.deployment_id, p.remote_id, p.remote_name, p.space_id, p.space_name,
	p.space_rule, p.move_to, p.collections, p.owner, p.warnings, p.generation, p.last_reload, p.meta_hash, p.sha256, p.size,
	p.section_access, p.memory, p.memory_limit, p.placed, p.refreshed, p.left_at, p.left_why,
	p.adopted, p.marked`

func placementFields(p *distribution.Placement) []any {
	return []any{&p.AppID, &p.AppName, &p.TenantID, &p.DeploymentID, &p.RemoteID, &p.RemoteName, &p.SpaceID, &p.SpaceName,
		&p.SpaceRule, &p.MoveTo, fromJSON(&p.Collections), &p.Owner, fromJSON(&p.Warnings),
		&p.Version.Generation, moment(&p.Version.LastReload), &p.MetaHash, &p.SHA256, &p.Size,
		&p.SectionAccess, &p.Memory, &p.MemoryLimit, moment(&p.Placed),
		moment(&p.Refreshed), moment(&p.Left), &p.LeftWhy, moment(&p.Adopted), &p.Marked}
}

func scanPlacement(row scanner) (distribution.Placement, error) {
	var p distribution.Placement
	err := row.Scan(placementFields(&p)...)
	return p, err
}

// placement gives what a tenant holds of an app, nil for nothing.
func (tx *tx) placement(ctx context.Context, appID, tenantID string) (*distribution.Placement, error) {
	if tenantID == "" {
		return nil, nil //nolint:nilnil // nothing is an answer here
	}
	all, err := list(ctx, tx, scanPlacement, `SELECT `+placementColumns+` FROM placements p WHERE p.app_id = ? AND p.tenant_id = ?`, appID, tenantID)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

// Place closes a delivery as distributed and records what the tenant holds now; see distribution.Store.
func (s *Store) Place(ctx context.Context, d distribution.Delivery, a distribution.Attempt, p distribution.Placement) error {
	d.State = distribution.Distributed
	return s.write(ctx, func(tx *tx) error {
		was, err := tx.held(ctx, d.ID, d.Ticket)
		if err != nil {
			return err
		}
		if a.Number > 0 && a.Ended.IsZero() {
			a.Ended = tx.now
		}
		p.AppID, p.DeploymentID, p.Left, p.LeftWhy, p.Marked = d.AppID, d.DeploymentID, time.Time{}, "", false
		if was.Unwanted != "" {
			d.State, d.Cause, d.Message = distribution.Cancelled, was.UnwantedCause, was.Unwanted
			if err := tx.leftBy(ctx, was, &p); err != nil {
				return err
			}
		}
		if err := tx.place(ctx, p); err != nil {
			return err
		}
		if err := tx.endRelease(ctx, p); err != nil {
			return err
		}
		if err := s.save(ctx, tx, d, a); err != nil || p.Left.IsZero() {
			return err
		}
		return tx.showApp(ctx, p.AppID) // a later delivery may be the one that is shown
	})
}

// leftBy leaves in the tenant what an unwanted delivery made. An app that was there before and is kept up to date stays so when
// somebody cancelled a refresh of it: policies go on naming it.
func (tx *tx) leftBy(ctx context.Context, d distribution.Delivery, p *distribution.Placement) error {
	old, err := tx.placement(ctx, p.AppID, p.TenantID)
	if kept := old != nil && old.Left.IsZero(); kept && d.UnwantedCause == distribution.CancelledByAdmin {
		return err
	}
	p.Left, p.LeftWhy = tx.now, d.Unwanted
	return err
}

// place keeps a placement, whatever was before. The move that the run knew of is over.
func (tx *tx) place(ctx context.Context, p distribution.Placement) error {
	seq, err := tx.nextSeq(ctx)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `INSERT INTO placements (app_id, tenant_id, app_name, app_key, deployment_id, remote_id, remote_name, space_id,
		space_name, space_rule, move_to, collections, owner, warnings, generation, last_reload, meta_hash, sha256, size,
		section_access, memory, memory_limit, placed,
		refreshed, left_at, left_why, adopted, marked, orphan, seq)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, FALSE, ?)
		ON CONFLICT (app_id, tenant_id) DO UPDATE SET app_name = excluded.app_name, app_key = excluded.app_key,
			deployment_id = excluded.deployment_id, remote_id = excluded.remote_id, remote_name = excluded.remote_name,
			space_id = excluded.space_id, space_name = excluded.space_name, space_rule = excluded.space_rule,
			move_to = CASE WHEN placements.move_to = excluded.move_to THEN '' ELSE placements.move_to END,
			collections = excluded.collections, owner = excluded.owner, warnings = excluded.warnings, generation = excluded.generation,
			last_reload = excluded.last_reload, meta_hash = excluded.meta_hash, sha256 = excluded.sha256, size = excluded.size,
			section_access = excluded.section_access, memory = excluded.memory, memory_limit = excluded.memory_limit,
			placed = CASE WHEN placements.remote_id = excluded.remote_id THEN placements.placed ELSE excluded.placed END,
			refreshed = excluded.refreshed, left_at = excluded.left_at, left_why = excluded.left_why, adopted = excluded.adopted,
			marked = excluded.marked, orphan = FALSE, seq = excluded.seq`,
		p.AppID, p.TenantID, p.AppName, nameKey(p.AppName), p.DeploymentID, p.RemoteID, p.RemoteName, p.SpaceID,
		p.SpaceName, p.SpaceRule, p.MoveTo, asJSON(append([]distribution.Collection{}, p.Collections...)), p.Owner,
		asJSON(append([]string{}, p.Warnings...)), p.Version.Generation, micros(p.Version.LastReload), p.MetaHash, p.SHA256, p.Size,
		p.SectionAccess, p.Memory, p.MemoryLimit, micros(orNow(p.Placed, tx)), micros(orNow(p.Refreshed, tx)), micros(p.Left), p.LeftWhy, micros(p.Adopted), p.Marked, seq)
	return err
}

func orNow(t time.Time, tx *tx) time.Time {
	if t.IsZero() {
		return tx.now
	}
	return t
}

// leave marks a placement as left in its tenant; one that is left already keeps its time and its reason.
func (tx *tx) leave(ctx context.Context, appID string, l distribution.Leaving) error {
	_, err := tx.exec(ctx, `UPDATE placements SET left_at = ?, left_why = ? WHERE app_id = ? AND tenant_id = ? AND left_at = 0`,
		micros(tx.now), l.Why, appID, l.TenantID)
	return err
}

// takeUp marks a left placement as kept up to date again.
func (tx *tx) takeUp(ctx context.Context, appID, tenantID string) error {
	_, err := tx.exec(ctx, `UPDATE placements SET left_at = 0, left_why = '' WHERE app_id = ? AND tenant_id = ?`, appID, tenantID)
	return err
}

// copiesAtOnce is how many placements are looked at for a second copy in one sweep.
const copiesAtOnce = 200

// MayHaveCopies gives placements of which a second copy may be in the tenant; see distribution.Store.
func (s *Store) MayHaveCopies(ctx context.Context, d deployment.Deployment, since time.Time) (found []distribution.Placement, err error) {
	err = s.read(ctx, func(tx *tx) error {
		found, err = list(ctx, tx, scanPlacement, `SELECT `+placementColumns+` FROM placements p
			WHERE p.tenant_id = ? AND p.space_id <> '' AND NOT p.marked AND (p.warnings LIKE ? ESCAPE '\' OR p.placed > ?
				AND EXISTS (SELECT 1 FROM deliveries d WHERE d.app_id = p.app_id AND d.deployment_id = ? AND d.attempts > 1))
			ORDER BY p.placed DESC, p.app_id LIMIT ?`, d.TenantID, "%"+distribution.SecondCopy+"%", micros(since), d.ID, copiesAtOnce)
		return err
	})
	return found, err
}

// Warn writes the warnings of a placement, unless it was refreshed meanwhile; see distribution.Store.
func (s *Store) Warn(ctx context.Context, p distribution.Placement) error {
	return s.write(ctx, func(tx *tx) error {
		n, err := tx.exec(ctx, `UPDATE placements SET warnings = ? WHERE app_id = ? AND tenant_id = ? AND refreshed = ?`,
			asJSON(append([]string{}, p.Warnings...)), p.AppID, p.TenantID, micros(p.Refreshed))
		if err != nil || n == 0 {
			return err
		}
		return tx.showApp(ctx, p.AppID)
	})
}

// standsAlone is whether no current delivery stands for a placement on the status page. A mere link is on no line until something
// is decided about it.
const standsAlone = `(adopted = 0 OR sha256 <> '' OR left_at <> 0) AND NOT EXISTS (SELECT 1 FROM deployments dep JOIN deliveries d ON d.deployment_id = dep.id
	WHERE dep.tenant_id = placements.tenant_id AND d.app_id = placements.app_id AND d.is_current)`

// showApp brings the lines of one app on the status page up to date, after its placements changed.
func (tx *tx) showApp(ctx context.Context, appID string) error { return tx.show(ctx, "app_id", appID) }

// showTenant does the same for a tenant: whoever binds it to a deployment or takes it away from one calls it.
func (tx *tx) showTenant(ctx context.Context, tenantID string) error {
	if tenantID == "" {
		return nil
	}
	if err := tx.retire(ctx, tenantID); err != nil {
		return err
	}
	return tx.show(ctx, "tenant_id", tenantID)
}

// retire takes from the status page the deliveries that stood for copies left in a tenant, once their deployment is bound
// to it no more: the copies have lines of their own then.
func (tx *tx) retire(ctx context.Context, tenantID string) error {
	_, err := tx.exec(ctx, `UPDATE deliveries SET is_current = FALSE
		WHERE is_current AND shown = 'left in tenant' AND app_id IN (SELECT app_id FROM placements WHERE tenant_id = ?)
		AND NOT EXISTS (SELECT 1 FROM deployments dep JOIN placements p ON p.tenant_id = dep.tenant_id
			WHERE dep.id = deliveries.deployment_id AND p.app_id = deliveries.app_id)`, tenantID)
	return err
}

func (tx *tx) show(ctx context.Context, column, id string) error {
	seq, err := tx.nextSeq(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, `UPDATE placements SET orphan = `+standsAlone+`, seq = ? WHERE `+column+` = ?`, seq, id); err != nil {
		return err
	}
	which := `app_id = ?`
	if column == "tenant_id" {
		which = `deployment_id IN (SELECT id FROM deployments WHERE tenant_id = ?)`
	}
	_, err = tx.exec(ctx, `UPDATE deliveries SET shown = `+shownStored+`, seq = ? WHERE is_current AND `+which, seq, id)
	return err
}

// shownStored is shownNow for the state that a delivery has, which is shown as Delivery.ShownAs says.
const shownStored = `CASE WHEN finished <> 0 AND EXISTS (
		SELECT 1 FROM deployments dep JOIN placements p ON p.tenant_id = dep.tenant_id
		WHERE dep.id = deliveries.deployment_id AND dep.tenant_id <> '' AND p.app_id = deliveries.app_id AND p.left_at <> 0)
	THEN 'left in tenant' WHEN state = 'paused' AND cause = 'observe-only' OR state = 'retrying' AND cause = 'site-busy' THEN 'waiting' ELSE state END`

// BindTenant binds the tenant's own id to a deployment; see distribution.Store. A deployment keeps the tenant that it is
// bound to: another one is a conflict too.
func (s *Store) BindTenant(ctx context.Context, deploymentID, tenantID string) error {
	return s.write(ctx, func(tx *tx) error {
		var name, bound string
		err := tx.row(ctx, `SELECT name, tenant_id FROM deployments WHERE id = ?`, deploymentID).Scan(&name, &bound)
		if err != nil {
			return missing(err, "This deployment is not there any more.")
		}
		if bound == tenantID {
			return nil
		}
		if bound != "" {
			return fault.New(fault.Conflict, "Deployment %q is bound to the tenant %s, but its address is the tenant %s now.", name, bound, tenantID)
		}
		return tx.bind(ctx, deploymentID, name, tenantID)
	})
}

func (tx *tx) bind(ctx context.Context, id, name, tenantID string) error {
	names, err := list(ctx, tx, scanText, `SELECT name FROM deployments WHERE tenant_id = ? AND id <> ?`, tenantID, id)
	if err != nil {
		return err
	}
	if len(names) > 0 {
		return fault.New(fault.Conflict, "Deployment %q is the same tenant (%s) as deployment %q. Two deployments never share a tenant: delete one of them.", name, tenantID, names[0])
	}
	if _, err := tx.exec(ctx, `UPDATE deployments SET tenant_id = ? WHERE id = ?`, tenantID, id); err != nil {
		return err
	}
	if err := tx.showTenant(ctx, tenantID); err != nil {
		return err
	}
	return tx.record(ctx, account.Record{Action: "bound", ObjectKind: "deployment", ObjectID: id, ObjectName: name,
		Changes: []account.Change{{Field: "Tenant", After: tenantID}}})
}

func scanText(row scanner) (text string, err error) {
	err = row.Scan(&text)
	return text, err
}
