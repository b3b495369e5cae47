package distribution

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/tenant"
)

// Release is the word of somebody that an app with section access may go to a tenant. It counts for the app and the tenant,
// not for one data version: an app that is reloaded every hour would else need somebody every hour. It ends when the app
// arrives without section access.
type Release struct {
	By string
	At time.Time
}

// StaysOut says in a few words why a deployment does not take an app that policies send there, as far as that is known
// before anything is sent; empty: it takes it.
func StaysOut(d deployment.Deployment, app site.App) string {
	switch a := d.Admission; {
	case a.TooLarge(app.Size):
		return "too large for " + d.Name
	case a.SectionAccess == deployment.NeverAccess && app.SectionAccess == site.HasSectionAccess:
		return "kept out of " + d.Name + " for section access"
	}
	return ""
}

// fits holds the size of the file against the deployment's largest app: by what the site tells, and exactly once it is
// exported.
func (r *run) fits() error {
	size := or(r.d.SHA256 != "", r.d.Size, r.w.App.Size)
	a := r.w.Deployment.Admission
	if !a.TooLarge(size) {
		return nil
	}
	return &halt{state: Paused, cause: OverLimit, message: fmt.Sprintf("The app's file has %s, and deployment %q takes at most %s. %s",
		amount(size), r.w.Deployment.Name, deployment.SizeText(a.LargestApp), r.sentSoFar())}
}

// sentSoFar says how far a delivery came that stops before its import.
func (r *run) sentSoFar() string {
	if r.d.UploadURL == "" && r.d.FileID == "" {
		return "Nothing was sent."
	}
	return "Nothing was imported."
}

// admit is asked before each step up to the import: the size, and section access where the site or an earlier import of the
// same data tells it. An import whose outcome is not known is looked up first.
func (r *run) admit(ctx context.Context) error {
	if !r.d.ImportStarted.IsZero() {
		return nil
	}
	if err := r.fits(); err != nil {
		return err
	}
	return r.access(ctx, r.w.SectionAccess)
}

// look reads from the imported app whether it has section access, and judges it before anybody can open it.
func (r *run) look(ctx context.Context) error {
	if r.d.PublishedID != "" {
		return nil
	}
	if r.d.SectionAccess == site.SectionAccessUnknown {
		app, err := r.t.App(ctx, r.d.Intermediate)
		switch {
		case tenant.CauseOf(err) == tenant.NotFound:
			return r.importAgain(err)
		case err != nil:
			return err
		}
		if err := r.learn(ctx, app); err != nil {
			return err
		}
	}
	return r.access(ctx, r.d.SectionAccess)
}

// learn notes what the tenant tells of the imported app.
func (r *run) learn(ctx context.Context, app tenant.App) error {
	r.d.Intermediate = app.ID
	r.hear(app)
	return r.save(ctx)
}

// hear takes what the tenant tells of an app's section access, if it does.
func (r *run) hear(app tenant.App) {
	if app.HasSectionAccess != nil {
		r.d.SectionAccess = or(*app.HasSectionAccess, site.HasSectionAccess, site.NoSectionAccess)
	}
}

// access stops a delivery whose app has section access, by the rule of the deployment. What is not known goes on.
func (r *run) access(ctx context.Context, told site.SectionAccess) error {
	rule := r.w.Deployment.Admission.SectionAccess
	switch {
	case told != site.HasSectionAccess || rule == deployment.SendAccess:
		return nil
	case rule == deployment.NeverAccess:
		return r.refuseAccess(ctx)
	case r.w.Release != nil:
		return nil
	}
	return r.holdAccess(ctx)
}

