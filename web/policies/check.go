package policies

import (
	"net/http"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/rule"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// check answers what changes with the rows, the text, or a button of the form, and saves nothing. Without scripts the
// buttons go to the page's own address, and the whole page comes back.
func (s *Screen) check(w http.ResponseWriter, r *http.Request) {
	if err := respond.Form(w, r); err != nil {
		respond.Fault(w, r, err)
		return
	}
	s.preview(w, r, decode(r.PostForm.Get("id"), r.PostForm), r.PostForm.Get("do"))
}

func (s *Screen) preview(w http.ResponseWriter, r *http.Request, f form, do string) {
	p, err := s.load(r, f)
	if err == nil {
		err = s.act(r, &p, do)
	}
	if err == nil && do == "validate" {
		err = s.validateTests(r.Context(), &p)
	}
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	status := http.StatusOK
	if p.Invalid {
		status = http.StatusUnprocessableEntity
	}
	if r.Header.Get("HX-Request") == "" {
		s.answer(w, r, status, p)
		return
	}
	p.Part, p.Typing = true, do == ""
	respond.Page(w, r, status, parts(p))
}

// act does what a button of the form says.
func (s *Screen) act(r *http.Request, p *page, do string) error {
	verb, rest, _ := strings.Cut(do, ":")
	f := &p.Form
	p.Answered = verb == "template" || verb == "replace" || verb == "keep"
	switch verb {
	case "template":
		t, ok := template(f.Template)
		p.Replaces = ok && handWritten(f.Conditions) && t.Conditions != f.Conditions
		if !p.Replaces {
			f.use()
		}
	case "replace":
		f.use()
	case "fix":
		if slices.Contains(p.offers(), lines(rest)) { // else the conditions have changed since it was offered
			f.set(lines(rest))
		}
	case "validate":
		return s.validate(r, p)
	default:
		f.edit(verb, rest)
	}
	p.judge()
	return nil
}

// offers are the conditions that the fixes on the page would give.
func (p page) offers() (list []string) {
	for _, w := range p.Reading.Warnings {
		if w.FixTitle != "" {
			list = append(list, w.FixConditions)
		}
	}
	for _, n := range p.Notes {
		if n.Fix != nil {
			list = append(list, n.Fix.Apply(p.Form.Conditions))
		}
	}
	return list
}

// validate judges the rule. Name and action belong to Apply: a rule can be valid before they are given.
func (s *Screen) validate(r *http.Request, p *page) error {
	p.Form.Faults = map[string]string{}
	rest, _ := p.Form.policy(policy.Policy{}).Check(p.Known.Vocabulary)
	for _, field := range []string{"conditions", "filter"} {
		if text := rest[field]; text != "" {
			p.Form.Faults[field], p.Form.Filled, p.Invalid = text, true, true
			p.Verdict = "Not valid: " + strings.TrimPrefix(text, "Not valid: ")
			return nil
		}
	}
	sound := p.Form.policy(policy.Policy{ID: p.Form.ID})
	if !p.Form.guard() {
		sound.Actions = policy.ActionDistribute
	}
	found, err := s.judge(r.Context(), sound, p.Known.Deployments)
	p.Verdict = sentences("Valid.", p.Reading.Sentence, found.matches(), p.Form.words(found))
	if !p.Form.Distribute && !p.Form.guard() {
		p.Verdict += " The action Distribute is not ticked, so nothing is sent."
	}
	if n := len(p.Reading.Warnings) + p.warnings(); n > 0 {
		p.Verdict += " " + ui.Plural(n, "warning", "warnings") + ": see the text."
	}
	return err
}

// warnings counts the doubtful parts of the text.
func (p page) warnings() (n int) {
	for _, d := range p.Notes {
		if d.Severity == rule.Warning {
			n++
		}
	}
	return n
}

// matches says how much the rule takes in now: "It matches 212 apps, 64 GB."
func (r result) matches() string {
	if r.Matched == 0 {
		return ""
	}
	return "It matches " + ui.Plural(r.Matched, "app", "apps") + ", " + ui.Bytes(r.Size) + "."
}
