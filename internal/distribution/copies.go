package distribution

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/tenant"
)

// copyLate is how long after an app was placed first the hourly sweep looks for a second copy of it.
const copyLate = 24 * time.Hour

// SecondCopy begins the warning about a second copy.
const SecondCopy = "The space has a second copy of the app"

func secondCopy(id string) string {
	return SecondCopy + " (id " + id + "), of a publish that came about late. It is not refreshed, and was not removed: remove it in the tenant."
}

// copies warns of further copies of a managed app in its space.
func (r *run) copies(ctx context.Context, app tenant.App) error {
	if !r.managed() || r.d.MetadataOnly || app.SpaceID == "" {
		return nil
	}
	found, err := r.e.copiesOf(ctx, r.t, app, r.d)
	for _, id := range found {
		r.warnf("%s", secondCopy(id))
	}
	return err
}

// copiesOf finds further copies of an app in its space: of a publish that came about only after the settle time, and so after it
// was repeated. Which of the two users work with nobody knows here, so none is removed.
func (e *Engine) copiesOf(ctx context.Context, t Tenant, app tenant.App, d Delivery) (ids []string, err error) {
	named, err := t.FindApps(ctx, tenant.AppFilter{SpaceID: app.SpaceID, Name: app.Name})
	if err != nil {
		return nil, err
	}
	named = slices.DeleteFunc(named, func(a tenant.App) bool { return a.ID == app.ID || a.OriginAppID == "" })
	if len(named) == 0 {
		return nil, nil
	}
	imported, err := e.Store.Imported(ctx, d)
	if err != nil {
		return nil, ourFault{err}
	}
	for _, other := range named {
		if slices.Contains(imported, other.OriginAppID) {
			ids = append(ids, other.ID)
		}
	}
	return ids, nil
}

// findCopies looks for copies that came about after the delivery had ended, and whether those that were found are still there.
func (e *Engine) findCopies(ctx context.Context, t Tenant, d deployment.Deployment) error {
	doubtful, err := e.Store.MayHaveCopies(ctx, d, e.Now().Add(-copyLate))
	if err != nil {
		return err
	}
	for _, p := range doubtful {
		app := tenant.App{ID: p.RemoteID, Name: p.RemoteName, SpaceID: p.SpaceID}
		found, err := e.copiesOf(ctx, t, app, Delivery{AppID: p.AppID, DeploymentID: d.ID})
		if err != nil {
			return err
		}
		warnings := withCopies(p.Warnings, found)
		if slices.Equal(warnings, p.Warnings) {
			continue
		}
		p.Warnings = warnings
		if err := e.Store.Warn(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// withCopies gives warnings with those about second copies as they are now.
func withCopies(before, copies []string) (now []string) {
	for _, text := range before {
		if !strings.HasPrefix(text, SecondCopy) {
			now = append(now, text)
		}
	}
	for _, id := range copies {
		now = append(now, secondCopy(id))
	}
	return now
}
