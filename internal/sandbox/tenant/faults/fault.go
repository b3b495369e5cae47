// Package faults lets a sandbox tenant fail on purpose: slow lines, cut connections, refusals, answers that are lost, late
// or not what the contract says. Faults are laid on kinds of calls, for a number of calls or for a time. They live in
// memory: a tenant that starts again is healthy.
package faults

import (
	"time"

	"github.com/skyferry/skyferry/internal/fault"
)

// Fault says what goes wrong, with which calls and for how long. Which of the last five fields count depends on the kind;
// see Kinds.
type Fault struct {
	Kind     Kind    `json:"kind"`
	Endpoint string  `json:"endpoint"`             // a name of Endpoints, or "METHOD /path" with * for a segment
	Calls    int     `json:"calls,omitempty"`      // ends after so many calls; 0: no such bound
	For      Seconds `json:"forSeconds,omitempty"` // ends after this time; 0: no such bound
	Wait     Seconds `json:"seconds,omitempty"`    // delay, lag, life, Retry-After or skew
	Status   int     `json:"status,omitempty"`     // of the answer
	Bytes    int64   `json:"bytes,omitempty"`      // where it is cut, how large it is, or how many a second
	Side     Side    `json:"side,omitempty"`       // of the call
	Text     string  `json:"text,omitempty"`       // a host, a content type, a tenant id
}

// Seconds is a time as JSON and forms have it.
type Seconds float64

// Duration gives the same time as Go has it.
func (s Seconds) Duration() time.Duration { return time.Duration(float64(s) * float64(time.Second)) }

// Side is a direction of a call.
type Side string

// The sides.
const (
	Request Side = "request"
	Answer  Side = "answer"
)

// The longest that a fault may stay, so that a forgotten one ends by itself.
const (
	maxCalls = 1_000_000
	maxFor   = Seconds(24 * 60 * 60)
)

// fill puts defaults where nothing is said.
func (f *Fault) fill(k Description) {
	if f.Endpoint == "" || k.Fixed {
		f.Endpoint = k.Endpoint
	}
	if k.Sides && f.Side == "" {
		f.Side = Request
	}
	if f.Text == "" {
		f.Text = k.Text.Default
	}
	f.Wait = Seconds(k.Seconds.or(float64(f.Wait)))
	f.Status = int(k.Status.or(float64(f.Status)))
	f.Bytes = int64(k.Bytes.or(float64(f.Bytes)))
}

// check gives what is wrong, by field: the names are those of the JSON.
func (f *Fault) check(k Description) error {
	wrong := map[string]string{}
	note := func(field, text string) {
		if text != "" {
			wrong[field] = text
		}
	}
	note("endpoint", checkEndpoint(f.Endpoint))
	note("seconds", k.Seconds.check(float64(f.Wait)))
	note("status", k.Status.check(float64(f.Status)))
	note("bytes", k.Bytes.check(float64(f.Bytes)))
	note("text", k.Text.check(f.Text))
	if k.Sides && f.Side != Request && f.Side != Answer {
		note("side", "Choose request or answer.")
	}
	switch {
	case f.Calls < 0 || f.Calls > maxCalls:
		note("calls", "Enter a number of calls from 1 to 1000000, or nothing.")
	case !(f.For >= 0 && f.For <= maxFor):
		note("forSeconds", "Enter a number of seconds up to 86400, which is a day, or nothing.")
	case f.Calls == 0 && f.For == 0:
		note("calls", "Say for how many calls or for how many seconds.")
	}
	return fault.InFields(wrong)
}
