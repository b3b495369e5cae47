package policies

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// past is the page with the versions of a policy.
type past struct {
	ID        string
	Versions  []policy.Policy // newest first
	Deleted   bool
	MayChange bool
	From, To  int64
	Compared  bool
	Changes   []fieldChange
}

func (s *Screen) versions(w http.ResponseWriter, r *http.Request) {
	p := past{ID: chi.URLParam(r, "id"), MayChange: mayChange(r)}
	err := s.readPast(r.Context(), &p)
	if err == nil {
		err = p.compare(r.URL.Query().Get("from"), r.URL.Query().Get("to"))
	}
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, versionsPage(p))
}

func (s *Screen) readPast(ctx context.Context, p *past) (err error) {
	if p.Versions, err = s.Store.PolicyVersions(ctx, p.ID); err != nil {
		return err
	}
	if len(p.Versions) == 0 {
		return fault.New(fault.NotFound, "There is no policy or guard of this address, nor was there one.")
	}
	_, err = s.Store.Policy(ctx, p.ID)
	if p.Deleted = fault.Is(err, fault.NotFound); p.Deleted {
		return nil
	}
	return err
}

// compare chooses two versions: those of the address, else the newest and the one before.
func (p *past) compare(from, to string) error {
	p.To = p.Versions[0].Version
	p.From = p.Versions[min(1, len(p.Versions)-1)].Version
	if from == "" && to == "" {
		return nil
	}
	p.From, _ = strconv.ParseInt(from, 10, 64) // no number is a version that is not there
	p.To, _ = strconv.ParseInt(to, 10, 64)
	before, ok := p.at(p.From)
	after, also := p.at(p.To)
	if !ok || !also {
		return fault.New(fault.NotFound, "One of these versions is not there. The newest 200 are kept.")
	}
	p.Compared, p.Changes = true, changesOf(before, after)
	return nil
}

func (p *past) at(version int64) (policy.Policy, bool) {
	for _, v := range p.Versions {
		if v.Version == version {
			return v, true
		}
	}
	return policy.Policy{}, false
}

// changed names the fields in which a version differs from the one before.
func (p past) changed(i int) string {
	if p.Versions[i].Version == 1 {
		return "Created"
	}
	if i+1 == len(p.Versions) {
		return ui.Dash
	}
	var names []string
	for _, c := range changesOf(p.Versions[i+1], p.Versions[i]) {
		names = append(names, c.Field)
	}
	return strings.Join(names, ", ")
}

func (p past) restorable(i int) bool { return p.MayChange && !p.Deleted && i > 0 }

func (p past) options() (options []ui.Option) {
	for _, v := range p.Versions {
		n := strconv.FormatInt(v.Version, 10)
		options = append(options, ui.Option{Value: n, Label: "Version " + n})
	}
	return options
}

func (p past) choice(name, label string, chosen int64) ui.Field {
	return ui.Field{Name: name, Label: label, Type: "select", Value: strconv.FormatInt(chosen, 10), Options: p.options(), Short: true, Attrs: ui.Attributes{"data-no-track": true}}
}

func (p past) layout() ui.Page {
	newest := p.Versions[0]
	crumbs := []ui.Link{{Label: "Distribution policies", Href: "/policies"}}
	if newest.Effect == policy.Never {
		crumbs = append(crumbs, ui.Link{Label: "Guards", Href: "/policies/guards"})
	}
	name := ui.Link{Label: newest.Name, Href: path(p.ID)}
	if p.Deleted {
		name.Href = ""
	}
	return ui.Page{Title: "Versions", Section: "/policies", Paper: true, Crumbs: append(crumbs, name), Styles: []string{"css/policy.css", "css/policies-more.css"}}
}

func (p past) table() ui.Table {
	return ui.Table{ID: "versions", Caption: "Versions", Columns: []ui.Column{
		{Key: "version", Label: "Version"}, {Key: "when", Label: "When"}, {Key: "who", Label: "Who"},
		{Key: "reason", Label: "Reason / ticket"}, {Key: "changed", Label: "What changed"}, {Key: "do", Label: "Restore"},
	}}
}

func restorePath(id string, version int64) string {
	return path(id) + "?restore=" + strconv.FormatInt(version, 10)
}

// restored is the form with what a version said. Nothing is written before Apply.
func (s *Screen) restored(ctx context.Context, stored policy.Policy, version string) (form, error) {
	n, _ := strconv.ParseInt(version, 10, 64) // no number is a version that is not there
	old, err := s.Store.PolicyAt(ctx, stored.ID, n)
	if err != nil {
		return form{}, err
	}
	f := formOf(old)
	f.Version, f.Reason = stored.Version, "Restore version "+strconv.FormatInt(n, 10)
	return f, nil
}

func comparePath(id string, from, to int64) string {
	return path(id) + "/versions?from=" + strconv.FormatInt(from, 10) + "&to=" + strconv.FormatInt(to, 10)
}
