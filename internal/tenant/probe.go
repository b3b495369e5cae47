package tenant

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// StepState says what became of a step of a connection test.
type StepState string

// The states of a step.
const (
	Passed     StepState = "passed"
	Failed     StepState = "failed"
	NotChecked StepState = "not checked"
)

// Step is one line of a connection test.
type Step struct {
	Name   string
	State  StepState
	Detail string // what was found, or why it was not checked
	Advice string // what to do; of a step that passed: what to mind. Often ""
	Took   time.Duration
}

// Expected is what a deployment counts on in its tenant.
type Expected struct {
	TenantID    string   // seen at the first success, "" when there was none yet
	Spaces      []string // names of the managed spaces that apps land in; none: apps are staged
	MakesSpaces bool     // a missing one is made with its first app
	Transit     string   // name of the shared space that imports pass through; "" when apps are staged
	KeyID       string   // of the present signing key, "" without one
	NextKeyID   string   // of the key that takes over, "" when there is none
	APIKey      bool     // it signs in with an API key

	Taken map[string]string // the tenants of other deployments, by id, with the deployment's name
}

// Report is what a connection test found.
type Report struct {
	Steps              []Step
	CertificateExpires time.Time // of the tenant's TLS certificate; zero when none was seen
	SignedIn           bool      // the tenant let us in
	Person             string    // whom the tenant takes us for, when that is a person and no service account; else ""
}

// Failures counts the steps that failed.
func (r Report) Failures() (n int) {
	for _, s := range r.Steps {
		if s.State == Failed {
			n++
		}
	}
	return n
}

// stepTime is how long one step of a test may take.
const stepTime = 8 * time.Second

// probe is what the steps of one test hand on.
type probe struct {
	*Client

	want    Expected
	present SignIn // as they were when the test began
	next    *nextKey
	report  Report
	contact contact // the first answer
	reached bool
	me      User
	spaces  []probedSpace
	licence *licence
}

// check is one step; needs says what must have worked before it makes sense.
type check struct {
	name  string
	needs func(*probe) bool
	run   func(*probe, context.Context) (string, error)
}

func always(*probe) bool         { return true }
func (p *probe) isReached() bool { return p.reached }
func (p *probe) isIn() bool      { return p.report.SignedIn }

// checks are in the order in which a person would look: from the network to the rights.
var checks = []check{
	{"Address resolves", always, (*probe).resolves},
	{"TLS", always, (*probe).encrypts},
	{"Reachable", always, (*probe).reachable},
	{"It is a Qlik Cloud tenant", (*probe).isReached, (*probe).isTenant},
	{"Same tenant as before", (*probe).isReached, (*probe).sameTenant},
	{"Token accepted", (*probe).isReached, (*probe).accepted},
	{"Signing keys", (*probe).isReached, (*probe).keys},
	{"Right to import", (*probe).isIn, (*probe).mayImport},
	{"Spaces exist", (*probe).isIn, (*probe).spacesExist},
	{"May be published to", (*probe).isIn, (*probe).mayPublish},
	{"Who can open them", (*probe).isIn, (*probe).whoOpens},
	{"Plan and quota", (*probe).isIn, (*probe).quota},
	{"Clock agrees", (*probe).isReached, (*probe).clock},
	{"Licence covers multi-cloud", (*probe).isIn, (*probe).coversMultiCloud},
}

// Test checks the connection step by step. A step that failed does not keep later ones from being checked that can be. Nothing
// is changed in the tenant; a next key that the tenant accepts becomes the present one here.
func (c *Client) Test(ctx context.Context, want Expected) Report {
	p := &probe{Client: c, want: want}
	p.present, p.next = c.present()
	for _, k := range checks {
		if k.name == "Signing keys" && want.NextKeyID == "" {
			continue
		}
		p.report.Steps = append(p.report.Steps, p.step(ctx, k))
	}
	return p.report
}

func (p *probe) step(parent context.Context, k check) Step {
	s := Step{Name: k.name, State: NotChecked}
	switch {
	case parent.Err() != nil:
		s.Detail = "The time for the test was over."
		return s
	case !k.needs(p):
		s.Detail = "An earlier step failed."
		return s
	}
	ctx, cancel := context.WithTimeoutCause(parent, stepTime, errTimeout)
	defer cancel()
	began := time.Now()
	detail, err := k.run(p, ctx)
	s.Took = time.Since(began)
	s.State, s.Detail, s.Advice = judge(detail, err)
	return s
}

// judge turns what a check gave into the words of its step.
func judge(detail string, err error) (state StepState, said, advice string) {
	if err == nil {
		return Passed, detail, ""
	}
	if f, ok := errors.AsType[finding](err); ok {
		return f.state, f.detail, f.advice
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return Failed, e.Error(), e.adviceOnce()
	}
	return Failed, err.Error(), "Look at the console's log."
}

// later is the advice for what may pass: a test is not made again by itself, as deliveries are.
const later = "Test again later. If it lasts, look at the tenant's status page, and check the API endpoint."

// adviceOnce is the advice where nothing goes on by itself.
func (e *Error) adviceOnce() string {
	if e.Temporary() && e.Cause != Unreachable {
		return later
	}
	return e.Advice()
}

// finding is what a check found itself, with what to do about it.
type finding struct {
	state          StepState
	detail, advice string
}

// Error gives both sentences.
func (f finding) Error() string { return f.detail + " " + f.advice }

func wrong(detail, advice string) finding { return finding{Failed, detail, advice} }
func mind(detail, advice string) finding  { return finding{Passed, detail, advice} }
func untold(detail string) finding        { return finding{NotChecked, detail, ""} }

// told is nil, or says that the tenant does not tell a caller with our rights; other faults stay.
func told(err error, what string) error {
	switch c := CauseOf(err); c {
	case NotFound, Forbidden:
		return untold("The tenant does not tell " + what + " to this account.")
	}
	return err
}

func (p *probe) get(name, path string) call {
	return call{name: name, method: http.MethodGet, url: p.api(path, nil), timeout: stepTime}
}
