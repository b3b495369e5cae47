package status

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/web/respond"
)

// removal is the question before an app that was left in its tenant is removed there.
type removal struct {
	row        distribution.StatusRow
	deployment deployment.Deployment
	wrongName  string // what is wrong with the name that was typed
	refused    string // why nothing was removed
}

func (q removal) placement() distribution.Placement { return *q.row.Placement }

// reachable says whether what is left in a tenant can be removed: its deployment still goes there. A copy that was there before us and
// is marked is nobody's to remove from here.
func reachable(row distribution.StatusRow, d deployment.Deployment) bool {
	return row.Shown == distribution.LeftInTenant && row.Placement != nil && !row.Placement.Marked && d.TenantID == row.Placement.TenantID
}

func (s *Screen) askRemove(w http.ResponseWriter, r *http.Request) {
	q, err := s.removal(r)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, removePage(q))
}

// removal reads what is to be removed.
func (s *Screen) removal(r *http.Request) (q removal, err error) {
	detail, err := s.Store.StatusDetail(r.Context(), chi.URLParam(r, "app"), chi.URLParam(r, "deployment"))
	if err != nil {
		return q, err
	}
	q.row = detail.Row
	if q.row.Shown != distribution.LeftInTenant || q.row.Placement == nil {
		return q, fault.New(fault.Conflict, "%q is not left in its tenant: it is %s. Only what nothing refreshes any more can be removed.", nameOf(q.row), q.row.Shown)
	}
	if q.row.Placement.Marked {
		return q, fault.New(fault.Conflict, "%q was in the tenant before, and is left as it is. Remove it in the tenant itself: app %s.", nameOf(q.row), q.row.Placement.RemoteID)
	}
	q.deployment, err = s.Store.Deployment(r.Context(), q.row.Deployment.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return q, err
	}
	if !reachable(q.row, q.deployment) {
		return q, fault.New(fault.Conflict, "No deployment goes to the tenant that holds %q any more. Remove it in the tenant itself: app %s.", nameOf(q.row), q.row.Placement.RemoteID)
	}
	return q, nil
}

// remove deletes the app in the tenant and forgets it. On Production it asks for the deployment's name.
func (s *Screen) remove(w http.ResponseWriter, r *http.Request) {
	if err := respond.Form(w, r); err != nil {
		respond.Fault(w, r, err)
		return
	}
	q, err := s.removal(r)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	if typed := strings.TrimSpace(r.PostForm.Get("name")); q.deployment.Kind == deployment.Production && !strings.EqualFold(typed, q.deployment.Name) {
		q.wrongName = "Type the deployment's name to go on: " + q.deployment.Name + "."
		respond.Page(w, r, http.StatusUnprocessableEntity, removePage(q))
		return
	}
	s.finish(w, r, q, s.removeNow(r, q))
}

// removeNow acts in the tenant first: a crash in between leaves a line that can be removed again.
func (s *Screen) removeNow(r *http.Request, q removal) error {
	paused, err := s.Store.PausedAll(r.Context())
	if err != nil {
		return err
	}
	if paused.Observing() {
		return fault.New(fault.Conflict, "Nothing was removed: the site is only observed, and the console changes nothing in a tenant meanwhile. Switch Observe only off first, under Site.")
	}
	if paused != nil {
		return fault.New(fault.Conflict, "Nothing was removed: distribution is paused (%s). Resume it first.", paused.Reason)
	}
	tenant, err := s.Tenants.Tenant(r.Context(), q.deployment)
	if err != nil {
		return err
	}
	if err := distribution.Remove(r.Context(), tenant, q.placement()); err != nil {
		return err
	}
	return s.Store.RemovePlacement(r.Context(), q.placement())
}

func (s *Screen) finish(w http.ResponseWriter, r *http.Request, q removal, err error) {
	switch {
	case fault.Is(err, fault.Conflict), fault.Is(err, fault.Unavailable):
		q.refused = fault.Of(err).Text
		respond.Page(w, r, http.StatusUnprocessableEntity, removePage(q))
	case err != nil:
		respond.Fault(w, r, err)
	default:
		respond.Done(w, r, s.Notices, "/status?tab=left", nameOf(q.row)+" is removed from "+q.deployment.Name+".")
	}
}
