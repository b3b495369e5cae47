package tenant

import (
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

type reloadBody struct {
	ID           string `json:"id"`
	AppID        string `json:"appId"`
	TenantID     string `json:"tenantId"`
	UserID       string `json:"userId"`
	Type         string `json:"type"`
	Status       string `json:"status"`
	Partial      bool   `json:"partial"`
	CreationTime string `json:"creationTime"`
	StartTime    string `json:"startTime,omitempty"`
	EndTime      string `json:"endTime,omitempty"`
	EngineTime   string `json:"engineTime,omitempty"`
	Links        links  `json:"links"`
}

// reloadBody tells a reload that is done: without an engine it takes no time.
func (s *Server) reloadBody(r *http.Request, reload state.Reload) reloadBody {
	at := stamp(reload.Created)
	return reloadBody{ID: reload.ID, AppID: reload.AppID, TenantID: s.id, UserID: reload.UserID, Type: "external", Status: "SUCCEEDED",
		Partial: reload.Partial, CreationTime: at, StartTime: at, EndTime: at, EngineTime: at,
		Links: links{Self: linkTo(baseURL(r) + "/api/v1/reloads/" + reload.ID)}}
}

// postReload is POST /api/v1/reloads: 201 and QUEUED; the next look finds it done. The bytes of the app stay as they
// are. An app that was distributed is not reloaded in the cloud (qlik-cloud-api.md section 5).
func (s *Server) postReload(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		AppID     string
		Partial   bool
		Variables map[string]string
	}
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if body.AppID == "" || len(body.Variables) > 20 {
		return fault.New(fault.Invalid, "A reload needs appId, and takes 20 variables at most.")
	}
	who := callerOf(r)
	reload := state.Reload{ID: randomHex(), UserID: who.ID, Partial: body.Partial, Created: s.now().UTC()}
	err := s.db.Write(func(tx *state.Tx) error {
		app, err := oneApp(tx, body.AppID)
		if err != nil {
			return err
		}
		if app.Distributed || !mayChange(app, who) {
			return fault.New(fault.Forbidden, "The app %q cannot be reloaded by this caller, or was distributed from a client-managed site and is reloaded there.", app.ID)
		}
		reload.AppID = app.ID
		app.LastReload, app.Modified = stamp(reload.Created), reload.Created
		if err := state.Apps.Put(tx, app.ID, app); err != nil {
			return err
		}
		return errors.Join(state.Reloads.Put(tx, reload.ID, reload), s.happened(tx, who.ID, reloadFinished, app, map[string]any{"status": "ok", "reloadId": reload.ID}))
	})
	if err != nil {
		return err
	}
	answer := s.reloadBody(r, reload)
	answer.Status, answer.StartTime, answer.EndTime, answer.EngineTime = "QUEUED", "", "", ""
	writeJSON(w, http.StatusCreated, answer)
	return nil
}

var reloadOrders = map[string]string{"": state.ByApp, "creationTime": state.ByApp, "startTime": state.ByApp, "endTime": state.ByApp}

// listReloads is GET /api/v1/reloads?appId=.
func (s *Server) listReloads(w http.ResponseWriter, r *http.Request) error {
	id := r.URL.Query().Get("appId")
	if id == "" {
		return fault.New(fault.Invalid, "appId is missing.")
	}
	wanted, err := parseFilter(r.URL.Query().Get("filter"))
	if err != nil {
		return err
	}
	order, err := listingOf(r, reloadOrders, usualCursors)
	if err != nil {
		return err
	}
	order.prefix = id + "\x00"
	var list listBody[reloadBody]
	err = s.db.Read(func(tx *state.Tx) error {
		page, err := readRows(tx, state.Reloads, order, func(reload state.Reload) bool { return wanted(reloadFields(reload)) })
		list = listOf(r, order, page, func(reload state.Reload) reloadBody { return s.reloadBody(r, reload) })
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}

func reloadFields(reload state.Reload) fields {
	partial := map[bool]string{true: "true", false: "false"}[reload.Partial]
	have := map[string]string{"status": "SUCCEEDED", "type": "external", "partial": partial}
	return func(name string) ([]string, bool) {
		value, ok := have[name]
		return []string{value}, ok
	}
}

func (s *Server) findReload(id string) (reload state.Reload, err error) {
	err = s.db.Read(func(tx *state.Tx) error {
		var found bool
		if reload, found, err = state.Reloads.Get(tx, id); err == nil && !found {
			err = fault.New(fault.NotFound, "There is no reload %q.", id)
		}
		return err
	})
	return reload, err
}

// getReload is GET /api/v1/reloads/{id}.
func (s *Server) getReload(w http.ResponseWriter, r *http.Request) error {
	reload, err := s.findReload(chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, s.reloadBody(r, reload))
	return nil
}

// cancelReload is POST /api/v1/reloads/{id}/actions/cancel: always too late here, 409.
func (s *Server) cancelReload(_ http.ResponseWriter, r *http.Request) error {
	reload, err := s.findReload(chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "The reload %q has ended.", reload.ID)
}
