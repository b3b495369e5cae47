package repository

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository/pages"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// shownApps is how many apps a page lists.
const shownApps = 200

// site is what the pages need of the whole site.
type site struct {
	apps        []state.Stored // by name; at most so many
	more        bool
	streams     []state.Stream
	users       []state.User
	definitions []state.Definition
	names       names
}

func (s *Server) readSite(search string) (all site, err error) {
	err = s.db.Read(func(tx *state.Tx) (err error) {
		if all.names, err = readNames(tx); err != nil {
			return err
		}
		if all.streams, err = state.Streams.All(tx, nil); err != nil {
			return err
		}
		if all.users, err = state.Users.All(tx, nil); err != nil {
			return err
		}
		if all.definitions, err = state.Definitions.All(tx, nil); err != nil {
			return err
		}
		return all.readApps(tx, search)
	})
	slices.SortFunc(all.definitions, func(a, b state.Definition) int { return strings.Compare(a.Name, b.Name) })
	return all, err
}

// readApps reads the first apps by name whose name has the words, by the index: a large site is not read as a whole.
func (all *site) readApps(tx *state.Tx, search string) error {
	search = strings.ToLower(search)
	named := func(entry string) bool {
		name, _, _ := strings.Cut(entry, "\x00")
		return strings.Contains(name, search)
	}
	return state.Apps.Visit(tx, state.ByName, state.Part{Only: named}, func(_ string, a state.Stored) (bool, error) {
		if all.more = len(all.apps) == shownApps; all.more {
			return false, nil
		}
		all.apps = append(all.apps, a)
		return true, nil
	})
}

