package status

import (
	"net/http"
	"strings"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// retryQuestion is what is asked before many deliveries to Production start again.
type retryQuestion struct {
	deployment deployment.Deployment
	cause      distribution.Cause
	count      int
	fault      string
}

func (s *Screen) askRetryAll(w http.ResponseWriter, r *http.Request) {
	q, err := s.question(r, r.URL.Query().Get("fold"))
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, retryAllPage(q))
}

// question reads what a fold stands for: the deployment's id and the cause, with a dot between.
func (s *Screen) question(r *http.Request, fold string) (retryQuestion, error) {
	deploymentID, cause, _ := strings.Cut(fold, ".")
	d, err := s.Store.Deployment(r.Context(), deploymentID)
	if err != nil {
		return retryQuestion{}, err
	}
	page, err := s.Store.StatusPage(r.Context(), distribution.StatusFilter{Tab: distribution.TabAttention, Deployment: d.ID, Cause: distribution.Cause(cause), Limit: 1})
	return retryQuestion{deployment: d, cause: distribution.Cause(cause), count: page.Counts[distribution.TabAttention]}, err
}

// retryAll starts all deliveries of one cause again. On Production it asks for the deployment's name.
func (s *Screen) retryAll(w http.ResponseWriter, r *http.Request) {
	if err := respond.Form(w, r); err != nil {
		respond.Fault(w, r, err)
		return
	}
	q, err := s.question(r, r.PostForm.Get("fold"))
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	if typed := strings.TrimSpace(r.PostForm.Get("name")); q.deployment.Kind == deployment.Production && !strings.EqualFold(typed, q.deployment.Name) {
		q.fault = "Type the deployment's name to go on: " + q.deployment.Name + "."
		respond.Page(w, r, http.StatusUnprocessableEntity, retryAllPage(q))
		return
	}
	n, err := s.Store.RetryCause(r.Context(), q.deployment.ID, q.cause)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Done(w, r, s.Notices, "/status?tab=all&deployment="+q.deployment.ID, ui.Plural(n, "delivery to "+q.deployment.Name+" starts", "deliveries to "+q.deployment.Name+" start")+" again.")
}
