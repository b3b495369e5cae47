package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
)

func (w *world) reopen(o store.Options) (*store.Store, error) {
	w.t.Helper()
	w.must(w.Close())
	s, err := store.Open(w.t.Context(), o)
	if err == nil {
		w.t.Cleanup(func() { _ = s.Close() })
	}
	return s, err
}

func TestReopenedDatabaseHasEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openSQLite)
	site := w.SiteID(w.ctx)
	w.stream("Finance")
	again, err := w.reopen(store.Options{Dir: w.dir, Box: w.box})
	w.must(err)
	if again.SiteID(w.ctx) != site || len(site) != 36 {
		t.Errorf("the site was %q and is %q", site, again.SiteID(w.ctx))
	}
	if rows := must(again.Streams(w.ctx))(t); len(rows) != 1 {
		t.Errorf("streams %+v", rows)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(t *testing.T, w *world) store.Options
		says    string
	}{
		"a wrong key": {func(t *testing.T, w *world) store.Options {
			return store.Options{Dir: w.dir, Box: newBox(t)}
		}, "SKYFERRY_SECRET_KEY_FILE"},
		"a newer database": {func(t *testing.T, w *world) store.Options {
			_, err := w.Writer().Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`)
			w.must(err)
			return store.Options{Dir: w.dir, Box: w.box}
		}, "newer version"},
		"a folder that is none": {func(t *testing.T, w *world) store.Options {
			file := filepath.Join(w.dir, "file")
			w.must(os.WriteFile(file, nil, 0o600))
			return store.Options{Dir: file, Box: w.box}
		}, "cannot be written"},
		"a file that is no database": {func(t *testing.T, w *world) store.Options {
			dir := t.TempDir()
			w.must(os.WriteFile(filepath.Join(dir, "skyferry.db"), bytes.Repeat([]byte("nonsense "), 1000), 0o600))
			return store.Options{Dir: dir, Box: w.box}
		}, "no database"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, openSQLite)
			_, err := w.reopen(test.prepare(t, w))
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestNoSecretInClear(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openSQLite)
	d := credentials("eu", "https://eu.example")
	d.ClientSecret = "whisper-4711"
	id := must(w.CreateDeployment(w.ctx, d, ""))(t)
	stored := w.load(id)
	stored.ClientSecret = "whisper-4712"
	w.must(w.UpdateDeployment(w.ctx, stored, "", nil))
	w.deployment("us", "https://us.example")
	files := must(filepath.Glob(filepath.Join(w.dir, "skyferry.db*")))(t) // before it is closed: the WAL counts, too
	backup := filepath.Join(t.TempDir(), "backup.db")
	w.must(store.Backup(w.ctx, filepath.Join(w.dir, "skyferry.db"), backup))
	var all []byte
	for _, file := range append(files, backup) {
		all = append(all, must(os.ReadFile(file))(t)...)
	}
	if !bytes.Contains(all, []byte("https://us.example")) {
		t.Fatal("the files do not hold what was written")
	}
	for _, secret := range []string{"whisper-471", "BEGIN PRIVATE", "only for the test"} {
		if bytes.Contains(all, []byte(secret)) {
			t.Errorf("%q stands in the files", secret)
		}
	}
	info := must(os.Stat(filepath.Join(w.dir, "skyferry.db")))(t)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v", info.Mode())
	}
}

func TestASealedSecretBelongsToItsRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openSQLite)
	first := must(w.CreateDeployment(w.ctx, credentials("eu", "https://eu.example"), ""))(t)
	must(w.CreateDeployment(w.ctx, credentials("us", "https://us.example"), ""))(t)
	_, err := w.Writer().Exec(`UPDATE deployments SET client_secret = (SELECT client_secret FROM deployments WHERE name = 'us') WHERE name = 'eu'`)
	w.must(err)
	if d, err := w.Deployment(w.ctx, first); err == nil {
		t.Errorf("the secret of another row was opened: %q", d.ClientSecret.Reveal())
	}
}

func TestBackup(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openSQLite)
	w.stream("Finance")
	c := repositoryOf(t, "sense")
	c.Version = 1
	w.must(w.SaveSiteConnection(w.ctx, c))
	_, err := w.Mirror(c).TakeApps(w.ctx, []site.App{readApp("a1", "Sales", finance())}, []string{"print"}, true)
	w.must(err)
	before := w.connection()
	dir := t.TempDir()
	to := filepath.Join(dir, "skyferry.db")
	w.must(store.Backup(w.ctx, filepath.Join(w.dir, "skyferry.db"), to))
	refused(t, store.Backup(w.ctx, filepath.Join(w.dir, "skyferry.db"), to), fault.Conflict, "")
	refused(t, store.Backup(w.ctx, filepath.Join(w.dir, "none.db"), to), fault.NotFound, "")
	copied, err := w.reopen(store.Options{Dir: dir, Box: w.box})
	w.must(err)
	if rows := must(copied.Streams(w.ctx))(t); len(rows) != 1 {
		t.Errorf("streams %+v", rows)
	}
	if got, prints := must(copied.SiteConnection(w.ctx))(t), must(copied.Mirror(c).SitePrints(w.ctx))(t); got != before || prints["a1"] != "print" {
		t.Errorf("site %+v, prints %v", got, prints)
	}
}

// The settings of a connection that survival depends on; a lost one would show only in a crash.
func TestConnectionSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openSQLite)
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000"} {
		var got string
		w.must(w.Writer().QueryRow(`PRAGMA ` + pragma).Scan(&got))
		if got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
}
