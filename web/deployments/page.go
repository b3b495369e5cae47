package deployments

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// page is all that stands on the page of one deployment, or of one that is being set up.
type page struct {
	Rows     []distribution.Summary
	Form     form
	Stored   *deployment.Deployment // nil: a new one
	Token    token
	Question *question // what Apply has to know first
	Test     *testResult
	Policies []policy.Policy // those that name it
	Effects  store.Consequences
	History  []account.Record
	Now      time.Time

	Properties []string // names of the custom properties that apps have
	Example    example
	Moves      []store.Move
	Today      today
}

// load reads what stands around the form.
func (s *Screen) load(ctx context.Context, f form, stored *deployment.Deployment) (p page, err error) {
	p = page{Form: f, Stored: stored, Now: s.Now()}
	if p.Rows, err = s.Store.Summaries(ctx); err != nil {
		return p, err
	}
	if err = s.loadLanding(ctx, &p); err != nil {
		return p, err
	}
	if p.Token, err = s.tokenFor(ctx, &p.Form, stored); err != nil || stored == nil {
		return p, err
	}
	s.loadToday(&p)
	if p.Policies, err = s.naming(ctx, stored.Name); err != nil {
		return p, err
	}
	if p.Effects, err = s.Store.Consequences(ctx, stored.ID); err != nil {
		return p, err
	}
	p.History, err = s.Store.History(ctx, "deployment", stored.ID)
	return p, err
}

// answer writes the page of a deployment; change may add to it.
func (s *Screen) answer(w http.ResponseWriter, r *http.Request, status int, f form, stored *deployment.Deployment, change func(*page)) {
	p, err := s.load(r.Context(), f, stored)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	change(&p)
	respond.Page(w, r, status, deploymentPage(p))
}

// refuse writes the form again with what is wrong in it.
func (s *Screen) refuse(w http.ResponseWriter, r *http.Request, f form, stored *deployment.Deployment) {
	s.answer(w, r, http.StatusUnprocessableEntity, f, stored, func(*page) {})
}

// setUpNew opens the form with a fresh key. The draft's id is in the address, so that a reload keeps the token that may
// have been pasted already.
func (s *Screen) setUpNew(w http.ResponseWriter, r *http.Request) {
	if err := onlyAdmins(r.Context()); err != nil {
		respond.Fault(w, r, err)
		return
	}
	id := r.URL.Query().Get("draft")
	draft, err := s.liveDraft(r.Context(), id)
	switch {
	case id == "" || fault.Is(err, fault.NotFound):
		s.toNewDraft(w, r, "/deployments/new", id != "")
	case err != nil:
		respond.Fault(w, r, err)
	default:
		s.answer(w, r, http.StatusOK, newForm(draft.ID), nil, func(*page) {})
	}
}

// toNewDraft makes a key and leads to the page that has it. replaced says that an older one is gone.
func (s *Screen) toNewDraft(w http.ResponseWriter, r *http.Request, at string, replaced bool) {
	draft, err := s.makeDraft(r.Context())
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	to := at + "?draft=" + url.QueryEscape(draft.ID)
	if replaced {
		respond.Done(w, r, s.Notices, to, draftReplaced)
		return
	}
	s.goOn(w, r, to)
}

// goOn leads to another address and takes along the notice that was meant for this one: after Apply, the page of a
// deployment without a key is reached by such a step.
func (s *Screen) goOn(w http.ResponseWriter, r *http.Request, to string) {
	if n := ui.ShellOf(r.Context()).Notice; n != nil {
		respond.Done(w, r, s.Notices, to, strings.TrimSpace(n.Bold+" "+n.Text))
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// show opens a deployment. One without a key gets a draft, so that "Use local bearer token" has a token to copy.
func (s *Screen) show(w http.ResponseWriter, r *http.Request) {
	d, err := s.Store.Deployment(r.Context(), idOf(r))
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	id := r.URL.Query().Get("draft")
	draft, err := s.liveDraft(r.Context(), id)
	gone := fault.Is(err, fault.NotFound)
	switch {
	case err != nil && !gone:
		respond.Fault(w, r, err)
	case gone && d.Key == nil && mayChange(r.Context()):
		s.toNewDraft(w, r, path(d.ID), id != "")
	case gone && id != "":
		s.goOn(w, r, path(d.ID))
	default:
		s.answer(w, r, http.StatusOK, formOf(d, draft.ID), &d, func(*page) {})
	}
}
