package distribution

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/tenant"
)

// run is one run of one delivery. Its steps save what they did before and after each call that changes something in the
// tenant, so that a crash between any two calls loses nothing and doubles nothing.
type run struct {
	e                   *Engine
	w                   Work
	d                   Delivery
	a                   Attempt
	t                   Tenant
	held                *Held
	digest              digest    // of what was sent
	saved               time.Time // when the delivery was last saved
	began               time.Time
	met                 bool // the tenant told its id in this run
	synced              bool // the tenant was asked in this run how far the upload is
	conflicts           int
	resting             bool                // it is paused and only looks whether it may go on
	warnings            []string            // for the placement
	owner               string              // for the placement
	added               []tenant.Collection // for the placement: those that are ours
	means               means               // of signing in, as they were when it began
	placed              bool
	memory, memoryLimit int64 // for the placement
}

// The signals by which a step ends the run without a fault.
var (
	errSlice   = errors.New("the slice is over")
	errBlocked = errors.New("an older delivery goes first")
	errEarly   = errors.New("it is not time yet")
	errKept    = errors.New("somebody has to decide about it first")
	errLags    = errors.New("the tenant's catalogue does not show the app yet")
)

// ourFault marks a fault of the database: the run is repeated, and the delivery is not blamed.
type ourFault struct{ error }

func (f ourFault) Unwrap() error { return f.error }

func (e *Engine) newRun(w Work) *run {
	return &run{e: e, w: w, d: w.Delivery, a: w.Attempt, began: e.Now()}
}

// fly takes step after step until the app is placed.
func (r *run) fly(ctx context.Context) error {
	if err := r.start(ctx); err != nil {
		return err
	}
	for {
		if err := r.step(ctx); err != nil || r.placed {
			return err
		}
		if r.e.Now().Sub(r.began) >= r.e.Slice {
			return r.giveWay(ctx)
		}
		if err := r.reload(ctx); err != nil {
			return err
		}
		if err := r.heed(); err != nil {
			return err
		}
	}
}

// giveWay ends the slice with everything saved.
func (r *run) giveWay(ctx context.Context) error {
	if err := r.save(ctx); err != nil {
		return err
	}
	return errSlice
}

// start makes sure that the run may begin: nothing holds it, the tenant is the right one.
func (r *run) start(ctx context.Context) error {
	if err := r.heed(); err != nil {
		return err
	}
	if r.d.State == Paused && r.stillKept() {
		return errKept // the job is one that a crash left over
	}
	r.resting = r.d.State == Paused && r.d.Cause.LooksAgain()
	if (r.d.State == Retrying || r.resting) && r.e.Now().Before(r.d.NextTry) {
		return errEarly
	}
	if err := r.first(ctx); err != nil {
		return err
	}
	if err := r.awake(ctx, !r.resting); err != nil {
		return err
	}
	var err error
	r.means = meansOf(r.w)
	if r.t, err = r.e.Tenants.Tenant(ctx, r.w.Deployment); err != nil {
		return err
	}
	if err := r.sameTenant(ctx); err != nil {
		return err
	}
	r.met = true
	if err := r.choose(ctx); err != nil {
		return err
	}
	return r.awake(ctx, r.resting)
}

// awake begins an attempt, when it is time to. One that is paused goes on: it was resumed between the look at the pause and the
// note of it, or what it waits for has come. Looking alone is no attempt.
func (r *run) awake(ctx context.Context, now bool) error {
	if !now {
		return nil
	}
	r.resting = false
	r.openAttempt()
	if r.d.State != Paused {
		return nil
	}
	r.d.State, r.d.Cause, r.d.Message, r.d.NextTry = Waiting, NoCause, "", time.Time{}
	return r.save(ctx)
}

// step does what comes next. What that is follows from what the delivery has already, not from its state, so that it is
// the same after a pause, a retry and a crash.
func (r *run) step(ctx context.Context) error {
	switch {
	case r.d.MetadataOnly:
		return r.rename(ctx)
	case r.d.Intermediate != "":
		return r.land(ctx)
	}
	if err := r.admit(ctx); err != nil {
		return err
	}
	switch {
	case r.d.FileID != "", r.maybeImported():
		return r.importFile(ctx)
	case r.d.UploadURL != "":
		return r.upload(ctx)
	default:
		return r.export(ctx)
	}
}

