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
	if stored.ID != "" {
		f.Effect = stored.Effect
	}
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
	if f.Trial, err = s.try(r.Context(), p, known); err != nil {
		respond.Fault(w, r, err)
		return
	}
	if f.failsTests() {
		s.open(w, r, http.StatusUnprocessableEntity, f)
		return
	}
	effect := s.effect(r.Context(), f, p, known) // compared with now, so before it is saved
	id, words, err := save(r.Context(), p)
	switch {
	case f.takes(err):
		s.open(w, r, http.StatusUnprocessableEntity, f)
	case err != nil:
		respond.Fault(w, r, err)
	default:
		respond.Done(w, r, s.Notices, path(id), words+effect)
	}
}

// effect says how many apps go where. What cannot be counted is saved all the same.
func (s *Screen) effect(ctx context.Context, f form, p policy.Policy, known known) string {
	found, err := s.judge(ctx, p, known.Deployments)
	if err != nil {
		slog.WarnContext(ctx, "the apps of a policy were not counted", "policy", p.Name, "error", err)
		return ""
	}
	return f.words(found)
}

// failsTests puts what the tests found into the form, and says whether it must not be applied.
func (f *form) failsTests() bool {
	if text := f.Trial.fault(); text != "" {
		f.Faults["tests"] = text
	}
	f.Refused = f.Trial.refusal()
	return f.Trial.refuses()
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
