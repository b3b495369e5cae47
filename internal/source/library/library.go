// Package library is the embedded site's store of app files: uploaded .qvf files, kept by their hash, from which apps are
// exported as they are. What an app is called and where it is published stands in the database.
package library

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
)

// DefaultLimit bounds an uploaded file: 20 GiB.
const DefaultLimit = 20 << 30

// Store is what the library needs of the database. Each method is one transaction.
type Store interface {
	App(ctx context.Context, id string) (site.App, error)
	CreateApp(ctx context.Context, a site.App) error
	ReplaceApp(ctx context.Context, id string, f site.File) (old site.App, err error)
	DeleteApp(ctx context.Context, id string) error
	ContentUsed(ctx context.Context, sha string) (bool, error)
}

// Options say where the files are and how large one may be.
type Options struct {
	Dir   string // the files are Dir/<sha256>.qvf
	Store Store
	Limit int64 // bytes; 0 means DefaultLimit
	Now   func() time.Time
	Log   *slog.Logger
}

// Service takes, gives and removes app files. Its methods may be called at the same time.
type Service struct {
	Options
	// mu lets many keep a file at once, but none while one is removed: a file whose last app goes must not vanish under
	// an upload of the same bytes.
	mu sync.RWMutex
}

// Open makes the folder where it is missing and removes what broken-off uploads left.
func Open(ctx context.Context, o Options) (*Service, error) {
	if o.Limit == 0 {
		o.Limit = DefaultLimit
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the library folder: %w", err)
	}
	s := &Service{Options: o}
	return s, s.Sweep(ctx)
}

// Upload reads a .qvf file and makes it an app of the owner, not published. Nothing is kept when the file is no .qvf, is
// too large or breaks off; the fault then names the field "file".
func (s *Service) Upload(ctx context.Context, filename string, r io.Reader, owner site.Owner) (site.App, error) {
	f, err := s.receive(ctx, r)
	if err != nil {
		return site.App{}, err
	}
	defer f.discard()
	app := f.app(filename, owner, s.Now())
	if err := s.add(ctx, app, f); err != nil {
		s.forget(ctx, f.sha)
		return site.App{}, err
	}
	return app, nil
}

func (s *Service) add(ctx context.Context, app site.App, f *received) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.keep(f); err != nil {
		return err
	}
	return s.Store.CreateApp(ctx, app)
}

// Replace gives an app new data under the same id: the way to publish it again. It keeps its name.
func (s *Service) Replace(ctx context.Context, appID string, r io.Reader) error {
	if _, err := s.Store.App(ctx, appID); err != nil {
		return err
	}
	f, err := s.receive(ctx, r)
	if err != nil {
		return err
	}
	defer f.discard()
	old, err := s.replace(ctx, appID, f)
	if err != nil {
		s.forget(ctx, f.sha)
		return err
	}
	s.forget(ctx, old.SHA256)
	return nil
}

func (s *Service) replace(ctx context.Context, appID string, f *received) (site.App, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.keep(f); err != nil {
		return site.App{}, err
	}
	return s.Store.ReplaceApp(ctx, appID, site.File{Size: f.size, SHA256: f.sha, LastReload: f.head.LastReload})
}

// Delete removes an app from the site, and its file when no other app has the same.
func (s *Service) Delete(ctx context.Context, appID string) error {
	app, err := s.Store.App(ctx, appID)
	if err != nil {
		return err
	}
	if err := s.Store.DeleteApp(ctx, appID); err != nil {
		return err
	}
	s.forget(ctx, app.SHA256)
	return nil
}

// Export opens the app's file as it is. It implements distribution.Source.
func (s *Service) Export(ctx context.Context, appID string) (distribution.Export, error) {
	app, err := s.Store.App(ctx, appID)
	if err != nil {
		return distribution.Export{}, err
	}
	path := s.path(app.SHA256)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return distribution.Export{}, fault.Wrap(err, fault.NotFound, "The file of app %q is missing in the library. Replace it by a new one.", app.Name)
	}
	if err != nil {
		return distribution.Export{}, fmt.Errorf("open the file of app %s: %w", app.ID, err)
	}
	return distribution.Export{ReadCloser: f, Size: app.Size, Version: app.DataVersion(), Path: path, SHA256: app.SHA256}, nil
}

func (s *Service) path(sha string) string { return filepath.Join(s.Dir, filepath.Base(sha)+".qvf") }

// app is the app that an upload makes.
func (f *received) app(filename string, owner site.Owner, now time.Time) site.App {
	return site.App{
		ID: uuid.NewString(), Name: f.title(filename), Owner: owner, Size: f.size, SHA256: f.sha,
		LastReload: f.head.LastReload, Generation: 1, Created: now, Modified: now,
	}
}

// title is the one in the file, or else the file's name without folder and ending.
func (f *received) title(filename string) string {
	if t := strings.TrimSpace(f.head.Title); t != "" {
		return t
	}
	name := filename[strings.LastIndexAny(filename, `/\`)+1:]
	if ext := filepath.Ext(name); strings.EqualFold(ext, ".qvf") {
		name = strings.TrimSuffix(name, ext)
	}
	if name = strings.TrimSpace(name); name == "" {
		return "Unnamed app"
	}
	return name
}
