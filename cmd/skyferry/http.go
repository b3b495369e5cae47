package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
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

// on serves a listener: https when there is a certificate, else plain http.
func on(listener net.Listener, cert, key string) func(*http.Server) error {
	return func(s *http.Server) error {
		if cert == "" {
			return s.Serve(listener)
		}
		s.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		return s.ServeTLS(listener, cert, key)
	}
}

// checkTLS refuses half a certificate.
func checkTLS(cert, key string) error {
	if (cert == "") != (key == "") {
		return fmt.Errorf("--tls-cert and --tls-key belong together; give both or none")
	}
	return nil
}

// baseURL is the address that a server tells when it is ready.
func baseURL(address string, https bool) string {
	if https {
		return "https://" + address
	}
	return "http://" + address
}
