package distribution

import (
	"context"
	"errors"
	"fmt"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/tenant"
)

// safe is asked before the first byte and before each import (design.md section 4, I5): the app, as it is known now, is still
// wanted there, and the address is still the same tenant. An export may have told more of the app than was known before.
func (r *run) safe(ctx context.Context) error {
	if err := r.reload(ctx); err != nil {
		return err
	}
	if err := r.heed(); err != nil {
		return err
	}
	if err := r.wanted(ctx); err != nil {
		return err
	}
	return r.sameTenant(ctx)
}

// wanted reads the policies and guards again.
func (r *run) wanted(ctx context.Context) error {
	policies, err := r.e.Store.Policies(ctx)
	if err != nil {
		return ourFault{err}
	}
	switch v := policy.Compile(policies).Judge(*r.w.App, []policy.Target{target(r.w.Deployment)})[0]; {
	case v.Goes:
		return nil
	case v.Blocked != nil:
		return unwanted("%s", forbidden(*v.Blocked))
	default:
		return unwanted("no policy names it any more")
	}
}

// sameTenant compares the tenant's own id with the bound one, and binds it at the first success.
func (r *run) sameTenant(ctx context.Context) error {
	id, err := r.t.TenantID(ctx)
	if err != nil {
		return err
	}
	switch r.w.Deployment.TenantID {
	case id:
		return nil
	case "":
		return r.bind(ctx, id)
	}
	return pauseFor(WrongTenant, "%s is another tenant than before (%s instead of %s). Nothing was sent; compare the API endpoint with the tenant.",
		host(r.w.Deployment), id, r.w.Deployment.TenantID)
}

// bind ties the deployment to the tenant; from now on the run knows what that tenant holds of the app.
func (r *run) bind(ctx context.Context, id string) error {
	err := r.e.Store.BindTenant(ctx, r.w.Deployment.ID, id)
	switch {
	case fault.Is(err, fault.Conflict):
		return pauseFor(WrongTenant, "%s Nothing was sent.", fault.Of(err).Text)
	case err != nil:
		return ourFault{err}
	}
	if err := r.reload(ctx); err != nil {
		return err
	}
	if r.w.Deployment.TenantID != id {
		return ourFault{fmt.Errorf("deployment %s is not bound to tenant %s", r.w.Deployment.ID, id)}
	}
	return r.heed()
}

// choose decides, before anything is sent, whether the data has to go. What the tenant holds already is not sent again,
// unless an admin asked for it or somebody removed the app there.
func (r *run) choose(ctx context.Context) error {
	if r.d.UploadURL != "" || r.d.FileID != "" || r.d.Intermediate != "" {
		return r.roomAgain(ctx)
	}
	p := r.w.Placement
	if r.d.MetadataOnly = false; p == nil {
		return r.room(ctx)
	}
	app, err := r.t.App(ctx, p.RemoteID)
	switch {
	case tenant.CauseOf(err) == tenant.NotFound:
		return r.room(ctx)
	case err != nil && p.Untouched() && refused(err):
		return adoptionRefused(err, "The tenant does not show the adopted app (id %s) to this sign-in: %s", p.RemoteID, sentence(err.Error()))
	case err != nil:
		return err
	}
	r.d.MetadataOnly = !r.d.Forced && p.Version.Equal(r.d.Version)
	if !p.Adopted.IsZero() {
		return r.reachable(app)
	}
	if !r.d.MetadataOnly && r.managed() != (app.OriginAppID != "") {
		return heldOtherwise("The tenant holds the app (id %s) from another way of signing in, and this one cannot refresh it. No second copy was made.", app.ID)
	}
	return nil
}

// heldOtherwise ends a delivery that would leave two copies of an app in the tenant (design.md section 4, I2).
func heldOtherwise(format string, args ...any) *halt {
	return &halt{state: Failed, cause: HeldOtherwise, message: fmt.Sprintf(format, args...)}
}

// target is a deployment as the policies see it.
func target(d deployment.Deployment) policy.Target { return policy.Target{ID: d.ID, Name: d.Name} }

// mine compares the lease token just before something is changed in the tenant (design.md section 4), and stops a run whose delivery
// nobody wants any more since it looked last.
func (r *run) mine(ctx context.Context) error {
	d, err := r.e.Store.Held(ctx, r.d.ID, r.d.Ticket)
	switch {
	case err != nil:
		return ourFault{err}
	case d.Unwanted == "" || r.w.Delivery.Unwanted != "":
		return nil
	}
	r.w.Delivery.Unwanted, r.w.Delivery.UnwantedCause = d.Unwanted, d.UnwantedCause
	return r.heed()
}

// lost says that the run no longer holds its delivery.
func lost(err error) bool { return errors.Is(err, ErrLost) }
