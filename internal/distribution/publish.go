package distribution

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/skyferry/skyferry/internal/tenant"
)

// publish brings the imported app into its managed space: the first time as a new app, later into the same one, wherever
// that is by now. What was surely published is not published again.
func (r *run) publish(ctx context.Context) error {
	if err := r.enter(ctx, or(r.d.Stage == Placing, Placing, Importing)); err != nil {
		return err
	}
	if r.d.PublishedID != "" {
		return r.refresh(ctx, r.d.PublishedID, "")
	}
	if target, err := r.republishTarget(ctx); err != nil || target.ID != "" {
		return r.publishOver(ctx, target, err)
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
		return r.refresh(ctx, there.ours, space.ID)
	case r.publishing():
		return r.unsettled(r.d.ImportStarted)
	case there.earlier != "":
		return r.republish(ctx, there.earlier)
	case there.foreign != "":
		return r.taken(space, there.foreign)
	}
	return r.publishNew(ctx, space)
}

// publishing says whether a publish of this delivery was sent that may still come about.
func (r *run) publishing() bool { return r.d.Stage == Placing && !r.settled(r.d.ImportStarted) }

// publishOver publishes into the app that the placement names. That an earlier call did so, whose outcome is not known, shows in
// the app's origin; where it does not, the call is repeated when the earlier one surely has come to its end.
func (r *run) publishOver(ctx context.Context, target tenant.App, err error) error {
	switch {
	case err != nil:
		return err
	case target.OriginAppID == r.d.Intermediate:
		return r.refresh(ctx, target.ID, "")
	case r.publishing():
		return r.unsettled(r.d.ImportStarted)
	}
	return r.republish(ctx, target.ID)
}

// refresh goes on with an app that this delivery published before. What has changed at the site since is published into it.
func (r *run) refresh(ctx context.Context, remoteID, spaceID string) error {
	app, err := r.t.App(ctx, remoteID)
	switch {
	case tenant.CauseOf(err) == tenant.NotFound:
		r.d.PublishedID = ""
		return err
	case err != nil:
		return err
	case r.differs(app, "") != "":
		return r.republish(ctx, remoteID)
	}
	return r.published(ctx, remoteID, spaceID)
}

// published notes that the publish surely worked, and reads back.
func (r *run) published(ctx context.Context, remoteID, spaceID string) error {
	r.d.PublishedID = remoteID
	if err := r.save(ctx); err != nil {
		return err
	}
	return r.confirm(ctx, remoteID, spaceID)
}

// taken pauses for an app of the same name that this delivery may not touch.
func (r *run) taken(space tenant.Space, foreign string) *halt {
	return r.rest(NameTaken, fmt.Sprintf("Space %q already has another app %q (id %s). It was not touched.", space.Name, r.landing().Name, foreign))
}

// republishTarget gives the tenant app that the placement names, if it is still there.
func (r *run) republishTarget(ctx context.Context) (tenant.App, error) {
	if r.w.Placement == nil {
		return tenant.App{}, nil
	}
	app, err := r.t.App(ctx, r.w.Placement.RemoteID)
	if tenant.CauseOf(err) == tenant.NotFound {
		return tenant.App{}, nil
	}
	return app, err
}

// occupants are the ids of the apps in the space that bear the app's name, by where they come from.
type occupants struct{ ours, earlier, foreign string }

// inSpace looks for what an earlier publish made, this delivery's or a cancelled one's, and for a clash of names.
func (r *run) inSpace(ctx context.Context, space tenant.Space) (occupants, error) {
	var o occupants
	name := r.landing().Name
	for _, sent := range r.sentNames(name) {
		apps, err := r.t.FindApps(ctx, tenant.AppFilter{SpaceID: space.ID, Name: sent})
		if err != nil {
			return o, err
		}
		for _, app := range apps {
			switch {
			case r.d.Intermediate != "" && app.OriginAppID == r.d.Intermediate:
				o.ours = app.ID
			case r.strayed(app.OriginAppID):
				o.earlier = app.ID
			case sent == name:
				o.foreign = app.ID
			}
		}
	}
	return o, nil
}

// sentNames are the names under which a publish of this app may have arrived: the present one, and those that this delivery
// and the cancelled ones sent.
func (r *run) sentNames(present string) []string {
	names := []string{present}
	for _, s := range append(slices.Clone(r.w.Strays), Stray{SentName: r.d.SentName}) {
		if s.SentName != "" && !slices.Contains(names, s.SentName) {
			names = append(names, s.SentName)
		}
	}
	return names
}

// strayed says whether a cancelled delivery of this app imported the app with this id.
func (r *run) strayed(id string) bool {
	return id != "" && slices.ContainsFunc(r.w.Strays, func(s Stray) bool { return s.RemoteID == id })
}

// quiet waits until what cancelled deliveries sent can no longer arrive: it would come over what this delivery brings. As long
// as this one is open there are no further strays.
func (r *run) quiet() error {
	if last := r.lastStray(); !r.settled(last) {
		return r.unsettled(last)
	}
	return nil
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
	r.d.SentName = r.landing().Name
	if err := r.aboutToCreate(ctx, Placing); err != nil {
		return err
	}
	app, err := r.t.Publish(ctx, r.d.Intermediate, space.ID, r.d.SentName, r.w.App.Description)
	if err != nil {
		return r.publishFault(ctx, err)
	}
	return r.published(ctx, app.ID, space.ID)
}

// republish doubles nothing when it is repeated: the target keeps its id.
func (r *run) republish(ctx context.Context, target string) error {
	r.d.SentName = r.landing().Name
	if err := r.aboutToCreate(ctx, Placing); err != nil {
		return err
	}
	app, err := r.t.Republish(ctx, r.d.Intermediate, target, r.d.SentName, r.w.App.Description)
	if r.w.Placement.Untouched() && target == r.w.Placement.RemoteID && refusesForGood(err) {
		return r.withdraw(ctx, err)
	}
	if err != nil {
		return r.publishFault(ctx, err)
	}
	return r.published(ctx, app.ID, "")
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
