package policies

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// twin is the page that makes a copy of a policy for another deployment.
type twin struct {
	Policy   policy.Policy
	Named    []string // deployments that its conditions name
	All      []string
	From, To string
}

// copy asks which deployment becomes which, and shows the conditions that come of it. Nothing is stored.
func (s *Screen) copy(w http.ResponseWriter, r *http.Request) {
	t, err := s.twin(r, r.URL.Query()["id"])
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, copyPage(t))
}

func (s *Screen) twin(r *http.Request, ids []string) (t twin, err error) {
	if len(ids) != 1 {
		return t, fault.New(fault.Invalid, "Tick one row to copy; a copy is made of one at a time.")
	}
	if t.Policy, err = s.Store.Policy(r.Context(), ids[0]); err != nil {
		return t, err
	}
	all, err := s.Store.Deployments(r.Context())
	if err != nil {
		return t, err
	}
	t.offer(all)
	t.choose(r.URL.Query())
	return t, nil
}

func (t *twin) offer(all []deployment.Deployment) {
	for _, d := range all {
		t.All = append(t.All, d.Name)
		if policy.Names(t.Policy.Conditions, d.Name) {
			t.Named = append(t.Named, d.Name)
		}
	}
}

// choose takes what was asked for; else the first deployment that is named, and the first other one.
func (t *twin) choose(query url.Values) {
	if t.From = query.Get("from"); !slices.Contains(t.Named, t.From) && len(t.Named) > 0 {
		t.From = t.Named[0]
	}
	if t.To = query.Get("to"); slices.Contains(t.All, t.To) {
		return
	}
	for _, name := range t.All {
		if t.To = name; name != t.From && !slices.Contains(t.Named, name) {
			return
		}
	}
}

// changes says whether the copy names another deployment.
func (t twin) changes() bool { return t.To != "" && t.To != t.From && len(t.Named) > 0 }

// conditions are those of the copy.
func (t twin) conditions() string {
	if !t.changes() {
		return t.Policy.Conditions
	}
	text, _ := policy.Rename(t.Policy.Conditions, t.From, t.To)
	return text
}

// name is what the copy is called until somebody says otherwise.
func (t twin) name() string {
	if !t.changes() {
		return t.Policy.Name + " (copy)"
	}
	return fmt.Sprintf("%s (%s)", t.Policy.Name, t.To)
}

// form is the page of a new one, filled in. Tests are about the deployment that was left, so they are not taken along.
func (t twin) form() form {
	p := t.Policy
	p.ID, p.Version, p.Name, p.Conditions, p.Tests = "", 0, t.name(), t.conditions(), ""
	p.Reason = fmt.Sprintf("Copy of %q", t.Policy.Name)
	f := formOf(p)
	f.Reason = p.Reason
	return f
}

// next is the address of the filled page.
func (t twin) next() string {
	at := "/policies/new"
	if t.Policy.Effect == policy.Never {
		at = "/policies/guards/new"
	}
	return at + "?" + url.Values{"copy": {t.Policy.ID}, "from": {t.From}, "to": {t.To}}.Encode()
}

func (t twin) from() ui.Field { return choose("from", "From", t.From, t.Named) }

func (t twin) to() ui.Field { return choose("to", "To", t.To, t.All) }

func choose(name, label, value string, from []string) ui.Field {
	f := ui.Field{Name: name, Label: label, Type: "select", Value: value}
	for _, option := range from {
		f.Options = append(f.Options, ui.Option{Value: option})
	}
	return f
}

// begin opens the page of a new one, or of the copy that the address asks for.
func (s *Screen) begin(w http.ResponseWriter, r *http.Request, f form) {
	if ids := r.URL.Query()["copy"]; len(ids) > 0 {
		t, err := s.twin(r, ids)
		if err != nil {
			respond.Fault(w, r, err)
			return
		}
		f = t.form()
	}
	s.open(w, r, http.StatusOK, f)
}
