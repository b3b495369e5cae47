package repository

import (
	"bytes"
	"crypto/rand"
	"time"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/content"
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
	name      string // of the app
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
	run.app, run.name, run.task, run.execution, run.session = app.ID, app.Name, task.ID, e.ID, e.ExecutionID
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
	a.happened = append(a.happened, happening{What: happenedReload, Did: state.Statuses[status], Type: "App", ID: run.app, Name: run.name, By: run.who.user.Account()})
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
