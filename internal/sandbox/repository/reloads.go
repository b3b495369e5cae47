package repository

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/content"
	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// longestReload bounds how long a reload may be told to take.
const longestReload = 24 * time.Hour

// reloading is a reload that is asked for.
type reloading struct {
	app   string
	task  string // empty: the app's own, or a new one
	fails bool
	takes time.Duration
}

// started is a reload that runs.
type started struct {
	reloading

	who       caller
	execution string // id of its result
	session   string
}

// reload gives an app new data: a file of the same name and about the same size. There is no engine; an uploaded file is
// replaced by one of ours. A failing reload leaves the app as it is. Both leave an execution result, which says Started while
// a reload takes its time. One that takes none is over when the call returns.
func (s *Server) reload(who caller, asked reloading) (session string, err error) {
	if asked.takes < 0 || asked.takes > longestReload {
		return "", fault.New(fault.Invalid, "A reload takes 0 to %.0f seconds.", longestReload.Seconds())
	}
	run := started{reloading: asked, who: who}
	if err := s.act(who, func(a *act) error { return a.beginReload(&run) }); err != nil {
		return "", err
	}
	if asked.takes == 0 {
		return run.session, s.endReload(run)
	}
	s.reloads.Go(func() {
		select {
		case <-s.closing.Done():
			return // the next start says that it was aborted
		case <-time.After(asked.takes):
		}
		if err := s.endReload(run); err != nil {
			s.log.WarnContext(s.closing, "a reload could not be ended", "app", run.app, "error", err)
		}
	})
	return run.session, nil
}

// beginReload stores the result of an execution that runs.
func (a *act) beginReload(run *started) error {
	app, err := a.changing(run.app)
	if err != nil {
		return err
	}
	task, err := a.taskOf(app, run.task)
	if err != nil {
		return err
	}
	e := state.Execution{Base: state.Base{ID: uuid.NewString()}, TaskID: task.ID, AppID: app.ID, ExecutionID: uuid.NewString(), ExecutingNodeID: a.s.nodeID,
		ExecutingNodeName: a.s.name, Status: state.Started, StartTime: a.at, FileReferenceID: state.NoID, Details: []state.ExecutionDetail{}, SchemaPath: "ExecutionResult"}
	a.detail(&e, "The reload began.")
	run.app, run.task, run.execution, run.session = app.ID, task.ID, e.ID, e.ExecutionID
	a.happened = append(a.happened, happening{What: happenedReload, Did: "began", Type: "App", ID: app.ID, Name: app.Name, By: a.who.user.Account()})
	return a.record(e)
}

func (a *act) detail(e *state.Execution, message string) {
	e.Details = append(e.Details, state.ExecutionDetail{ID: uuid.NewString(), DetailsType: 2, Message: message, DetailCreatedDate: a.at})
}

// record stores an execution result, also as the last one of its task.
func (a *act) record(e state.Execution) error {
	e, err := executionKind.put(a, e)
	if err != nil {
		return err
	}
	task, found, err := state.Tasks.Get(a.tx, e.TaskID)
	if err != nil || !found {
		return err
	}
	task.Operational.LastExecutionResult = e.Brief()
	_, err = taskKind.put(a, task)
	return err
}

// taskOf gives the task by which an app is reloaded: the named one, the app's first, or a new one, as the QMC's "Reload now" makes.
func (a *act) taskOf(app state.Stored, id string) (state.ReloadTask, error) {
	if id != "" {
		return taskKind.get(a.tx, id)
	}
	var own *state.ReloadTask
	err := each(a.tx, state.Tasks, func(t state.ReloadTask) error {
		if t.App.ID == app.ID && own == nil {
			own = &t
		}
		return nil
	})
	if err != nil || own != nil {
		return orZero(own), err
	}
	return adding(a, taskKind, state.ReloadTask{Name: "Manually triggered reload of " + app.Name, App: app.Brief(), Enabled: true, IsManuallyTriggered: true})
}

func orZero[T any](p *T) (zero T) {
	if p == nil {
		return zero
	}
	return *p
}

// endReload gives the app its new data, or not, and says so in the result.
func (s *Server) endReload(run started) error {
	got, err := s.newData(run)
	defer s.discard(got)
	if err == nil {
		err = s.act(run.who, func(a *act) error {
			a.contextID = uuid.NewString()
			return a.endReload(run, got)
		})
	}
	if err == nil {
		return nil
	}
	return s.act(run.who, func(a *act) error { return a.finish(run, state.FinishedFail, fault.Of(err).Text) })
}

// newData writes the file of a reload that succeeds.
func (s *Server) newData(run started) (received, error) {
	if run.fails {
		return received{}, nil
	}
	var app state.Stored
	err := s.db.Read(func(tx *state.Tx) (err error) {
		app, err = appKind.get(tx, run.app)
		return err
	})
	if err != nil {
		return received{}, err
	}
	payload := make([]byte, min(app.FileSize, 64<<20))
	_, _ = rand.Read(payload) // never fails since Go 1.24
	var file bytes.Buffer
	if err := content.WriteQVF(&file, app.Name, s.now(), payload); err != nil {
		return received{}, err
	}
	return s.receive(&file)
}

func (a *act) endReload(run started, got received) error {
	if run.fails {
		return a.finish(run, state.FinishedFail, "The reload was told to fail.")
	}
	app, err := a.changing(run.app)
	if err != nil {
		return err
	}
	if err := a.take(&app, got); err != nil {
		return err
	}
	app.LastReloadTime = a.at
	if _, err := appKind.put(a, app); err != nil {
		return err
	}
	return a.finish(run, state.FinishedSuccess, "The reload ended.")
}

func (a *act) finish(run started, status state.Status, message string) error {
	e, err := executionKind.get(a.tx, run.execution)
	if err != nil {
		return err
	}
	e.Status, e.StopTime, e.Duration = status, a.at, a.at.Sub(e.StartTime.Time).Milliseconds()
	a.detail(&e, message)
	a.happened = append(a.happened, happening{What: happenedReload, Did: state.Statuses[status], Type: "App", ID: run.app, By: run.who.user.Account()})
	return a.record(e)
}

// abortReloads ends the results of reloads that ran when the process ended.
func (s *Server) abortReloads() error {
	var left []state.Execution
	err := s.db.Read(func(tx *state.Tx) (err error) {
		left, err = state.Executions.All(tx, func(e state.Execution) bool { return e.Status == state.Started })
		return err
	})
	if err != nil || len(left) == 0 {
		return err
	}
	who, err := s.hubCaller()
	if err != nil {
		return err
	}
	return s.act(who, func(a *act) error {
		for _, e := range left {
			run := started{reloading: reloading{app: e.AppID}, who: who, execution: e.ID}
			if err := a.finish(run, state.Aborted, "The site was stopped."); err != nil {
				return err
			}
		}
		return nil
	})
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

// taskRoutes start tasks and tell of those that run (Task: Start, Task: Start asynchronous, App: Reload).
func (s *Server) taskRoutes(r chi.Router) {
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
