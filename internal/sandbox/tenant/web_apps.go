package tenant

import (
	"fmt"
	"net/http"
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

// showApps shows a page of the apps by name, read from the index; q narrows them to names that have it.
func (s *Server) showApps(w http.ResponseWriter, r *http.Request, status int, window templ.Component) error {
	order, err := listingOf(r, map[string]string{"": state.ByName}, usualCursors)
	if err != nil {
		return err
	}
	order.limit = appsPerPage
	part := pages.AppsPage{Query: strings.TrimSpace(r.URL.Query().Get("q"))}
	err = s.db.Read(func(tx *state.Tx) error {
		spaces, err := spaceNames(tx)
		if err != nil {
			return err
		}
		page, err := appsNamed(tx, order, part.Query)
		for _, app := range page.records {
			part.Apps = append(part.Apps, appRow(app, spaces[app.SpaceID]))
		}
		around := pageLinks(r, order, page)
		part.Prev, part.Next = pathOf(around.Prev), pathOf(around.Next)
		return err
	})
	if err != nil {
		return err
	}
	frame := s.frame(r, "Apps", "What arrived, with the SHA-256 of its bytes as they are kept here.", appsPath)
	return s.render(w, r, status, pages.Apps(frame, part, window))
}

// appsNamed reads a page of the apps with a text in their name, or the one with this id.
func appsNamed(tx *state.Tx, order listing, text string) (rows[state.App], error) {
	text = strings.ToLower(text)
	if app, found, err := state.Apps.Get(tx, text); err != nil || found {
		return rows[state.App]{records: []state.App{app}}, err
	}
	order.only = func(entry string) bool { return strings.Contains(entry, text) }
	return readRows(tx, state.Apps, order, func(a state.App) bool { return strings.Contains(strings.ToLower(a.Name), text) })
}

// pathOf makes the link of a list one to the page of the same list.
func pathOf(l *link) string {
	if l == nil {
		return ""
	}
	_, query, _ := strings.Cut(l.Href, "?")
	return appsPath + "?" + query
}

func spaceNames(tx *state.Tx) (map[string]string, error) {
	all, err := state.Spaces.All(tx, nil)
	names := map[string]string{}
	for _, space := range all {
		names[space.ID] = space.Name
	}
	return names, err
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
		space, err := s.spaceNamed(tx, s.pageCaller(r), entered, typeFor(app))
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
	have, found, err := state.Spaces.First(tx, state.ByName, strings.ToLower(name))
	if err != nil || found {
		return have, err
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
	if err := s.removeApp(s.pageCaller(r).ID, chi.URLParam(r, "id"), func(state.App) error { return nil }); err != nil {
		return err
	}
	return s.done(w, r, appsPath, pages.Notice{Text: "App deleted."})
}
