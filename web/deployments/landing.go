package deployments

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// The choices of Landing.
const (
	staged  = "staged"
	managed = "managed"
)

// landingForm is what stands in the fields of Where apps land.
type landingForm struct {
	Landing   string // staged or managed; empty: as the way of signing in has it
	By        string
	Property  string
	Space     string
	Missing   string // "make" or "pause"
	Members   string // one a line
	AppName   string
	Owner     string
	OwnerUser string
}

func newLanding() landingForm {
	return landingForm{Landing: staged, Space: defaultSpace, Missing: "make", AppName: deployment.DefaultAppName}
}

func landingOf(d deployment.Deployment) landingForm {
	l := d.Landing
	if !d.Managed() {
		return newLanding()
	}
	f := landingForm{
		Landing: managed, By: string(l.By), Property: l.Property, Space: l.Space, Missing: "pause",
		AppName: cmp.Or(l.AppName, deployment.DefaultAppName), Owner: string(l.Owner), OwnerUser: l.OwnerUser,
	}
	if l.Create {
		f.Missing = "make"
	}
	var lines []string
	for _, m := range l.Members {
		lines = append(lines, m.Line())
	}
	f.Members = strings.Join(lines, "\n")
	return f
}

func decodeLanding(values url.Values) landingForm {
	text := func(name string) string { return strings.TrimSpace(values.Get(name)) }
	return landingForm{
		Landing: text("landing"), By: text("landby"), Property: text("landproperty"), Space: text("space"), Missing: cmp.Or(text("missing"), "make"),
		Members: text("members"), AppName: text("appname"), Owner: text("owner"), OwnerUser: text("owneruser"),
	}
}

// landing gives the landing as the form wants it. An empty pattern is the simplest one that the rule allows.
func (f landingForm) landing() deployment.Landing {
	members, _ := deployment.ParseMembers(f.Members)
	simplest := map[string]string{string(deployment.ByStream): "{stream}", string(deployment.ByProperty): "{property}"}
	return deployment.Landing{
		By: deployment.LandBy(f.By), Property: f.Property, Space: cmp.Or(f.Space, simplest[f.By], defaultSpace), Create: f.Missing == "make",
		Members: members, AppName: f.AppName, Owner: deployment.OwnerRule(f.Owner), OwnerUser: f.OwnerUser,
	}
}

// check adds the faults that only the form can have. Whoever leaves Landing as it was and changes the way of signing in has
// chosen by that; only a choice that the sign-in does not allow is refused.
func (f landingForm) check(faults map[string]string, before, after deployment.Deployment) {
	was := newLanding().Landing
	if before.ID != "" {
		was = landingOf(before).Landing
	}
	switch {
	case f.Landing == "" || f.Landing == was:
	case f.Landing == managed && !after.Managed():
		faults["landing"] = "The local bearer token alone may not publish. Choose another way of signing in, or Staged."
	case f.Landing == staged && after.Managed():
		faults["landing"] = "Only the local bearer token lets apps be staged. Use it to sign in, or choose a managed space."
	}
	if !after.Managed() {
		return
	}
	if _, wrong := deployment.ParseMembers(f.Members); wrong != "" {
		faults["members"] = wrong
	}
	if f.Missing != "make" && f.Missing != "pause" {
		faults["missing"] = "Choose whether missing spaces are made."
	}
}

// example is one real app as the landing in the form would have it.
type example struct {
	App   site.App
	Where distribution.Landing
	Fault string // why there is none
}

// exampleApps is how many apps are looked through for one that the rule gives a space.
const exampleApps = 50

// exampleOf shows the rule at work on the first published app that it fits.
func (s *Screen) exampleOf(ctx context.Context, f landingForm) (example, error) {
	d := deployment.Deployment{Auth: deployment.ClientCredentials, Landing: f.landing()}
	if wrong := d.Landing.Check(); len(wrong) > 0 {
		return example{Fault: "The example appears when the fields above are right."}, nil
	}
	page, err := s.Store.Apps(ctx, store.AppFilter{Published: new(true), Limit: exampleApps})
	if err != nil {
		return example{}, err
	}
	if len(page.Rows) == 0 {
		return example{Fault: "No app is published yet: a real one stands here as soon as there is one."}, nil
	}
	fits := func(row store.AppRow) bool { return distribution.LandingOf(d, row.App).Space != "" }
	app := page.Rows[max(slices.IndexFunc(page.Rows, fits), 0)].App
	return example{App: app, Where: distribution.LandingOf(d, app)}, nil
}

// showExample answers while somebody types.
func (s *Screen) showExample(w http.ResponseWriter, r *http.Request) {
	e, err := s.exampleOf(r.Context(), decodeLanding(r.URL.Query()))
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, exampleText(e))
}

func (e example) text() string {
	switch {
	case e.Fault != "":
		return e.Fault
	case e.Where.Space == "":
		return "“" + e.App.Name + "” waits: " + e.Where.Why
	}
	return "“" + e.App.Name + "” lands in space “" + e.Where.Space + "” (" + e.Where.Rule + ") as “" + e.Where.Name + "”."
}

