package main

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/library"
	"github.com/skyferry/skyferry/internal/source/qrs"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
	"github.com/skyferry/skyferry/internal/store"
)

// connectAgain is how long a connection that cannot be set up waits: somebody may have put the certificates in their place meanwhile.
const connectAgain = 30 * time.Second

// sites gives the site of the moment: the library, or the connector to a repository, which it runs as long as the connection is the
// one that is stored.
type sites struct {
	store   *store.Store
	library *library.Service
	log     *slog.Logger

	trials  trials
	changed chan chan struct{} // each is closed when the stored connection was taken up

	mu         sync.Mutex
	connection site.Connection
	connector  *qrs.Connector // nil: there is none, or it cannot be set up
	client     *api.Client
	trouble    string // why it cannot
	since      time.Time
}

// repositoryStore is what a connector needs of the database: what it reads is kept only as long as the site is the same.
type repositoryStore struct {
	*store.Mirror

	store *store.Store
}

// Shrunk implements qrs.Store.
func (s repositoryStore) Shrunk(ctx context.Context) (*site.Shrunk, error) {
	return s.store.Shrunk(ctx)
}

// App implements qrs.Store.
func (s repositoryStore) App(ctx context.Context, id string) (site.App, error) {
	return s.store.App(ctx, id)
}

// siteHandles is where the subscriptions at the site are kept.
const siteHandles = "site_handles"

// SiteHandles implements qrs.Store.
func (s repositoryStore) SiteHandles(ctx context.Context) ([]string, error) {
	text, err := s.store.Setting(ctx, siteHandles)
	return strings.Fields(text), err
}

// KeepSiteHandles implements qrs.Store.
func (s repositoryStore) KeepSiteHandles(ctx context.Context, handles []string) error {
	return s.store.SetSetting(ctx, siteHandles, strings.Join(handles, " "))
}

func newSites(s *store.Store, l *library.Service, log *slog.Logger) *sites {
	return &sites{store: s, library: l, log: log, changed: make(chan chan struct{}, 1)}
}

// load reads the stored connection, so that nobody takes one site for another before Run.
func (s *sites) load(ctx context.Context) error {
	connection, err := s.store.SiteConnection(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connection = connection
	return err
}

// Run follows the stored connection until the context ends.
func (s *sites) Run(ctx context.Context) error {
	var took chan struct{}
	for ctx.Err() == nil {
		connector, err := s.connect(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "the site is not connected; it is tried again", "error", err, "after", connectAgain)
		}
		if took != nil {
			close(took)
		}
		took = s.runUntilChanged(ctx, connector, err != nil)
		s.disconnect()
	}
	return nil
}

// connect sets up what the stored connection says. It gives no connector for the embedded site.
func (s *sites) connect(ctx context.Context) (*qrs.Connector, error) {
	connection, err := s.store.SiteConnection(ctx)
	if err != nil {
		return nil, err
	}
	var client *api.Client
	var connector *qrs.Connector
	if connection.Kind == site.Repository {
		if client, err = api.New(connection, api.Options{Now: time.Now, Log: s.log}); err == nil {
			connector = qrs.New(qrs.Options{Connection: connection, Client: client, Log: s.log,
				Store: repositoryStore{s.store.Mirror(connection), s.store}})
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connection, s.client, s.connector = connection, client, connector
	if s.trouble = ""; err != nil {
		s.trouble, s.since = err.Error(), time.Now()
	}
	return connector, err
}

func (s *sites) disconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		s.client.Close()
	}
	s.client, s.connector = nil, nil
}

// runUntilChanged runs the connector until the connection is another one; it gives what is to be closed when that is taken up.
func (s *sites) runUntilChanged(ctx context.Context, connector *qrs.Connector, again bool) (took chan struct{}) {
	run, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if connector == nil {
			<-run.Done()
			return
		}
		if err := connector.Run(run); err != nil {
			s.log.ErrorContext(ctx, "the connector to the site ended", "error", err)
		}
	}()
	var retry <-chan time.Time
	if again {
		timer := time.NewTimer(connectAgain)
		defer timer.Stop()
		retry = timer.C
	}
	select {
	case took = <-s.changed:
	case <-retry:
	case <-ctx.Done():
	}
	stop()
	<-done
	return took
}

// Changed takes up the connection that was saved, and waits until that is done. It is taken up as well when nobody waits any more: what
// is asked for stays, and what was asked for before reads the connection that is stored by then.
func (s *sites) Changed(ctx context.Context) error {
	took := make(chan struct{})
	select {
	case s.changed <- took:
	default:
		select {
		case s.changed <- took:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	select {
	case <-took:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *sites) now() (site.Connection, *qrs.Connector) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connection, s.connector
}

// Export implements distribution.Source.
func (s *sites) Export(ctx context.Context, appID string) (distribution.Export, error) {
	connection, connector := s.now()
	switch {
	case connection.Kind != site.Repository:
		return s.library.Export(ctx, appID)
	case connector == nil && s.Picture().Trouble == "":
		return distribution.Export{}, &distribution.NotNow{Why: "The connection to " + connection.Host + " is being set up.", Wait: time.Second}
	case connector == nil:
		return distribution.Export{}, &distribution.NotNow{Why: "The site at " + connection.Host + " is not connected now. Site says what is wrong.", Wait: connectAgain}
	}
	return connector.Export(ctx, appID)
}

// Picture says how well the console sees the site.
func (s *sites) Picture() site.Picture {
	connection, connector := s.now()
	if connector != nil {
		return connector.Picture()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return site.Picture{Kind: connection.Kind, Host: connection.Host, Trouble: s.trouble, TroubleSince: s.since}
}

// Look looks at the site now.
func (s *sites) Look() {
	if _, connector := s.now(); connector != nil {
		connector.Look()
	}
}

// Test tries a connection, step by step.
func (s *sites) Test(ctx context.Context, c site.Connection) []api.Step {
	return api.Test(ctx, c, s.reached(c))
}

// Callback answers the callbacks of the site's repository.
func (s *sites) Callback(w http.ResponseWriter, r *http.Request) {
	if s.trials.hit(r.PathValue("token")) {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	_, connector := s.now()
	if connector == nil {
		http.Error(w, "There is no such subscription.", http.StatusNotFound)
		return
	}
	connector.Callback(w, r)
}