// row shows an app.
func (all site) row(a state.Stored) pages.App {
	appKind.fresh(nil, all.names, &a)
	row := pages.App{ID: a.ID, Name: a.Name, Owner: a.Owner.UserDirectory + `\` + a.Owner.UserID, Description: a.Description, SHA256: a.SHA256, Published: a.Published,
		Size: a.FileSize, Reloaded: a.LastReloadTime.Time, PublishTime: a.PublishTime.Time}
	if a.Stream != nil {
		row.Stream = a.Stream.Name
	}
	for _, tag := range a.Tags {
		row.Tags = strings.TrimPrefix(row.Tags+", "+tag.Name, ", ")
	}
	for _, d := range all.definitions {
		if slices.Contains(d.ObjectTypes, "App") {
			row.Properties = append(row.Properties, property(d, a))
		}
	}
	return row
}

func property(d state.Definition, a state.Stored) pages.Property {
	p := pages.Property{Name: d.Name}
	for _, text := range d.ChoiceValues {
		has := slices.ContainsFunc(a.CustomProperties, func(v state.PropertyValue) bool { return v.Definition.ID == d.ID && v.Value == text })
		p.Choices = append(p.Choices, pages.Choice{Value: text, Label: text, Chosen: has})
	}
	return p
}

// showApps shows the apps; problem is why an upload was refused.
func (s *Server) showApps(w http.ResponseWriter, r *http.Request, problem error) error {
	search := r.URL.Query().Get("q")
	all, err := s.readSite(search)
	if err != nil {
		return err
	}
	rows := make([]pages.App, len(all.apps))
	for i, a := range all.apps {
		rows[i] = all.row(a)
	}
	f := s.frame(r, "Apps", "/apps")
	status := refused(&f, problem)
	return s.render(w, r, status, pages.Apps(f, rows, search, all.more))
}

// uploadApp takes an app in; the name comes before the file in the form.
func (s *Server) uploadApp(w http.ResponseWriter, r *http.Request) error {
	form, err := r.MultipartReader()
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "The form cannot be read.")
	}
	name := ""
	for {
		part, err := form.NextPart()
		if err != nil {
			return s.showApps(w, r, fault.Wrap(err, fault.Invalid, "Choose a file."))
		}
		if part.FormName() == "name" {
			text := make([]byte, 4*maxName)
			n, _ := part.Read(text) // a name that is cut off is too long anyway
			name = string(text[:n])
			continue
		}
		id, err := s.uploadFrom(part, name)
		if isRefusal(err) {
			return s.showApps(w, r, err)
		}
		if err != nil {
			return err
		}
		http.Redirect(w, r, "/apps/"+id+"?done=upload", http.StatusSeeOther) //nolint:gosec // the id is ours
		return nil
	}
}

// showApp shows one app; problem is why an act was refused.
func (s *Server) showApp(w http.ResponseWriter, r *http.Request, problem error) error {
	all, err := s.readSite("")
	if err != nil {
		return err
	}
	var app state.Stored
	p := pages.AppPage{}
	err = s.db.Read(func(tx *state.Tx) (err error) {
		if app, err = appKind.get(tx, chi.URLParam(r, "id")); err != nil {
			return err
		}
		if p.Sheets, err = sheetRows(tx, app); err != nil {
			return err
		}
		p.Reload, err = lastReload(tx, app)
		return err
	})
	if err != nil {
		return err
	}
	p.App = all.row(app)
	for _, stream := range all.streams {
		p.Streams = append(p.Streams, pages.Choice{Value: stream.ID, Label: stream.Name, Chosen: app.Stream != nil && app.Stream.ID == stream.ID})
	}
	for _, u := range all.users {
		p.Owners = append(p.Owners, pages.Choice{Value: u.ID, Label: u.Account(), Chosen: u.ID == app.Owner.ID})
	}
	for _, other := range all.apps {
		if other.ID != app.ID {
			p.Sources = append(p.Sources, pages.Choice{Value: other.ID, Label: other.Name})
		}
	}
	f := s.frame(r, app.Name, "/apps")
	status := refused(&f, problem)
	p.Seconds = r.PostForm.Get("seconds") // what was typed is kept
	switch name := r.PostForm.Get("name"); {
	case problem == nil:
	case chi.URLParam(r, "verb") == "sheet":
		p.SheetName = name
	case name != "":
		p.Name = name
	}
	return s.render(w, r, status, pages.AppDetail(f, p))
}

func sheetRows(tx *state.Tx, app state.Stored) (rows []pages.Sheet, err error) {
	all, err := sheets(tx, app.ID)
	n, namesErr := readNames(tx)
	for _, o := range all {
		objectKind.fresh(tx, n, &o)
		rows = append(rows, pages.Sheet{ID: o.ID, Name: o.Name, Kind: o.Kind(), Owner: o.Owner.UserDirectory + `\` + o.Owner.UserID})
	}
	slices.SortFunc(rows, func(a, b pages.Sheet) int { return strings.Compare(a.Name, b.Name) })
	return rows, errors.Join(err, namesErr)
}

// lastReload says how the last reload of an app goes or went, if there was one.
func lastReload(tx *state.Tx, app state.Stored) (string, error) {
	var last state.Execution
	err := each(tx, state.Executions, func(e state.Execution) error {
		if e.AppID == app.ID && !e.StartTime.Before(last.StartTime.Time) {
			last = e
		}
		return nil
	})
	if err != nil || last.ID == "" {
		return "", err
	}
	return state.Statuses[last.Status] + ", " + last.StartTime.Format("2006-01-02 15:04:05") + " UTC", nil
}

// doWithApp does what a form of an app's page asks for.
func (s *Server) doWithApp(w http.ResponseWriter, r *http.Request) error {
	if err := postForm(w, r); err != nil {
		return err
	}
	id, verb := chi.URLParam(r, "id"), chi.URLParam(r, "verb")
	var err error
	if verb == "delete" && r.PostForm.Get("sure") != "yes" {
		err = fault.New(fault.Invalid, "Tick that the app shall be deleted.")
	} else {
		err = s.inHub(verb, id, r.PostForm)
	}
	if isRefusal(err) {
		return s.showApp(w, r, err)
	}
	if err != nil {
		return err
	}
	path := "/apps/" + url.PathEscape(id)
	if verb == "delete" {
		path = "/apps"
	}
	http.Redirect(w, r, path+"?done="+verb, http.StatusSeeOther) //nolint:gosec // a path of this server
	return nil
}

func postForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return fault.Wrap(err, fault.Invalid, "The form cannot be read.")
	}
	return nil
}
