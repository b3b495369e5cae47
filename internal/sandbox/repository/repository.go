// Package repository is a sandbox of the repository (QRS) of a client-managed Qlik Sense site: it speaks QRS as its public
// documents and clients show it (qlik-repository-api.md) and has a small hub of its own. It knows nothing of the client
// that it serves. See docs/sandbox-repository.md.
package repository

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/time/rate"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/content"
	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// Wrong keys at the hub: some at once, then one in a while.
const (
	wrongKeysAtOnce = 10
	wrongKeyEvery   = 10 * time.Second
)

// Options say how a repository is run. Dir and Certs are mandatory.
type Options struct {
	Name     string           // shown in the hub; "site" when empty
	Dir      string           // folder of state and contents; made when absent
	Certs    string           // folder of the certificates; made when absent
	Hosts    []string         // names and addresses that the server certificate is for, besides loopback
	AdminKey string           // of the hub; made once and kept when empty
	Logger   *slog.Logger     // nil: nothing is logged
	Now      func() time.Time // nil: time.Now
}

// Server is a running repository. Its methods are safe for concurrent use.
type Server struct {
	name      string
	log       *slog.Logger
	clock     func() time.Time
	db        *state.DB
	contents  *content.Store
	certs     *certificates
	adminKey  string
	nodeID    string
	faults    *faults.List
	told      *subscriptions
	exports   *exports
	wrongKeys *rate.Limiter
	history   *history

	reloads sync.WaitGroup // that take their time
	closing context.Context
	stop    context.CancelFunc

	untrimmed int // changes since the log was trimmed; guarded by contents.Commit

	closeOnce sync.Once
	closeErr  error
}

// Open makes or opens the repository in o.Dir. The error is a sentence for people.
func Open(o Options) (*Server, error) {
	s := &Server{name: o.Name, log: o.Logger, clock: o.Now, untrimmed: trimEvery}
	s.fillDefaults()
	s.closing, s.stop = context.WithCancel(context.Background())
	s.history = &history{now: s.clock}
	certs, err := openCertificates(o.Certs, o.Hosts, s.clock())
	if err != nil {
		return nil, err
	}
	s.certs = certs
	if err := s.openDir(o.Dir); err != nil {
		return nil, err
	}
	s.faults = faults.New(s.clock)
	s.exports = newExports(s.contents, s.clock)
	s.wrongKeys = rate.NewLimiter(rate.Every(wrongKeyEvery), wrongKeysAtOnce)
	s.told = newSubscriptions(s.log, s.faults, s.history)
	if err := s.prepare(o); err != nil {
		s.told.close()
		_ = s.db.Close() // the first error is the one that helps
		return nil, fault.Wrap(err, fault.Unavailable, "The repository's state in %s cannot be read or written.", o.Dir)
	}
	return s, nil
}

func (s *Server) fillDefaults() {
	if s.name == "" {
		s.name = "site"
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
}

func (s *Server) openDir(dir string) (err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault.Wrap(err, fault.Unavailable, "The repository's folder %s cannot be made. Name a folder that can be written.", dir)
	}
	if s.db, err = state.Open(filepath.Join(dir, "repository.db")); err != nil {
		return err
	}
	if s.contents, err = content.Open(filepath.Join(dir, "content")); err != nil {
		_ = s.db.Close() // the first error is the one that helps
		return fault.Wrap(err, fault.Unavailable, "The repository's folder %s cannot hold contents. Make it writable.", dir)
	}
	return nil
}

// prepare reads or makes what the repository is, tidies up after a crash, and furnishes it the first time.
func (s *Server) prepare(o Options) error {
	furnished := ""
	err := s.db.Write(func(tx *state.Tx) (err error) {
		if s.nodeID, err = metaOnce(tx, "node id", uuid.NewString()); err != nil {
			return err
		}
		if s.adminKey = o.AdminKey; o.AdminKey == "" {
			if s.adminKey, err = metaOnce(tx, "admin key", randomText()); err != nil {
				return err
			}
		}
		furnished, _, err = state.Meta.Get(tx, "furnished")
		return err
	})
	if err != nil {
		return err
	}
	if err := s.sweepLeftovers(); err != nil {
		return err
	}
	if furnished != "" {
		return s.abortReloads()
	}
	if err := s.furnish(); err != nil {
		return err
	}
	return s.db.Write(func(tx *state.Tx) error { return state.Meta.Put(tx, "furnished", "yes") })
}

// metaOnce gives the stored value of a word, after storing first when there is none.
func metaOnce(tx *state.Tx, word, first string) (string, error) {
	value, found, err := state.Meta.Get(tx, word)
	if err != nil || found {
		return value, err
	}
	return first, state.Meta.Put(tx, word, first)
}

// sweepLeftovers removes files that no record refers to: a killed process may leave some, and exports do not outlive it.
func (s *Server) sweepLeftovers() error {
	inUse := map[string]bool{}
	err := s.db.Read(func(tx *state.Tx) error {
		return each(tx, state.Apps, func(a state.Stored) error {
			inUse[a.SHA256] = true
			return nil
		})
	})
	if err != nil {
		return err
	}
	return s.contents.Sweep(func(name string) bool { return inUse[name] }, func(string) bool { return false })
}

// now is the site's time, which a fault may skew.
func (s *Server) now() time.Time {
	t := s.clock()
	if skew, met := s.faults.Meet(faults.ClockSkew); met {
		t = t.Add(skew.Length())
	}
	return t
}

// AdminKey opens the hub and the sandbox's own calls: the given one, or the one made at the first start.
func (s *Server) AdminKey() string { return s.adminKey }

// Faults are those that are laid on this repository.
func (s *Server) Faults() *faults.List { return s.faults }

// Restart does what a restart of the Repository Service does to its clients: subscriptions and the links of exported files are
// lost, and the connections of exports under way are dropped. Reloads go on: other services do them.
func (s *Server) Restart() {
	s.told.clear()
	s.exports.clear()
	s.history.note(happening{What: happenedRestart, Did: "restarted"})
}

// Trusted answers on the port of the trusted zone (4242). Serve it by TrustedTLS.
func (s *Server) Trusted() http.Handler { return s.around(s.trustedRoutes()) }

// Proxy answers as the proxy does: below a prefix. Serve it by ProxyTLS.
func (s *Server) Proxy() http.Handler { return s.around(s.proxyRoutes()) }

// Hub answers the pages and the sandbox's own calls.
func (s *Server) Hub() http.Handler { return s.logged(s.recovered(s.hubRoutes())) }

// Close ends faults, waits for callbacks under way (each has a time limit) and closes the state. Stop the HTTP servers
// first. A second call does nothing and gives the same answer.
func (s *Server) Close() error {
	s.closeOnce.Do(func() {
		s.stop()
		s.faults.Close()
		s.told.close()
		s.exports.clear()
		s.reloads.Wait()
		s.closeErr = s.db.Close()
	})
	return s.closeErr
}
