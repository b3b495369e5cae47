package deployments

import (
	"context"
	"fmt"
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
	if d, err = s.Store.Deployment(r.Context(), d.ID); err != nil { // a next key may have taken over
		respond.Fault(w, r, err)
		return
	}
	s.answer(w, r, http.StatusOK, formOf(d, ""), &d, func(p *page) { p.Test = &result })
}

func (s *Screen) try(ctx context.Context, d deployment.Deployment) testResult {
	ctx, cancel := context.WithTimeout(ctx, testLimit)
	defer cancel()
	result := testResult{At: s.Now()}
	report, err := s.Tester.Test(ctx, d)
	if err != nil {
		result.Fault = fault.Of(err).Text
	}
	result.Steps = report.Steps
	return result
}

func (t testResult) steps() []ui.Step {
	var list []ui.Step
	for _, step := range t.Steps {
		list = append(list, stepOf(step))
	}
	return list
}

// stepOf says in a word how a step went, and what to do or to mind.
func stepOf(step tenant.Step) ui.Step {
	s := ui.Step{Title: step.Name, Text: ui.Capital(string(step.State)) + ". " + ui.Capital(step.Detail), Meta: ui.Duration(step.Took)}
	switch step.State {
	case tenant.Passed:
		s.State = ui.StepDone
		if step.Advice != "" {
			s.Body = ui.MessageBox{Kind: ui.Warn, Bold: "Mind:", Text: step.Advice}
		}
	case tenant.Failed:
		s.State = ui.StepFailed
		s.Body = ui.MessageBox{Kind: ui.Bad, Bold: "Do this:", Text: step.Advice}
	default:
		s.State, s.Meta = ui.StepPending, ""
	}
	return s
}

// sum says how a test went, in one line.
func (t testResult) sum() string {
	var passed, failed, open int
	for _, step := range t.Steps {
		switch step.State {
		case tenant.Passed:
			passed++
		case tenant.Failed:
			failed++
		default:
			open++
		}
	}
	return fmt.Sprintf("%d passed, %d failed, %d not checked.", passed, failed, open)
}
