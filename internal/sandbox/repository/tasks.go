package repository

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// taskOf gives the task by which an app is reloaded: the named one, the app's first, or a new one, as the QMC's "Reload now" makes.
func (a *act) taskOf(app state.Stored, id string) (state.ReloadTask, error) {
	if id != "" {
		return taskKind.get(a.tx, id)
	}
	own, err := state.Tasks.All(a.tx, func(t state.ReloadTask) bool { return t.App.ID == app.ID })
	if err != nil {
		return state.ReloadTask{}, err
	}
	if len(own) > 0 {
		return own[0], nil
	}
	return adding(a, taskKind, state.ReloadTask{Name: "Manually triggered reload of " + app.Name, App: app.Brief(), Enabled: true, IsManuallyTriggered: true})
}

// editTask takes what clients may set of a reload task.
func editTask(a *act, task *state.ReloadTask, body state.ReloadTask) (err error) {
	if task.Name, err = named(body.Name); err != nil {
		return err
	}
	app, err := appKind.get(a.tx, body.App.ID)
	if err != nil {
		return fault.New(fault.Invalid, "A reload task has an app that is there.")
	}
	if task.Operational.ID == "" {
		task.Operational = state.Operational{ID: uuid.NewString(), LastExecutionResult: state.BriefExecution{ID: state.NoID, FileReferenceID: state.NoID, Details: []state.ExecutionDetail{}}}
	}
	task.App, task.Enabled, task.IsManuallyTriggered, task.IsPartialReload = app.Brief(), body.Enabled, body.IsManuallyTriggered, body.IsPartialReload
	task.MaxRetries, task.TaskSessionTimeout, task.SchemaPath = body.MaxRetries, body.TaskSessionTimeout, "ReloadTask"
	if task.TaskSessionTimeout == 0 {
		task.TaskSessionTimeout = 1440
	}
	if task.Tags, err = a.tags(body.Tags); err != nil {
		return err
	}
	task.CustomProperties, err = a.properties(body.CustomProperties, task.CustomProperties, "ReloadTask")
	return err
}

// reloadTaskRoutes are what every kind has, and the way by which the QMC and scripts make tasks.
func (s *Server) reloadTaskRoutes(r chi.Router) {
	r.Post("/create", s.api(s.createTask))
	taskKind.routes(s, r)
}

// createTask is POST /qrs/reloadtask/create: a task together with its triggers, of which there are none here.
func (s *Server) createTask(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Task            state.ReloadTask `json:"task"`
		SchemaEvents    []any            `json:"schemaEvents"`
		CompositeEvents []any            `json:"compositeEvents"`
	}
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	if len(body.SchemaEvents)+len(body.CompositeEvents) > 0 {
		return fault.New(fault.Invalid, "Tasks of this sandbox have no triggers: leave schemaEvents and compositeEvents empty.")
	}
	made, err := taskKind.makeAll(s, callerOf(r), []state.ReloadTask{body.Task})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, taskKind.full(made[0]))
	return nil
}

// taskRoutes list tasks of every type, which are reload tasks here, start them and tell of those that run (Task: Start, Task: Start
// asynchronous, App: Reload).
func (s *Server) taskRoutes(r chi.Router) {
	r.Get("/", taskKind.list(s, taskKind.brief))
	r.Get("/full", taskKind.list(s, taskKind.full))
	r.Get("/count", taskKind.count(s))
	r.Get("/{id}", taskKind.one(s))
	r.Post("/{id}/start", s.api(func(w http.ResponseWriter, r *http.Request) error {
		if _, err := s.startTask(r); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}))
	r.Post("/{id}/start/synchronous", s.api(func(w http.ResponseWriter, r *http.Request) error {
		session, err := s.startTask(r)
		if err != nil {
			return err
		}
		writeJSON(w, http.StatusCreated, map[string]string{"value": session})
		return nil
	}))
}

// startTask gives the session, or the empty GUID when the task is disabled.
func (s *Server) startTask(r *http.Request) (string, error) {
	task, err := taskKind.find(s, r)
	if err != nil || !task.Enabled {
		return state.NoID, err
	}
	return s.reload(callerOf(r), reloading{app: task.App.ID, task: task.ID, takes: s.reloadTime()})
}

// reloadTime is how long a reload takes that QRS starts: none, unless a fault says so.
func (s *Server) reloadTime() time.Duration {
	slow, _ := s.faults.Meet(faults.SlowReload)
	return slow.Length()
}

// postReload is POST /qrs/app/{id}/reload.
func (s *Server) postReload(w http.ResponseWriter, r *http.Request) error {
	app, err := appKind.find(s, r)
	if err != nil {
		return err
	}
	if _, err := s.reload(callerOf(r), reloading{app: app.ID, takes: s.reloadTime()}); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// getSession is GET /qrs/executionsession/{id}: 404 when the execution is over.
func (s *Server) getSession(w http.ResponseWriter, r *http.Request) error {
	id := chi.URLParam(r, "id")
	var running []state.Execution
	err := s.db.Read(func(tx *state.Tx) (err error) {
		running, err = state.Executions.All(tx, func(e state.Execution) bool { return e.ExecutionID == id && e.Status == state.Started })
		return err
	})
	if err != nil {
		return err
	}
	if len(running) == 0 {
		return fault.New(fault.NotFound, "There is no ExecutionSession %q.", id)
	}
	e := running[0]
	writeJSON(w, http.StatusOK, map[string]any{"id": id, "createdDate": e.CreatedDate, "modifiedDate": e.ModifiedDate, "modifiedByUserName": e.ModifiedByUserName,
		"executionResult": e.Brief(), "privileges": nil, "schemaPath": "ExecutionSession"})
	return nil
}
