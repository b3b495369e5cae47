package distribution

import (
	"context"
	"slices"

	"github.com/skyferry/skyferry/internal/tenant"
)

// tidy removes the imported copies of a managed app, now that it is published: this delivery's, doubles of it that an
// unknown outcome made, and those of cancelled deliveries. Only an app that bears our technical name is ever removed.
func (r *run) tidy(ctx context.Context, keep string) error {
	if !r.managed() || r.d.MetadataOnly {
		return nil
	}
	names, ids := r.leftovers()
	for _, name := range names {
		found, err := r.t.FindApps(ctx, tenant.AppFilter{Name: name})
		if err != nil {
			return err
		}
		for _, app := range found {
			ids = append(ids, app.ID)
		}
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if id == "" || id == keep {
			continue
		}
		if err := r.removeCopy(ctx, id, names); err != nil {
			return err
		}
	}
	return nil
}

// leftovers are the technical names and the known ids of what may be left.
func (r *run) leftovers() (names, ids []string) {
	names, ids = []string{r.technicalName(r.d.ID)}, []string{r.d.Intermediate}
	for _, s := range r.w.Strays {
		names, ids = append(names, r.technicalName(s.DeliveryID)), append(ids, s.RemoteID)
	}
	return names, ids
}

func (r *run) removeCopy(ctx context.Context, id string, names []string) error {
	app, err := r.t.App(ctx, id)
	if err == nil && slices.Contains(names, app.Name) {
		err = r.deleteApp(ctx, id)
	}
	if tenant.CauseOf(err) == tenant.NotFound {
		return nil
	}
	return err
}

func (r *run) deleteApp(ctx context.Context, id string) error {
	if err := r.mine(ctx); err != nil {
		return err
	}
	return r.t.DeleteApp(ctx, id)
}
