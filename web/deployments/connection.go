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
}

// test tests the connection with what is applied. Scripts get the panel alone, so that changes in the form are kept.
func (s *Screen) test(w http.ResponseWriter, r *http.Request) {
	d, err := s.Store.Deployment(r.Context(), idOf(r))
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	result := s.try(r.Context(), d)
	if r.Header.Get("HX-Request") != "" {
		respond.Page(w, r, http.StatusOK, testPanel(&result))
		return
	}
	s.answer(w, r, http.StatusOK, formOf(d, ""), &d, func(p *page) { p.Test = &result })
}

func (s *Screen) try(ctx context.Context, d deployment.Deployment) testResult {
	ctx, cancel := context.WithTimeout(ctx, testLimit)
	defer cancel()
	result := testResult{At: s.Now()}
	steps, err := s.Tester.Test(ctx, d)
	if err != nil {
		result.Fault = fault.Of(err).Text
	}
	result.Steps = steps
	return result
}

func (t testResult) steps() []ui.Step {
	var list []ui.Step
	for _, step := range t.Steps {
		list = append(list, stepOf(step))
	}
	return list
}

func stepOf(step tenant.Step) ui.Step {
	s := ui.Step{State: ui.StepDone, Title: step.Name, Text: step.Detail, Meta: ui.Duration(step.Took)}
	switch {
	case !step.Reached:
		s.State, s.Text, s.Meta = ui.StepPending, "Not reached", ""
	case !step.OK:
		s.State = ui.StepFailed
	}
	if step.Advice != "" {
		s.Body = ui.MessageBox{Kind: ui.Bad, Bold: "Do this:", Text: step.Advice}
	}
	return s
}
