package ui

import (
	"fmt"
	"time"
)

// ConnectionTest is what the test of a connection found.
type ConnectionTest struct {
	At    time.Time
	Fault string // why it could not be made; empty when it was
	Steps []Step
}

// Add puts a step at the end: in a word how it went, what was found, and what to do or to mind. took is left out when it
// is not known.
func (t *ConnectionTest) Add(state StepState, name, found, advice string, took time.Duration) {
	s := Step{State: state, Title: name, Text: stepWords[state] + ". " + Capital(found)}
	if took > 0 && state != StepPending {
		s.Meta = Duration(took)
	}
	switch {
	case advice == "":
	case state == StepFailed:
		s.Body = MessageBox{Kind: Bad, Bold: "Do this:", Text: advice}
	case state == StepDone:
		s.Body = MessageBox{Kind: Warn, Bold: "Mind:", Text: advice}
	}
	t.Steps = append(t.Steps, s)
}

var stepWords = map[StepState]string{StepDone: "Passed", StepFailed: "Failed", StepPending: "Not checked"}

// sum says how it went, in one line.
func (t ConnectionTest) sum() string {
	count := map[StepState]int{}
	for _, s := range t.Steps {
		count[s.State]++
	}
	return fmt.Sprintf("%d passed, %d failed, %d not checked.", count[StepDone], count[StepFailed], count[StepPending])
}
