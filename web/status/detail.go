package status

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/middleware"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
	"github.com/skyferry/skyferry/web/why"
)

// detail is everything about one row.
type detail struct {
	distribution.Detail
	deployment deployment.Deployment
	same       int // deliveries with the same cause
	now        time.Time
	mayChange  bool
	why        *why.View // nil: the decision is not kept
	app        *site.App // as of the decision; nil: not kept, or it was gone
}

// removable says whether what is left can be removed from here: its deployment still goes to that tenant.
func (d detail) removable() bool {
	return d.mayChange && reachable(d.Row, d.deployment)
}

func (s *Screen) show(w http.ResponseWriter, r *http.Request) {
	d := detail{now: s.Now(), mayChange: middleware.UserOf(r.Context()).Role != account.Reader}
	var err error
	if d.Detail, err = s.Store.StatusDetail(r.Context(), chi.URLParam(r, "app"), chi.URLParam(r, "deployment")); err != nil {
		respond.Fault(w, r, err)
		return
	}
	// A deployment that is deleted meanwhile still has its rows; they are shown without its remedies.
	if d.deployment, err = s.Store.Deployment(r.Context(), d.Row.Deployment.ID); err != nil && !fault.Is(err, fault.NotFound) {
		respond.Fault(w, r, err)
		return
	}
	if err = s.explain(r.Context(), &d); err != nil {
		respond.Fault(w, r, err)
		return
	}
	if cause := d.Row.Delivery.Cause; cause != distribution.NoCause && d.deployment.ID != "" {
		page, err := s.Store.StatusPage(r.Context(), distribution.StatusFilter{Tab: distribution.TabAttention, Deployment: d.deployment.ID, Cause: cause, Limit: 1})
		if err != nil {
			respond.Fault(w, r, err)
			return
		}
		d.same = page.Counts[distribution.TabAttention]
	}
	respond.Page(w, r, http.StatusOK, detailPage(d))
}

// explain reads the decision that the delivery comes from.
func (s *Screen) explain(ctx context.Context, d *detail) error {
	if d.delivery().EventID == "" {
		return nil
	}
	decision, err := s.Store.Decision(ctx, d.delivery().AppID, d.delivery().EventID)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	v := why.Of(decision, d.Row.Deployment.ID)
	if p := d.Row.Placement; p != nil && p.Marked {
		v.Stays = map[string]bool{d.Row.Deployment.ID: true}
	}
	d.why, d.app = &v, decision.App
	return err
}

func (d detail) delivery() distribution.Delivery { return d.Row.Delivery }

func (d detail) title() string { return nameOf(d.Row) + " to " + d.Row.Deployment.Name }

// troubled says whether something stands in the way.
func (d detail) troubled() bool {
	switch d.Row.Shown {
	case distribution.Failed, distribution.Retrying, distribution.Paused:
		return true
	default:
		return false
	}
}

// ending says what a delivery waits for that nobody wants any more, and until when at the latest.
func (d detail) ending() string {
	words := endingWords(d.delivery())
	if words == "" {
		return ""
	}
	words += ". Nothing is sent any more: the tenant is only asked, and what users can see there is shown here."
	by := d.delivery().EndsBy(d.deployment)
	if by.IsZero() {
		return words
	}
	return fmt.Sprintf("%s While the tenant answers, this ends within %s.", words, ui.Duration(max(by.Sub(d.now), time.Second).Round(time.Second)))
}

// calm says why a delivery waits with which nothing is wrong, empty when it simply waits its turn.
func (d detail) calm() (bold, text string) {
	v := d.delivery()
	switch {
	case d.Row.Shown != distribution.Waiting || v.Cause == distribution.NoCause && v.Message == "":
		return "", ""
	case v.Cause == distribution.NoCause:
		return "It waits.", v.Message
	case d.observed():
		return "Observed only.", v.Remedy(d.deployment)
	}
	return ui.Capital(v.Cause.Title()) + ".", v.Message + " The site is asked again " + untilNextTry(v, d.now) + ", by itself. When exports begin, and how many run at once, stands on the page Site."
}

// observed says whether nothing but Observe only holds the delivery.
func (d detail) observed() bool { return observed(d.Row) }

func (d detail) nextTry() string {
	switch d.Row.Shown {
	case distribution.Retrying:
		return ui.Capital(untilNextTry(d.delivery(), d.now)) + ", by itself."
	case distribution.Paused:
		switch d.delivery().Cause {
		case distribution.AdoptionRefused:
			return "None by itself."
		case distribution.HeldForReview, distribution.AccessHeld:
			return "When somebody releases it."
		case distribution.OverLimit:
			return "As soon as Largest app is raised, or the app is smaller."
		}
		if d.delivery().Cause.LooksAgain() {
			return ui.Capital(untilNextTry(d.delivery(), d.now)) + " it is looked at again, by itself."
		}
		return "When somebody resumes."
	default:
		return "None by itself."
	}
}

func (d detail) cause() string {
	text := d.delivery().Message
	if text == "" {
		text = ui.Capital(d.delivery().Cause.Title())
	}
	if status := d.delivery().Status; status != 0 && !strings.Contains(text, fmt.Sprint(status)) {
		text += fmt.Sprintf(" (%d)", status)
	}
	return text
}

