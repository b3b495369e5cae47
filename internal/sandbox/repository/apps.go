package repository

import (
	"bytes"
	"crypto/rand"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/content"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// What can be done with apps; QRS, the hub and the sandbox's own calls all come here.

// received is a file that lies in the content store and belongs to no app yet.
type received struct {
	upload, sum string
	size        int64
	header      content.Header
}

// receive takes in a file. The caller discards it when the act is over.
func (s *Server) receive(body io.Reader) (received, error) {
	got := received{upload: uuid.NewString()}
	err := s.contents.Begin(got.upload)
	if err == nil {
		_, err = s.contents.Append(got.upload, body)
	}
	if err == nil {
		got.sum, got.size, err = s.contents.Finish(got.upload)
	}
	if err != nil {
		return got, err
	}
	header, isApp, err := s.contents.ReadHeader(got.upload)
	if err == nil && !isApp {
		err = fault.Field(fault.Invalid, "file", "The file is no Qlik Sense app (.qvf).")
	}
	got.header = header
	return got, err
}

func (s *Server) discard(got received) {
	_ = s.contents.Discard(got.upload) // what stays is swept at the next start
}

// take gives an app the bytes of a received file.
func (a *act) take(app *state.Stored, got received) error {
	if err := a.s.contents.Keep(got.upload, got.sum); err != nil {
		return err
	}
	if app.SHA256 != "" && app.SHA256 != got.sum {
		a.unused = append(a.unused, app.SHA256)
	}
	app.SHA256, app.FileSize = got.sum, got.size
	if reload, err := time.Parse(time.RFC3339Nano, got.header.LastReload); err == nil {
		app.LastReloadTime = state.At(reload)
	}
	return nil
}

func (a *act) newApp(name string) state.Stored {
	return state.Stored{App: state.App{Base: state.Base{ID: uuid.NewString()}, CustomProperties: []state.PropertyValue{}, Owner: a.who.user.Ref(), Name: name,
		SourceAppID: state.NoID, TargetAppID: state.NoID, Tags: []state.Ref{}, SavedInProductVersion: "12.2500.0",
		MigrationHash: strings.Repeat("0", 40), SchemaPath: "App"}}
}

// upload makes an app of a received file. Its name is the given one, else the title in the file.
func (a *act) upload(got received, name string) (state.Stored, error) {
	if name == "" {
		name = got.header.Title
	}
	name, err := named(name)
	if err != nil {
		return state.Stored{}, err
	}
	app := a.newApp(name)
	if err := a.take(&app, got); err != nil {
		return app, err
	}
	return appKind.put(a, app)
}

// changing gives an app that the caller may change.
func (a *act) changing(id string) (state.Stored, error) {
	app, err := appKind.get(a.tx, id)
	if err == nil && !a.who.changes(app.App) {
		err = errForbidden
	}
	return app, err
}

// publish puts an unpublished app into a stream; it keeps its id.
func (a *act) publish(id, stream, name string) (state.Stored, error) {
	app, err := a.changing(id)
	if err != nil {
		return app, err
	}
	if app.Published {
		return app, fault.New(fault.Invalid, "The app %q is published already.", app.Name)
	}
	if app.Stream, err = a.stream(stream); err != nil {
		return app, err
	}
	if name != "" {
		if app.Name, err = named(name); err != nil {
			return app, err
		}
	}
	app.Published, app.PublishTime = true, a.at
	return appKind.put(a, app)
}

// move changes the stream of a published app, as the hub's Move does.
func (a *act) move(id, stream string) (state.Stored, error) {
	app, err := a.changing(id)
	if err == nil && !app.Published {
		err = fault.Field(fault.Invalid, "stream", "The app %q is not published. Publish it first.", app.Name)
	}
	if err != nil {
		return app, err
	}
	if app.Stream, err = a.stream(stream); err != nil {
		return app, err
	}
	return appKind.put(a, app)
}

// unpublish takes an app out of its stream. QRS has no call for it; the engine asks for it.
func (a *act) unpublish(id string) (state.Stored, error) {
	app, err := a.changing(id)
	if err != nil {
		return app, err
	}
	app.Published, app.PublishTime, app.Stream = false, state.Date{}, nil
	return appKind.put(a, app)
}

// replaceApp overwrites target by source, which stays as it is. The target keeps id, name, stream, owner and `published`.
func (a *act) replaceApp(source, target string) (state.Stored, error) {
	from, err := appKind.get(a.tx, source)
	if err == nil && !a.who.reads(from.App) {
		err = errForbidden
	}
	if err != nil {
		return from, err
	}
	to, err := a.changing(target)
	if err != nil {
		return to, err
	}
	a.unused = append(a.unused, to.SHA256)
	to.SHA256, to.FileSize, to.LastReloadTime, to.SavedInProductVersion = from.SHA256, from.FileSize, from.LastReloadTime, from.SavedInProductVersion
	return appKind.put(a, to)
}

// copyApp makes an unpublished app of the same bytes.
func (a *act) copyApp(id, name string, withProperties bool) (state.Stored, error) {
	from, err := appKind.get(a.tx, id)
	if err == nil && !a.who.mayExport(from.App) {
		err = errForbidden
	}
	if err != nil {
		return from, err
	}
	if name == "" {
		name = from.Name + "(1)"
	}
	if name, err = named(name); err != nil {
		return from, err
	}
	app := a.newApp(name)
	app.SHA256, app.FileSize, app.LastReloadTime, app.Description = from.SHA256, from.FileSize, from.LastReloadTime, from.Description
	if withProperties {
		if app.CustomProperties, err = a.properties(from.CustomProperties, nil, "App"); err != nil {
			return app, err
		}
	}
	return appKind.put(a, app)
}

// reload gives an app new data: a file of the same name and about the same size. There is no engine; an uploaded file is
// replaced by one of ours. A failing reload leaves the app as it is. Both leave an execution result.
func (s *Server) reload(who caller, id string, fails bool) error {
	var app state.Stored
	err := s.db.Read(func(tx *state.Tx) (err error) {
		app, err = appKind.get(tx, id)
		return err
	})
	if err != nil {
		return err
	}
	payload := make([]byte, min(app.FileSize, 64<<20))
	_, _ = rand.Read(payload) // never fails since Go 1.24
	var file bytes.Buffer
	if err := content.WriteQVF(&file, app.Name, s.now(), payload); err != nil {
		return err
	}
	got, err := s.receive(&file)
	defer s.discard(got)
	if err != nil {
		return err
	}
	return s.act(who, func(a *act) error {
		a.contextID = uuid.NewString()
		if app, err = a.changing(id); err != nil {
			return err
		}
		if err := a.execution(app, fails); err != nil || fails {
			return err
		}
		if err := a.take(&app, got); err != nil {
			return err
		}
		app.LastReloadTime = a.at
		_, err := appKind.put(a, app)
		return err
	})
}

// execution stores how a reload went, in two steps, as people see it begin and end.
func (a *act) execution(app state.Stored, fails bool) error {
	e := state.Execution{Base: state.Base{ID: uuid.NewString()}, TaskID: state.NoID, AppID: app.ID, ExecutionID: uuid.NewString(), ExecutingNodeName: a.s.name,
		Status: 2, StartTime: a.at, Details: []string{}, SchemaPath: "ExecutionResult"}
	e, err := executionKind.put(a, e)
	if err != nil {
		return err
	}
	e.Status, e.StopTime, e.Duration = state.FinishedSuccess, state.At(a.at.Add(time.Second)), 1000
	if fails {
		e.Status = state.FinishedFail
	}
	_, err = executionKind.put(a, e)
	return err
}
