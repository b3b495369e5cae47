package tenant

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// Bounds of temporary contents: ttl in seconds from the creation (qlik-cloud-api.md section 4), sizes in bytes. Qlik
// publishes no size limit for uploads; a direct import took at most 500 MB (section 3).
const (
	defaultTTL      = 3600
	maxTTL          = 259200
	maxUpload       = 64 << 30
	maxDirectImport = 500 << 20
	maxFilename     = 255
	bodyIdle        = time.Minute // how long a body may stand still
)

// newUpload checks filename and ttl and makes the record of an upload that has no bytes yet.
func (s *Server) newUpload(who caller, filename, ttl string) (state.Upload, error) {
	seconds := defaultTTL
	if ttl != "" {
		var err error
		if seconds, err = strconv.Atoi(ttl); err != nil || seconds < 1 || seconds > maxTTL {
			return state.Upload{}, fault.New(fault.Invalid, "ttl must be a number of seconds from 1 to %d.", maxTTL)
		}
	}
	if len(filename) > maxFilename || strings.ContainsFunc(filename, isControl) {
		return state.Upload{}, fault.New(fault.Invalid, "filename is longer than %d bytes or has characters that do not print.", maxFilename)
	}
	now := s.now().UTC()
	return state.Upload{ID: randomHex(), Filename: filename, CreatorID: who.ID, TTL: seconds, Created: now, Updated: now}, nil
}

// storeUpload takes a whole body as the bytes of an upload. The record is not stored.
func (s *Server) storeUpload(upload state.Upload, body io.Reader) (state.Upload, error) {
	if err := s.contents.Begin(upload.ID); err != nil {
		return upload, err
	}
	_, err := s.contents.Append(upload.ID, body)
	if err == nil {
		upload, err = s.sealUpload(upload)
	}
	if err != nil {
		_ = s.contents.Discard(upload.ID) // the first error is the one to tell
	}
	return upload, err
}

// sealUpload makes the bytes of a complete upload durable and notes their size and hash.
func (s *Server) sealUpload(upload state.Upload) (state.Upload, error) {
	sum, size, err := s.contents.Finish(upload.ID)
	upload.SHA256, upload.Size, upload.Updated = sum, size, s.now().UTC()
	return upload, err
}

// putUpload stores the record of an upload.
func (s *Server) putUpload(upload state.Upload) error {
	return s.db.Write(func(tx *state.Tx) error { return state.Uploads.Put(tx, upload.ID, upload) })
}

// findUpload gives a live upload of the caller; an administrator sees all. Expired ones are gone (410).
func (s *Server) findUpload(who caller, id string) (upload state.Upload, err error) {
	err = s.db.Read(func(tx *state.Tx) error {
		var found bool
		if upload, found, err = state.Uploads.Get(tx, id); err != nil {
			return err
		}
		if !found || upload.CreatorID != who.ID && !who.Admin {
			return fault.New(fault.NotFound, "There is no temporary content %q.", id)
		}
		if !s.now().Before(upload.Expires()) {
			return refuse(http.StatusGone, "The temporary content %q has expired. Upload it again with a longer ttl.", id)
		}
		return nil
	})
	return upload, err
}

// postUpload is POST /api/v1/temp-contents.
func (s *Server) postUpload(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	upload, err := s.newUpload(callerOf(r), query.Get("filename"), query.Get("ttl"))
	if err != nil {
		return err
	}
	if upload, err = s.storeUpload(upload, http.MaxBytesReader(w, r.Body, maxUpload)); err != nil {
		return brokenOff(r, err)
	}
	if err := s.putUpload(upload); err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/temp-contents/"+upload.ID) // without /api, as the real one (section 4)
	w.WriteHeader(http.StatusCreated)
	return nil
}

// getUpload is GET /api/v1/temp-contents/{id}: the bytes, or 204 while they still arrive.
func (s *Server) getUpload(w http.ResponseWriter, r *http.Request) error {
	upload, err := s.findUpload(callerOf(r), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	if !upload.Complete() {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	file, err := s.contents.OpenUpload(upload.ID)
	if err != nil {
		return err
	}
	disposition := "attachment"
	if r.URL.Query().Get("inline") == "1" {
		disposition = "inline"
	}
	s.serveFile(w, r, file, disposition, upload.Filename, upload.Updated)
	return file.Close()
}

func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, file *os.File, disposition, name string, changed time.Time) {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": name}))
	answer := &fileAnswer{ResponseWriter: w, control: http.NewResponseController(w), idle: s.idle}
	http.ServeContent(answer, r, "", changed, file)
	answer.finish(r)
}

// uploadBody has the contract's capitalised keys (section 4).
type uploadBody struct {
	ID, Name, Size, Expires, CreatedAt, CreatorID, UpdatedAt string
	TTLSeconds                                               int
}

// getUploadDetails is GET /api/v1/temp-contents/{id}/details.
func (s *Server) getUploadDetails(w http.ResponseWriter, r *http.Request) error {
	u, err := s.findUpload(callerOf(r), chi.URLParam(r, "id"))
	if err != nil {
		return err
	}
	if !u.Complete() {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	writeJSON(w, http.StatusOK, uploadBody{ID: u.ID, Name: u.Filename, Size: fmt.Sprint(u.Size), Expires: stamp(u.Expires()),
		CreatedAt: stamp(u.Created), CreatorID: u.CreatorID, UpdatedAt: stamp(u.Updated), TTLSeconds: u.TTL})
	return nil
}
