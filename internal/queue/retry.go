package queue

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// delays are the waits after a handler's 1st, 2nd, ... failure. They are short, since such a failure is our own (a full
// disk, a fault in the program); what a tenant answers is retried by the delivery's schedule.
var delays = []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second}

type backoff struct{ now func() time.Time }

// NextRetry says when a failed job runs again.
func (b backoff) NextRetry(job *rivertype.JobRow) time.Time {
	n := min(max(job.Attempt, 1), len(delays))
	return b.now().Add(delays[n-1])
}

// faultLog writes failures of handlers to the log; the retry is River's.
type faultLog struct{ log *slog.Logger }

// HandleError logs a failed job.
func (f faultLog) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	f.log.WarnContext(ctx, "job failed, it is tried again", "job", job.ID, "kind", job.Kind, "attempt", job.Attempt, "error", err)
	return nil
}

// HandlePanic logs a job that panicked, with the stack.
func (f faultLog) HandlePanic(ctx context.Context, job *rivertype.JobRow, value any, trace string) *river.ErrorHandlerResult {
	f.log.ErrorContext(ctx, "job panicked, it is tried again",
		"job", job.ID, "kind", job.Kind, "attempt", job.Attempt, "panic", fmt.Sprint(value), "stack", trace)
	return nil
}

// quiet keeps River's own chatter out of the log.
type quiet struct{ slog.Handler }

// Enabled lets warnings and errors through.
func (quiet) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// WithAttrs keeps the limit on derived loggers.
func (h quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{h.Handler.WithAttrs(attrs)} }

// WithGroup keeps the limit on derived loggers.
func (h quiet) WithGroup(name string) slog.Handler { return quiet{h.Handler.WithGroup(name)} }
