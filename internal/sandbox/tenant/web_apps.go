package tenant

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/pages"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

const (
	appsPath    = "/apps"
	appsPerPage = 100
)

func (s *Server) appPages(r chi.Router) {
	r.Get("/", s.page(func(w http.ResponseWriter, r *http.Request) error { return s.showApps(w, r, http.StatusOK, nil) }))
	r.Get("/{id}/space", s.page(s.askSpace))
	r.Post("/{id}/space", s.page(s.setSpace))
	r.Get("/{id}/delete", s.page(s.askDeleteApp))
	r.Post("/{id}/delete", s.page(s.confirmDeleteApp))
}

// appCursor sorts apps by name, ignoring case; the id makes the order certain.
func appCursor(a state.App) string { return strings.ToLower(a.Name) + "\x00" + a.ID }

func (s *Server) showApps(w http.ResponseWriter, r *http.Request, status int, window templ.Component) error {
	spaces, apps := map[string]string{}, []state.App{}
	err := s.db.Read(func(tx *state.Tx) (err error) {
		all, err := state.Spaces.All(tx, nil)
		for _, space := range all {
			spaces[space.ID] = space.Name
		}
		if err == nil {
			apps, err = state.Apps.All(tx, nil)
		}
		return err
	})
	if err != nil {
		return err
	}
	slices.SortFunc(apps, func(a, b state.App) int { return cmp.Compare(appCursor(a), appCursor(b)) })
	frame := s.frame(r, "Apps", "What arrived, with the SHA-256 of its bytes as they are kept here.", appsPath)
	return s.render(w, r, status, pages.Apps(frame, appsPart(apps, spaces, r.URL.Query().Get("after")), window))
}

func appsPart(apps []state.App, spaces map[string]string, after string) pages.AppsPage {
	rows, next := page(apps, appsPerPage, after, appCursor)
	var part pages.AppsPage
	for _, app := range rows {
		part.Apps = append(part.Apps, appRow(app, spaces[app.SpaceID]))
	}
	if after != "" {
		part.Prev = appsPath
	}
	if next != "" {
		part.Next = appsPath + "?after=" + url.QueryEscape(next)
	}
	return part
}

func appRow(a state.App, space string) pages.App {
	row := pages.App{ID: a.ID, Name: a.Name, Space: space, Size: a.Size, SHA256: a.SHA256, Updated: a.Modified,
		Placeable: !a.IsPublished()}
	row.State, row.Origin = stateOf(a), originOf(a)
	return row
}

func stateOf(a state.App) string {
	switch {
	case a.IsStaged():
		return "Staged"
	case a.IsPublished():
		return "Published"
	case a.SpaceID != "":
		return "In space"
	}
	return "Personal"
}

func originOf(a state.App) string {
	switch {
	case a.Distributed:
		return "Distributed by " + a.Issuer
	case a.OriginAppID != "":
		return "Published from " + a.OriginAppID
	}
	return "Imported"
}

// askSpace shows the window by which an app gets its space.
func (s *Server) askSpace(w http.ResponseWriter, r *http.Request) error {
	form, err := s.placeForm(chi.URLParam(r, "id"), "")
	if err != nil {
		return err
	}
	return showForm(w, r, s.showApps, form)
}

func (s *Server) placeForm(id, entered string) (pages.Form, error) {
	var app state.App
	var names []string
	err := s.db.Read(func(tx *state.Tx) (err error) {
		if app, err = oneApp(tx, id); err != nil {
			return err
		}
		fitting, err := state.Spaces.All(tx, func(have state.Space) bool { return have.Type == typeFor(app) })
		for _, space := range fitting {
			names = append(names, space.Name)
			if entered == "" && space.ID == app.SpaceID {
				entered = space.Name
			}
		}
		return err
	})
	return pages.Form{Title: fmt.Sprintf("Place %q", app.Name), Action: appsPath + "/" + id + "/space", Cancel: appsPath,
		Button: "Set space", Fields: []pages.Field{{Name: "space", Label: "Space", Kind: pages.Suggest, Value: entered, Options: names, First: true,
			Help: "Choose a " + typeFor(app) + " space, or type the name of a new one: it is made then. The app keeps its id, and later versions stay in this space."}}}, err
}

// typeFor is the type of space that an app may lie in: a distributed app is released into managed ones only.
func typeFor(app state.App) string {
	if app.Distributed {
		return state.Managed
	}
	return state.Shared
}

func (s *Server) setSpace(w http.ResponseWriter, r *http.Request) error {
	id, entered := chi.URLParam(r, "id"), strings.TrimSpace(r.PostForm.Get("space"))
	var app state.App
	err := s.db.Write(func(tx *state.Tx) (err error) {
		if app, err = oneApp(tx, id); err != nil {
			return err
		}
		space, err := s.spaceNamed(tx, pageCaller(r), entered, typeFor(app))
		if err != nil {
			return err
		}
		if err := place(tx, &app, space.ID); err != nil {
			return fault.Field(fault.Invalid, "space", "%s", fault.Of(err).Text)
		}
		app.Modified = s.now().UTC()
		return state.Apps.Put(tx, app.ID, app)
	})
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		form, formErr := s.placeForm(id, entered)
		if formErr != nil {
			return formErr
		}
		return refuseForm(w, r, s.showApps, form, err)
	}
	if err != nil {
		return err
	}
	return s.done(w, r, appsPath, pages.Notice{Text: fmt.Sprintf("%q is in space %q now.", app.Name, entered)})
}

// spaceNamed finds a space by its name, ignoring case, and makes it when there is none.
func (s *Server) spaceNamed(tx *state.Tx, who caller, name, kind string) (state.Space, error) {
	found, err := state.Spaces.All(tx, func(have state.Space) bool { return strings.EqualFold(have.Name, name) })
	if err != nil {
		return state.Space{}, err
	}
	if len(found) > 0 {
		return found[0], nil
	}
	space, err := s.addSpace(tx, who, name, kind, "")
	if err != nil {
		return space, fault.Field(fault.Invalid, "space", "%s", fault.Of(err).Text)
	}
	return space, nil
}

func (s *Server) askDeleteApp(w http.ResponseWriter, r *http.Request) error {
	app, err := s.findApp(chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	return s.showApps(w, r, http.StatusOK, pages.QuestionWindow(pages.Question{
		Title: fmt.Sprintf("Delete app %q?", app.Name),
		Sentences: []string{"The app and its bytes are removed from this tenant at once, and cannot be restored here.",
			"Its source stays as it is. When it is distributed again it arrives as a staged app, without its space."},
		Action: appsPath + "/" + app.ID + "/delete", Cancel: appsPath}))
}

func (s *Server) confirmDeleteApp(w http.ResponseWriter, r *http.Request) error {
	if err := s.removeApp(chi.URLParam(r, "id"), func(state.App) error { return nil }); err != nil {
		return err
	}
	return s.done(w, r, appsPath, pages.Notice{Text: "App deleted."})
}
