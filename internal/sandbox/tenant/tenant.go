// Package tenant is a sandbox of a Qlik Cloud tenant: it speaks the public contract (qlik-cloud-api.md)
// and has administration pages of its own. It knows nothing of the client that it serves. See docs/sandbox-tenant.md.
package tenant

import (
	"context"
	"crypto/ecdsa"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/content"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/faults"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// Options say how a tenant is run. Only Dir is mandatory.
type Options struct {
	Name   string           // shown on the pages and by tenants/me; "sandbox" when empty
	Dir    string           // folder of the tenant's state and contents; made when absent
	APIKey string           // the administrator's key; made once and kept when empty
	Logger *slog.Logger     // nil: nothing is logged
	Now    func() time.Time // nil: time.Now
}

// Server is a running tenant. Its methods are safe for concurrent use.
type Server struct {
	name     string
	now      func() time.Time
	log      *slog.Logger
	db       *state.DB
	contents *content.Store
	id       string // 32 URL-safe characters
	apiKey   string
	created  time.Time
	handler  http.Handler
	attempts *attempts
	flashes  *flashes
	faults   *faults.List
	limits   *limits
	signing  *ecdsa.PrivateKey // of access tokens and API keys
	idle     time.Duration     // how long a body may stand still
	met      sync.Map          // ids of users who are stored
	hooks    *hooks

	stop      context.CancelFunc
	running   sync.WaitGroup
	closeOnce sync.Once
	closeErr  error
}

// Open makes or opens the tenant in o.Dir and starts its housekeeping. The error is a sentence for people.
func Open(o Options) (*Server, error) {
	s := &Server{name: o.Name, now: o.Now, log: o.Logger}
	s.fillDefaults()
	s.attempts, s.flashes, s.limits = newAttempts(s.now), newFlashes(s.now), newLimits(s.now, s.userCount)
	s.hooks = newHooks()
	if err := s.openDir(o.Dir); err != nil {
		return nil, err
	}
	if err := s.prepare(o); err != nil {
		_ = s.db.Close() // the first error is the one that helps
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.running.Go(func() { s.sweepUntil(ctx) })
	s.running.Go(func() { s.sendUntil(ctx) })
	return s, nil
}

func (s *Server) fillDefaults() {
	if s.name == "" {
		s.name = "sandbox"
	}
	s.idle = bodyIdle
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
}

func (s *Server) openDir(dir string) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault.Wrap(err, fault.Unavailable,
			"The tenant's folder %s cannot be made. Name a folder that can be written.", dir)
	}
	if s.db, err = state.Open(filepath.Join(dir, "tenant.db")); err != nil {
		return err
	}
	if s.contents, err = content.Open(filepath.Join(dir, "content")); err != nil {
		_ = s.db.Close()
		return fault.Wrap(err, fault.Unavailable,
			"The tenant's folder %s cannot hold contents. Make it writable.", dir)
	}
	return nil
}

// prepare reads or makes what the tenant is, tidies up after a crash and builds the handler.
func (s *Server) prepare(o Options) error {
	if err := s.identify(o.APIKey); err != nil {
		return fault.Wrap(err, fault.Unavailable, "The tenant's state in %s cannot be read or written.", o.Dir)
	}
	if err := s.sweepLeftovers(); err != nil {
		return fault.Wrap(err, fault.Unavailable, "The tenant's contents in %s cannot be tidied up.", o.Dir)
	}
	s.faults = faults.New(faults.Options{Now: s.now, Log: s.log, TenantID: s.id, Refuse: writeErrorBody})
	routes, err := s.routes()
	if err != nil {
		return err
	}
	s.handler = s.traced(s.recovered(s.moving(tidied(overridden(s.faults.Around(routes))))))
	return nil
}

// identify reads the tenant's id, birthday and administrator's key, and makes them the first time.
func (s *Server) identify(apiKey string) error {
	return s.db.Write(func(tx *state.Tx) (err error) {
		if s.id, err = metaOnce(tx, "tenant id", randomText(24)); err != nil {
			return err
		}
		created, err := metaOnce(tx, "created", s.now().UTC().Format(time.RFC3339Nano))
		if err != nil {
			return err
		}
		if s.created, err = time.Parse(time.RFC3339Nano, created); err != nil {
			return err
		}
		if s.apiKey = apiKey; apiKey == "" {
			if s.apiKey, err = metaOnce(tx, "api key", randomText(33)); err != nil {
				return err
			}
		}
		return s.furnish(tx)
	})
}

// furnish reads or makes what goes with the tenant's identity: its signing key, its administrator, its plan.
func (s *Server) furnish(tx *state.Tx) (err error) {
	if s.signing, err = signingKey(tx); err != nil {
		return err
	}
	if err := state.Users.Put(tx, adminID(), s.administrator()); err != nil {
		return err
	}
	plan, err := currentPlan(tx)
	s.limits.set(plan)
	return err
}

// metaOnce gives the stored value of a word, after storing first when there is none.
func metaOnce(tx *state.Tx, word, first string) (string, error) {
	value, found, err := state.Meta.Get(tx, word)
	if err != nil || found {
		return value, err
	}
	return first, state.Meta.Put(tx, word, first)
}

// Handler answers everything: the API, the pages, /healthz and /readyz.
func (s *Server) Handler() http.Handler { return s.handler }

// APIKey is the administrator's key: the given one, or the one made at the first start.
func (s *Server) APIKey() string { return s.apiKey }

// TenantID is the tenant's own id: 32 URL-safe characters, made once.
func (s *Server) TenantID() string { return s.id }

// Faults are those that are laid on this tenant's calls.
func (s *Server) Faults() *faults.List { return s.faults }

// Close stops the housekeeping and the faults, waits for both and closes the state. Stop the HTTP server first. A second
// call does nothing and gives the same answer.
func (s *Server) Close() error {
	s.closeOnce.Do(func() {
		s.stop()
		s.faults.Close()
		s.running.Wait()
		s.closeErr = s.db.Close()
	})
	return s.closeErr
}
