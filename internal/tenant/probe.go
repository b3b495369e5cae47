package tenant

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Step is one line of a connection test.
type Step struct {
	Name    string
	Detail  string // what was found
	Advice  string // what to do, "" when OK
	OK      bool
	Reached bool // false: an earlier step failed, so this one was not checked
	Took    time.Duration
}

// maxClockDifference is how far the clocks may differ: a token of the local bearer is valid from one minute ago.
const maxClockDifference = clockSlack

// probe is the state that the steps of one test hand on.
type probe struct {
	*Client
	bound string    // tenant id of the first success, "" before it
	date  time.Time // of the tenant's answer
	asked time.Time
}

// Test checks the connection step by step and stops at the first fault; the steps after it are not reached. boundID is
// the tenant id that was seen at the first success, "" when there was none yet. Nothing is changed in the tenant.
func (c *Client) Test(ctx context.Context, boundID string) []Step {
	p := &probe{Client: c, bound: boundID}
	checks := []struct {
		name  string
		check func(context.Context) (string, error)
	}{
		{"Address answers", p.address},
		{"Clock agrees", p.clock},
		{"Sign-in", p.signIn},
		{"Same tenant as before", p.sameTenant},
		{"May import apps", p.mayImport},
	}
	steps := make([]Step, len(checks))
	reached := true
	for i, check := range checks {
		steps[i] = Step{Name: check.name, Reached: reached}
		if reached {
			steps[i].run(ctx, check.check)
			reached = steps[i].OK
		}
	}
	return steps
}

func (s *Step) run(ctx context.Context, check func(context.Context) (string, error)) {
	began := time.Now()
	detail, err := check(ctx)
	s.Took, s.OK, s.Detail = time.Since(began), err == nil, detail
	if err != nil {
		s.Detail, s.Advice = explain(err)
	}
}

// finding is a fault that a check found itself, with what to do about it.
type finding struct{ detail, advice string }

// Error gives both sentences.
func (f finding) Error() string { return f.detail + " " + f.advice }

func explain(err error) (detail, advice string) {
	if f, ok := errors.AsType[finding](err); ok {
		return f.detail, f.advice
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Error(), e.Advice()
	}
	return err.Error(), "Look at the console's log."
}

// address asks without a token: a tenant answers 401, and any answer will do.
func (p *probe) address(ctx context.Context) (string, error) {
	k := call{name: "call the tenant", method: http.MethodGet, url: p.api("tenants/me", nil)}
	p.asked = p.now()
	a, err := send(ctx, p.http, k, "")
	e, isOurs := errors.AsType[*Error](err)
	if err != nil && (!isOurs || e.Status == 0 || e.Cause == BadAnswer || e.Cause == NotFound) {
		return "", err
	}
	p.date, _ = http.ParseTime(a.header.Get("Date"))
	return fmt.Sprintf("%s answers with HTTP %d.", p.base.Host, a.status), nil
}

func (p *probe) clock(context.Context) (string, error) {
	if p.date.IsZero() {
		return "The answer has no Date, so the clocks were not compared.", nil
	}
	difference := p.date.Sub(p.asked.Truncate(time.Second)).Round(time.Second)
	if difference.Abs() > maxClockDifference {
		return "", finding{
			fmt.Sprintf("The clocks differ by %s.", difference.Abs()),
			"Set this machine's clock by a time server: the tenant refuses tokens from the future or the past.",
		}
	}
	return fmt.Sprintf("The clocks differ by %s at most.", difference.Abs()+time.Second), nil
}

func (p *probe) signIn(ctx context.Context) (string, error) {
	me, err := p.Me(ctx)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Signed in as %s.", cut(me.Name+" ("+me.Subject+")", nil, maxWords)), nil
}

func (p *probe) sameTenant(ctx context.Context) (string, error) {
	id, err := p.TenantID(ctx)
	if err != nil {
		return "", err
	}
	switch p.bound {
	case "":
		return "First contact: tenant " + cut(id, nil, maxStart) + ".", nil
	case id:
		return "Still tenant " + cut(id, nil, maxStart) + ".", nil
	}
	return "", finding{
		fmt.Sprintf("It is tenant %s, but the deployment belongs to tenant %s.", cut(id, nil, maxStart), p.bound),
		"Nothing is sent. Correct the API endpoint, or set up a new deployment for the other tenant.",
	}
}

// mayImport reads the documented privileges; a tenant that does not offer them cannot be judged before an import.
func (p *probe) mayImport(ctx context.Context) (string, error) {
	var may []string
	k := call{name: "ask what we may do", method: http.MethodGet, url: p.api("apps/privileges", nil)}
	switch err := p.fetch(ctx, k, &may); {
	case CauseOf(err) == NotFound:
		return "The tenant does not tell; the first import will show it.", nil
	case err != nil:
		return "", err
	case !slices.Contains(may, "can_import_app"):
		return "", finding{"The service account may not import apps.", "Give it a role with the right to import apps in the tenant."}
	}
	return "The service account may import apps.", nil
}
