package distribution

import (
	"context"
	"fmt"
	"slices"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/tenant"
)

// SetInTenant is the space rule of an app whose space somebody set in the tenant: that wins, and lasts.
const SetInTenant = "set in the tenant"

// madeByUs is the description of a space that we make, by which we know it after an unknown outcome.
const madeByUs = "Made by Skyferry for the apps that it distributes."

// room looks, before anything is sent, whether a new app can land.
func (r *run) room(ctx context.Context) error {
	if !r.managed() {
		return nil
	}
	land := r.landing()
	if land.Why != "" {
		return r.rest(NoSpace, land.Why)
	}
	space, found, err := r.t.FindSpace(ctx, land.Space, tenant.Managed)
	switch {
	case err != nil:
		return err
	case !found && !r.w.Deployment.Landing.Create:
		return r.noSuchSpace(land)
	case !found:
		return nil
	}
	there, err := r.inSpace(ctx, space)
	if err == nil && there.foreign != "" && there.ours == "" && there.earlier == "" {
		return r.taken(space, there.foreign)
	}
	return err
}

// roomAgain looks whether what a delivery waits for has come, when it is past its export.
func (r *run) roomAgain(ctx context.Context) error {
	if !r.resting {
		return nil
	}
	if err := r.room(ctx); err != nil || !r.managed() || r.d.Intermediate != "" {
		return err
	}
	_, err := r.transit(ctx)
	return err
}

func (r *run) noSuchSpace(land Landing) *halt {
	return r.rest(SpaceMissing, fmt.Sprintf("Managed space %q (%s) is not in the tenant, or not shown to the sign-in, and deployment %q does not make spaces.",
		land.Space, land.Rule, r.w.Deployment.Name))
}

// space finds the managed space that the app lands in, or makes it where the deployment says so.
func (r *run) space(ctx context.Context) (tenant.Space, error) {
	land := r.landing()
	if land.Why != "" {
		return tenant.Space{}, r.rest(NoSpace, land.Why)
	}
	space, found, err := r.t.FindSpace(ctx, land.Space, tenant.Managed)
	switch {
	case err != nil:
		return space, err
	case found:
		return space, r.finishSpace(ctx, space)
	case !r.w.Deployment.Landing.Create:
		return space, r.noSuchSpace(land)
	}
	if err := r.e.Store.BeginSpace(ctx, r.w.Deployment.TenantID, land.Space); err != nil {
		return space, ourFault{err}
	}
	if space, err = r.makeSpace(ctx, land.Space, tenant.Managed); err != nil {
		return space, err
	}
	return space, r.finishSpace(ctx, space)
}

func (r *run) makeSpace(ctx context.Context, name, kind string) (tenant.Space, error) {
	if err := r.mine(ctx); err != nil {
		return tenant.Space{}, err
	}
	space, err := r.t.CreateSpace(ctx, name, kind, madeByUs)
	if tenant.CauseOf(err) == tenant.Forbidden {
		return space, r.rest(SpaceMissing, fmt.Sprintf("The %s space %q is not in the tenant, or not shown to the sign-in, which may not make it.", kind, name))
	}
	if e, ok := asTenant(err); ok && e.Status == 409 {
		return r.madeMeanwhile(ctx, name, kind, e)
	}
	return space, err
}

// madeMeanwhile takes the space that another delivery, or somebody, made between our look and our call.
func (r *run) madeMeanwhile(ctx context.Context, name, kind string, conflict *tenant.Error) (tenant.Space, error) {
	space, found, err := r.t.FindSpace(ctx, name, kind)
	if err != nil || found {
		return space, err
	}
	// The list does not show it yet, or a space of another type has the name.
	return space, &halt{state: Retrying, cause: Busy, status: conflict.Status, trace: conflict.TraceID,
		message: fmt.Sprintf("A space named %q exists in the tenant, but no %s one is listed.", name, kind)}
}

// transit is the shared space that apps are imported into before they are published.
func (r *run) transit(ctx context.Context) (tenant.Space, error) {
	space, found, err := r.t.FindSpace(ctx, deployment.TransitSpace, tenant.Shared)
	if err != nil || found {
		return space, err
	}
	return r.makeSpace(ctx, deployment.TransitSpace, tenant.Shared)
}

// finishSpace gives the members of a space that we made their roles. Those of any other space are never changed.
func (r *run) finishSpace(ctx context.Context, space tenant.Space) error {
	begun, err := r.e.Store.UnfinishedSpace(ctx, r.w.Deployment.TenantID, space.Name)
	if err != nil {
		return ourFault{err}
	}
	if !begun {
		return nil
	}
	ours := space.Description == madeByUs
	for _, m := range r.w.Deployment.Landing.Members {
		if !ours {
			break
		}
		if err := r.addMember(ctx, space, m); err != nil {
			return err
		}
	}
	if err := r.save(ctx); err != nil { // the warnings: once the note is gone nobody looks at the members again
		return err
	}
	if err := r.e.Store.FinishSpace(ctx, r.w.Deployment.ID, r.w.Deployment.TenantID, space.Name, ours); err != nil {
		return ourFault{err}
	}
	return nil
}

// addMember gives one member its roles. Whom the tenant does not have, or does not take, is a warning.
func (r *run) addMember(ctx context.Context, space tenant.Space, m deployment.Member) error {
	id, err := r.assignee(ctx, m)
	if err != nil && !refused(err) {
		return err
	}
	if id == "" {
		r.warnOfSpacef("Space %q was made, but %s %q was not found in the tenant: give the roles there", space.Name, m.Type, m.Name)
		return nil
	}
	if err := r.mine(ctx); err != nil {
		return err
	}
	err = r.t.AddSpaceMember(ctx, space.ID, tenant.SpaceMember{Type: m.Type, AssigneeID: id, Roles: m.Roles})
	switch e, _ := asTenant(err); {
	case e != nil && e.Status == 409: // from an earlier try
		return nil
	case refused(err):
		r.warnOfSpacef("Space %q was made, but %s %q did not get its roles: %s", space.Name, m.Type, m.Name, err)
		return nil
	}
	return err
}

// warnOfSpacef notes what could not be done about a space that was made.
func (r *run) warnOfSpacef(format string, args ...any) {
	if text := sentence(fmt.Sprintf(format, args...)); !slices.Contains(r.d.Warnings, text) {
		r.d.Warnings = append(r.d.Warnings, text)
	}
}

// assignee gives the id of a group or a user, empty when the tenant has none.
func (r *run) assignee(ctx context.Context, m deployment.Member) (string, error) {
	if m.Type == "group" {
		group, _, err := r.t.FindGroup(ctx, m.Name)
		return group.ID, err
	}
	user, _, err := r.user(ctx, m.Name)
	return user.ID, err
}

// refused says whether the tenant answered and does not do it, so that trying again is no use.
func refused(err error) bool {
	switch tenant.CauseOf(err) {
	case tenant.Forbidden, tenant.NotFound, tenant.Refused:
		return true
	}
	return false
}

// spaceRule says which rule chose the space that the app is in. Where that was not known, since only a look had found the app there, the
// present rule counts if it gives that space.
func (r *run) spaceRule(app tenant.App, space string) string {
	old := r.w.Placement
	again := old != nil && old.RemoteID == app.ID
	ruled := r.managed() && space == r.landing().Space
	switch {
	case app.SpaceID == "" || space == "":
		return ""
	case ruled && (!again || old.MoveTo != "" && old.SpaceID != app.SpaceID || old.SpaceRule == ""):
		return r.landing().Rule
	case again && old.SpaceID == app.SpaceID:
		return old.SpaceRule
	}
	return SetInTenant
}
