package repository

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/content"
	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// How long a link waits for its download, and how many do; the oldest make room. Qlik's figures are not known.
const (
	linkLife  = time.Hour
	linksKept = 1000
)

// exports are the exported files that wait for their one download, and the exports under way. They do not survive a restart.
type exports struct {
	contents *content.Store
	now      func() time.Time
	mu       sync.Mutex
	links    map[string]link
	running  map[string]context.CancelCauseFunc // by app and token
}

// link is one exported file; its bytes are an upload of the content store by the same id.
type link struct {
	user string // who exported: nobody else downloads
	made time.Time
	name string // of the app
	app  string // its id
	tail []byte // behind the bytes of the upload: the sheets that travel
}

func newExports(contents *content.Store, now func() time.Time) *exports {
	return &exports{contents: contents, now: now, links: map[string]link{}, running: map[string]context.CancelCauseFunc{}}
}

// begin notes an export under way; end must be called.
func (e *exports) begin(ctx context.Context, key string) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.running[key] = cancel
	return ctx, func() {
		cancel(nil)
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.running, key)
	}
}

// cancel stops an export under way; false: there is none.
func (e *exports) cancel(key string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	stop, found := e.running[key]
	if found {
		stop(nil)
	}
	return found
}

// offer makes a file downloadable.
func (e *exports) offer(id string, l link) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.links) >= linksKept {
		e.dropOldest()
	}
	l.made = e.now()
	e.links[id] = l
}

func (e *exports) dropOldest() {
	oldest := ""
	for id, l := range e.links {
		if oldest == "" || l.made.Before(e.links[oldest].made) {
			oldest = id
		}
	}
	delete(e.links, oldest)
	_ = e.contents.Discard(oldest) // what stays is swept at the next start
}

// claim takes a file for download: once, in time, and by its user only.
func (e *exports) claim(id, user string) (link, *os.File, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	l, found := e.links[id]
	if !found || l.user != user {
		return link{}, nil, false
	}
	delete(e.links, id)
	file, err := e.contents.OpenUpload(id)
	_ = e.contents.Discard(id) // the open file keeps its bytes
	if err == nil && e.now().Sub(l.made) > linkLife {
		_ = file.Close()
		return link{}, nil, false
	}
	return l, file, err == nil
}

// errRestarted ends the exports under way when the repository restarts.
var errRestarted = errors.New("the repository restarts")

// clear drops the links, and the connections of exports under way.
func (e *exports) clear() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for id := range e.links {
		_ = e.contents.Discard(id) // what stays is swept at the next start
	}
	clear(e.links)
	for _, stop := range e.running {
		stop(errRestarted)
	}
}

// exportAnswer is the AppExportResponse of section 3.4.
type exportAnswer struct {
	ExportToken  string `json:"exportToken"`
	AppID        string `json:"appId"`
	DownloadPath string `json:"downloadPath"`
	Cancelled    bool   `json:"cancelled"`
	SchemaPath   string `json:"schemaPath"`
}

// postExport is POST /qrs/app/{id}/export/{token}: it answers when the file is written.
func (s *Server) postExport(w http.ResponseWriter, r *http.Request) error {
	app, err := appKind.find(s, r)
	if err != nil {
		return err
	}
	who, q, token := callerOf(r), query(r), chi.URLParam(r, "token")
	_, known := scopes[strings.ToLower(q["exportscope"])]
	_, forbidden := s.faults.MeetFor(faults.ExportForbidden, who.user.Account())
	switch _, err := uuid.Parse(token); {
	case forbidden || !who.mayExport(app.App):
		return errForbidden
	case err != nil || !known:
		return fault.New(fault.Invalid, "The export token is no GUID, or there is no such exportScope.")
	}
	ctx, end := s.exports.begin(r.Context(), app.ID+token)
	defer end()
	note := func(did string) {
		s.history.note(happening{What: happenedExport, Did: did, Type: "App", ID: app.ID, Name: app.Name, By: who.user.Account(), Detail: q["exportscope"]})
	}
	note("began")
	s.faults.Hold(faults.SlowExport, ctx.Done())
	if errors.Is(context.Cause(ctx), errRestarted) {
		note("cut by a restart")
		panic(http.ErrAbortHandler)
	}
	if _, met := s.faults.Meet(faults.FailingExport); met {
		note("failed")
		return fault.New(fault.Internal, "The engine could not export the app.")
	}
	answer := exportAnswer{ExportToken: token, AppID: app.ID, Cancelled: ctx.Err() != nil, SchemaPath: "AppExportResponse"}
	if answer.Cancelled {
		note("cancelled")
	} else {
		if answer.DownloadPath, err = s.writeExport(app.ID, who, q["exportscope"], strings.EqualFold(q["skipdata"], "true")); err != nil {
			return err
		}
		note("ended")
	}
	writeJSON(w, http.StatusCreated, answer)
	return nil
}

