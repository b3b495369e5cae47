package policies

import (
	"context"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/web/ui"
)

// Foresight is what policies that are not stored yet would change together.
type Foresight struct {
	Changes []Change // deployments to which apps go newly
	Breaks  string   // which tests would not hold any more; such policies must not be stored
}

// Change is what would change for one deployment.
type Change struct {
	Deployment deployment.Deployment
	New        int // apps that go there newly
}

// Held says whether they wait until somebody has looked: one change brings more than the deployment takes unseen.
func (c Change) Held() bool {
	return c.Deployment.HoldAbove != nil && c.New > *c.Deployment.HoldAbove
}

// Words say what changes: "12 apps newly to eu, 3 to us", or nothing.
func (f Foresight) Words() string {
	r := result{}
	for _, c := range f.Changes {
		r.Lines = append(r.Lines, line{Deployment: c.Deployment, New: c.New})
	}
	return r.newly()
}

// Foresee holds policies against what the stored ones do now. Each needs an id, so that none takes the place of another.
func (s *Screen) Foresee(ctx context.Context, added []policy.Policy) (f Foresight, err error) {
	now, err := s.standing(ctx)
	if err != nil {
		return f, err
	}
	all, err := s.Store.Deployments(ctx)
	if err != nil {
		return f, err
	}
	o := outlook{apps: now.apps, marked: now.marked, live: enabled(all), alone: policy.Compile(added), before: now.set, after: now.set}
	for _, p := range added {
		o.after = o.after.With(p)
	}
	for _, l := range o.result().Lines {
		if l.New > 0 {
			f.Changes = append(f.Changes, Change{l.Deployment, l.New})
		}
	}
	if broken := newCourt(now.stored, policy.Policy{}).judge(now, o.after, targets(all)); broken.refuses() {
		f.Breaks = broken.refusal()
	}
	return f, nil
}

// newly says how many apps go where that did not before: "12 apps newly to eu, 3 to us".
func (r result) newly() (text string) {
	for _, l := range r.Lines {
		switch {
		case l.New == 0:
		case text == "":
			text = ui.Plural(l.New, "app", "apps") + " newly to " + l.Deployment.Name
		default:
			text += ", " + ui.Number(l.New) + " to " + l.Deployment.Name
		}
	}
	return text
}
