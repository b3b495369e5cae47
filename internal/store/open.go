package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/migrations"
)

const (
	fileName = "skyferry.db"
	readers  = 4
	// oldestSQLite is 3.51.3: older ones can lose a WAL that is reset by two connections at once.
	oldestSQLite = 3_051_003
)

// Open opens the database of a data folder, makes it where it is missing, and brings its tables up to date. It refuses
// what cannot go well with one line that says what to do.
func Open(ctx context.Context, o Options) (*Store, error) {
	if err := checkSQLite(); err != nil {
		return nil, err
	}
	if err := checkFolder(o.Dir); err != nil {
		return nil, err
	}
	s, err := openFile(filepath.Join(o.Dir, fileName), o)
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ctx); err != nil {
		_ = s.Close() // the first error is the one to tell
		return nil, err
	}
	return s, nil
}

func checkSQLite() error {
	text, number, _ := sqlite3.Version()
	if number < oldestSQLite {
		return fault.New(fault.Unavailable, "SQLite %s is too old; build with SQLite 3.51.3 or newer", text)
	}
	return nil
}

// checkFolder makes the folder, and tries to write in it.
func checkFolder(dir string) error {
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = tryToWrite(dir)
	}
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "the data folder %s cannot be written; give this user the right to write there, or choose another folder", dir)
	}
	return nil
}

func tryToWrite(dir string) error {
	probe, err := os.CreateTemp(dir, "probe-*")
	if err != nil {
		return err
	}
	if err := probe.Close(); err != nil {
		return err
	}
	return os.Remove(probe.Name())
}

func openFile(file string, o Options) (*Store, error) {
	if err := keepPrivate(file); err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "the database %s cannot be written; give this user the right to write it", file)
	}
	writer, err := sql.Open("sqlite3", source(file, "_txlock=immediate"))
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	reader, err := sql.Open("sqlite3", source(file, "_txlock=deferred&_query_only=1"))
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	writer.SetMaxOpenConns(1)
	writer.SetMaxIdleConns(1)
	reader.SetMaxOpenConns(readers)
	reader.SetMaxIdleConns(readers)
	s := &Store{writer: writer, reader: reader, dialect: sqlite, box: o.Box, now: o.Now, log: o.Log}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s, nil
}

// keepPrivate makes the file, readable for its owner only: SQLite would make it by the umask.
func keepPrivate(file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// source names the file and its settings. The driver applies the busy timeout before the journal mode, so that two
// openers wait for each other. FULL: what was acknowledged survives a loss of power.
func source(file, more string) string {
	path := (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath()
	return "file:" + path + "?_busy_timeout=5000&_journal_mode=WAL&_foreign_keys=1&_synchronous=FULL&" + more
}

// prepare brings the tables up to date, then compares the key and reads who we are.
func (s *Store) prepare(ctx context.Context) error {
	if err := s.migrate(ctx); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error {
		if err := s.checkKey(ctx, tx); err != nil {
			return err
		}
		var err error
		s.siteID, err = ensureSiteID(ctx, tx)
		return err
	})
}

func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations.SQLite, "sqlite")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, s.writer, files, goose.WithSlog(s.log))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	has, knows, err := provider.GetVersions(ctx)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "%s in the data folder is no database that can be used; put a backup in its place, or choose another folder", fileName)
	}
	if has > knows {
		return fault.New(fault.Unavailable, "the database was written by a newer version of Skyferry (tables %d, this version knows %d); start that version, or put a backup in its place", has, knows)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bring the database up to date: %w", err)
	}
	return nil
}
