package distribution

import (
	"context"
	"errors"
	"time"

	"github.com/skyferry/skyferry/internal/tenant"
)

// leave ends a delivery that nobody wants any more and that may have made something in the tenant: what is there becomes a
// placement that is left (design.md section 3), so that the console tells of it. Nothing is sent for that, and only a copy in the
// transit space is removed.
func (r *run) leave(ctx context.Context, err error) error {
	h, ok := errors.AsType[*halt](err)
	switch {
	case !ok || h.state != Cancelled || !r.d.MayHaveMade():
		return err
	case r.w.Delivery.Unwanted == "": // its decision comes, or is that it is wanted after all
		return &halt{state: Retrying, cause: NotWanted, message: h.message, wait: time.Second, free: true}
	case r.w.PausedAll != nil: // a copy of a data folder, say, does not even look
		return heldByAll(*r.w.PausedAll)
	}
	r.d.Unwanted = r.w.Delivery.Unwanted
	if r.t == nil {
		if r.t, err = r.e.Tenants.Tenant(ctx, r.w.Deployment); err != nil {
			return err
		}
	}
	if id, err := r.t.TenantID(ctx); err != nil || id != r.w.Deployment.TenantID {
		return or(err != nil, err, error(h))
	}
	return r.lookUp(ctx, h)
}

// lookUp looks what the delivery has made, and gives how it ends unless that is a placement.
func (r *run) lookUp(ctx context.Context, h *halt) error {
	id, err := r.made(ctx)
	if err == nil {
		err = r.tidy(ctx, id)
	}
	if err != nil || id == "" {
		return or(err != nil, err, error(h))
	}
	if err := r.single(ctx, id); err != nil {
		return beside(h, err)
	}
	app, err := r.t.App(ctx, id)
	switch {
	case tenant.CauseOf(err) == tenant.NotFound:
		return h
	case err != nil:
		return err
	}
	return r.leaveBehind(ctx, app)
}

// beside ends a delivery that made a second copy: the app that users have stays the one that is told, and the message names the other.
func beside(h *halt, err error) error {
	if second, ok := errors.AsType[*halt](err); ok {
		return &halt{state: Cancelled, cause: h.cause, message: sentence(h.message) + " " + second.message}
	}
	return err
}

// made gives the id of the app that users of the tenant may have because of this delivery; empty: there is none. While that is
// not known it has to be looked up again.
func (r *run) made(ctx context.Context) (string, error) {
	if r.managed() {
		return r.madeInSpace(ctx)
	}
	if r.d.Intermediate != "" {
		return r.d.Intermediate, nil
	}
	app, found, err := r.arrived(ctx)
	if err == nil && !found && !r.settled(r.d.ImportStarted) {
		err = r.unsettled(r.d.ImportStarted)
	}
	return app.ID, err
}

// madeInSpace looks for what a publish made. What waits in the transit space reaches no user, and is removed.
func (r *run) madeInSpace(ctx context.Context) (string, error) {
	switch {
	case r.d.PublishedID != "":
		return r.d.PublishedID, nil
	case r.d.Intermediate == "" && !r.settled(r.d.ImportStarted):
		return "", r.unsettled(r.d.ImportStarted)
	case r.d.Stage != Placing || r.d.Intermediate == "":
		return "", nil
	}
	if placed, err := r.republishTarget(ctx); err != nil || placed.ID != "" {
		return r.refreshed(placed, err)
	}
	apps, err := r.t.FindApps(ctx, tenant.AppFilter{Name: r.d.SentName})
	if err != nil {
		return "", err
	}
	for _, app := range apps {
		if app.OriginAppID == r.d.Intermediate {
			return app.ID, nil
		}
	}
	if !r.settled(r.d.ImportStarted) {
		return "", r.unsettled(r.d.ImportStarted)
	}
	return "", nil
}

// refreshed gives the id of the app that is placed if a publish has brought it the data of this delivery, as its reload tells.
func (r *run) refreshed(app tenant.App, err error) (string, error) {
	switch was, sent := r.w.Placement.Version.LastReload, r.d.Version.LastReload; {
	case err != nil:
		return "", err
	case !sent.IsZero() && !was.Equal(sent) && app.LastReload.Sub(sent).Abs() < time.Second:
		return app.ID, nil
	case !r.settled(r.d.ImportStarted):
		return "", r.unsettled(r.d.ImportStarted)
	}
	return "", nil
}

// leaveBehind records what is in the tenant. Whether it is left, and why, the store knows.
func (r *run) leaveBehind(ctx context.Context, app tenant.App) error {
	space, err := r.spaceName(ctx, app.SpaceID)
	if err != nil {
		return err
	}
	p := Placement{AppID: r.d.AppID, DeploymentID: r.d.DeploymentID, TenantID: r.w.Deployment.TenantID, Placed: r.e.Now()}
	if old := r.w.Placement; old != nil && old.RemoteID == app.ID {
		p = *old
	}
	p.AppName, p.RemoteID, p.RemoteName, p.SpaceID, p.SpaceName = r.d.AppName, app.ID, app.Name, app.SpaceID, space
	r.hear(app)
	p.Version, p.MetaHash, p.SHA256, p.Size, p.SectionAccess = r.d.Version, "", r.d.SHA256, r.d.Size, r.d.SectionAccess
	p.Refreshed = r.e.Now()
	r.d.Finished, r.a.Ended = r.e.Now(), r.e.Now()
	if err := r.e.Store.Place(ctx, r.d, r.a, p); err != nil {
		return ourFault{err}
	}
	r.placed = true
	return nil
}
