package api

import (
	"context"

	"github.com/skyferry/skyferry/internal/site"
)

// StepState says what became of a step of a connection test.
type StepState string

// The states of a step.
const (
	Passed     StepState = "passed"
	Failing    StepState = "failed"
	NotChecked StepState = "not checked"
)

// Step is one line of a connection test.
type Step struct {
	Name   string
	State  StepState
	Found  string // what was found, or why it was not checked
	Remedy string // what to do; of a step that passed: what to mind. Often ""
}

// CallbackResult is what somebody who can be called back found.
type CallbackResult struct {
	State         StepState
	Found, Remedy string
}

// Test checks a connection step by step. Nothing is changed on the site but one small export without data. callback says whether the
// site reaches the console; nil: it is not asked to.
func Test(ctx context.Context, c site.Connection, callback func(context.Context) CallbackResult) []Step {
	return nil
}
