package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/skyferry/skyferry/internal/site"
)

// StepState says what became of a step of a connection test.
type StepState string

// The states of a step.
const (
	Passed     StepState = "passed"
	NotPassed  StepState = "failed"
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

// How long a step may take.
const (
	stepTime   = 15 * time.Second
	exportTime = time.Minute
)

// probe is what the steps of one test hand on.
type probe struct {
	*Client

	callback func(context.Context) CallbackResult
	resolved bool
	seen     handshake
	accepted bool // we are let in
	about    About
	err      error // of asking for it
}

// check is one step; needs says what must have worked before it makes sense.
type check struct {
	name  string
	time  time.Duration
	needs func(*probe) bool
	run   func(*probe, context.Context) Step
}

func always(*probe) bool           { return true }
func (p *probe) isResolved() bool  { return p.resolved }
func (p *probe) isVerified() bool  { return p.seen.verified }
func (p *probe) isAccepted() bool  { return p.accepted }
func (p *probe) isAnswering() bool { return p.accepted && p.err == nil }

// checks are in the order in which a person would look: from the network to the rights.
var checks = []check{
	{"Name resolves", stepTime, always, (*probe).resolves},
	{"TLS", stepTime, (*probe).isResolved, (*probe).encrypts},
	{"Certificate accepted", stepTime, (*probe).isVerified, (*probe).accepts},
	{"Version", stepTime, (*probe).isAccepted, (*probe).version},
	{"The user's rights", stepTime, (*probe).isAnswering, (*probe).rights},
	{"Export possible", exportTime, (*probe).isAnswering, (*probe).exports},
	{"Callback reachable", stepTime, (*probe).isAnswering, (*probe).reachesUs},
}

// Test checks a connection step by step. Nothing is changed on the site; one small app is exported without its data. callback says
// whether the site reaches the console; nil: nobody can say.
func Test(ctx context.Context, c site.Connection, callback func(context.Context) CallbackResult) []Step {
	return test(ctx, newClient(c, Options{}), callback)
}

func test(ctx context.Context, c *Client, callback func(context.Context) CallbackResult) []Step {
	defer c.Close()
	p := &probe{Client: c, callback: callback}
	var steps []Step
	for _, k := range checks {
		step := p.step(ctx, k)
		if step.Name = k.name; c.keys.Way == site.ByProxy && k.name == "Certificate accepted" {
			step.Name = "JWT accepted"
		}
		steps = append(steps, step)
	}
	return steps
}

func (p *probe) step(parent context.Context, k check) Step {
	switch {
	case parent.Err() != nil:
		return untold("The time for the test was over.")
	case !k.needs(p):
		return untold("An earlier step failed.")
	}
	ctx, cancel := context.WithTimeout(parent, k.time)
	defer cancel()
	began := time.Now()
	step := k.run(p, ctx)
	if step.State == NotPassed && ctx.Err() != nil {
		return wrong(fmt.Sprintf("It did not end within %.0f seconds.", time.Since(began).Seconds()), "Look at the load of the site's server, and at what lies between.")
	}
	return step
}

func passed(found, mind string) Step { return Step{State: Passed, Found: found, Remedy: mind} }
func wrong(found, remedy string) Step {
	return Step{State: NotPassed, Found: found, Remedy: remedy}
}
func untold(found string) Step { return Step{State: NotChecked, Found: found} }

// failed is the step of an error.
func failed(err error) Step {
	if e, ok := errors.AsType[*Error](err); ok {
		return wrong(e.Said, e.Remedy)
	}
	return wrong(err.Error(), "Look at the log of the console.")
}

func (p *probe) resolves(ctx context.Context) Step {
	name := p.origin.Hostname()
	switch {
	case name == "":
		return wrong("No host is entered.", "Enter the name of the site's central node.")
	case net.ParseIP(name) != nil:
		p.resolved = true
		return passed(name+" is an address already.", "")
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	if err != nil || len(found) == 0 {
		return wrong("The name "+cut(name, maxStart)+" is not known here.", "Check the host for a typing mistake, and the name servers of the console's host.")
	}
	p.resolved = true
	return passed(name+" is "+found[0].Unmap().String()+".", "")
}

// reachesUs hands on what somebody found who can be called.
func (p *probe) reachesUs(ctx context.Context) Step {
	switch {
	case p.keys.Callback == "":
		return untold("No address for callbacks is entered: the site is looked at from time to time.")
	case p.callback == nil:
		return untold("It is seen when the connection is in use.")
	}
	r := p.callback(ctx)
	return Step{State: r.State, Found: r.Found, Remedy: r.Remedy}
}
