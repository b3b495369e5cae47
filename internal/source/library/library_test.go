package library

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	owner  = site.Owner{ID: "o", Name: "Ada"}
	now    = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	reload = time.Date(2026, 11, 22, 5, 38, 1, 250e6, time.UTC)
)

// fakeStore keeps apps in memory; fail lets the next write go wrong, and asked is told of each question for a file's use.
type fakeStore struct {
	mu    sync.Mutex
	apps  map[string]site.App
	fail  error
	asked func()
}

func (s *fakeStore) App(_ context.Context, id string) (site.App, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.apps[id]
	if !ok {
		return a, fault.New(fault.NotFound, "There is no such app.")
	}
	return a, nil
}

func (s *fakeStore) CreateApp(_ context.Context, a site.App) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail == nil {
		s.apps[a.ID] = a
	}
	return s.fail
}

func (s *fakeStore) ReplaceApp(_ context.Context, id string, f site.File) (site.App, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.apps[id]
	a := old
	a.Size, a.SHA256, a.LastReload = f.Size, f.SHA256, f.LastReload
	a.Generation++
	if s.fail == nil {
		s.apps[id] = a
	}
	return old, s.fail
}

func (s *fakeStore) DeleteApp(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.apps, id)
	return s.fail
}

func (s *fakeStore) ContentUsed(_ context.Context, sha string) (bool, error) {
	if s.asked != nil {
		s.asked()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.apps {
		if a.SHA256 == sha {
			return true, nil
		}
	}
	return false, nil
}

func open(t *testing.T) (*Service, *fakeStore) {
	t.Helper()
	store := &fakeStore{apps: map[string]site.App{}}
	s, err := Open(t.Context(), Options{Dir: t.TempDir(), Store: store, Limit: 1 << 20, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	return s, store
}

func qvf(t *testing.T, title, payload string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteQVF(&b, title, reload, []byte(payload)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func files(t *testing.T, s *Service) (names []string) {
	t.Helper()
	all, err := os.ReadDir(s.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		names = append(names, f.Name())
	}
	return names
}

func TestUploadAndExport(t *testing.T) {
	s, _ := open(t)
	data := qvf(t, "Sales", "payload")
	app, err := s.Upload(t.Context(), `C:\apps\other name.qvf`, bytes.NewReader(data), owner)
	if err != nil {
		t.Fatal(err)
	}
	want := site.App{Name: "Sales", Owner: owner, Size: int64(len(data)), LastReload: reload, Generation: 1, Created: now, Modified: now, ID: app.ID, SHA256: app.SHA256}
	if diff := cmp.Diff(want, app); diff != "" {
		t.Error(diff)
	}
	x, err := s.Export(t.Context(), app.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	got, err := io.ReadAll(x)
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("the export differs from the upload: %v", err)
	}
	if x.SHA256 != app.SHA256 || x.Size != app.Size || !x.Version.Equal(app.DataVersion()) || x.Path != s.path(app.SHA256) {
		t.Errorf("export %+v of app %+v", x, app)
	}
}

func TestTitle(t *testing.T) {
	for _, c := range []struct{ inFile, filename, want string }{
		{"Sales", "x.qvf", "Sales"},
		{" ", "Sales report.qvf", "Sales report"},
		{"", "/home/ada/Sales.QVF", "Sales"},
		{"", `C:\data\v1.2`, "v1.2"},
		{"", ".qvf", "Unnamed app"},
		{"", "", "Unnamed app"},
	} {
		f := received{head: Head{Title: c.inFile}}
		if got := f.title(c.filename); got != c.want {
			t.Errorf("title %q, file name %q: %q instead of %q", c.inFile, c.filename, got, c.want)
		}
	}
}

func TestUploadRefused(t *testing.T) {
	whole := string(magic) + strings.Repeat("x", 100)
	for name, c := range map[string]struct {
		r    io.Reader
		text string
	}{
		"empty":        {strings.NewReader(""), "The file is empty"},
		"no qvf":       {strings.NewReader("PK\x03\x04 a zip file"), "This is no .qvf file"},
		"cut in magic": {strings.NewReader("\xff\xff\x01"), "This is no .qvf file"},
		"too large":    {io.MultiReader(bytes.NewReader(magic), bytes.NewReader(make([]byte, 1<<20))), "The file is larger than 1 MiB"},
		"broken off":   {io.MultiReader(strings.NewReader(whole), iotest.ErrReader(io.ErrUnexpectedEOF)), "The upload broke off. Nothing was saved"},
		"broken start": {iotest.ErrReader(io.ErrClosedPipe), "The upload broke off. Nothing was saved"},
	} {
		t.Run(name, func(t *testing.T) {
			s, store := open(t)
			_, err := s.Upload(t.Context(), "a.qvf", c.r, owner)
			f := fault.Of(err)
			if f.Kind != fault.Invalid || !strings.HasPrefix(f.Fields["file"], c.text) {
				t.Errorf("fault %+v", f)
			}
			if left := files(t, s); len(left) != 0 || len(store.apps) != 0 {
				t.Errorf("left behind: %v, %v", left, store.apps)
			}
		})
	}
}

func TestExactLimitIsTaken(t *testing.T) {
	s, _ := open(t)
	data := append(bytes.Clone(magic), make([]byte, 1<<20-len(magic))...)
	if _, err := s.Upload(t.Context(), "a.qvf", bytes.NewReader(data), owner); err != nil {
		t.Error(err)
	}
}

func TestStoreRefuses(t *testing.T) {
	s, store := open(t)
	store.fail = errors.New("database is locked")
	store.asked = func() {
		if s.mu.TryRLock() {
			s.mu.RUnlock()
			t.Error("an upload of the same bytes could be kept while its file is removed")
		}
	}
	if _, err := s.Upload(t.Context(), "a.qvf", bytes.NewReader(qvf(t, "A", "1")), owner); !errors.Is(err, store.fail) {
		t.Error(err)
	}
	if left := files(t, s); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestReplaceAndDelete(t *testing.T) {
	s, store := open(t)
	first, second := qvf(t, "A", "1"), qvf(t, "A", "22")
	a, err := s.Upload(t.Context(), "a.qvf", bytes.NewReader(first), owner)
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Upload(t.Context(), "b.qvf", bytes.NewReader(first), owner)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(files(t, s)); n != 1 {
		t.Fatalf("the same bytes are there %d times", n)
	}
	if err := s.Replace(t.Context(), a.ID, bytes.NewReader(second)); err != nil {
		t.Fatal(err)
	}
	if got := store.apps[a.ID]; got.Generation != 2 || got.Size != int64(len(second)) || len(files(t, s)) != 2 {
		t.Errorf("app %+v, files %v", got, files(t, s))
	}
	if err := s.Delete(t.Context(), b.ID); err != nil {
		t.Fatal(err)
	}
	if n := len(files(t, s)); n != 1 {
		t.Errorf("%d files after the last user of one was deleted", n)
	}
	if err := s.Replace(t.Context(), "unknown", bytes.NewReader(second)); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if err := os.Remove(s.path(store.apps[a.ID].SHA256)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Export(t.Context(), a.ID); !fault.Is(err, fault.NotFound) || !strings.Contains(fault.Of(err).Text, `"A"`) {
		t.Error(err)
	}
}

func TestSweep(t *testing.T) {
	s, _ := open(t)
	app, err := s.Upload(t.Context(), "a.qvf", bytes.NewReader(qvf(t, "A", "1")), owner)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"upload-123.part", strings.Repeat("0", 64) + ".qvf", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(s.Dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(t.Context(), s.Options); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{app.SHA256 + ".qvf", "notes.txt"}, files(t, s)); diff != "" {
		t.Error(diff)
	}
}

// TestSameBytesAtOnce uploads and deletes the same bytes from many sides: no app may lose its file.
func TestSameBytesAtOnce(t *testing.T) {
	s, store := open(t)
	data := qvf(t, "A", "1")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 20 {
				app, err := s.Upload(context.Background(), "a.qvf", bytes.NewReader(data), owner)
				if err == nil && i < 19 {
					err = s.Delete(context.Background(), app.ID)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for id := range store.apps {
		x, err := s.Export(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		x.Close()
	}
}
