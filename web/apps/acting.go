package apps

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/properties"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// Acting changes apps of a site that is no library of ours. shown is the app as the form showed it: what somebody else changed since is a
// *site.Stale, and nothing was done. Other errors are faults.
type Acting interface {
	Publish(ctx context.Context, shown site.App, to site.Stream) error
	Move(ctx context.Context, shown site.App, to site.Stream) error
	SetProperties(ctx context.Context, shown site.App, want map[string][]string) error
}

// showing is what a form shows of an app that the site keeps. It goes to the browser and comes back, since the site may have changed the
// app before the form is sent.
type showing struct {
	Name       string              `json:"name"`
	Stream     *streamShown        `json:"stream,omitempty"`
	Properties map[string][]string `json:"properties,omitempty"`
}

type streamShown struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// shownText is the app as a form's hidden field has it.
func shownText(app site.App) string {
	s := showing{Name: app.Name, Properties: app.Properties}
	if app.Published() {
		s.Stream = &streamShown{app.Stream.ID, app.Stream.Name}
	}
	text, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	return string(text)
}

// shownIn reads it back. A form without it, as scripts send it, takes the app as it is known now.
func shownIn(form url.Values, app site.App) (site.App, error) {
	if !form.Has("shown") {
		return app, nil
	}
	var s showing
	if err := json.Unmarshal([]byte(form.Get("shown")), &s); err != nil {
		return app, fault.Wrap(err, fault.Invalid, "The form came back damaged. Load the page again, and make your change there.")
	}
	app.Name, app.Properties, app.Stream = s.Name, s.Properties, nil
	if s.Stream != nil {
		app.Stream = &site.Stream{ID: s.Stream.ID, Name: s.Stream.Name}
	}
	return app, nil
}

// wanted are the values that the form asks for. What it has no box for stays as it was shown: properties that the console does not know,
// and values that a property offers no more.
func wanted(shown map[string][]string, c properties.Choices) map[string][]string {
	all := map[string][]string{}
	maps.Copy(all, shown)
	for _, p := range c.Offered {
		values := slices.Clone(c.Chosen[p.Name])
		for _, value := range shown[p.Name] {
			if !slices.Contains(p.Values, value) {
				values = append(values, value)
			}
		}
		if all[p.Name] = values; len(values) == 0 {
			delete(all, p.Name)
		}
	}
	return all
}

// setProperties gives the site's app the values of the form.
func (s *Screen) setProperties(w http.ResponseWriter, r *http.Request, v view) {
	shown, err := shownIn(r.PostForm, v.app)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	v.form = v.form.filled(r.PostForm)
	want := wanted(shown.Properties, v.form.Choices)
	if len(site.Differing(shown.Properties, want)) == 0 {
		respond.Done(w, r, s.Notices, path(v.app.ID), "Nothing differs from what the form showed, so the site was asked for nothing.")
		return
	}
	err = s.Site.SetProperties(r.Context(), shown, want)
	no, mine := refusalOf(err)
	switch {
	case err == nil:
		s.done(w, r, v.app.ID, "Changed at the site.")
	case !mine:
		respond.Fault(w, r, err)
	default:
		if no.stale != nil {
			v.form.Choices.Chosen = merged(shown.Properties, want, no.stale.Now.Properties)
		}
		s.again(w, r, v, no)
	}
}

// merged are the values with which a form comes back: what somebody changed in it, and the rest as the site has it now, so that sending
// it again undoes nothing of what others did elsewhere.
func merged(shown, want, now map[string][]string) map[string][]string {
	all := maps.Clone(now)
	if all == nil {
		all = map[string][]string{}
	}
	for _, name := range site.Differing(shown, want) {
		all[name] = want[name]
	}
	return all
}

// again shows the app as it is now, with what was typed and why it was not done.
func (s *Screen) again(w http.ResponseWriter, r *http.Request, typed view, no refusal) {
	v, err := s.view(r.Context(), typed.app.ID)
	if err != nil {
		v = typed // it may be gone meanwhile: what was typed stays
	}
	v.form.Choices, v.form.refused = typed.form.Choices, no
	v.form.Shown = no.shown(v.app)
	v.form.Choices.Fault = no.text
	respond.Page(w, r, no.status, appPage(v))
}

// refusal is why the site's app was not changed, where the person at the form can do something about it.
type refusal struct {
	text   string
	status int
	stale  *site.Stale // nil: something else than a change of somebody else
}

// refusalOf tells refusals from what is no matter of the form.
func refusalOf(err error) (no refusal, ok bool) {
	if stale, is := errors.AsType[*site.Stale](err); is {
		return refusal{staleWords, http.StatusUnprocessableEntity, stale}, true
	}
	e := fault.Of(err)
	switch e.Kind {
	case fault.Invalid, fault.Conflict:
		return refusal{text: e.Text, status: http.StatusUnprocessableEntity}, true
	case fault.Unavailable:
		return refusal{text: e.Text, status: http.StatusServiceUnavailable}, true
	}
	return refusal{}, false
}

const staleWords = "The app was changed by somebody else meanwhile."

// staleThen is the way out.
const staleThen = "What you chose is kept below, the rest is as the site has it now. Send it again to have it so, or load the page anew to leave the site as it is."

// shown is what the form that comes back shows: what somebody else made of the app has been told now.
func (no refusal) shown(app site.App) string {
	if no.stale != nil {
		return shownText(no.stale.Now)
	}
	return shownText(app)
}

// list tells each field with both values.
func (no refusal) list(field string) (list []ui.FieldError) {
	if no.stale == nil {
		return nil
	}
	for _, d := range no.stale.Differs {
		list = append(list, ui.FieldError{ID: field, Message: d.Words()})
	}
	return append(list, ui.FieldError{Message: staleThen})
}
