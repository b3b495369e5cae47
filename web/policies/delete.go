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
	respond.Done(w, r, s.Notices, "/policies", strings.TrimSpace(f.done()+" "+f.Effect.stays()))
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
	j := judge{live: enabled(all), alone: policy.Compile(nil), before: policy.Compile(stored), after: policy.Compile(without(stored, gone))}
	for _, d := range j.live {
		j.Lines = append(j.Lines, line{Deployment: d})
	}
	err = s.Store.EachPublishedApp(ctx, j.app)
	f.Effect = j.result
	return f, err
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
	return "Delete " + ui.Plural(len(f.Policies), "policy", "policies") + "?"
}

func (f farewell) done() string {
	if len(f.Policies) == 1 {
		return fmt.Sprintf("%q is deleted.", f.Policies[0].Name)
	}
	return ui.Plural(len(f.Policies), "policy is", "policies are") + " deleted."
}

// sentences say what will happen.
func (f farewell) sentences() []string {
	stays := f.Effect.stays()
	if stays == "" {
		return []string{"No app is affected: nothing goes anywhere by it alone.", "Its history stays in the audit."}
	}
	return []string{stays + " What is in the tenants already stays there, and open deliveries of these apps are cancelled.", "The history stays in the audit."}
}

// back is where Cancel leads: to the policy, or to the overview.
func (f farewell) back() string {
	if len(f.Policies) == 1 {
		return path(f.Policies[0].ID)
	}
	return "/policies"
}