// steps are what happened, the oldest first.
func (d detail) steps() []ui.Step {
	var steps []ui.Step
	for i, t := range slices.Backward(d.Transitions) {
		shown := t.ShownAs()
		steps = append(steps, ui.Step{State: stepOf(shown, i == 0), Time: t.At.UTC().Format("15:04:05"), Title: ui.Capital(string(shown)), Text: t.Note, Meta: by(t.By)})
	}
	return steps
}

func by(name string) string {
	if name == "Skyferry" {
		return ""
	}
	return name
}

func stepOf(s distribution.State, last bool) ui.StepState {
	switch {
	case s == distribution.Failed, s == distribution.Retrying:
		return ui.StepFailed
	case last && s.Open():
		return ui.StepNow
	default:
		return ui.StepDone
	}
}

// support is the text that people send to whoever helps them: everything that matters and no secret.
func (d detail) support() string {
	v := d.delivery()
	lines := []string{
		"Skyferry: " + d.title(),
		"State: " + string(d.Row.Shown) + at(v.Stage) + ", since " + ui.ExactTime(v.Changed),
		"Cause: " + string(v.Cause) + " " + v.Message,
		fmt.Sprintf("HTTP status: %d, trace: %s", v.Status, v.TraceID),
		"Delivery: " + v.ID + ", event: " + v.EventID + " (" + d.EventNote + ")",
		"App: " + appOf(d.Row) + ", data version " + v.Version.String(),
		"Deployment: " + d.Row.Deployment.Name + " at " + d.Row.Deployment.Host + ", tenant " + d.deployment.TenantID,
		fmt.Sprintf("File: %d bytes, SHA-256 %s, uploaded %d", v.Size, v.SHA256, v.Uploaded),
	}
	if d.why != nil {
		lines = append(lines, d.why.Text()...)
	}
	for _, warning := range d.warnings() {
		lines = append(lines, "Warning: "+warning)
	}
	for _, a := range d.Attempts {
		lines = append(lines, fmt.Sprintf("Attempt %d: %s%s, %d bytes, HTTP %d, trace %s, %s", a.Number, ui.ExactTime(a.Started), at(a.Stage), a.Bytes, a.Status, a.TraceID, a.Error))
	}
	for _, t := range d.Transitions {
		lines = append(lines, fmt.Sprintf("%s %s -> %s %s", ui.ExactTime(t.At), t.From, t.To, t.Note))
	}
	return strings.Join(lines, "\n")
}

// at names the stage that was reached; before the first there is none.
func at(stage distribution.State) string {
	if stage == "" {
		return ""
	}
	return " at " + string(stage)
}

func (d detail) facts() []ui.Fact {
	p := d.Row.Placement
	switch {
	case p == nil:
		return nil
	case p.Marked || p.Untouched():
		return d.factsBefore(*p)
	}
	return []ui.Fact{
		{Label: "App id", Value: p.RemoteID, Mono: true}, {Label: "Name", Value: p.RemoteName}, {Label: "Where", Value: where(d.Row)},
		{Label: "Space chosen", Value: cmp.Or(p.SpaceRule, ui.Dash)}, {Label: "Collections", Value: cmp.Or(strings.Join(collections(p), ", "), ui.Dash)},
		{Label: "Owner", Value: cmp.Or(p.Owner, "as the tenant has it")},
		{Label: "Data of", Body: ui.Time(d.Row.DataInTenant)}, {Label: "Behind by", Value: behind(d.Row)},
		{Label: "Size", Value: ui.Bytes(p.Size)}, {Label: "In memory", Value: memory(p)}, {Label: "Section access", Value: d.access(p)}, {Label: "SHA-256", Value: p.SHA256, Mono: true},
		{Label: "There since", Body: ui.Time(p.Placed)}, {Label: "Read back", Body: ui.Time(p.Refreshed)},
	}
}

// factsBefore tell of a copy that was there before us, and that nothing was sent to.
func (d detail) factsBefore(p distribution.Placement) []ui.Fact {
	since, at := "Linked", p.Adopted
	if p.Marked {
		since, at = "Marked", p.Left
	}
	return []ui.Fact{
		{Label: "App id", Value: p.RemoteID, Mono: true}, {Label: "Name", Value: p.RemoteName}, {Label: "Where", Value: where(d.Row)},
		{Label: "Size", Value: ui.Bytes(p.Size)}, {Label: since, Body: ui.Time(at)}, {Label: "Its data", Value: "not known: it was there before Skyferry"},
	}
}

// memory is what the app takes there, with the limit where that is known.
func memory(p *distribution.Placement) string {
	switch {
	case p.Memory == 0:
		return "unknown"
	case p.MemoryLimit == 0:
		return ui.Bytes(p.Memory)
	}
	return ui.Bytes(p.Memory) + " of " + ui.Bytes(p.MemoryLimit)
}