var (
	landings = []ui.Option{
		{Value: staged, Label: "Staged", Help: "No owner, no space. An admin of the tenant sets the space; Skyferry keeps it. Only with the local bearer token."},
		{Value: managed, Label: "In a managed space", Help: "Published there at once. Needs another way of signing in: the local bearer token alone may not publish."},
	}
	landBys = []ui.Option{
		{Value: string(deployment.ByOne), Label: "one for all apps"},
		{Value: string(deployment.ByStream), Label: "by stream"},
		{Value: string(deployment.ByProperty), Label: "by custom property"},
	}
	missings = []ui.Option{{Value: "make", Label: "make it"}, {Value: "pause", Label: "pause the delivery"}}
	owners   = []ui.Option{
		{Value: string(deployment.OwnerService), Label: "service: whoever signs in"},
		{Value: string(deployment.OwnerSame), Label: "same e-mail as at the site"},
		{Value: string(deployment.OwnerFixed), Label: "fixed: always the same user"},
	}
)

// landingBy is the landing that goes with a way of signing in.
func landingBy(auth deployment.Auth) string {
	if auth == deployment.LocalBearer {
		return staged
	}
	return managed
}

// landing shows what Apply would make of it; a choice that was refused stays.
func (p page) landing() []ui.Field {
	f := ui.Field{Name: "landing", Label: "Landing", Type: "radio", Value: p.Form.Landing.Landing, Options: landings, Error: p.Form.Faults["landing"]}
	if f.Error == "" {
		f.Value = landingBy(p.Form.auth())
	}
	return []ui.Field{f}
}

// spaces are the fields about the managed space.
func (p page) spaces() []ui.Field {
	f, was := p.Form.Landing, p.wasLanding()
	return []ui.Field{
		p.with(ui.Field{Name: "landby", Label: "Spaces", Type: "select", Value: f.By, Options: landBys, Short: true}, was.By),
		p.with(ui.Field{Name: "landproperty", Label: "Custom property", Type: "select", Value: f.Property, Options: p.propertyOptions(), Short: true, Help: "Of several values of an app the first one counts."}, was.Property),
		p.with(ui.Field{Name: "space", Label: "Space", Value: f.Space, Help: "The managed space that apps land in. {stream} stands for the app’s stream, {property} for its value; what a space may not have in its name becomes a hyphen. Empty means " + defaultSpace + ", {stream} or {property}."}, was.Space),
		p.with(ui.Field{Name: "missing", Label: "Missing space", Type: "select", Value: f.Missing, Options: missings, Short: true}, was.Missing),
		p.with(ui.Field{Name: "members", Label: "Members of new spaces", Type: "textarea", Rows: 3, Value: f.Members, Optional: true, Help: "One a line: group NAME: ROLE, ROLE or user E-MAIL: ROLE. Roles: " + strings.Join(deployment.ManagedRoles, ", ") + ". Members of spaces that exist are never changed."}, was.Members),
	}
}

// identity are the fields about the app's name and owner there.
func (p page) identity() []ui.Field {
	f, was := p.Form.Landing, p.wasLanding()
	return []ui.Field{
		p.with(ui.Field{Name: "appname", Label: "Name in tenant", Value: f.AppName, Help: "{name}, {stream}, {property}, {owner} and {id} stand for those of the app; {name} or {id} must be in it."}, was.AppName),
		p.with(ui.Field{Name: "owner", Label: "Owner in tenant", Type: "select", Value: f.Owner, Options: owners, Help: "Whom the tenant does not know is a warning on the delivery, no failure."}, was.Owner),
		p.with(ui.Field{Name: "owneruser", Label: "User", Value: f.OwnerUser, Help: "E-mail or id of a user of the tenant."}, was.OwnerUser),
	}
}

func (p page) wasLanding() landingForm {
	if p.Stored == nil || !p.Stored.Managed() {
		return landingForm{}
	}
	return landingOf(*p.Stored)
}

// propertyOptions are the site's custom properties; one that is gone stays shown.
func (p page) propertyOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "choose one"}}
	names := p.Properties
	if f := p.Form.Landing.Property; f != "" && !slices.Contains(names, f) {
		names = append(slices.Clone(names), f)
	}
	for _, name := range names {
		options = append(options, ui.Option{Value: name})
	}
	return options
}

// loadLanding reads what the group shows besides its fields.
func (s *Screen) loadLanding(ctx context.Context, p *page) error {
	rows, err := s.Store.Properties(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.ForApps {
			p.Properties = append(p.Properties, row.Name)
		}
	}
	if p.Example, err = s.exampleOf(ctx, p.Form.Landing); err != nil || p.Stored == nil {
		return err
	}
	p.Moves, err = s.Store.Moves(ctx, p.Stored.ID)
	return err
}