// holdAccess pauses until somebody releases the app. What overtaken deliveries left is removed meanwhile.
func (r *run) holdAccess(ctx context.Context) error {
	if err := r.tidy(ctx, r.d.Intermediate); err != nil {
		return err
	}
	where := r.sentSoFar()
	switch {
	case r.d.Intermediate == "":
	case r.managed():
		where = fmt.Sprintf("It waits in the space %q and is not published.", deployment.TransitSpace)
		if r.w.Placement != nil {
			where += " The app that users have is as it was."
		}
	case r.replaced():
		where = replacedInPlace
	default:
		where = "It is staged without a space, so that only admins of the tenant see it."
	}
	return &halt{state: Paused, cause: AccessHeld, message: fmt.Sprintf(
		"The app has section access, and deployment %q holds such apps until somebody releases them. %s", r.w.Deployment.Name, where)}
}

// replacedInPlace is what cannot be taken back: a staged import replaces the app that is there.
const replacedInPlace = "The import has replaced the tenant's copy, which had been placed before, and whoever may open that sees the new one. Nothing is removed by itself."

// replaced says whether the staged import took the place of an app that was there before.
func (r *run) replaced() bool {
	return r.w.Placement != nil && r.w.Placement.RemoteID == r.d.Intermediate
}

// refuseAccess ends the delivery, and takes what it brought out of the tenant again.
func (r *run) refuseAccess(ctx context.Context) error {
	where, err := r.takeBack(ctx)
	if err != nil {
		return err
	}
	r.d.Intermediate, r.d.SentName, r.d.ImportStarted, r.d.FirstImport = "", "", time.Time{}, time.Time{}
	return &halt{state: Failed, cause: AccessNever, message: fmt.Sprintf(
		"The app has section access, and deployment %q never takes such apps. %s", r.w.Deployment.Name, where)}
}

// takeBack removes the imported app, and says what became of it.
func (r *run) takeBack(ctx context.Context) (where string, err error) {
	switch {
	case r.d.Intermediate == "":
		return r.sentSoFar(), r.tidy(ctx, "")
	case r.managed():
		return "It was not published, and what was imported is removed.", r.tidy(ctx, "")
	case r.replaced():
		return replacedInPlace, nil
	}
	app, err := r.t.App(ctx, r.d.Intermediate)
	if err == nil && !r.madeByThis(app) {
		return fmt.Sprintf("The staged app (id %s) stays in the tenant: it was there before this delivery, or somebody gave it a space.", app.ID), nil
	}
	if err == nil {
		err = r.deleteApp(ctx, app.ID)
	}
	switch {
	case err == nil, tenant.CauseOf(err) == tenant.NotFound:
		return "What was staged is removed.", nil
	case refused(err):
		return fmt.Sprintf("The staged app (id %s) could not be removed, and has no space: %s", r.d.Intermediate, err), nil
	}
	return "", err
}

// clockSkew is by how much the clocks of tenant and console may differ.
const clockSkew = time.Minute

// madeByThis says whether a staged app surely was made by the import of this delivery and is seen by nobody. One that another
// delivery or another console may have made is older than the import.
func (r *run) madeByThis(app tenant.App) bool {
	return app.SpaceID == "" && len(r.w.Strays) == 0 && !app.Created.IsZero() &&
		!r.d.FirstImport.IsZero() && !app.Created.Before(r.d.FirstImport.Add(-clockSkew))
}

// stillKept says whether a delivery that is paused shall wait by what counts now.
func (r *run) stillKept() bool {
	switch r.d.Cause {
	case OverLimit:
		return r.w.App != nil && r.fits() != nil
	case AccessHeld:
		return r.w.Deployment.Admission.SectionAccess == deployment.HoldAccess && r.w.Release == nil
	case AdoptionRefused: // whoever decides about it closes it, or lets it try again
		return true
	}
	return false
}

// amount writes a size for people, in the units of the pages.
func amount(bytes int64) string {
	n, units := float64(bytes), []string{"B", "kB", "MB", "GB", "TB"}
	for n >= 1000 && len(units) > 1 {
		n, units = n/1000, units[1:]
	}
	text := strconv.FormatFloat(n, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + " " + units[0]
}
