package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// stopWithin is how long a stop may take for requests that are under way.
const stopWithin = 5 * time.Second

// newHTTPServer makes a server with bounds on slow clients. It sets no bound on whole requests, because uploads and live
// streams take their time; handlers bound themselves.
func newHTTPServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// serveHTTP serves until the context ends, then lets requests finish for a while and cuts what remains.
func serveHTTP(ctx context.Context, server *http.Server, serve func(*http.Server) error) error {
	served := make(chan error, 1)
	go func() { served <- serve(server) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	if err := server.Shutdown(shutdown); err != nil {
		_ = server.Close() // streams that would not end in time are cut; that is what the limit is for
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
