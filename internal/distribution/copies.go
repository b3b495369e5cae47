package distribution

import (
	"context"
	"slices"

	"github.com/skyferry/skyferry/internal/tenant"
)

// copies warns of further copies of a managed app in its space: of a publish that came about only after the settle time, and so
// after it was repeated. Which of the two users work with nobody knows here, so none is removed.
func (r *run) copies(ctx context.Context, app tenant.App) error {
	if !r.managed() || r.d.MetadataOnly || app.SpaceID == "" {
		return nil
	}
	named, err := r.t.FindApps(ctx, tenant.AppFilter{SpaceID: app.SpaceID, Name: app.Name})
	if err != nil {
		return err
	}
	named = slices.DeleteFunc(named, func(a tenant.App) bool { return a.ID == app.ID || a.OriginAppID == "" })
	if len(named) == 0 {
		return nil
	}
	imported, err := r.e.Store.Imported(ctx, r.d)
	if err != nil {
		return ourFault{err}
	}
	for _, other := range named {
		if slices.Contains(imported, other.OriginAppID) {
			r.warnf("The space has a second copy of the app (id %s), of a publish that came about late. It is not refreshed, and was not removed: remove it in the tenant", other.ID)
		}
	}
	return nil
}
