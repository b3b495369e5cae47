package distribution

import (
	"context"

	"github.com/skyferry/skyferry/internal/tenant"
)

// move brings a placed app to the space that somebody confirmed. A space that was set in the tenant meanwhile wins, and so does
// a rule that has changed again. What stands in the way is a warning: the app stays where it is, and is up to date there.
func (r *run) move(ctx context.Context, app tenant.App) (tenant.App, error) {
	p := r.w.Placement
	if p == nil || p.MoveTo == "" || p.RemoteID != app.ID || p.MoveTo != r.landing().Space || app.SpaceID != p.SpaceID {
		return app, nil
	}
	space, err := r.space(ctx)
	switch h, stopped := err.(*halt); { //nolint:errorlint // a halt is never wrapped
	case stopped && h.state == Paused, err != nil && refused(err):
		return app, r.stays(err)
	case err != nil || space.ID == app.SpaceID:
		return app, err
	}
	there, err := r.inSpace(ctx, space)
	if err != nil {
		return app, err
	}
	if there.foreign != "" && there.foreign != app.ID {
		return app, r.stays(r.taken(space, there.foreign))
	}
	if err := r.mine(ctx); err != nil {
		return app, err
	}
	moved, err := r.t.SetSpace(ctx, app.ID, space.ID)
	if err != nil && refused(err) {
		return app, r.stays(err)
	}
	if err != nil {
		return app, err
	}
	return r.readBack(ctx, moved.ID, space.ID)
}

// stays warns that the app was not moved.
func (r *run) stays(why error) error {
	r.warnf("The app was not moved to space %q: %s", r.w.Placement.MoveTo, why)
	return nil
}
