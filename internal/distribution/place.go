package distribution

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/tenant"
)

// rename brings only metadata: the tenant has the data.
func (r *run) rename(ctx context.Context) error {
	if err := r.wanted(ctx); err != nil {
		return err
	}
	if err := r.quiet(); err != nil {
		return err
	}
	if r.d.ImportStarted.IsZero() {
		r.d.ImportStarted = r.e.Now()
	}
	if err := r.enter(ctx, Placing); err != nil {
		return err
	}
	app, err := r.describe(ctx, r.w.Placement.RemoteID)
	switch {
	case tenant.CauseOf(err) == tenant.NotFound:
		return r.sendAnew(ctx)
	case err != nil:
		if r.d.Naming == nil {
			r.d.ImportStarted = time.Time{}
		}
		return err
	}
	return r.confirm(ctx, app.ID, "")
}

// sendAnew makes a change of metadata a delivery of data: somebody removed the app in the tenant.
func (r *run) sendAnew(ctx context.Context) error {
	r.d.MetadataOnly, r.d.ImportStarted, r.d.Naming, r.d.State, r.d.Stage = false, time.Time{}, nil, Waiting, ""
	return r.save(ctx)
}

// nameStaged names the staged app. It stays where it is in the tenant: staged, or in the space that somebody set.
func (r *run) nameStaged(ctx context.Context) error {
	if err := r.enter(ctx, Placing); err != nil {
		return err
	}
	if err := r.single(ctx, r.d.Intermediate); err != nil {
		return err
	}
	app, err := r.describe(ctx, r.d.Intermediate)
	switch {
	case tenant.CauseOf(err) == tenant.NotFound:
		return r.importAgain(err)
	case err != nil:
		return err
	}
	return r.confirm(ctx, app.ID, "")
}

// importAgain forgets an imported app that is gone; the uploaded file may still be there.
func (r *run) importAgain(err error) error {
	r.d.Intermediate, r.d.SectionAccess, r.d.Naming = "", site.SectionAccessUnknown, nil
	r.d.ImportStarted, r.d.FirstImport = time.Time{}, time.Time{}
	return err
}

// confirm reads the app back, and only then is it said to be distributed (design.md section 4, I7). What goes with it, its
// space after a confirmed move, its owner and its collections, is set before.
func (r *run) confirm(ctx context.Context, remoteID, spaceID string) error {
	if r.d.State != Placing { // what an earlier run published, and could not note any more, was found
		if err := r.enter(ctx, Placing); err != nil {
			return err
		}
	}
	app, err := r.readBack(ctx, remoteID, spaceID)
	if err != nil {
		return err
	}
	if app, err = r.move(ctx, app); err != nil {
		return err
	}
	if app, err = r.setOwner(ctx, app); err != nil {
		return err
	}
	if err := r.collect(ctx, app.ID); err != nil {
		return err
	}
	if err := r.copies(ctx, app); err != nil {
		return err
	}
	if err := r.tidy(ctx, remoteID); err != nil {
		return err
	}
	space, err := r.spaceName(ctx, app.SpaceID)
	if err != nil {
		return err
	}
	if err := r.weigh(ctx, app.ID); err != nil {
		return err
	}
	r.d.State, r.d.Stage, r.a.Stage = Distributed, Placing, Placing
	r.d.Finished, r.a.Ended = r.e.Now(), r.e.Now()
	if err := r.e.Store.Place(ctx, r.d, r.a, r.placement(app, space)); err != nil {
		return ourFault{err}
	}
	r.placed = true
	return nil
}

func (r *run) readBack(ctx context.Context, remoteID, spaceID string) (tenant.App, error) {
	app, err := r.t.App(ctx, remoteID)
	if err != nil {
		return app, err
	}
	if differs := r.differs(app, spaceID); differs != "" {
		return app, &halt{state: Retrying, cause: NotConfirmed, message: "The tenant was read back: " + differs + "."}
	}
	return app, nil
}

// differs says in words what the tenant has otherwise than we sent it.
func (r *run) differs(app tenant.App, spaceID string) string {
	switch {
	case strings.TrimSpace(app.Name) != strings.TrimSpace(r.landing().Name):
		return "the app is named \"" + app.Name + "\" there"
	case strings.TrimSpace(app.Description) != strings.TrimSpace(r.w.App.Description):
		return "the app has another description there"
	case spaceID != "" && app.SpaceID != spaceID:
		return "the app is in another space"
	}
	return ""
}

// spaceName names the space that an app is in. One that the sign-in may not read has no name.
func (r *run) spaceName(ctx context.Context, id string) (string, error) {
	if id == "" {
		return "", nil
	}
	space, err := r.t.Space(ctx, id)
	if err != nil && refused(err) {
		r.e.Log.WarnContext(ctx, "the name of a space could not be read", "space", id, "error", err)
		return "", nil
	}
	return space.Name, err
}

// placement is what the tenant holds now.
func (r *run) placement(app tenant.App, space string) Placement {
	p := Placement{
		AppID: r.d.AppID, AppName: r.w.App.Name, TenantID: r.w.Deployment.TenantID, DeploymentID: r.d.DeploymentID,
		RemoteID: app.ID, RemoteName: app.Name, SpaceID: app.SpaceID, SpaceName: space, SpaceRule: r.spaceRule(app, space),
		Collections: r.added, Owner: r.owner, Warnings: slices.Concat(r.d.Warnings, r.warnings),
		Version: r.d.Version, MetaHash: MetaHash(*r.w.App, r.w.Deployment), SHA256: r.d.SHA256, Size: r.d.Size,
		Memory: r.memory, MemoryLimit: r.memoryLimit, SectionAccess: r.d.SectionAccess,
		Placed: r.e.Now(), Refreshed: r.e.Now(),
	}
	if old := r.w.Placement; old != nil && old.RemoteID == app.ID {
		p.Placed, p.MoveTo, p.Adopted = old.Placed, old.MoveTo, old.Adopted
		if r.d.MetadataOnly {
			p.SHA256, p.Size, p.Version, p.SectionAccess = old.SHA256, old.Size, old.Version, old.SectionAccess
		}
	}
	return p
}
