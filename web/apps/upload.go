package apps

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/web/respond"
	"github.com/skyferry/skyferry/web/ui"
)

// The bounds of an upload. The size of the file is bounded by the library.
const (
	stall    = time.Minute      // an upload that gives no byte for so long has broken off
	excess   = 64 << 20         // bytes that are read of a refused file, so that the browser gets to read the answer
	patience = 30 * time.Second // for reading them
)

// sending is the page that sends a file.
type sending struct {
	app   *site.App // that the file replaces; nil: a new one
	fault string
}

func (s *Screen) showUpload(w http.ResponseWriter, r *http.Request) {
	respond.Page(w, r, http.StatusOK, sendPage(sending{}))
}

func (s *Screen) showReplace(w http.ResponseWriter, r *http.Request) {
	app, err := s.Store.App(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, sendPage(sending{app: &app}))
}

// Upload takes a new app at POST /apps/upload. The file streams into the library and is never held in memory.
func (s *Screen) Upload(w http.ResponseWriter, r *http.Request) {
	var app site.App
	file, err := fileOf(w, r)
	if err == nil {
		app, err = s.Library.Upload(r.Context(), file.FileName(), file, ownerOf(r.Context()))
	}
	if err != nil {
		refuse(w, r, sending{}, err)
		return
	}
	respond.Done(w, r, s.Notices, "/apps", "Uploaded "+app.Name+". It stays on the site until it is published: open it and choose Publish.")
}

// Replace gives an app a new file at POST /apps/{id}/replace: the way to publish it again with new data.
func (s *Screen) Replace(w http.ResponseWriter, r *http.Request) {
	app, err := s.Store.App(r.Context(), chi.URLParam(r, "id"))
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	file, err := fileOf(w, r)
	if err == nil {
		err = s.Library.Replace(r.Context(), app.ID, file)
	}
	if err != nil {
		refuse(w, r, sending{app: &app}, err)
		return
	}
	s.done(w, r, app.ID, "Replaced.")
}

// fileOf finds the file in the request: the first part, since the form has no other.
func fileOf(w http.ResponseWriter, r *http.Request) (*multipart.Part, error) {
	r.Body = &patient{r.Body, http.NewResponseController(w)}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, fault.Field(fault.Invalid, "file", "No file came with the form. Choose a .qvf file.")
	}
	part, err := parts.NextPart()
	switch {
	case errors.Is(err, io.EOF):
		return nil, fault.Field(fault.Invalid, "file", "Choose a .qvf file.")
	case err != nil:
		return nil, fault.Field(fault.Invalid, "file", "The upload broke off. Nothing was saved; upload the file again.")
	case part.FormName() != "file" || part.FileName() == "":
		return nil, fault.Field(fault.Invalid, "file", "Choose a .qvf file.")
	}
	return part, nil
}

// refuse shows the page again with what is wrong. A browser reads an answer only after it has sent the file, so some of the
// rest is read.
func refuse(w http.ResponseWriter, r *http.Request, page sending, err error) {
	if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
		respond.Fault(w, r, err)
		return
	}
	end := time.Now().Add(patience)
	for rest := int64(excess); rest > 0 && time.Now().Before(end); rest -= 1 << 20 {
		if _, err := io.CopyN(io.Discard, r.Body, 1<<20); err != nil {
			break
		}
	}
	page.fault = fault.Of(err).Text
	respond.Page(w, r, http.StatusUnprocessableEntity, sendPage(page))
}

// patient ends an upload that gives no byte for too long.
type patient struct {
	io.ReadCloser
	control *http.ResponseController
}

// Read implements io.Reader.
func (p *patient) Read(b []byte) (int, error) {
	_ = p.control.SetReadDeadline(time.Now().Add(stall)) // where the connection has none, it ends by the client's leaving
	_ = p.control.SetWriteDeadline(time.Now().Add(2 * stall))
	n, err := p.ReadCloser.Read(b)
	if err != nil {
		_ = p.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

func (p sending) title() string {
	if p.app == nil {
		return "Upload app"
	}
	return "Replace \"" + p.app.Name + "\""
}

func (p sending) action() string {
	if p.app == nil {
		return "/apps/upload"
	}
	return path(p.app.ID) + "/replace"
}

func (p sending) back() string {
	if p.app == nil {
		return "/apps"
	}
	return path(p.app.ID)
}

func (p sending) verb() string {
	if p.app == nil {
		return "Upload"
	}
	return "Replace"
}

func (p sending) field() ui.Field {
	return ui.Field{
		Name: "file", Label: "File", Type: "file", Required: true, Error: p.fault, Attrs: ui.Attributes{"accept": ".qvf"},
		Help: "A .qvf file, as Qlik Sense exports it. The file travels as it is, private sheets included.",
	}
}
