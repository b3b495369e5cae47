package faults

import (
	"io"
	"net/http"
	"time"
)

// The effects of this file let the call through, slowly or not wholly.

func latency(h hit, w http.ResponseWriter, r *http.Request, next http.Handler) {
	done := h.held()
	h.wait(h.Wait.Duration(), r.Context().Done())
	done()
	next.ServeHTTP(w, r)
}

func bandwidth(h hit, w http.ResponseWriter, r *http.Request, next http.Handler) {
	p := pace{hit: h, gone: r.Context().Done()}
	if h.Side == Request {
		r.Body = &slowBody{r.Body, p}
	} else {
		w = &slowWriter{w, p}
	}
	next.ServeHTTP(w, r)
}

// pace moves pieces of a tenth of a second.
type pace struct {
	hit
	gone <-chan struct{}
}

func (p pace) piece(n int) int { return min(n, int(min(max(p.Bytes/10, 1), 64<<10))) }

func (p pace) moved(n int) {
	p.wait(time.Duration(float64(n)/float64(p.Bytes)*float64(time.Second)), p.gone)
}

type slowBody struct {
	io.ReadCloser
	pace pace
}

// Read implements io.Reader.
func (b *slowBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p[:b.pace.piece(len(p))])
	b.pace.moved(n)
	return n, err
}

type slowWriter struct {
	http.ResponseWriter
	pace pace
}

// Write implements io.Writer.
func (s *slowWriter) Write(p []byte) (written int, err error) {
	for written < len(p) && err == nil {
		var n int
		n, err = s.ResponseWriter.Write(p[written : written+s.pace.piece(len(p)-written)])
		written += n
		_ = http.NewResponseController(s.ResponseWriter).Flush() // a test's recorder has none
		s.pace.moved(n)
	}
	return written, err
}

// Unwrap serves http.ResponseController.
func (s *slowWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func cut(h hit, w http.ResponseWriter, r *http.Request, next http.Handler) {
	line := &line{left: h.Bytes}
	if h.Side == Request {
		r.Body = &cutBody{r.Body, line}
	}
	next.ServeHTTP(&cutWriter{w, line, h.Side == Answer}, r)
	if line.cut {
		abort()
	}
}

// line carries so many bytes, then it is cut, and nothing gets through in either direction.
type line struct {
	left int64
	cut  bool
}

type cutBody struct {
	io.ReadCloser
	line *line
}

// Read implements io.Reader. It reads one byte ahead, to tell a body that ends from one that goes on.
func (b *cutBody) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if b.line.left == 0 {
		if n, err := b.ReadCloser.Read(p[:1]); n == 0 {
			return 0, err
		}
		b.line.cut = true
	}
	if b.line.cut {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.line.left)])
	b.line.left -= int64(n)
	return n, err
}

type cutWriter struct {
	http.ResponseWriter
	line    *line
	answers bool // the answer is what is cut
}

// WriteHeader sends nothing on a cut line.
func (c *cutWriter) WriteHeader(status int) {
	if !c.line.cut {
		c.ResponseWriter.WriteHeader(status)
	}
}

// Write implements io.Writer. What comes after the cut is lost, and nobody is told.
func (c *cutWriter) Write(p []byte) (int, error) {
	if c.line.cut {
		return len(p), nil
	}
	if !c.answers {
		return c.ResponseWriter.Write(p)
	}
	if int64(len(p)) <= c.line.left {
		c.line.left -= int64(len(p))
		return c.ResponseWriter.Write(p)
	}
	_, err := c.ResponseWriter.Write(p[:c.line.left])
	_ = http.NewResponseController(c.ResponseWriter).Flush() // a test's recorder has none
	c.line.cut = true
	return len(p), err
}

// Unwrap serves http.ResponseController.
func (c *cutWriter) Unwrap() http.ResponseWriter { return c.ResponseWriter }