// access says whether the app has section access there, and who released it.
func (d detail) access(p *distribution.Placement) string {
	words := cmp.Or(string(p.SectionAccess), "unknown")
	if d.Release != nil && p.SectionAccess == site.HasSectionAccess {
		words += ", released by " + d.Release.By
	}
	return words
}

// collections are those that we added the app to.
func collections(p *distribution.Placement) (names []string) {
	for _, c := range p.Collections {
		names = append(names, c.Name)
	}
	return names
}

// landing is where the app lands by what counts now, nil when that is not known.
func (d detail) landing() []ui.Fact {
	if d.app == nil || d.deployment.ID == "" {
		return nil
	}
	land := distribution.LandingOf(d.deployment, *d.app)
	if land.Why != "" {
		return []ui.Fact{{Label: "Space", Value: land.Why}, {Label: "Name in tenant", Value: land.Name}}
	}
	return []ui.Fact{
		{Label: "Space", Value: cmp.Or(land.Space, "Staged")}, {Label: "Chosen", Value: land.Rule}, {Label: "Name in tenant", Value: land.Name},
		{Label: "Collections", Value: cmp.Or(strings.Join(distribution.CollectionNames(*d.app), ", "), ui.Dash)},
		{Label: "Owner", Value: ownerWords(d.deployment, *d.app)},
	}
}

func ownerWords(dep deployment.Deployment, app site.App) string {
	switch {
	case !dep.Managed():
		return "none: it is staged"
	case dep.Landing.Owner == deployment.OwnerSame:
		return "the tenant’s user with the e-mail " + cmp.Or(app.Owner.Email, "of "+app.Owner.Name+" (none is known)")
	case dep.Landing.Owner == deployment.OwnerFixed:
		return dep.Landing.OwnerUser
	}
	return "whoever signs in"
}

// warnings are what could not be done in the tenant.
func (d detail) warnings() []string {
	if d.Row.Placement == nil {
		return nil
	}
	return d.Row.Placement.Warnings
}

// actions are what may be done now.
func (d detail) actions() []ui.Button {
	var buttons []ui.Button
	switch d.Row.Shown {
	case distribution.Paused:
		if d.delivery().Cause == distribution.HeldForReview {
			buttons = append(buttons, ui.Button{Label: "Release", Href: "/held/" + d.delivery().HoldID + "/release"}, ui.Button{Label: "Discard", Href: "/held/" + d.delivery().HoldID + "/discard"})
			break
		}
		if d.delivery().Cause == distribution.AdoptionRefused {
			buttons = append(append(buttons, ui.Button{Label: "Leave and mark", Kind: ui.Primary, Href: d.adoptHref("linked")}), ui.Button{Label: "Retry", Form: "this"})
			break
		}
		if d.delivery().Cause == distribution.AccessHeld {
			buttons = append(buttons, ui.Button{Label: "Release", Kind: ui.Primary, Form: "this", Action: "/status/release"})
			break
		}
		if d.delivery().Cause == distribution.OverLimit {
			break // the deployment's page is linked, where the limit is raised
		}
		if d.delivery().Cause.LooksAgain() {
			buttons = append(buttons, d.retries()...)
			break
		}
		buttons = append(buttons, d.resume())
	case distribution.Failed, distribution.Retrying:
		buttons = append(buttons, d.retries()...)
	case distribution.Waiting:
		if d.observed() {
			buttons = append(buttons, ui.Button{Label: "Open Site", Href: "/site"})
		}
	}
	if d.mayChange && d.Row.Placement != nil && d.Row.Placement.Marked {
		buttons = append(buttons, ui.Button{Label: "Undo the mark", Href: "/deployments/" + d.Row.Deployment.ID + "/adopt/" + appOf(d.Row) + "/undo"})
	}
	if d.removable() {
		buttons = append(buttons, ui.Button{Label: "Remove from tenant", Href: hrefOf(d.Row) + "/remove"})
	}
	if d.Row.Shown.Open() && d.delivery().Unwanted == "" {
		buttons = append(buttons, ui.Button{Label: "Cancel", Form: "this", Action: "/status/cancel"})
	}
	return buttons
}

// adoptHref leads to the app among those that the tenant held before us.
func (d detail) adoptHref(tab string) string {
	return "/deployments/" + d.Row.Deployment.ID + "/adopt?" + url.Values{"tab": {tab}, "q": {nameOf(d.Row)}}.Encode()
}

// retries start this delivery again, and all with its cause.
func (d detail) retries() []ui.Button {
	buttons := []ui.Button{{Label: "Retry", Kind: ui.Primary, Form: "this"}}
	if d.same > 1 {
		buttons = append(buttons, retryAll(d.Row.Deployment, d.delivery().Cause, d.same))
	}
	return buttons
}

// resume ends the pause that holds the delivery: a retry alone would run into it again.
func (d detail) resume() ui.Button {
	if d.delivery().Cause == distribution.PausedAllByAdmin {
		return ui.Button{Label: "Resume distribution", Kind: ui.Primary, Post: "/distribution/resume"}
	}
	return ui.Button{Label: "Resume " + d.Row.Deployment.Name, Kind: ui.Primary, Post: "/deployments/" + d.Row.Deployment.ID + "/resume"}
}
