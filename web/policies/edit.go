package policies

import (
	"context"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/rule"
	"github.com/skyferry/skyferry/web/respond"
)

// page is all that stands on the page of one policy, or of one that is being made.
type page struct {
	Form      form
	Stored    *policy.Policy // nil: a new one
	Known     known
	Reading   policy.Reading
	Notes     []rule.Diagnostic // what is wrong or doubtful in the conditions
	Replaces  bool              // asks whether the template may replace the conditions
	Answered  bool              // the question comes up or is settled
	Verdict   string            // what Validate rule found; empty before
	Invalid   bool              // the verdict is bad
	Result    result
	History   []account.Record
	MayChange bool
	Part      bool // only parts are written, which take the place of those with the same id
	Typing    bool // the parts answer what was typed, not a button
}

// load reads what the conditions are judged by.
func (s *Screen) load(r *http.Request, f form) (p page, err error) {
	p = page{Form: f, MayChange: mayChange(r)}
	if p.Known, err = s.known(r.Context()); err != nil {
		return p, err
	}
	p.judge()
	return p, nil
}

// judge puts the conditions in words.
func (p *page) judge() {
	p.Reading = policy.Read(p.Form.Effect, p.Form.Conditions, p.Known.targets()).Within(p.Form.Filter)
	p.Notes = policy.CheckConditions(p.Form.Conditions, p.Known.Vocabulary)
	p.Reading = p.Reading.Beside(p.Notes)
}

// complete reads what stands around the form of a whole page.
func (s *Screen) complete(ctx context.Context, p *page) (err error) {
	if p.Form.ID != "" {
		stored, err := s.Store.Policy(ctx, p.Form.ID)
		if err != nil {
			return err
		}
		p.Stored = &stored
		if p.History, err = s.Store.History(ctx, kindOf(stored.Effect), stored.ID); err != nil {
			return err
		}
	}
	p.Result, err = s.judge(ctx, p.Form.policy(policy.Policy{ID: p.Form.ID}), p.Known.Deployments)
	return err
}

// answer writes the whole page.
func (s *Screen) answer(w http.ResponseWriter, r *http.Request, status int, p page) {
	if err := s.complete(r.Context(), &p); err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, status, editPage(p))
}

func (s *Screen) open(w http.ResponseWriter, r *http.Request, status int, f form) {
	p, err := s.load(r, f)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	s.answer(w, r, status, p)
}

// new opens an empty page for a policy.
func (s *Screen) new(w http.ResponseWriter, r *http.Request) {
	s.begin(w, r, newForm(policy.Grant))
}

// show opens a policy.
func (s *Screen) show(w http.ResponseWriter, r *http.Request) {
	stored, err := s.Store.Policy(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	f := formOf(stored)
	if version := r.URL.Query().Get("restore"); version != "" {
		if f, err = s.restored(r.Context(), stored, version); err != nil {
			respond.Fault(w, r, err)
			return
		}
	}
	s.open(w, r, http.StatusOK, f)
}