// writeExport puts the bytes of an app, as they are by now, behind a link.
func (s *Server) writeExport(id string, who caller, scope string, skipData bool) (string, error) {
	s.contents.Commit.Lock()
	defer s.contents.Commit.Unlock()
	app, end, err := s.forExport(id, scope)
	if err != nil {
		return "", err
	}
	file := uuid.NewString()
	if skipData {
		err = s.writeEmpty(app, file)
	} else {
		err = s.contents.Lend(app.SHA256, file)
	}
	if err != nil {
		return "", err
	}
	s.exports.offer(file, link{user: who.user.Account(), app: app.ID, name: app.Name, tail: end})
	return "/tempcontent/" + file + "/" + url.PathEscape(app.Name) + ".qvf?serverNodeId=" + s.nodeID, nil
}

// forExport gives an app, and the list of sheets that ends its exported file.
func (s *Server) forExport(id, scope string) (app state.Stored, end []byte, err error) {
	err = s.db.Read(func(tx *state.Tx) (err error) {
		if app, err = appKind.get(tx, id); err == nil {
			end, err = tail(tx, app, scope)
		}
		return err
	})
	return app, end, err
}

// writeEmpty writes an app file without data.
func (s *Server) writeEmpty(app state.Stored, file string) error {
	var b bytes.Buffer
	if err := content.WriteQVF(&b, app.Name, app.LastReloadTime.Time, nil); err != nil {
		return err
	}
	if err := s.contents.Begin(file); err != nil {
		return err
	}
	_, err := s.contents.Append(file, &b)
	return err
}

// deleteExport is DELETE /qrs/app/{id}/export/{token}: cancelled is true if it was under way.
func (s *Server) deleteExport(w http.ResponseWriter, r *http.Request) error {
	app, err := appKind.find(s, r)
	if err != nil {
		return err
	}
	token := chi.URLParam(r, "token")
	writeJSON(w, http.StatusOK, exportAnswer{ExportToken: token, AppID: app.ID, Cancelled: s.exports.cancel(app.ID + token), SchemaPath: "AppExportResponse"})
	return nil
}

// getTempContent is GET /tempcontent/{file}/{name}: once only. It is never compressed.
func (s *Server) getTempContent(w http.ResponseWriter, r *http.Request) error {
	_, expired := s.faults.Meet(faults.ExpiredLink)
	l, file, found := s.exports.claim(chi.URLParam(r, "file"), callerOf(r).user.Account())
	note := func(did string) {
		s.history.note(happening{What: happenedDownload, Did: did, Type: "App", ID: l.app, Name: l.name, By: callerOf(r).user.Account()})
	}
	if !found || expired {
		if found {
			_ = file.Close() // it was only read
		}
		note("refused")
		return fault.New(fault.NotFound, "There is no such file. A link works once, and only for the user who exported.")
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	size, whole := info.Size()+int64(len(l.tail)), io.MultiReader(file, bytes.NewReader(l.tail))
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	if cut, met := s.faults.Meet(faults.CutDownload); met && cut.Bytes < size {
		_, _ = io.CopyN(w, whole, cut.Bytes)
		_ = http.NewResponseController(w).Flush() // so that the bytes before the cut arrive
		note("cut")
		panic(http.ErrAbortHandler)
	}
	if _, err := io.Copy(w, whole); err != nil {
		note("broken off")
		panic(http.ErrAbortHandler) // half a file is never taken for a whole one
	}
	note("ended")
	return nil
}
