package tenant

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
)

// maxJSON bounds a JSON body, in bytes.
const maxJSON = 1 << 20

// apiFunc answers one API call; its error becomes the documented error body.
type apiFunc func(w http.ResponseWriter, r *http.Request) error

// api turns an apiFunc into a handler.
func (s *Server) api(answer apiFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := answer(w, r); err != nil {
			s.writeError(w, r, err)
		}
	}
}

// statusError gives a fault an HTTP status that its kind does not have.
type statusError struct {
	status int
	error
}

func (e statusError) Unwrap() error { return e.error }

// refuse makes an error with an HTTP status; the fault's kind does not matter then.
func refuse(status int, format string, args ...any) error {
	return statusError{status, fault.New(fault.Invalid, format, args...)}
}

var statusOfKind = map[fault.Kind]int{
	fault.Invalid: http.StatusBadRequest, fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict,
	fault.Forbidden: http.StatusForbidden, fault.Unauthorized: http.StatusUnauthorized,
	fault.Unavailable: http.StatusServiceUnavailable, fault.Internal: http.StatusInternalServerError,
}

// statusOf gives the HTTP status of an error.
func statusOf(err error) int {
	if e, ok := errors.AsType[statusError](err); ok {
		return e.status
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge
	}
	return statusOfKind[fault.Of(err).Kind]
}

// writeError answers with the error body of the service; what is not meant for people is only logged.
func (s *Server) writeError(w http.ResponseWriter, r *http.Request, err error) {
	if wait, ok := errors.AsType[waitError](err); ok {
		writeWait(w, wait)
		return
	}
	status := statusOf(err)
	said := problem{status: status, detail: fault.Of(err).Text}
	if coded, ok := errors.AsType[codedError](err); ok {
		said.code, said.title = coded.code, coded.title
	}
	switch status {
	case http.StatusInternalServerError:
		s.log.ErrorContext(r.Context(), "call failed", "error", err, "path", r.URL.Path, "trace", traceOf(r))
		said.detail = "The sandbox tenant failed. Its log has the cause under this trace id."
	case http.StatusRequestEntityTooLarge:
		if _, cut := errors.AsType[*http.MaxBytesError](err); cut {
			said.detail = "The body is larger than this tenant takes."
		}
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="sandbox tenant"`)
	}
	writeProblem(w, r, said)
}

func writeErrorBody(w http.ResponseWriter, r *http.Request, status int, detail string) {
	writeProblem(w, r, problem{status: status, detail: detail})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)                 // links stay readable for scripts that do not read JSON
	if err := encoder.Encode(body); err != nil { // only types of ours come here
		panic(err)
	}
	text.Truncate(text.Len() - 1) // the line end of the encoder
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(text.Len()))
	w.WriteHeader(status)
	_, _ = text.WriteTo(w) // the client may be gone
}

// readJSON reads a bounded JSON body; unknown properties are ignored, as official samples send some.
func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxJSON))
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return err
		}
		return fault.Wrap(err, fault.Invalid, "The body broke off.")
	}
	body = bytes.TrimPrefix(body, []byte("\ufeff")) // files of Windows begin so, and scripts send them as they are
	if err := json.Unmarshal(body, into); err != nil {
		return fault.Wrap(err, fault.Invalid, "The body is not the JSON object that this call takes.")
	}
	return nil
}

// stamp writes a date as the contract does: RFC 3339 with milliseconds, empty when unset.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}
