package movein

import (
	"net/http"
	"net/url"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/movein"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/web/policies"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// question is what is asked before rules become policies.
type question struct {
	view

	chosen  []movein.Choice
	faults  map[string]string  // of the names, by the rule's id
	gone    []movein.Refused   // what cannot be imported, whatever it is called
	would   policies.Foresight // of all together
	refused string             // why nothing was imported; empty: nobody has confirmed yet
}

// ask shows what the ticked rules will be, and what they change together.
func (s *Screen) ask(w http.ResponseWriter, r *http.Request) {
	q, err := s.question(w, r)
	switch {
	case err != nil:
		respond.Fault(w, r, err)
	case len(q.chosen) == 0:
		respond.Done(w, r, s.Notices, Path, "Nothing was chosen. Tick the rules to import first.")
	default:
		s.answer(w, r, http.StatusOK, q)
	}
}

// take imports what was confirmed: all of it, or nothing.
func (s *Screen) take(w http.ResponseWriter, r *http.Request) {
	q, err := s.question(w, r)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	if q.sound() {
		err = s.Store.MoveIn(r.Context(), q.policies())
	}
	switch {
	case q.sound() && err == nil:
		respond.Done(w, r, s.Notices, "/policies", q.done())
	case err == nil || fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid):
		q.refuse(err)
		s.answer(w, r, http.StatusUnprocessableEntity, q)
	default:
		respond.Fault(w, r, err)
	}
}

func (s *Screen) answer(w http.ResponseWriter, r *http.Request, status int, q question) {
	if err := s.foresee(r.Context(), &q.view, q.offers()); err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, status, questionPage(q))
}

// question reads the form and the site anew, and holds the one against the other.
func (s *Screen) question(w http.ResponseWriter, r *http.Request) (q question, err error) {
	if err = respond.Form(w, r); err != nil {
		return q, err
	}
	if q.view, err = s.load(r.Context()); err != nil {
		return q, err
	}
	if q.trouble != "" {
		return q, fault.New(fault.Unavailable, "%s Go back in a moment, and do the same again.", q.trouble)
	}
	q.choose(r.PostForm)
	q.would, err = s.Policies.Foresee(r.Context(), q.deciding())
	return q, err
}

// choose takes what was ticked. A rule that is asked about for the first time has the name that is proposed.
func (q *question) choose(form url.Values) {
	q.faults = map[string]string{}
	for _, id := range form["rule"] {
		c := movein.Choice{RuleID: id, Name: form.Get("name:" + id), Mark: form.Get("mark:" + id)}
		if o, ok := q.offer(id); ok && !form.Has("name:"+id) {
			c.Name = o.Policy.Name
		}
		q.chosen = append(q.chosen, c)
	}
	_, refused := q.plan.Choose(q.chosen, q.stored)
	for _, no := range refused {
		if o, ok := q.offer(no.RuleID); ok && (no.Mark == "" || no.Mark == o.Mark()) {
			q.faults[no.RuleID] = no.Why // its name: the rule itself is as it was shown
		} else {
			q.gone = append(q.gone, no)
		}
	}
}

func (v view) offer(id string) (movein.Offer, bool) {
	for _, o := range v.plan.Offers {
		if o.Rule.ID == id {
			return o, true
		}
	}
	return movein.Offer{}, false
}

// offers are the chosen rules under their chosen names, those that cannot be called so too.
func (q question) offers() (list []movein.Offer) {
	for _, c := range q.chosen {
		if o, ok := q.offer(c.RuleID); ok {
			o.Policy.Name = c.Name
			list = append(list, o)
		}
	}
	return list
}

func (q question) policies() (list []policy.Policy) {
	for _, o := range q.offers() {
		list = append(list, o.Policy)
	}
	return list
}

// deciding are the policies with ids, as deciding needs them.
func (q question) deciding() (list []policy.Policy) {
	for _, p := range q.policies() {
		p.ID = p.Origin
		list = append(list, p)
	}
	return list
}

// sound says whether the choice can be imported as it is.
func (q question) sound() bool {
	return len(q.chosen) > 0 && len(q.faults)+len(q.gone) == 0 && q.would.Breaks == ""
}

// refuse says why nothing was imported.
func (q *question) refuse(err error) {
	q.refused = "Nothing was imported."
	if err != nil {
		q.refused += " " + fault.Of(err).Text
	}
}

// done is the notice after the import: "2 policies are imported. 12 apps newly to eu."
func (q question) done() string {
	text := ui.Plural(len(q.chosen), "policy is", "policies are") + " imported. "
	if would := q.would.Words(); would != "" {
		return text + would + "."
	}
	return text + "No app goes anywhere that did not go there before."
}
