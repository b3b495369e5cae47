package distribution

import (
	"context"
	"time"

	"github.com/skyferry/skyferry/internal/tenant"
)

// importFile makes an app of the uploaded file.
func (r *run) importFile(ctx context.Context) error {
	if err := r.quiet(); err != nil {
		return err
	}
	if err := r.safe(ctx); err != nil {
		return err
	}
	if r.managed() {
		return r.importNew(ctx)
	}
	return r.importStaged(ctx)
}

// importStaged makes nothing double: the tenant keys the app by the site app's id. All the same it is repeated only when an
// earlier call surely has come to its end: one that finished later would put old data over newer ones. Until then the app is
// looked up: see arrived.
func (r *run) importStaged(ctx context.Context) error {
	if !r.d.ImportStarted.IsZero() {
		app, found, err := r.arrived(ctx)
		switch {
		case err != nil:
			return err
		case found:
			return r.learn(ctx, app)
		case !r.settled(r.d.ImportStarted):
			return r.unsettled(r.d.ImportStarted)
		}
	}
	var err error
	r.d.SentName = r.w.App.Name
	if r.d.Before, err = r.marks(ctx); err != nil {
		return err
	}
	if r.d.FileID == "" {
		return r.importWith(ctx, func(f tenant.File) (tenant.App, error) {
			return r.t.ImportStagedFile(ctx, r.d.AppID, r.d.SentName, f)
		})
	}
	if err := r.aboutToImport(ctx); err != nil {
		return err
	}
	app, err := r.t.ImportStaged(ctx, r.d.AppID, r.d.SentName, r.d.FileID)
	if err != nil {
		return r.importFault(ctx, err)
	}
	return r.learn(ctx, app)
}

// single refuses a second staged copy: a tenant that trusts two keys of ours may make one for each.
func (r *run) single(ctx context.Context, id string) error {
	p := r.w.Placement
	if p == nil || p.RemoteID == id {
		return nil
	}
	_, err := r.t.App(ctx, p.RemoteID)
	switch {
	case tenant.CauseOf(err) == tenant.NotFound:
		return nil
	case err != nil:
		return err
	}
	if !p.Adopted.IsZero() {
		return r.undouble(ctx, id)
	}
	return heldOtherwise("The tenant holds the app (id %s) from another key, and made a second copy (id %s) for this one.", p.RemoteID, id)
}

// importNew makes another app with each call. So the technical name is looked up first, and the call is repeated only
// when the tenant has had time to show what an earlier one made.
func (r *run) importNew(ctx context.Context) error {
	found, err := r.t.FindApps(ctx, tenant.AppFilter{Name: r.technicalName(r.d.ID)})
	switch {
	case err != nil:
		return err
	case len(found) > 0:
		if r.d.Intermediate = found[0].ID; r.d.ImportStarted.IsZero() {
			r.d.ImportStarted = r.e.Now()
		}
		return r.save(ctx)
	case !r.settled(r.d.ImportStarted):
		return r.unsettled(r.d.ImportStarted)
	}
	transit, err := r.transit(ctx)
	if err != nil {
		return err
	}
	if r.d.FileID == "" {
		return r.importWith(ctx, func(f tenant.File) (tenant.App, error) {
			return r.t.ImportNewFile(ctx, r.technicalName(r.d.ID), transit.ID, f)
		})
	}
	if err := r.aboutToImport(ctx); err != nil {
		return err
	}
	app, err := r.t.ImportNew(ctx, r.technicalName(r.d.ID), r.d.FileID, transit.ID)
	if err != nil {
		return r.importFault(ctx, err)
	}
	return r.learn(ctx, app)
}

// technicalName names the app that a delivery imports until it is published: the key by which it is found again.
func (r *run) technicalName(deliveryID string) string {
	return technicalName(r.e.SiteID, r.d.AppID, deliveryID)
}

func technicalName(siteID, appID, deliveryID string) string {
	return TechnicalPrefix(siteID) + appID + " " + deliveryID
}

// technicalPrefix begins the technical names of this site.
func (e *Engine) technicalPrefix() string { return TechnicalPrefix(e.SiteID) }

// TechnicalPrefix begins the names of the apps that a site's deliveries import and have not published yet.
func TechnicalPrefix(siteID string) string { return "skyferry " + siteID + " " }

// importFault remembers whether the import may have happened all the same.
func (r *run) importFault(ctx context.Context, err error) error {
	if unsure(err) {
		return err
	}
	if failed := r.notImported(ctx, err); failed != nil {
		return failed
	}
	switch c := tenant.CauseOf(err); {
	case (c == tenant.NotFound || c == tenant.Gone) && r.d.FileID != "":
		r.dropUpload()
		return &tenant.Error{Call: "import the app", Cause: tenant.Gone, Detail: "the tenant no longer has the upload"}
	case c == tenant.DaySpent:
		if failed := r.reload(ctx); failed != nil {
			return failed
		}
		return r.daySpent()
	}
	return err
}

// aboutToCreate saves that a create is sent now, before it is sent.
func (r *run) aboutToCreate(ctx context.Context, s State) error {
	if err := r.mine(ctx); err != nil {
		return err
	}
	r.d.ImportStarted = r.e.Now()
	return r.enter(ctx, s)
}

// settled says whether everything that was sent until then would show in the tenant by now.
func (r *run) settled(sent time.Time) bool {
	return sent.IsZero() || !r.e.Now().Before(sent.Add(r.e.Settle(r.w.Deployment)))
}

// unsettled looks again soon, and for the last time when the settle time is over.
func (r *run) unsettled(sent time.Time) error {
	left := sent.Add(r.e.Settle(r.w.Deployment)).Sub(r.e.Now())
	return &halt{state: Retrying, cause: OutcomeUnknown, wait: min(left, max(left/4, time.Second)), free: true,
		message: "The tenant was asked, but it is not known what came of it. It is looked up again until it is found or surely not there."}
}

// unsure says whether the call may have done its work although it failed.
func unsure(err error) bool {
	e, ok := asTenant(err)
	switch {
	case !ok:
		return true
	case e.Cause == tenant.OutcomeUnknown, e.Cause == tenant.Interrupted, e.Cause == tenant.Stalled:
		return true
	case e.Cause == tenant.BadAnswer:
		return e.Status == 0 || e.Status/100 == 2
	}
	return false
}
