package tenant

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/tus/tusd/v2/pkg/handler"
	"golang.org/x/exp/slog"

	"github.com/skyferry/skyferry/internal/fault"
)

const (
	tusPath    = "/api/v1/temp-contents/files"
	tusVersion = "1.0.0"
	tusChunk   = "application/offset+octet-stream"
)

// newTus builds tusd behind the layer that makes the contract true (qlik-cloud-api.md section 4): extension creation
// only, 24 hex digits as ids, 410, 415, 423 at once, and Qlik's error body.
func (s *Server) newTus() (http.Handler, error) {
	composer := handler.NewStoreComposer()
	composer.UseCore(tusStore{s})
	composer.UseLocker(&tryLocker{held: map[string]bool{}})
	tusd, err := handler.NewUnroutedHandler(handler.Config{
		StoreComposer: composer, BasePath: tusPath, MaxSize: maxUpload,
		DisableDownload: true, DisableTermination: true,
		Cors:           &handler.CorsConfig{Disable: true},
		Logger:         slog.New(slog.NewTextHandler(io.Discard, nil)), // our own log has every call
		NetworkTimeout: s.idle,
		// Nothing of ours goes on after a call, and tusd keeps a goroutine for this time after each.
		GracefulRequestCompletionTimeout: time.Millisecond,
	})
	if err != nil {
		return nil, err
	}
	routes := chi.NewRouter()
	routes.Post("/", tusd.PostFile)
	routes.Head("/{id}", tusd.HeadFile)
	routes.Patch("/{id}", tusd.PatchFile)
	routes.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) { // in tusd's form, for finish
		http.Error(w, "ERR_METHOD: This path does not take "+r.Method+".", http.StatusMethodNotAllowed)
	})
	return s.tusContract(http.StripPrefix(tusPath, tusd.Middleware(routes))), nil // tusd takes the whole path as id
}

// tusContract checks what tusd sees differently, and rewrites its errors.
func (s *Server) tusContract(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Tus-Resumable", tusVersion)
		if err := tusPrecheck(r); err != nil {
			s.writeError(w, r, err)
			return
		}
		answer := &tusAnswer{ResponseWriter: w}
		next.ServeHTTP(answer, r)
		answer.finish(s, r)
	})
}

// isTus reports whether a call is one of resumable uploads.
func isTus(r *http.Request) bool {
	return r.URL.Path == tusPath || strings.HasPrefix(r.URL.Path, tusPath+"/")
}

// overridden gives a call of resumable uploads the method that its header names: tus 1.0.0 has the server ignore the actual one, for
// clients that cannot send PATCH.
func overridden(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if named := r.Header.Get("X-HTTP-Method-Override"); named != "" && isTus(r) {
			r.Method = named
			r.Header.Del("X-HTTP-Method-Override")
		}
		next.ServeHTTP(w, r)
	})
}

func tusPrecheck(r *http.Request) error {
	switch {
	case r.Method == http.MethodPost && r.Header.Get("Upload-Defer-Length") != "":
		return fault.New(fault.Invalid, "Upload-Length is needed: this server does not take uploads of unknown length.")
	case r.Method == http.MethodPost:
		r.Header.Del("Content-Type") // creation-with-upload is not offered: the body is ignored
	case r.Method == http.MethodPatch && r.Header.Get("Tus-Resumable") == tusVersion && r.Header.Get("Content-Type") != tusChunk:
		return refuse(http.StatusUnsupportedMediaType, "A chunk must have the Content-Type %s.", tusChunk)
	}
	return nil
}

// tusOptions tells what the server can do; it needs no token, so that clients can ask first (section 8).
func tusOptions(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Tus-Resumable", tusVersion)
	h.Set("Tus-Version", tusVersion)
	h.Set("Tus-Extension", "creation")
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PATCH, OPTIONS")
	h.Set("Access-Control-Expose-Headers", "Location, Upload-Length, Upload-Offset, Content-Location")
	w.WriteHeader(http.StatusNoContent)
}

// tusAnswer lets good answers of tusd through and holds errors back, to give them Qlik's body.
type tusAnswer struct {
	http.ResponseWriter
	failed int
	text   bytes.Buffer
}

// WriteHeader notes an error instead of sending it.
func (a *tusAnswer) WriteHeader(status int) {
	if status < http.StatusBadRequest {
		a.ResponseWriter.WriteHeader(status)
		return
	}
	a.failed = status
}

// Write keeps the text of an error.
func (a *tusAnswer) Write(p []byte) (int, error) {
	if a.failed == 0 {
		return a.ResponseWriter.Write(p)
	}
	return a.text.Write(p)
}

// Unwrap serves http.ResponseController, by which tusd moves the deadlines.
func (a *tusAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// callerLeft reports whether the caller is gone or has stopped sending: then the fault is not ours. The status stays 5xx,
// at which tus clients go on from the offset.
func (a *tusAnswer) callerLeft(r *http.Request) bool {
	text := a.text.String()
	return r.Context().Err() != nil || strings.HasPrefix(text, "ERR_CONNECTION_RESET") || strings.HasPrefix(text, "ERR_READ_TIMEOUT")
}

func (a *tusAnswer) finish(s *Server, r *http.Request) {
	switch a.failed {
	case 0:
		return
	case http.StatusPreconditionFailed:
		a.Header().Set("Tus-Version", tusVersion)
	case http.StatusInternalServerError:
		if !a.callerLeft(r) {
			s.log.ErrorContext(r.Context(), "upload failed", "cause", a.text.String(), "path", r.URL.Path, "trace", traceOf(r))
		}
		a.text.Reset()
	}
	_, detail, _ := strings.Cut(strings.TrimSpace(a.text.String()), ": ")
	writeErrorBody(a.ResponseWriter, r, a.failed, detail)
}
