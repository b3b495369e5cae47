package policies

import (
	"context"
	"log/slog"
	"maps"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/web/respond"
)

// create applies a new policy.
func (s *Screen) create(w http.ResponseWriter, r *http.Request) {
	s.receive(w, r, policy.Policy{}, func(ctx context.Context, p policy.Policy) (string, string, error) {
		id, err := s.Store.CreatePolicy(ctx, p)
		return id, "Successfully added. ", err
	})
}

// update applies changes of a policy.
func (s *Screen) update(w http.ResponseWriter, r *http.Request) {
	stored, err := s.Store.Policy(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	s.receive(w, r, stored, func(ctx context.Context, p policy.Policy) (string, string, error) {
		return p.ID, "Successfully updated. ", s.Store.UpdatePolicy(ctx, p)
	})
}

// save stores a policy and gives its id and the notice's first words.
type save func(ctx context.Context, p policy.Policy) (id, words string, err error)

// receive takes the form. Its buttons other than Apply change the form only, and save nothing.
func (s *Screen) receive(w http.ResponseWriter, r *http.Request, stored policy.Policy, save save) {
	if err := respond.Form(w, r); err != nil {
		respond.Fault(w, r, err)
		return
	}
	f := decode(stored.ID, r.PostForm)
	if do := r.PostForm.Get("do"); do != "" {
		s.preview(w, r, f, do)
		return
	}
	s.apply(w, r, f, stored, save)
}

func (s *Screen) apply(w http.ResponseWriter, r *http.Request, f form, stored policy.Policy, save save) {
	known, err := s.known(r.Context())
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	if !f.check(known.Vocabulary) {
		s.open(w, r, http.StatusUnprocessableEntity, f)
		return
	}
	p := f.policy(stored)
	id, words, err := save(r.Context(), p)
	switch {
	case f.takes(err):
		s.open(w, r, http.StatusUnprocessableEntity, f)
	case err != nil:
		respond.Fault(w, r, err)
	default:
		respond.Done(w, r, s.Notices, path(id), words+s.effect(r.Context(), p, known))
	}
}

// effect says how many apps go where. What is saved stays saved when they cannot be counted.
func (s *Screen) effect(ctx context.Context, p policy.Policy, known known) string {
	found, err := s.judge(ctx, p, known.Deployments)
	if err != nil {
		slog.WarnContext(ctx, "the apps of a policy were not counted", "policy", p.Name, "error", err)
		return ""
	}
	return found.goes()
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
