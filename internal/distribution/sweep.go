package distribution

import (
	"context"
	"strings"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/tenant"
)

// Sweep looks in a deployment's tenant for what came about late. It removes from the transit space what no open delivery imported:
// rests of deliveries that ended while the console was away, and late imports. Only apps in that space that bear a technical name of
// this site are removed; it tells how many. Second copies, of a late publish, are told with the placement; see copiesOf.
func (e *Engine) Sweep(ctx context.Context, d deployment.Deployment) (n int, err error) {
	if !d.Managed() || d.Disabled || d.Pause != nil || d.TenantID == "" {
		return 0, nil
	}
	t, err := e.Tenants.Tenant(ctx, d)
	if err != nil {
		return 0, err
	}
	id, err := t.TenantID(ctx)
	if err != nil || id != d.TenantID {
		return 0, err // what is wrong there is told by the next delivery
	}
	if n, err = e.sweepTransit(ctx, t); err != nil {
		return n, err
	}
	return n, e.findCopies(ctx, t, d)
}

func (e *Engine) sweepTransit(ctx context.Context, t Tenant) (n int, err error) {
	rests, err := e.transitRests(ctx, t)
	if err != nil {
		return 0, err
	}
	for _, app := range rests {
		if err := t.DeleteApp(ctx, app.ID); err != nil && tenant.CauseOf(err) != tenant.NotFound {
			return n, err
		}
		n++
	}
	return n, nil
}

// transitRests are the imported apps whose delivery is not open.
func (e *Engine) transitRests(ctx context.Context, t Tenant) ([]tenant.App, error) {
	space, found, err := t.FindSpace(ctx, deployment.TransitSpace, tenant.Shared)
	if err != nil || !found {
		return nil, err
	}
	apps, err := t.FindApps(ctx, tenant.AppFilter{SpaceID: space.ID})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, app := range apps {
		ids = append(ids, e.deliveryOf(app.Name))
	}
	open, err := e.Store.OpenDeliveries(ctx, ids)
	if err != nil {
		return nil, err
	}
	var rests []tenant.App
	for _, app := range apps {
		if id := e.deliveryOf(app.Name); id != "" && !open[id] {
			rests = append(rests, app)
		}
	}
	return rests, nil
}

// deliveryOf gives the delivery that a technical name of this site names; empty: it is none.
func (e *Engine) deliveryOf(name string) string {
	rest, ours := strings.CutPrefix(name, e.technicalPrefix())
	app, delivery, two := strings.Cut(rest, " ")
	if !ours || !two || app == "" || strings.Contains(delivery, " ") {
		return ""
	}
	return delivery
}
