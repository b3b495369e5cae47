package distribution

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/skyferry/skyferry/internal/tenant"
)

// Adoption is what somebody decided about a copy that a tenant held of an app before us: it is linked to the app, so that the
// next delivery refreshes it, or it is marked, so that it is left as it is and nothing is placed beside it.
type Adoption struct {
	AppID      string // of the site
	Mark       bool
	RemoteID   string
	RemoteName string
	SpaceID    string // empty: staged
	SpaceName  string
	Size       int64 // bytes of its file, 0: not told
}

// Refusal says why something cannot be done about one app.
type Refusal struct {
	AppID string
	Why   string // a sentence
}

// adoptionRefused pauses a delivery that cannot refresh the adopted app. No second copy is made; somebody has to choose.
func adoptionRefused(cause error, format string, args ...any) *halt {
	h := &halt{state: Paused, cause: AdoptionRefused, message: fmt.Sprintf(format, args...) + " No second copy was made."}
	if e, ok := asTenant(cause); ok {
		h.status, h.trace = e.Status, e.TraceID
	}
	return h
}

// reachable says, before anything is sent, whether this way of landing can refresh an adopted app at all. An app that was
// published in the cloud is never found by the key of a staged import; of natively distributed ones nobody knows.
func (r *run) reachable(app tenant.App) error {
	if !r.managed() && app.OriginAppID != "" && !r.d.MetadataOnly {
		return adoptionRefused(nil, "The adopted app (id %s) was published in the tenant, and a staged import does not replace such an app.", app.ID)
	}
	return nil
}

// refusesForGood says whether the tenant answered that it does not do it, so that the same call is no use.
func refusesForGood(err error) bool {
	switch e, ok := asTenant(err); {
	case !ok:
		return false
	case e.Cause == tenant.Forbidden, e.Cause == tenant.Refused:
		return true
	default:
		return e.Status == http.StatusConflict
	}
}

// withdraw takes the imported copy away again after the tenant refused to publish it over the adopted app, and pauses.
func (r *run) withdraw(ctx context.Context, refusal error) error {
	if err := r.removeCopy(ctx, r.d.Intermediate, []string{r.technicalName(r.d.ID)}); err != nil {
		return err
	}
	target := r.w.Placement.RemoteID
	r.d.Intermediate, r.d.ImportStarted = "", time.Time{}
	return adoptionRefused(refusal, "The tenant refuses to publish over the adopted app (id %s): %s", target, sentence(refusal.Error()))
}

// undouble ends a staged import that made another app than the adopted one. The other one is removed only when this delivery
// surely made it and nobody has put it into a space.
func (r *run) undouble(ctx context.Context, id string) error {
	adopted := r.w.Placement.RemoteID
	made, err := r.t.App(ctx, id)
	switch {
	case tenant.CauseOf(err) == tenant.NotFound:
		return r.importAgain(err)
	case err != nil:
		return err
	case !r.madeByThis(made):
		return &halt{state: Paused, cause: AdoptionRefused, message: fmt.Sprintf(
			"The tenant refreshed another app (id %s) than the adopted one (id %s). Both were there before, and neither was removed.", id, adopted)}
	}
	if err := r.deleteApp(ctx, id); err != nil && tenant.CauseOf(err) != tenant.NotFound {
		return err
	}
	r.d.Intermediate, r.d.ImportStarted, r.d.FirstImport = "", time.Time{}, time.Time{}
	return &halt{state: Paused, cause: AdoptionRefused, message: fmt.Sprintf(
		"The tenant made a new app (id %s) instead of refreshing the adopted one (id %s). The new one was removed again, so the tenant has one copy.", id, adopted)}
}
