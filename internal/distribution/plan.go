package distribution

import (
	"fmt"
	"slices"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
)

// Planner gives what decides about the apps of one transaction, one by one: what starts, what ends, and what is left in its tenant
// (design.md section 3). It only thinks; the store writes what it says.
func Planner() func(Situation) Plan {
	var p planner
	return p.plan
}

// planner keeps the compiled policies for all apps of one transaction.
type planner struct{ set *policy.Set }

func (p *planner) plan(s Situation) Plan {
	if p.set == nil {
		p.set = policy.Compile(s.Policies)
	}
	var out Plan
	matches := p.matches(s)
	for _, dep := range s.Deployments {
		l := laneOf(s, dep)
		switch m, ok := matches[dep.ID]; {
		case l.placement != nil && l.placement.Marked:
			l.drop(l.placement.LeftWhy, &out)
		case ok:
			l.carry(m, &out)
		default:
			l.drop(l.whyNot(p.set), &out)
		}
	}
	dropOrphans(s, &out)
	return out
}

// matches gives the enabled deployments that shall have the app, each with its reason.
func (p *planner) matches(s Situation) map[string]policy.Match {
	out := map[string]policy.Match{}
	if s.App == nil || !s.App.Published() {
		return out
	}
	var targets []policy.Target
	for _, d := range s.Deployments {
		if !d.Disabled {
			targets = append(targets, target(d))
		}
	}
	for _, m := range p.set.Decide(*s.App, targets) {
		out[m.Target.ID] = m
	}
	return out
}

// dropOrphans ends what belongs to deployments that are gone: deleted, or pointed at another tenant.
func dropOrphans(s Situation, out *Plan) {
	ids, tenants := map[string]bool{}, map[string]bool{}
	for _, d := range s.Deployments {
		ids[d.ID], tenants[d.TenantID] = true, true
	}
	for _, d := range s.Deliveries {
		if !ids[d.DeploymentID] && d.State.Open() {
			out.Cancel = append(out.Cancel, Cancellation{d.ID, "its deployment was deleted"})
		}
	}
	for _, p := range s.Placements {
		if !tenants[p.TenantID] && p.Left.IsZero() {
			out.Leave = append(out.Leave, Leaving{p.TenantID, "no deployment goes to this tenant any more"})
		}
	}
}

// lane is one app's way to one deployment.
type lane struct {
	s          Situation
	dep        deployment.Deployment
	deliveries []Delivery // oldest first
	placement  *Placement // what the bound tenant holds
}

func laneOf(s Situation, dep deployment.Deployment) lane {
	l := lane{s: s, dep: dep}
	for _, d := range s.Deliveries {
		if d.DeploymentID == dep.ID {
			l.deliveries = append(l.deliveries, d)
		}
	}
	slices.SortStableFunc(l.deliveries, func(a, b Delivery) int { return a.Created.Compare(b.Created) })
	for i, p := range s.Placements {
		if dep.TenantID != "" && p.TenantID == dep.TenantID {
			l.placement = &s.Placements[i]
		}
	}
	return l
}

// drop ends what is under way and leaves what is there. Nothing is removed in the tenant.
func (l lane) drop(why string, out *Plan) {
	for _, d := range l.deliveries {
		if d.State.Open() || d.State == Failed {
			out.Cancel = append(out.Cancel, Cancellation{d.ID, why})
		}
	}
	if l.placement != nil && l.placement.Left.IsZero() {
		out.Leave = append(out.Leave, Leaving{l.placement.TenantID, why})
	}
}

// whyNot says in words why the deployment does not get the app.
func (l lane) whyNot(set *policy.Set) string {
	switch {
	case l.s.App == nil:
		return "the app was deleted from the site"
	case !l.s.App.Published():
		return "the app was unpublished"
	case l.dep.Disabled:
		return fmt.Sprintf("deployment %q is disabled", l.dep.Name)
	}
	if guard := set.Judge(*l.s.App, []policy.Target{target(l.dep)})[0].Blocked; guard != nil {
		return forbidden(*guard)
	}
	for _, d := range slices.Backward(l.deliveries) {
		for _, p := range l.s.Policies {
			if p.ID == d.Why.PolicyID && p.Version > d.Why.PolicyVersion {
				return fmt.Sprintf("no policy names it since %q, version %d", p.Name, p.Version)
			}
		}
	}
	return "no policy names it any more"
}

// forbidden says which guard keeps an app from a deployment.
func forbidden(guard policy.Match) string {
	return fmt.Sprintf("blocked by guard %q, version %d", guard.PolicyName, guard.PolicyVersion)
}

// delivery is the one that a match asks for. Data that the tenant holds, or is just getting, is not sent again.
func (l lane) delivery(m policy.Match, g goal) Delivery {
	d := Delivery{
		AppID: l.s.AppID, AppName: l.s.App.Name, DeploymentID: l.dep.ID, State: Waiting,
		Forced: g.forced, Version: g.version, MetaHash: g.hash, EventID: l.s.Event.ID,
		Why: Why{PolicyID: m.PolicyID, PolicyName: m.PolicyName, PolicyVersion: m.PolicyVersion, Because: m.Because},
	}
	if l.s.App.Stream != nil {
		d.StreamName = l.s.App.Stream.Name
	}
	return d
}

// goal is what the tenant shall hold.
type goal struct {
	version site.DataVersion
	hash    string
	forced  bool // an admin asked for a send, whatever the tenant holds
}

func (l lane) goal() goal {
	return goal{l.s.App.DataVersion(), MetaHash(*l.s.App, l.dep), l.s.Event.Kind == site.Requested}
}
