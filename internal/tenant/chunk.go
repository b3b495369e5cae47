package tenant

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// An upload has no total timeout: 1 kB/s is slow, not dead. It ends when nothing moves for a while.
const (
	quietTime  = 60 * time.Second // no byte moved
	answerTime = 3 * time.Minute  // the last byte was handed over, and no answer came
	letGoTime  = 5 * time.Second  // how long the connection gets to stop reading the body
)

var (
	errStalled = errors.New("no byte moved for too long")
	errSpent   = errors.New("the part was already read and cannot be read again")
)

// chunk is a part of a file on its way: size bytes of src.
type chunk struct {
	src    io.Reader
	size   int64
	quiet  time.Duration
	answer time.Duration
	cancel context.CancelCauseFunc // ends the call; set by call.limit
	moved  atomic.Int64            // bytes read from src by the last call
	stuck  atomic.Bool             // a Read of src did not return; src must not be touched
}

// open starts the watchdog for one call.
func (c *chunk) open(ctx context.Context, line *rate.Limiter) *meter {
	m := &meter{chunk: c, from: c.src, left: c.size, closed: make(chan struct{})}
	if line != nil {
		m.from = throttled{ctx, c.src, line}
	}
	cancel := c.cancel
	m.timer = time.AfterFunc(c.quiet, func() { cancel(errStalled) })
	return m
}

// rewind makes the chunk ready to be sent again, when its source allows it.
func (c *chunk) rewind() error {
	moved := c.moved.Swap(0)
	seeker, ok := c.src.(io.Seeker)
	switch {
	case c.stuck.Load():
		return errSpent
	case moved == 0:
		return nil
	case !ok:
		return errSpent
	}
	_, err := seeker.Seek(-moved, io.SeekCurrent)
	return err
}

// meter is the body of one call: it hands out the chunk and resets the watchdog with each byte that moves.
type meter struct {
	chunk  *chunk
	from   io.Reader // the chunk's source, at the pace of the line
	left   int64
	timer  *time.Timer
	closed chan struct{}
	once   sync.Once
	fault  atomic.Value // the source's own error, not the network's
}

// Read is called by the HTTP transport only.
func (m *meter) Read(p []byte) (int, error) {
	if m.left == 0 {
		return 0, io.EOF
	}
	n, err := m.from.Read(p[:min(int64(len(p)), m.left)])
	m.count(n)
	if err == nil || m.left == 0 {
		return n, nil
	}
	if _, ended := errors.AsType[throttleEnd](err); ended {
		return n, err
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	m.fault.Store(sourceFault{err})
	return n, err
}

// sourceFault lets an atomic.Value hold errors of different types.
type sourceFault struct{ error }

func (m *meter) count(n int) {
	m.left -= int64(n)
	m.chunk.moved.Add(int64(n))
	switch {
	case m.left == 0:
		m.timer.Reset(m.chunk.answer)
	case n > 0:
		m.timer.Reset(m.chunk.quiet)
	}
}

// Close is called by the HTTP transport when it will not read any more.
func (m *meter) Close() error {
	m.once.Do(func() { close(m.closed) })
	return nil
}

// wait returns when nobody reads the body any more, so that the caller may use its source again: a transport may go on
// reading for a moment after it gave the answer.
func (m *meter) wait() {
	if m == nil {
		return
	}
	defer m.timer.Stop()
	select {
	case <-m.closed:
	case <-time.After(letGoTime):
		m.chunk.stuck.Store(true)
	}
}

// sourceFault gives the source's own error, if that is what ended the call.
func (m *meter) sourceFault() error {
	if m == nil {
		return nil
	}
	if fault, ok := m.fault.Load().(sourceFault); ok {
		return fault.error
	}
	return nil
}
