package tenant

import (
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// aboutApp answers about an app that is there.
func (s *Server) aboutApp(body func(state.App) any) http.HandlerFunc {
	return s.api(func(w http.ResponseWriter, r *http.Request) error {
		app, err := s.findApp(chi.URLParam(r, "id"))
		if err != nil {
			return err
		}
		writeJSON(w, http.StatusOK, body(app))
		return nil
	})
}

// getDataMetadata is GET /api/v1/apps/{id}/data/metadata, without fields and tables: there is no engine to read them.
func (s *Server) getDataMetadata(w http.ResponseWriter, r *http.Request) error {
	s.aboutApp(func(a state.App) any {
		return map[string]any{"fields": []any{}, "tables": []any{}, "tables_profiling_data": []any{}, "has_section_access": a.SectionAccess,
			"is_direct_query_mode": false, "static_byte_size": memoryOf(a), "usage": attributesOf(a).Usage,
			"reload_meta": map[string]any{"cpu_time_spent_ms": 0, "peak_memory_bytes": 0, "hardware": map[string]any{}}}
	})(w, r)
	return nil
}

// memoryFactor guesses the memory of an app from its file, which is compressed; without an engine nobody knows.
const memoryFactor = 4

func memoryOf(a state.App) int64 { return a.Size * memoryFactor }

func mediaList(state.App) any {
	return map[string]any{"data": []any{}, "library": "appcontent", "subpath": ""}
}

// getNoMedia answers for the pictures of an app: they lie inside its file.
func (s *Server) getNoMedia(_ http.ResponseWriter, r *http.Request) error {
	app, err := s.findApp(chi.URLParam(r, "id"))
	switch {
	case err != nil:
		return err
	case tierOf(r) != reading:
		return fault.New(fault.Forbidden, "The sandbox changes nothing inside the app %q.", app.ID)
	}
	return fault.New(fault.NotFound, "The sandbox knows no media of the app %q.", app.ID)
}

// changeObjectOwner is POST .../objects/{object}/actions/change-owner: the sandbox knows no objects, 404.
func (s *Server) changeObjectOwner(_ http.ResponseWriter, r *http.Request) error {
	if _, err := s.findApp(chi.URLParam(r, "id")); err != nil {
		return err
	}
	return fault.New(fault.NotFound, "The sandbox knows no object %q of the app.", chi.URLParam(r, "object"))
}

// getPrivileges is GET /api/v1/apps/privileges.
func (s *Server) getPrivileges(w http.ResponseWriter, r *http.Request) error {
	privileges := []string{"can_create_app", "can_import_app", "can_create_session_app"}
	if callerOf(r).Issuer != "" {
		privileges = []string{"can_import_app"}
	}
	writeJSON(w, http.StatusOK, privileges)
	return nil
}

var usages = []string{"", "ANALYTICS", "DATA_PREPARATION", "DATAFLOW_PREP", "SINGLE_TABLE_PREP", "DIRECT_QUERY_MODE"}

// newAttributes are those of POST /apps and of copy.
type newAttributes struct {
	attributes

	SpaceID string `json:"spaceId"`
	Locale  string `json:"locale"`
	Usage   string `json:"usage"`
}

// apply sets the attributes of an app that is made.
func (n newAttributes) apply(tx *state.Tx, who caller, app *state.App) error {
	if !slices.Contains(usages, strings.ToUpper(n.Usage)) {
		return fault.New(fault.Invalid, "There is no usage %q.", n.Usage)
	}
	if err := checkSharedSpace(tx, n.SpaceID); err != nil {
		return err
	}
	if err := mayAct(tx, who, n.SpaceID, editingRoles); err != nil {
		return err
	}
	app.SpaceID, app.Usage, app.OwnerID = n.SpaceID, strings.ToUpper(n.Usage), who.ID
	return n.attributes.apply(app)
}

// postApp is POST /api/v1/apps: an app whose file holds nothing but its own mark.
func (s *Server) postApp(w http.ResponseWriter, r *http.Request) error {
	var body struct{ Attributes newAttributes }
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	who := callerOf(r)
	if who.Issuer != "" {
		return fault.New(fault.Forbidden, "A multi-cloud token imports apps; it cannot make empty ones.")
	}
	upload, err := s.newUpload(who, "", "")
	if err != nil {
		return err
	}
	app := s.newApp(func(a *state.App) { a.Name, a.Modified = "Untitled", s.now().UTC() })
	if upload, err = s.storeUpload(upload, emptyApp(app.ID)); err != nil {
		return err
	}
	defer s.contents.Discard(upload.ID) //nolint:errcheck // what stays is swept at the next start
	app.SHA256, app.Size = upload.SHA256, upload.Size
	s.contents.Commit.Lock()
	defer s.contents.Commit.Unlock()
	if err := s.contents.Keep(upload.ID, upload.SHA256); err != nil {
		return err
	}
	err = s.db.Write(func(tx *state.Tx) error {
		if err := body.Attributes.apply(tx, who, &app); err != nil {
			return err
		}
		if err := state.Apps.Put(tx, app.ID, app); err != nil {
			return err
		}
		return s.happened(tx, who.ID, appCreated, app, created("create", app))
	})
	if err != nil {
		_ = s.dropUnused(upload.SHA256) // the first error is the one to tell
		return err
	}
	writeJSON(w, http.StatusOK, nxApp(app, who))
	return nil
}

// emptyApp is a file that can be exported and imported again.
func emptyApp(id string) *strings.Reader {
	return strings.NewReader("\xff\xff\x01\x00\xc1\x06empty app of a sandbox tenant " + id)
}

// copyApp is POST /api/v1/apps/{id}/copy: the same bytes under a new id.
func (s *Server) copyApp(w http.ResponseWriter, r *http.Request) error {
	var body struct{ Attributes newAttributes }
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	who := callerOf(r)
	var app state.App
	err := s.db.Write(func(tx *state.Tx) error {
		source, err := oneApp(tx, chi.URLParam(r, "id"))
		if err != nil {
			return err
		}
		if app, err = s.copyOf(source, who); err != nil {
			return err
		}
		if err := body.Attributes.apply(tx, who, &app); err != nil {
			return err
		}
		if err := state.Apps.Put(tx, app.ID, app); err != nil {
			return err
		}
		return s.happened(tx, who.ID, appCreated, app, created("copy", app))
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, nxApp(app, who))
	return nil
}

// copyOf refuses distributed apps: they are view-only in the cloud (qlik-cloud-api.md section 6).
func (s *Server) copyOf(source state.App, who caller) (state.App, error) {
	if who.Issuer != "" || source.Distributed {
		return state.App{}, fault.New(fault.Forbidden, "The app %q was distributed from a client-managed site, or the caller may not copy it.", source.ID)
	}
	app := s.newApp(func(a *state.App) { a.Name, a.Description = source.Name+"(1)", source.Description })
	app.SHA256, app.Size, app.LastReload, app.SectionAccess = source.SHA256, source.Size, source.LastReload, source.SectionAccess
	app.Modified = app.Created
	return app, nil
}

// putAppOwner is PUT /api/v1/apps/{id}/owner.
func (s *Server) putAppOwner(w http.ResponseWriter, r *http.Request) error {
	var body struct{ OwnerID string }
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	return s.changeApp(w, r, func(tx *state.Tx, app *state.App) error {
		_, err := oneUser(tx, body.OwnerID)
		app.OwnerID = body.OwnerID
		return err
	})
}
