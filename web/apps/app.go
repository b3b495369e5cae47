package apps

import (
	"context"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
	"github.com/skyferry/skyferry/web/why"
)

// view is what the page of one app shows.
type view struct {
	app      site.App
	form     form
	rows     []distribution.StatusRow
	streams  []store.StreamRow
	forecast forecast
	history  []account.Record
	why      *why.View // nil: nothing was decided yet
	rights   site.Rights
	acts     bool // on a site that is no library of ours
}

func (s *Screen) show(w http.ResponseWriter, r *http.Request) {
	v, err := s.view(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, appPage(v))
}

func (s *Screen) view(ctx context.Context, id string) (v view, err error) {
	if v.app, err = s.Store.App(ctx, id); err != nil {
		return v, err
	}
	c, err := s.Store.SiteConnection(ctx)
	if err != nil {
		return v, err
	}
	v.rights, v.acts = c.Rights(), c.Kind == site.Repository
	properties, err := s.Store.Properties(ctx)
	if err != nil {
		return v, err
	}
	v.form = formOf(v.app, properties, v.rights)
	if v.rows, err = s.rows(ctx, id); err != nil {
		return v, err
	}
	if v.streams, err = s.Store.Streams(ctx); err != nil {
		return v, err
	}
	if v.forecast, err = s.forecast(ctx); err != nil {
		return v, err
	}
	if v.why, err = s.why(ctx, id); err != nil {
		return v, err
	}
	v.history, err = s.Store.History(ctx, "app", id)
	return v, err
}

// why explains the newest decision.
func (s *Screen) why(ctx context.Context, id string) (*why.View, error) {
	d, err := s.Store.Decision(ctx, id, "")
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v := why.Of(d, "")
	marked, err := s.Store.MarkedApps(ctx)
	v.Stays = map[string]bool{}
	for deployment, apps := range marked {
		v.Stays[deployment] = slices.Contains(apps, id)
	}
	return &v, err
}

// edit applies the form.
func (s *Screen) edit(w http.ResponseWriter, r *http.Request) {
	v, err := s.view(r.Context(), chi.URLParam(r, "id"))
	if err == nil {
		err = respond.Form(w, r)
	}
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	if v.acts {
		s.setProperties(w, r, v)
		return
	}
	now := v.form.Opened
	v.form = v.form.filled(r.PostForm)
	if err = respond.Fresh(v.form.Opened, now); err == nil {
		err = s.Store.EditApp(r.Context(), v.app.ID, v.form.edit())
	}
	switch {
	case err == nil:
		s.done(w, r, v.app.ID, "Successfully updated.")
	case fault.Is(err, fault.Invalid), fault.Is(err, fault.Conflict):
		v.form.fail(err)
		respond.Page(w, r, http.StatusUnprocessableEntity, appPage(v))
	default:
		respond.Fault(w, r, err)
	}
}

// distribute forces a send.
func (s *Screen) distribute(w http.ResponseWriter, r *http.Request) {
	id := chi.URLParam(r, "id")
	if err := s.Store.RequestDistribution(r.Context(), id); err != nil {
		respond.Fault(w, r, err)
		return
	}
	s.done(w, r, id, "Distribution requested.")
}

// done leads to the app's page with what happened, and what the policies make of it.
func (s *Screen) done(w http.ResponseWriter, r *http.Request, id, what string) {
	then, err := s.tell(r.Context(), id)
	if err != nil {
		then = "" // the act is done; its notice is only shorter
	}
	respond.Done(w, r, s.Notices, path(id), sentences(what, then))
}

// actions stand at the right of the action bar, Delete last: those that the site lets the console do.
func (v view) actions() []ui.Button {
	var list []ui.Button
	at, published := path(v.app.ID), v.app.Published()
	add := func(offered bool, b ui.Button) {
		if offered {
			list = append(list, b)
		}
	}
	add(published, ui.Button{Label: "Distribute now", Post: at + "/distribute"})
	add(!published && v.rights.Publish, ui.Button{Label: "Publish", Href: at + "/publish", Dialog: "publish"})
	add(published && v.rights.Move, ui.Button{Label: "Move", Href: at + "/move"})
	add(v.rights.Replace, ui.Button{Label: "Replace", Href: at + "/replace"})
	add(published && v.rights.Unpublish, ui.Button{Label: "Unpublish", Href: at + "/unpublish"})
	add(v.rights.Delete, ui.Button{Label: "Delete", Kind: ui.Danger, Href: at + "/delete"})
	return list
}

// applying stands at the left of the action bar.
func (v view) applying() []ui.Button {
	if !v.rights.Edit && !v.rights.Properties {
		return []ui.Button{{Label: "Back to Apps", Href: "/apps"}}
	}
	return []ui.Button{{Label: "Apply", Kind: ui.Primary, Form: "app"}, {Label: "Cancel", Href: "/apps"}}
}
