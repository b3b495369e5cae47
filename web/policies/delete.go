package policies

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// farewell is the page before policies are deleted.
type farewell struct {
	Policies []policy.Policy
	Effect   result
	Tests    trial // of those that stay
}

// askDelete says what is no longer refreshed where.
func (s *Screen) askDelete(w http.ResponseWriter, r *http.Request) {
	f, err := s.farewell(r.Context(), r.URL.Query()["id"])
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, deletePage(f))
}

func (s *Screen) delete(w http.ResponseWriter, r *http.Request) {
	if err := respond.Form(w, r); err != nil {
		respond.Fault(w, r, err)
		return
	}
	f, err := s.farewell(r.Context(), r.PostForm["id"])
	if err == nil {
		err = s.Store.DeletePolicies(r.Context(), f.ids())
	}
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Done(w, r, s.Notices, f.home(), sentences(f.done(), f.Effect.stays(), f.Effect.freed()))
}

// farewell judges what the other policies still send.
func (s *Screen) farewell(ctx context.Context, ids []string) (f farewell, err error) {
	stored, err := s.Store.AllPolicies(ctx)
	if err != nil {
		return f, err
	}
	gone := map[string]bool{}
	for _, id := range ids {
		gone[id] = true
	}
	for _, p := range stored {
		if gone[p.ID] {
			f.Policies = append(f.Policies, p)
		}
	}
	if len(f.Policies) == 0 {
		return f, fault.New(fault.NotFound, "No such policy is there. Somebody may have deleted it; tick the rows to delete in the overview.")
	}
	all, err := s.Store.Deployments(ctx)
	if err != nil {
		return f, err
	}
	now, err := s.standing(ctx)
	if err != nil {
		return f, err
	}
	o := outlook{apps: now.apps, marked: now.marked, live: enabled(all), alone: policy.Compile(nil), before: now.set, after: policy.Compile(without(now.stored, gone))}
	f.Effect = o.result()
	f.Tests = newCourt(without(now.stored, gone), policy.Policy{}).judge(now, o.after, targets(all))
	return f, nil
}

func (f farewell) ids() (ids []string) {
	for _, p := range f.Policies {
		ids = append(ids, p.ID)
	}
	return ids
}

func (f farewell) title() string {
	if len(f.Policies) == 1 {
		return fmt.Sprintf("Delete %q?", f.Policies[0].Name)
	}
	return "Delete " + f.counted() + "?"
}

func (f farewell) done() string {
	if len(f.Policies) == 1 {
		return fmt.Sprintf("%q is deleted.", f.Policies[0].Name)
	}
	return f.counted() + " are deleted."
}

// sentences say what will happen.
func (f farewell) sentences() []string {
	const history = "The history and the versions stay."
	return append(f.consequences(), sentences(f.failing(), history))
}

// failing says which tests of others would not hold any more.
func (f farewell) failing() string {
	if len(f.Tests.Broken) == 0 {
		return ""
	}
	return ui.Plural(len(f.Tests.Broken), "test", "tests") + " of " + f.Tests.whose() + " will fail then."
}

func (f farewell) consequences() []string {
	stays, freed := f.Effect.stays(), f.Effect.freed()
	if stays != "" {
		stays += " What is in the tenants already stays there, and open deliveries of these apps are cancelled."
	}
	switch {
	case stays != "" && freed != "":
		return []string{stays, freed}
	case stays+freed != "":
		return []string{stays + freed}
	case f.guards() == len(f.Policies):
		return []string{"No app is affected: it takes nothing away now."}
	default:
		return []string{"No app is affected: nothing goes anywhere by it alone."}
	}
}

// freed says what nothing forbids any more: "12 apps newly go to eu, 3 to us."
func (r result) freed() string {
	var parts []string
	for _, l := range r.Lines {
		switch {
		case l.New == 0:
		case len(parts) == 0:
			parts = append(parts, ui.Plural(l.New, "app newly goes", "apps newly go")+" to "+l.Deployment.Name)
		default:
			parts = append(parts, ui.Number(l.New)+" to "+l.Deployment.Name)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ", ") + "."
}

func (f farewell) guards() (n int) {
	for _, p := range f.Policies {
		if p.Effect == policy.Never {
			n++
		}
	}
	return n
}

// counted is "2 policies", "3 guards", or "3 policies and guards".
func (f farewell) counted() string {
	switch n := len(f.Policies); f.guards() {
	case 0:
		return ui.Plural(n, "policy", "policies")
	case n:
		return ui.Plural(n, "guard", "guards")
	default:
		return ui.Number(n) + " policies and guards"
	}
}

func (f farewell) home() string {
	if f.guards() == len(f.Policies) {
		return home(policy.Never)
	}
	return home(policy.Grant)
}

// back is where Cancel leads: to the policy, or to the overview.
func (f farewell) back() string {
	if len(f.Policies) == 1 {
		return path(f.Policies[0].ID)
	}
	return f.home()
}
