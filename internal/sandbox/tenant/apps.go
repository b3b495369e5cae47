package tenant

import (
	"errors"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

func oneApp(tx *state.Tx, id string) (state.App, error) {
	app, found, err := state.Apps.Get(tx, strings.ToLower(id))
	if err == nil && !found {
		err = fault.New(fault.NotFound, "There is no app %q.", id)
	}
	return app, err
}

func (s *Server) findApp(id string) (app state.App, err error) {
	err = s.db.Read(func(tx *state.Tx) error {
		app, err = oneApp(tx, id)
		return err
	})
	return app, err
}

// getApp is GET /api/v1/apps/{id}.
func (s *Server) getApp(w http.ResponseWriter, r *http.Request) error {
	app, err := s.findApp(chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, nxApp(app, callerOf(r)))
	return nil
}

// changeApp changes one app in a transaction and answers with it.
func (s *Server) changeApp(w http.ResponseWriter, r *http.Request, change func(*state.Tx, *state.App) error) error {
	var app state.App
	err := s.db.Write(func(tx *state.Tx) (err error) {
		if app, err = oneApp(tx, chi.URLParam(r, "id")); err != nil {
			return err
		}
		if !mayChange(app, callerOf(r)) {
			return fault.New(fault.Forbidden, "The caller may not change the app %q.", app.ID)
		}
		if err := change(tx, &app); err != nil {
			return err
		}
		app.Modified = s.now().UTC()
		return state.Apps.Put(tx, app.ID, app)
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, nxApp(app, callerOf(r)))
	return nil
}

// attributes are the two that a caller may set; nil leaves one as it is.
type attributes struct {
	Name        *string `json:"name"`
	Description *string `json:"description"`
}

// apply sets the given attributes after checking them.
func (a attributes) apply(app *state.App) error {
	if a.Name != nil {
		name := strings.TrimSpace(*a.Name)
		if name == "" || len([]rune(name)) > maxName {
			return fault.New(fault.Invalid, "The name of an app has 1 to %d characters.", maxName)
		}
		app.Name = name
	}
	if a.Description != nil {
		if len(*a.Description) > 8<<10 {
			return fault.New(fault.Invalid, "The description is longer than 8 kB.")
		}
		app.Description = *a.Description
	}
	return nil
}

// putApp is PUT /api/v1/apps/{id}: name and description.
func (s *Server) putApp(w http.ResponseWriter, r *http.Request) error {
	var body struct{ Attributes attributes }
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	return s.changeApp(w, r, func(_ *state.Tx, app *state.App) error { return body.Attributes.apply(app) })
}

// deleteApp is DELETE /api/v1/apps/{id}: 200 with an empty body.
func (s *Server) deleteApp(w http.ResponseWriter, r *http.Request) error {
	who := callerOf(r)
	err := s.removeApp(who.ID, chi.URLParam(r, "id"), func(app state.App) error {
		if !mayChange(app, who) {
			return fault.New(fault.Forbidden, "The caller may not delete the app %q.", app.ID)
		}
		return nil
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// removeApp deletes an app that check lets go, and its content when no other app has the same.
func (s *Server) removeApp(by, id string, check func(state.App) error) error {
	s.contents.Commit.Lock()
	defer s.contents.Commit.Unlock()
	var app state.App
	err := s.db.Write(func(tx *state.Tx) (err error) {
		if app, err = oneApp(tx, id); err != nil {
			return err
		}
		if err := check(app); err != nil {
			return err
		}
		if err := leaveCollections(tx, app.ID); err != nil {
			return err
		}
		if err := state.Apps.Delete(tx, app.ID); err != nil {
			return err
		}
		return s.happened(tx, by, appDeleted, app, map[string]any{"deleteType": "HARD"})
	})
	if err != nil {
		return err
	}
	return s.dropUnused(app.SHA256)
}

// exportApp is POST /api/v1/apps/{id}/export: 201, no body, and the place of the file (section 3).
func (s *Server) exportApp(w http.ResponseWriter, r *http.Request) error {
	who := callerOf(r)
	upload, err := s.newUpload(who, "", "")
	if err != nil {
		return err
	}
	s.contents.Commit.Lock()
	defer s.contents.Commit.Unlock()
	err = s.db.Write(func(tx *state.Tx) error {
		app, err := exportable(tx, chi.URLParam(r, "id"), who)
		if err != nil {
			return err
		}
		upload.Filename, upload.SHA256, upload.Size = app.Name+".qvf", app.SHA256, app.Size
		return errors.Join(s.contents.Lend(app.SHA256, upload.ID), state.Uploads.Put(tx, upload.ID, upload), s.happened(tx, who.ID, appExported, app, nil))
	})
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/api/v1/temp-contents/"+upload.ID)
	w.WriteHeader(http.StatusCreated)
	return nil
}

// exportable refuses apps in managed spaces, as the contract does.
func exportable(tx *state.Tx, id string, who caller) (state.App, error) {
	app, err := oneApp(tx, id)
	if err != nil {
		return app, err
	}
	if !who.Admin && app.OwnerID != who.ID && app.SpaceID == "" {
		return app, fault.New(fault.Forbidden, "The caller may not export the app %q.", id)
	}
	if err := mayAct(tx, who, app.SpaceID, editingRoles); err != nil {
		return app, err
	}
	space, found, err := state.Spaces.Get(tx, app.SpaceID)
	if err == nil && (app.Distributed || found && space.Type == state.Managed) {
		err = fault.New(fault.Forbidden, "An app is exported from a personal or shared space only.")
	}
	return app, err
}

// getContent is GET /sandbox/v1/apps/{id}/content: the bytes as they were imported.
func (s *Server) getContent(w http.ResponseWriter, r *http.Request) error {
	app, err := s.findApp(chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	file, err := s.contents.OpenApp(app.SHA256)
	if err != nil {
		return err
	}
	s.serveFile(w, r, file, "attachment", app.Name+".qvf", app.Modified)
	return file.Close()
}
