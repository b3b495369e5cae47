package tenant

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// moving ends the calls whose body stands still, whoever reads it: also the server, when it throws away what nobody
// wanted. A slow body is none that stands still.
func (s *Server) moving(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			body := &movingBody{r.Body, http.NewResponseController(w), s.idle}
			body.wait()
			r.Body = body
		}
		next.ServeHTTP(w, r)
	})
}

type movingBody struct {
	io.ReadCloser

	control *http.ResponseController
	idle    time.Duration
}

func (b *movingBody) wait() { _ = b.control.SetReadDeadline(time.Now().Add(b.idle)) } // a test's recorder has no deadlines

// Read reads, and takes the deadline away at the end: what the call does then may last longer.
func (b *movingBody) Read(p []byte) (int, error) {
	b.wait()
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// fileAnswer sends a file to a client that goes on reading it, and holds the text back that says that a range is not in
// the file, to give it Qlik's body.
type fileAnswer struct {
	http.ResponseWriter

	control *http.ResponseController
	idle    time.Duration
	refused bool
}

// WriteHeader notes a refused range instead of sending it.
func (a *fileAnswer) WriteHeader(status int) {
	if a.refused = status == http.StatusRequestedRangeNotSatisfiable; !a.refused {
		a.ResponseWriter.WriteHeader(status)
	}
}

// Write sends, as long as the client reads.
func (a *fileAnswer) Write(p []byte) (int, error) {
	if a.refused {
		return len(p), nil
	}
	_ = a.control.SetWriteDeadline(time.Now().Add(a.idle))
	return a.ResponseWriter.Write(p)
}

// finish leaves the connection to the next call as it was.
func (a *fileAnswer) finish(r *http.Request) {
	if a.refused {
		a.Header().Del("Content-Disposition")
		writeErrorBody(a.ResponseWriter, r, http.StatusRequestedRangeNotSatisfiable, "The file has no such bytes.")
	}
	_ = a.control.Flush() // the last bytes, too, only while the client reads
	_ = a.control.SetWriteDeadline(time.Time{})
}
