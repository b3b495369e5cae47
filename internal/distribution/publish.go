package distribution

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/skyferry/skyferry/internal/tenant"
)

// publish brings the imported app into its managed space: the first time as a new app, later into the same one.
func (r *run) publish(ctx context.Context) error {
	if err := r.enter(ctx, or(r.d.Stage == Placing, Placing, Importing)); err != nil {
		return err
	}
	if target, err := r.republishTarget(ctx); err != nil || target != "" {
		return r.republish(ctx, target, err)
	}
	space, err := r.space(ctx)
	if err != nil {
		return err
	}
	there, err := r.inSpace(ctx, space)
	switch {
	case err != nil:
		return err
	case there.ours != "":
		return r.confirm(ctx, there.ours, space.ID)
	case there.earlier != "":
		return r.republish(ctx, there.earlier, nil)
	case there.foreign != "":
		return &halt{state: Failed, cause: NameTaken, message: fmt.Sprintf(
			"Space %q already has another app %q (id %s). It was not touched.", space.Name, r.w.App.Name, there.foreign)}
	case r.d.Stage == Placing && !r.settled(r.d.ImportStarted):
		return r.unsettled(r.d.ImportStarted)
	case !r.settled(r.lastStray()):
		return r.unsettled(r.lastStray())
	}
	return r.publishNew(ctx, space)
}

// republishTarget gives the tenant app that the placement names, if it is still there.
func (r *run) republishTarget(ctx context.Context) (string, error) {
	if r.w.Placement == nil {
		return "", nil
	}
	app, err := r.t.App(ctx, r.w.Placement.RemoteID)
	if tenant.CauseOf(err) == tenant.NotFound {
		return "", nil
	}
	return app.ID, err
}

// space finds the deployment's managed space, or makes it.
func (r *run) space(ctx context.Context) (tenant.Space, error) {
	name := r.w.Deployment.Space
	if name == "" {
		return tenant.Space{}, &halt{state: Failed, cause: NoRight, message: fmt.Sprintf("Deployment %q names no managed space to land in.", r.w.Deployment.Name)}
	}
	space, found, err := r.t.FindSpace(ctx, name, tenant.Managed)
	if err != nil || found {
		return space, err
	}
	space, err = r.t.CreateSpace(ctx, name, tenant.Managed)
	if e, ok := asTenant(err); ok && e.Status == 409 {
		// Somebody made it a moment ago and the list does not show it yet, or a space of another type has the name.
		return space, &halt{state: Retrying, cause: Busy, status: e.Status, trace: e.TraceID,
			message: fmt.Sprintf("A space named %q exists in the tenant, but no managed one is listed.", name)}
	}
	return space, err
}

// occupants are the ids of the apps in the space that bear the app's name, by where they come from.
type occupants struct{ ours, earlier, foreign string }

// inSpace looks for what an earlier publish made, this delivery's or a cancelled one's, and for a clash of names.
func (r *run) inSpace(ctx context.Context, space tenant.Space) (occupants, error) {
	var o occupants
	for _, name := range slices.Compact([]string{r.w.App.Name, r.d.AppName}) {
		apps, err := r.t.FindApps(ctx, tenant.AppFilter{SpaceID: space.ID, Name: name})
		if err != nil {
			return o, err
		}
		for _, app := range apps {
			switch {
			case app.OriginAppID == r.d.Intermediate:
				o.ours = app.ID
			case r.strayed(app.OriginAppID):
				o.earlier = app.ID
			case name == r.w.App.Name:
				o.foreign = app.ID
			}
		}
	}
	return o, nil
}

// strayed says whether a cancelled delivery of this app imported the app with this id.
func (r *run) strayed(id string) bool {
	return id != "" && slices.ContainsFunc(r.w.Strays, func(s Stray) bool { return s.RemoteID == id })
}

// lastStray is when a cancelled delivery last sent something that may show late.
func (r *run) lastStray() (last time.Time) {
	for _, s := range r.w.Strays {
		if s.Since.After(last) {
			last = s.Since
		}
	}
	return last
}

func (r *run) publishNew(ctx context.Context, space tenant.Space) error {
	r.d.AppName = r.w.App.Name // an unknown outcome is looked up by this name
	if err := r.aboutToCreate(ctx, Placing); err != nil {
		return err
	}
	app, err := r.t.Publish(ctx, r.d.Intermediate, space.ID, r.w.App.Name, r.w.App.Description)
	if err != nil {
		return r.publishFault(ctx, err)
	}
	return r.confirm(ctx, app.ID, space.ID)
}

// republish may be repeated at any time: the target keeps its id.
func (r *run) republish(ctx context.Context, target string, err error) error {
	if err != nil {
		return err
	}
	if err := r.aboutToCreate(ctx, Placing); err != nil {
		return err
	}
	app, err := r.t.Republish(ctx, r.d.Intermediate, target, r.w.App.Name, r.w.App.Description)
	if err != nil {
		return r.publishFault(ctx, err)
	}
	return r.confirm(ctx, app.ID, "")
}

// publishFault remembers whether the publish may have happened all the same. A space that was made a moment ago may
// refuse for a while (qlik-cloud-api.md section 3), so a refusal counts only when it lasts.
func (r *run) publishFault(ctx context.Context, err error) error {
	if unsure(err) {
		return err
	}
	r.d.ImportStarted = r.e.Now().Add(-r.e.Settle(r.w.Deployment))
	e, _ := asTenant(err)
	if e.Cause == tenant.NotFound {
		_, lookErr := r.t.App(ctx, r.d.Intermediate)
		if tenant.CauseOf(lookErr) == tenant.NotFound {
			return r.importAgain(err)
		}
	}
	if r.d.Tries < newSpaceTries && slices.Contains([]tenant.Cause{tenant.NotFound, tenant.Forbidden, tenant.Refused}, e.Cause) {
		return &halt{state: Retrying, cause: causes[e.Cause], status: e.Status, trace: e.TraceID, message: sentence(e.Error())}
	}
	return err
}

// newSpaceTries is how often a refused publish is tried again before the refusal is believed.
const newSpaceTries = 3
