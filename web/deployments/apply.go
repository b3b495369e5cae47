package deployments

import (
	"context"
	"maps"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/web/respond"
)

func idOf(r *http.Request) string { return chi.URLParam(r, "id") }

func path(id string) string { return "/deployments/" + url.PathEscape(id) }

// create applies a new deployment.
func (s *Screen) create(w http.ResponseWriter, r *http.Request) {
	if err := respond.Form(w, r); err != nil {
		respond.Fault(w, r, err)
		return
	}
	f := decode("", r.PostForm)
	if !f.check(nil) {
		s.refuse(w, r, f, nil)
		return
	}
	d := f.apply(deployment.Deployment{})
	id, err := s.Store.CreateDeployment(r.Context(), d, f.Draft)
	switch {
	case f.takes(err):
		s.refuse(w, r, f, nil)
	case err != nil:
		respond.Fault(w, r, err)
	default:
		respond.Done(w, r, s.Notices, path(id), s.added(r.Context(), d))
	}
}

// update applies changes of a deployment. A rename that policies would miss, and a change of the key of a Production
// deployment, are asked about first; nothing is saved before the answer.
func (s *Screen) update(w http.ResponseWriter, r *http.Request) {
	stored, err := s.Store.Deployment(r.Context(), idOf(r))
	if err == nil {
		err = respond.Form(w, r)
	}
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	f := decode(stored.ID, r.PostForm)
	if !f.check(&stored) {
		s.refuse(w, r, f, &stored)
		return
	}
	q, err := s.questionOf(r.Context(), stored, f)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	if !q.answeredBy(r.PostForm) {
		s.answer(w, r, q.status(), f, &stored, func(p *page) { p.Question = &q })
		return
	}
	s.save(w, r, f, stored, q.chosen(r.PostForm))
}

func (s *Screen) save(w http.ResponseWriter, r *http.Request, f form, stored deployment.Deployment, rewrite []policy.Policy) {
	d := f.apply(stored)
	err := s.Store.UpdateDeployment(r.Context(), d, f.draftToBind(), rewrite)
	switch {
	case f.takes(err):
		s.refuse(w, r, f, &stored)
	case err != nil:
		respond.Fault(w, r, err)
	default:
		respond.Done(w, r, s.Notices, path(d.ID), s.updated(r.Context(), stored, d, len(rewrite)))
	}
}

// draftToBind is the draft that Apply makes the deployment's key.
func (f form) draftToBind() string {
	if f.auth().Signs() {
		return f.Draft
	}
	return ""
}

// takes puts a fault that the person at the form can mend into the form, and says whether it was one.
func (f *form) takes(err error) bool {
	if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
		return false
	}
	e := fault.Of(err)
	f.Refused = e.Text
	maps.Copy(f.Faults, e.Fields)
	return true
}

// naming gives the policies that name a deployment, the disabled ones too: they count again when they are enabled.
func (s *Screen) naming(ctx context.Context, name string) ([]policy.Policy, error) {
	all, err := s.Store.AllPolicies(ctx)
	if err != nil {
		return nil, err
	}
	var found []policy.Policy
	for _, p := range all {
		if policy.Names(p.Conditions, name) {
			found = append(found, p)
		}
	}
	return found, nil
}