// land brings the imported app to its users, when its section access may be there.
func (r *run) land(ctx context.Context) error {
	if err := r.look(ctx); err != nil {
		return err
	}
	if r.managed() {
		return r.publish(ctx)
	}
	return r.nameStaged(ctx)
}

// managed says whether apps land in a managed space; else they are staged (design.md section 5).
func (r *run) managed() bool { return r.w.Deployment.Managed() }

// landing is where the app lands, and its name there, by what counts now.
func (r *run) landing() Landing { return LandingOf(r.w.Deployment, *r.w.App) }

// warn notes what could not be done and is no reason to fail.
func (r *run) warnf(format string, args ...any) {
	if text := sentence(fmt.Sprintf(format, args...)); !slices.Contains(r.warnings, text) {
		r.warnings = append(r.warnings, text)
	}
}

func (r *run) openAttempt() {
	if r.a.Number == 0 {
		r.a = Attempt{DeliveryID: r.d.ID, Number: r.w.Attempts + 1, Started: r.e.Now(), Stage: r.d.Stage}
	}
}

// heed stops the run when somebody paused it, or when the deployment or the app is gone for it.
func (r *run) heed() error {
	dep := r.w.Deployment
	switch {
	case r.w.Delivery.Unwanted != "":
		return &halt{state: Cancelled, cause: r.w.Delivery.UnwantedCause, message: r.w.Delivery.Unwanted}
	case r.w.App == nil:
		return unwanted("the app was deleted from the site")
	case !r.w.App.Published():
		return unwanted("the app is not published")
	case r.w.Placement != nil && r.w.Placement.Marked:
		return unwanted("%s", r.w.Placement.LeftWhy)
	case dep.Disabled:
		return unwanted("deployment \"%s\" is disabled", dep.Name)
	case r.w.PausedAll != nil:
		return heldByAll(*r.w.PausedAll)
	case dep.Pause != nil:
		return &halt{state: Paused, cause: pauseCause(*dep.Pause), message: pauseText("Deployment \""+dep.Name+"\"", *dep.Pause)}
	}
	return nil
}

// heldByAll pauses a delivery while nothing is done in any tenant.
func heldByAll(p deployment.Pause) *halt {
	if p.Observing() {
		return &halt{state: Paused, cause: ObserveOnly, message: p.Reason}
	}
	return &halt{state: Paused, cause: PausedAllByAdmin, message: pauseText("All distribution", p)}
}

func pauseCause(p deployment.Pause) Cause {
	if p.Cause != "" {
		return Cause(p.Cause)
	}
	return PausedByAdmin
}

// pauseText says why the delivery is held. What the console found itself is told to all in the same words.
func pauseText(what string, p deployment.Pause) string {
	switch {
	case p.Cause != "":
		return p.Reason
	case p.Reason == "":
		return fmt.Sprintf("%s is paused by %s.", what, p.By)
	}
	return fmt.Sprintf("%s is paused by %s: %s", what, p.By, p.Reason)
}

// reload reads again what others may have changed. The delivery itself is ours as long as the ticket holds.
func (r *run) reload(ctx context.Context) error {
	w, err := r.e.Store.LoadWork(ctx, r.d.ID, r.d.Ticket)
	if err != nil {
		return ourFault{err}
	}
	r.w = w
	return nil
}

// enter saves the delivery as working in a state. Nothing of an earlier failure stays.
func (r *run) enter(ctx context.Context, s State) error {
	r.become(s)
	return r.save(ctx)
}

func (r *run) become(s State) {
	r.d.State, r.d.Stage, r.a.Stage = s, s, s
	r.d.Cause, r.d.Message, r.d.Status, r.d.TraceID, r.d.NextTry = NoCause, "", 0, "", time.Time{}
}

func (r *run) save(ctx context.Context) error {
	if err := r.e.Store.Save(ctx, r.d, r.a); err != nil {
		return ourFault{err}
	}
	r.saved = r.e.Now()
	return nil
}
