package distribution

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/skyferry/skyferry/internal/site"
)

// ErrSpoolFull says that the spool has no room for an export now. Room comes when deliveries end.
var ErrSpoolFull = errors.New("the spool has no room")

// ErrSpoolTooSmall is ErrSpoolFull where nothing is in the spool that could make room: somebody has to.
var ErrSpoolTooSmall = fmt.Errorf("%w", ErrSpoolFull)

// SpoolIndex is what the spool needs of the database. Store is one.
type SpoolIndex interface {
	SpoolEntries(ctx context.Context) ([]SpoolEntry, error)
	PutSpoolEntry(ctx context.Context, e SpoolEntry) error
	DropSpoolEntry(ctx context.Context, key string) error
	// ExportWanted says whether a delivery of the app is open.
	ExportWanted(ctx context.Context, appID string) (bool, error)
}

// SpoolOptions say where the spool is and how large it may grow.
type SpoolOptions struct {
	Dir   string
	Node  string // name of this node; entries of others are theirs
	Limit int64  // bytes; 0 means 50 GiB
	Floor int64  // bytes of the disk that stay free; 0 means 1 GiB
	Index SpoolIndex
	Now   func() time.Time
	Log   *slog.Logger
	// Patience is how long a delivery waits for an export before it gives way: the export goes on, for hours if it must. 0 means 20 s.
	Patience time.Duration
	// Ask is how often it is looked whether a delivery still wants an export that runs. 0 means 15 s.
	Ask time.Duration
	// Free tells the free bytes of the disk that dir is on; nil asks the system.
	Free func(dir string) (int64, error)
}

// Spool keeps exported files until they are needed no more: a cache on disk, one file per data version, shared by all
// deliveries of it. Its methods may be called at the same time. Close it.
type Spool struct {
	SpoolOptions
	ctx     context.Context // of the exports, which outlive the runs that asked for them
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu       sync.Mutex
	entries  map[string]*spooled
	filling  map[string]*filling
	reserved int64 // bytes promised to exports that run
}

// spooled is an entry with the number of its users.
type spooled struct {
	SpoolEntry
	users int
}

// Held is a file of the spool in use: it stays until Release.
type Held struct {
	Path    string
	Size    int64
	SHA256  string
	Version site.DataVersion
	release func()
}

// Release gives the file back. It may be called on nil and more than once.
func (h *Held) Release() {
	if h != nil && h.release != nil {
		h.release()
		h.release = nil
	}
}

// OpenSpool opens the folder, forgets entries whose file is gone and removes files that no entry names: what a crash
// in the middle of an export leaves.
func OpenSpool(ctx context.Context, o SpoolOptions) (*Spool, error) {
	if o.Limit == 0 {
		o.Limit = 50 << 30
	}
	if o.Floor == 0 {
		o.Floor = 1 << 30
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Free == nil {
		o.Free = freeDisk
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Patience == 0 {
		o.Patience = 20 * time.Second
	}
	if o.Ask == 0 {
		o.Ask = 15 * time.Second
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the spool folder: %w", err)
	}
	s := &Spool{SpoolOptions: o, entries: map[string]*spooled{}, filling: map[string]*filling{}}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return s, s.load(ctx)
}

func (s *Spool) load(ctx context.Context) error {
	entries, err := s.Index.SpoolEntries(ctx)
	if err != nil {
		return fmt.Errorf("read the index of the spool: %w", err)
	}
	known := map[string]bool{}
	for _, e := range entries {
		if e.Node != s.Node {
			continue
		}
		if !s.whole(e) {
			if err := s.Index.DropSpoolEntry(ctx, e.Key); err != nil {
				return fmt.Errorf("forget a lost entry of the spool: %w", err)
			}
			continue
		}
		known[e.Path] = true
		s.entries[e.Key] = &spooled{SpoolEntry: e}
	}
	return s.sweep(known)
}

// whole says whether the entry's file is there in full.
func (s *Spool) whole(e SpoolEntry) bool {
	info, err := os.Stat(s.path(e))
	return err == nil && info.Mode().IsRegular() && info.Size() == e.Size
}

func (s *Spool) path(e SpoolEntry) string { return filepath.Join(s.Dir, filepath.Base(e.Path)) }

// sweep removes files that nothing names.
func (s *Spool) sweep(known map[string]bool) error {
	files, err := os.ReadDir(s.Dir)
	if err != nil {
		return fmt.Errorf("list the spool folder: %w", err)
	}
	for _, f := range files {
		if f.Type().IsRegular() && !known[f.Name()] {
			if err := os.Remove(filepath.Join(s.Dir, f.Name())); err != nil {
				return fmt.Errorf("tidy the spool folder: %w", err)
			}
		}
	}
	return nil
}

// spoolKey names a data version of an app.
func spoolKey(appID string, v site.DataVersion) string { return appID + "@" + v.String() }

// have gives the entry if it is there in full.
func (s *Spool) have(key string, v site.DataVersion) *Held {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.entries[key]; e != nil && s.whole(e.SpoolEntry) {
		return s.hold(e, v)
	}
	return nil
}

// hold counts one more user; the caller has the lock.
func (s *Spool) hold(e *spooled, v site.DataVersion) *Held {
	e.users++
	e.Used = s.Now()
	return &Held{Path: s.path(e.SpoolEntry), Size: e.Size, SHA256: e.SHA256, Version: v, release: func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		e.users--
	}}
}

// touch stores when the entry was last used, so that the order survives a restart.
func (s *Spool) touch(ctx context.Context, key string, held *Held) error {
	s.mu.Lock()
	e := s.entries[key].SpoolEntry
	s.mu.Unlock()
	if err := s.Index.PutSpoolEntry(ctx, e); err != nil {
		held.Release()
		return fmt.Errorf("note the use of a spool entry: %w", err)
	}
	return nil
}

// forget removes a file that is not what it should be; whoever else uses it finds it gone.
func (s *Spool) forget(ctx context.Context, held *Held) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, e := range s.entries {
		if s.path(e.SpoolEntry) != held.Path {
			continue
		}
		if err := s.Index.DropSpoolEntry(ctx, key); err != nil {
			return ourFault{fmt.Errorf("forget a broken entry of the spool: %w", err)}
		}
		delete(s.entries, key)
	}
	if err := os.Remove(held.Path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove a broken file of the spool: %w", err)
	}
	return nil
}
