package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// watch ends a call that takes too long, or moves no byte for too long.
type watch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	stop   context.CancelFunc
	timer  *time.Timer
}

func newWatch(parent context.Context, total time.Duration) *watch {
	w := &watch{}
	ctx, stop := context.WithTimeoutCause(parent, total, errLong)
	w.stop = stop
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.timer = time.AfterFunc(total, func() { w.cancel(errIdle) })
	w.timer.Stop()
	return w
}

func (w *watch) arm(d time.Duration) { w.timer.Reset(d) }
func (w *watch) disarm()             { w.timer.Stop() }

func (w *watch) end() {
	w.timer.Stop()
	w.cancel(nil)
	w.stop()
}

// answer is an answer that is being read. While the caller does something else, no time runs but the total.
type answer struct {
	call   call
	status int
	header http.Header
	size   int64 // as announced; -1: not
	body   io.ReadCloser
	watch  *watch
	broken func(error) error
	ended  error // what reading came to
}

// Read implements io.Reader; its errors are *Error.
func (a *answer) Read(p []byte) (int, error) {
	if a.ended != nil {
		return 0, a.ended
	}
	a.watch.arm(a.call.idle)
	n, err := a.body.Read(p)
	a.watch.disarm()
	// An end that came after we gave up may be the server's answer to that, and no true end.
	if err != nil && (!errors.Is(err, io.EOF) || a.watch.ctx.Err() != nil) {
		err = a.broken(err)
	}
	a.ended = err
	return n, err
}

// close ends the reading; what did not come is not waited for.
func (a *answer) close() {
	_ = a.body.Close() // the outcome is known by now
	a.watch.end()
}
