package tenant

import (
	"net/http"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// putAppSpace is PUT /api/v1/apps/{id}/space: it releases a staged app into a managed space, moves a published one to another
// managed space, and an own app into a shared one. The app keeps its id.
func (s *Server) putAppSpace(w http.ResponseWriter, r *http.Request) error {
	var body struct{ SpaceID string }
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	return s.changeApp(w, r, func(tx *state.Tx, app *state.App) error {
		if err := place(tx, app, body.SpaceID); err != nil {
			return err
		}
		return mayAct(tx, callerOf(r), body.SpaceID, append(editingRoles, publishingRoles...))
	})
}

// place puts an app into a space that fits it.
func place(tx *state.Tx, app *state.App, spaceID string) error {
	check := checkSharedSpace
	if app.Distributed || app.IsPublished() {
		check = checkManagedSpace
	}
	if spaceID == "" {
		return fault.New(fault.Invalid, "spaceId is missing.")
	}
	if err := check(tx, spaceID); err != nil {
		return err
	}
	app.SpaceID = spaceID
	return nil
}

// deleteAppSpace is DELETE /api/v1/apps/{id}/space: a distributed app is staged again, another becomes personal.
func (s *Server) deleteAppSpace(w http.ResponseWriter, r *http.Request) error {
	return s.changeApp(w, r, func(_ *state.Tx, app *state.App) error {
		if app.IsPublished() {
			return fault.New(fault.Conflict, "A published app stays in its space. Delete it instead.")
		}
		app.SpaceID = ""
		return nil
	})
}
