package main

import (
	"context"
	"io"
	"log/slog"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/queue"
	"github.com/skyferry/skyferry/internal/secret"
)

// newLog makes the log: secrets are blanked, and every line of a request carries its id.
func newLog(w io.Writer, format, level string) *slog.Logger {
	var threshold slog.Level
	_ = threshold.UnmarshalText([]byte(level)) // kong has checked the word
	options := &slog.HandlerOptions{Level: threshold, ReplaceAttr: secret.Redact}
	var handler slog.Handler = slog.NewTextHandler(w, options)
	if format == "json" {
		handler = slog.NewJSONHandler(w, options)
	}
	log := slog.New(contextHandler{handler})
	slog.SetDefault(log)
	return log
}

// contextHandler adds to each line what it belongs to: the request and its user, or the job.
type contextHandler struct{ slog.Handler }

func (h contextHandler) Handle(ctx context.Context, r slog.Record) error {
	if actor := account.ActorOf(ctx); actor.RequestID != "" {
		r.AddAttrs(slog.String("request_id", actor.RequestID), slog.String("actor", actor.Name))
	}
	if job, ok := queue.JobID(ctx); ok {
		r.AddAttrs(slog.Int64("job_id", job))
	}
	return h.Handler.Handle(ctx, r)
}

func (h contextHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contextHandler{h.Handler.WithAttrs(attrs)}
}

func (h contextHandler) WithGroup(name string) slog.Handler {
	return contextHandler{h.Handler.WithGroup(name)}
}
