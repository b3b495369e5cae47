package store

import (
	"context"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
)

// deploymentRef is a deployment as lines mention it, with the tenant that it is bound to. Deleted ones have no tenant.
type deploymentRef struct {
	distribution.DeploymentRef
	tenantID string
}

// named gives the reference, with at least the id where the deployment is unknown.
func (r deploymentRef) named(id string) distribution.DeploymentRef {
	if r.ID == "" {
		return distribution.DeploymentRef{ID: id, Name: "(deleted)"}
	}
	return r.DeploymentRef
}

// refs reads all deployments that lines can mention, deleted ones too: they are few.
func (tx *tx) refs(ctx context.Context) (map[string]deploymentRef, error) {
	scan := func(row scanner) (deploymentRef, error) {
		var r deploymentRef
		var endpoint string
		err := row.Scan(&r.ID, &r.Name, &r.Kind, &endpoint, &r.tenantID)
		r.Host = deployment.Deployment{Endpoint: endpoint}.Host()
		return r, err
	}
	all, err := list(ctx, tx, scan, `SELECT id, name, kind, endpoint, '' FROM former_deployments
		UNION ALL SELECT id, name, kind, endpoint, tenant_id FROM deployments`)
	refs := make(map[string]deploymentRef, len(all))
	for _, r := range all {
		refs[r.ID] = r
	}
	return refs, err
}

// statusRows reads chosen lines, in their order, with one query for each kind of thing.
func (tx *tx) statusRows(ctx context.Context, picks []pick, refs map[string]deploymentRef) ([]distribution.StatusRow, error) {
	if len(picks) == 0 {
		return nil, nil
	}
	rows, err := tx.deliveryRows(ctx, picks)
	if err != nil {
		return nil, err
	}
	var apps []string
	for i, p := range picks {
		if !p.lone {
			picks[i].app = rows[p.id].Delivery.AppID
			picks[i].tenantID = refs[rows[p.id].Delivery.DeploymentID].tenantID
		}
		apps = append(apps, picks[i].app)
	}
	facts, err := tx.facts(ctx, apps)
	if err != nil {
		return nil, err
	}
	all := make([]distribution.StatusRow, 0, len(picks))
	for _, p := range picks {
		all = append(all, tx.complement(rows[p.id], p, facts, refs))
	}
	return all, nil
}

// deliveryRows reads the deliveries among the picks, by id.
func (tx *tx) deliveryRows(ctx context.Context, picks []pick) (map[string]distribution.StatusRow, error) {
	var ids []string
	for _, p := range picks {
		if !p.lone {
			ids = append(ids, p.id)
		}
	}
	rows := make(map[string]distribution.StatusRow, len(ids))
	if len(ids) == 0 {
		return rows, nil
	}
	scan := func(row scanner) (distribution.StatusRow, error) {
		var r distribution.StatusRow
		err := row.Scan(append(deliveryFields(&r.Delivery), &r.Attempts, &r.Shown)...)
		return r, err
	}
	all, err := list(ctx, tx, scan, `SELECT `+deliveryColumns+`, d.attempts, d.shown FROM deliveries d WHERE d.id IN (`+marks(len(ids))+`)`, anys(ids)...)
	for _, r := range all {
		rows[r.Delivery.ID] = r
	}
	return rows, err
}

// facts is what the site and the tenants hold of the apps on a page.
type facts struct {
	apps       map[string]siteFact
	placements map[[2]string]*distribution.Placement // by app and tenant
}

type siteFact struct {
	id        string
	version   site.DataVersion
	published time.Time
}

func (tx *tx) facts(ctx context.Context, apps []string) (facts, error) {
	f := facts{map[string]siteFact{}, map[[2]string]*distribution.Placement{}}
	scan := func(row scanner) (siteFact, error) {
		var a siteFact
		err := row.Scan(&a.id, &a.version.Generation, moment(&a.version.LastReload), moment(&a.published))
		return a, err
	}
	in, args := `IN (`+marks(len(apps))+`)`, anys(apps)
	known, err := list(ctx, tx, scan, `SELECT id, generation, last_reload, published_at FROM apps WHERE id `+in, args...)
	if err != nil {
		return f, err
	}
	for _, a := range known {
		f.apps[a.id] = a
	}
	placements, err := list(ctx, tx, scanPlacement, `SELECT `+placementColumns+` FROM placements p WHERE p.app_id `+in, args...)
	for i, p := range placements {
		f.placements[[2]string{p.AppID, p.TenantID}] = &placements[i]
	}
	return f, err
}

// complement adds to a line what the site and the tenant hold.
func (tx *tx) complement(r distribution.StatusRow, p pick, f facts, refs map[string]deploymentRef) distribution.StatusRow {
	r.Placement = f.placements[[2]string{p.app, p.tenantID}]
	if p.lone && r.Placement != nil {
		r.Shown = distribution.LeftInTenant
		r.Delivery = distribution.Delivery{AppID: p.app, AppName: r.Placement.AppName, DeploymentID: r.Placement.DeploymentID}
		r.Delivery.Changed = orElse(r.Placement.Left, r.Placement.Refreshed)
	}
	r.Deployment = refs[r.Delivery.DeploymentID].named(r.Delivery.DeploymentID)
	app, there := f.apps[p.app]
	r.DataAtSite = app.version.LastReload
	if r.Placement != nil {
		r.InTenant, r.DataInTenant, r.SpaceName = true, r.Placement.Version.LastReload, r.Placement.SpaceName
	}
	if there && r.Shown != distribution.LeftInTenant {
		r.Behind = behind(app, r, tx.now)
	}
	return r
}

// behind says how much older the tenant's data is than the site's. Where reload times do not tell, it is the time for
// which the newer data waits.
func behind(app siteFact, r distribution.StatusRow, now time.Time) time.Duration {
	switch {
	case r.Placement == nil && r.Delivery.State.Open():
		return max(0, now.Sub(r.Delivery.Created))
	case r.Placement == nil || r.Placement.Version.Equal(app.version):
		return 0
	case r.Placement.Version.LastReload.Before(app.version.LastReload) && !r.Placement.Version.LastReload.IsZero():
		return app.version.LastReload.Sub(r.Placement.Version.LastReload)
	case r.Placement.Refreshed.Before(app.published):
		return app.published.Sub(r.Placement.Refreshed)
	default:
		return max(0, now.Sub(r.Delivery.Created))
	}
}

func orElse(t, other time.Time) time.Time {
	if t.IsZero() {
		return other
	}
	return t
}
