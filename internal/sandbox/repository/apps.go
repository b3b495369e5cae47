package repository

import (
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
	sheets      []content.Sheet // that its end lists
	lists       bool            // whether it does
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
	if err == nil {
		got.sheets, got.lists, err = s.contents.SheetsOf(got.upload)
	}
	got.header = header
	return got, err
}

func (s *Server) discard(got received) {
	if got.upload == "" {
		return // nothing was received
	}
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
	app.SHA256, app.FileSize, app.Sheets = got.sum, got.size, got.lists
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
	if app, err = appKind.put(a, app); err != nil {
		return app, err
	}
	return app, a.takeSheets(app, got.sheets)
}

// replaceBy gives an app the bytes and sheets of a received file.
func (a *act) replaceBy(got received, target string) (state.Stored, error) {
	app, err := a.changing(target)
	if err != nil {
		return app, err
	}
	if err := a.take(&app, got); err != nil {
		return app, err
	}
	if app, err = appKind.put(a, app); err != nil || !got.lists {
		return app, err
	}
	if err := a.removeSheets(app.ID, func(o state.Object) bool { return !app.Published || o.Kind() == state.BaseSheet }); err != nil {
		return app, err
	}
	return app, a.takeSheets(app, got.sheets)
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
	if app, err = appKind.put(a, app); err != nil {
		return app, err
	}
	return app, a.publishSheets(app.ID)
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
	if app, err = appKind.put(a, app); err != nil {
		return app, err
	}
	return app, a.unpublishSheets(app.ID)
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
	to.Sheets = from.Sheets
	if to, err = appKind.put(a, to); err != nil || from.ID == to.ID {
		return to, err
	}
	return to, a.replaceSheets(from, to)
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
	app.Sheets, app.SHA256, app.FileSize, app.LastReloadTime, app.Description = from.Sheets, from.SHA256, from.FileSize, from.LastReloadTime, from.Description
	if withProperties {
		if app.CustomProperties, err = a.properties(from.CustomProperties, nil, "App"); err != nil {
			return app, err
		}
	}
	if app, err = appKind.put(a, app); err != nil {
		return app, err
	}
	travels := func(o state.Object) bool { return !from.Published || o.Published || a.who.owns(o.Owner) }
	return app, a.copySheets(from, app, travels)
}
