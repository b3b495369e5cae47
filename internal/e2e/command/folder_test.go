package command

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // to look into databases and backups

	"github.com/skyferry/skyferry/internal/e2e/program"
)

// used gives a data folder that a console has worked in.
func used(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "data")
	serve(t, folder).Stop()
	return folder
}

func starts(folder string) []string {
	return []string{"serve", "--data", folder, "--listen", "127.0.0.1:0"}
}

func TestSecondProcessIsRefused(t *testing.T) {
	c := serve(t, t.TempDir())
	refuses(t, 1, []string{c.folder, "another skyferry", "stop it first"}, starts(c.folder)...)
	c.signedIn(t) // the first one is none the worse
	c.Kill()
	serve(t, c.folder) // what a crash leaves behind locks nobody out
}

func TestSecondSandboxOnAFolderIsRefused(t *testing.T) {
	folder := t.TempDir()
	program.Start(t, environment, []string{"tenant"}, "sandbox", "tenant", "--listen", "127.0.0.1:0", "--data", folder)
	refuses(t, 1, []string{folder}, "sandbox", "tenant", "--listen", "127.0.0.1:0", "--data", folder)
}

func TestFoldersThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, folder string)
		words []string
	}{
		"wrong key":      {func(t *testing.T, folder string) { move(t, filepath.Join(used(t), "secret.key"), folder) }, []string{"secret.key"}},
		"no key":         {func(t *testing.T, folder string) { good(t, os.Remove(filepath.Join(folder, "secret.key"))) }, []string{"secret.key", "SKYFERRY_SECRET_KEY_FILE"}},
		"key for all":    {func(t *testing.T, folder string) { good(t, os.Chmod(filepath.Join(folder, "secret.key"), 0o644)) }, []string{"chmod 600"}},
		"newer version":  {makeNewer, []string{"newer version", "backup"}},
		"no database":    {func(t *testing.T, folder string) { overwrite(t, filepath.Join(folder, "skyferry.db")) }, []string{"skyferry.db", "backup"}},
		"blocked folder": {func(t *testing.T, folder string) { blocked(t, folder) }, []string{"spool"}},
	} {
		t.Run(name, func(t *testing.T) {
			folder := used(t)
			c.spoil(t, folder)
			refuses(t, 1, c.words, starts(folder)...)
		})
	}
}

func move(t *testing.T, file, folder string) {
	t.Helper()
	good(t, os.Rename(file, filepath.Join(folder, filepath.Base(file))))
}

func overwrite(t *testing.T, file string) {
	t.Helper()
	good(t, os.WriteFile(file, bytes.Repeat([]byte("no database "), 1000), 0o600))
}

// blocked puts a file where the spool has its folder.
func blocked(t *testing.T, folder string) {
	t.Helper()
	spool := filepath.Join(folder, "spool")
	good(t, os.RemoveAll(spool))
	good(t, os.WriteFile(spool, nil, 0o600))
}

// makeNewer lets a database look as if a later version had written it.
func makeNewer(t *testing.T, folder string) {
	t.Helper()
	db := open(t, filepath.Join(folder, "skyferry.db"))
	_, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9000, 1)`)
	good(t, err)
	good(t, db.Close())
}

func open(t *testing.T, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", file)
	good(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

const banner = "Distribution is paused"

func TestPausedStaysPaused(t *testing.T) {
	first := serve(t, t.TempDir(), "--paused")
	says(t, first, banner, "Started with --paused")
	endsWell(t, first.Process)
	says(t, serve(t, first.folder), banner, "Started with --paused")
}

func TestACopyStartsPaused(t *testing.T) {
	original := used(t)
	copied := filepath.Join(t.TempDir(), "copy")
	good(t, os.CopyFS(copied, os.DirFS(original)))
	good(t, os.Chmod(filepath.Join(copied, "secret.key"), 0o600))
	c := serve(t, copied)
	says(t, c, banner, original, copied)
	endsWell(t, c.Process)
	says(t, serve(t, copied), banner, original) // starting it again is no confirmation
	if text := start(t, serve(t, original)); strings.Contains(text, banner) {
		t.Errorf("the original is paused: %s", text)
	}
}

func TestAMoveCanBeAccepted(t *testing.T) {
	original := used(t)
	moved := filepath.Join(t.TempDir(), "moved")
	good(t, os.Rename(original, moved))
	if text := start(t, serve(t, moved, "--accept-moved")); strings.Contains(text, banner) {
		t.Errorf("paused although the move was accepted: %s", text)
	}
}

func says(t *testing.T, c console, words ...string) {
	t.Helper()
	text := start(t, c)
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("the start page does not say %q: %s", word, text)
		}
	}
}

// start is what the start page says.
func start(t *testing.T, c console) string {
	t.Helper()
	page, err := c.signedIn(t).Get(t.Context(), "/")
	good(t, err)
	return page.Text()
}

func TestBackupWhileTheConsoleWorks(t *testing.T) {
	c := serve(t, t.TempDir())
	d := c.signedIn(t)
	stop, written := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				written <- nil
				return
			default:
			}
			if err := d.SignIn(t.Context(), "admin", password); err != nil { // each sign-in writes
				written <- err
				return
			}
		}
	}()
	time.Sleep(100 * time.Millisecond) // let the writer get going; nothing depends on it
	folder := t.TempDir()
	file := filepath.Join(folder, "skyferry.db")
	stdout, stderr, code := run(t, nil, "", "backup", "--data", c.folder, file)
	close(stop)
	good(t, <-written)
	if code != 0 || stdout != "backup "+file+"\n" || stderr != "" {
		t.Fatalf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	isConsistentAndPrivate(t, file, filepath.Join(c.folder, "secret.key"))
	refuses(t, 1, []string{file, "already"}, "backup", "--data", c.folder, file)
	endsWell(t, c.Process)
	refuses(t, 1, []string{"secret.key"}, starts(folder)...)
	move(t, filepath.Join(c.folder, "secret.key"), folder)
	serve(t, folder).signedIn(t) // with its key it is a console again
}

func isConsistentAndPrivate(t *testing.T, file, keyFile string) {
	t.Helper()
	var verdict string
	good(t, open(t, file).QueryRow(`PRAGMA integrity_check`).Scan(&verdict))
	if verdict != "ok" {
		t.Errorf("integrity check: %s", verdict)
	}
	raw, err := os.ReadFile(file)
	good(t, err)
	line, err := os.ReadFile(keyFile)
	good(t, err)
	_, key, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
	if len(key) < 40 || bytes.Contains(raw, []byte(key)) {
		t.Errorf("the backup holds the key (of %d characters)", len(key))
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others can read the backup: %v %v", info.Mode(), err)
	}
}
