package deployments

import (
	"context"
	"net/http"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/tenant"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// testLimit is how long a test of a connection may take.
const testLimit = 30 * time.Second

// testResult is what a test found.
type testResult struct {
	At    time.Time
	Steps []tenant.Step
	Fault string // why it could not be made; empty when it was
	Good  bool   // the tenant let us in, and no step failed
}

// Test tests the connection with what is applied. It needs more time than testLimit: what was found has to be written, too.
func (s *Screen) Test(w http.ResponseWriter, r *http.Request) {
	before, err := s.Store.Deployment(r.Context(), idOf(r))
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	result := s.try(r.Context(), before)
	d, err := s.Store.Deployment(r.Context(), before.ID) // a next key may have taken over
	switch {
	case err != nil:
		respond.Fault(w, r, err)
	case r.Header.Get("HX-Request") != "":
		respond.Page(w, r, http.StatusOK, testAnswer(pageOfTest(d, &result), tookOver(before, d)))
	default:
		s.answer(w, r, http.StatusOK, formOf(d, ""), &d, func(p *page) { p.Test = &result })
	}
}

// pageOfTest is what scripts are shown of a page after a test: never the form, so that changes in it are kept.
func pageOfTest(d deployment.Deployment, result *testResult) page {
	return page{Form: formOf(d, ""), Stored: &d, Test: result, Token: ownToken(d, d.Audience)}
}

// tookOver says whether another key than before is in use.
func tookOver(before, after deployment.Deployment) bool {
	return before.Key != nil && after.Key != nil && before.Key.ID != after.Key.ID
}

func (s *Screen) try(ctx context.Context, d deployment.Deployment) testResult {
	ctx, cancel := context.WithTimeout(ctx, testLimit)
	defer cancel()
	result := testResult{At: s.Now()}
	report, err := s.Tester.Test(ctx, d)
	if err != nil {
		result.Fault = fault.Of(err).Text
	}
	result.Steps, result.Good = report.Steps, report.SignedIn && report.Failures() == 0
	return result
}

// resumable says whether what the console had paused the deployment for is over: it asks nobody itself while it is paused.
func (p page) resumable() bool {
	return p.Test != nil && p.Test.Good && p.Stored.Pause != nil && p.Stored.Pause.Cause != ""
}

// panel is the result as the panel Test connection shows it.
func (t *testResult) panel() *ui.ConnectionTest {
	if t == nil {
		return nil
	}
	panel := &ui.ConnectionTest{At: t.At, Fault: t.Fault}
	for _, step := range t.Steps {
		panel.Add(stepState(step.State), step.Name, step.Detail, step.Advice, step.Took)
	}
	return panel
}

func stepState(s tenant.StepState) ui.StepState {
	switch s {
	case tenant.Passed:
		return ui.StepDone
	case tenant.Failed:
		return ui.StepFailed
	default:
		return ui.StepPending
	}
}

const untested = "Not tested since this page was opened. The test uses what is applied and changes nothing in the tenant. It takes some seconds."
