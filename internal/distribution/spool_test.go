package distribution

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/site"
)

// memoryIndex is the index of a spool, safe for many at once.
type memoryIndex struct {
	mu       sync.Mutex
	s        *fakeStore
	unwanted atomic.Bool
}

func (m *memoryIndex) ExportWanted(context.Context, string) (bool, error) {
	return !m.unwanted.Load(), nil
}

func (m *memoryIndex) SpoolEntries(ctx context.Context) ([]SpoolEntry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.s.SpoolEntries(ctx)
}

func (m *memoryIndex) PutSpoolEntry(ctx context.Context, e SpoolEntry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.s.PutSpoolEntry(ctx, e)
}

func (m *memoryIndex) DropSpoolEntry(ctx context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.s.DropSpoolEntry(ctx, key)
}

type spoolBench struct {
	*Spool
	t       *testing.T
	index   *memoryIndex
	free    int64
	exports atomic.Int32
	seconds int
}

func newSpool(t *testing.T, limit int64) *spoolBench {
	b := &spoolBench{t: t, free: 1 << 40, index: &memoryIndex{s: newFakeStore(t, time.Now)}}
	b.reopen(SpoolOptions{Dir: t.TempDir(), Node: "a", Limit: limit, Floor: 1000, Index: b.index,
		Now:  func() time.Time { b.seconds++; return noon.Add(time.Duration(b.seconds) * time.Second) },
		Free: func(string) (int64, error) { return b.free, nil }})
	return b
}

func (b *spoolBench) reopen(o SpoolOptions) {
	var err error
	if b.Spool, err = OpenSpool(b.t.Context(), o); err != nil {
		b.t.Fatal(err)
	}
}

func version(n int64) site.DataVersion { return site.DataVersion{Generation: n} }

// take takes version n of an app; the site has size bytes of it.
func (b *spoolBench) take(app string, n int64, size int) (*Held, error) {
	return b.Take(b.t.Context(), app, version(n), func(context.Context) (Export, error) {
		b.exports.Add(1)
		data := bytes.Repeat([]byte("x"), size)
		return Export{ReadCloser: io.NopCloser(bytes.NewReader(data)), Size: int64(size), Version: version(n)}, nil
	})
}

func (b *spoolBench) mustTake(app string, n int64, size int) *Held {
	b.t.Helper()
	h, err := b.take(app, n, size)
	if err != nil {
		b.t.Fatal(err)
	}
	return h
}

func (b *spoolBench) files() int {
	all, err := os.ReadDir(b.Dir)
	if err != nil {
		b.t.Fatal(err)
	}
	return len(all)
}

func TestSpoolKeepsAndShares(t *testing.T) {
	b := newSpool(t, 1000)
	first := b.mustTake("app", 1, 300)
	again := b.mustTake("app", 1, 300)
	if first.Path != again.Path || b.exports.Load() != 1 {
		t.Errorf("%d exports of one version", b.exports.Load())
	}
	data, err := os.ReadFile(first.Path)
	sum := sha256.Sum256(data)
	if err != nil || hex.EncodeToString(sum[:]) != first.SHA256 || first.Size != 300 {
		t.Errorf("held %+v, error %v", first, err)
	}
	first.Release()
	first.Release()
	again.Release()
	b.reopen(b.SpoolOptions)
	b.mustTake("app", 1, 300).Release()
	if b.exports.Load() != 1 {
		t.Error("a restart made the spool forget")
	}
}

func TestSpoolExportsOnceForMany(t *testing.T) {
	b := newSpool(t, 1000)
	b.Now = func() time.Time { return noon }
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			h, err := b.take("app", 1, 300)
			if err != nil {
				t.Error(err)
			}
			h.Release()
		})
	}
	all.Wait()
	if n := b.exports.Load(); n != 1 {
		t.Errorf("%d exports", n)
	}
}

// slowExport is an export that ends when it is told to.
type slowExport struct {
	began, end chan struct{}
	err        error
}

func newSlowExport() *slowExport {
	return &slowExport{began: make(chan struct{}, 9), end: make(chan struct{})}
}

func (x *slowExport) export(ctx context.Context) (Export, error) {
	x.began <- struct{}{}
	select {
	case <-x.end:
	case <-ctx.Done():
		return Export{}, ctx.Err()
	}
	return Export{ReadCloser: io.NopCloser(bytes.NewReader([]byte("abc"))), Size: 3, Version: version(2)}, x.err
}

// TestSpoolDoesNotKeepAWorkerForASlowExport: who asks is told how long it takes, and the export goes on without anybody waiting.
func TestSpoolDoesNotKeepAWorkerForASlowExport(t *testing.T) {
	b := newSpool(t, 1000)
	b.Patience, b.Now = time.Millisecond, func() time.Time { return noon }
	x := newSlowExport()
	for range 3 {
		_, err := b.Take(t.Context(), "app", version(1), x.export)
		if slow, ok := errors.AsType[*unfinished](err); !ok || slow.wait() < time.Second {
			t.Fatalf("while it runs: %v", err)
		}
	}
	close(x.end)
	b.Patience = time.Minute
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			held, err := b.Take(t.Context(), "app", version(1), x.export)
			if err != nil || held.Version != version(2) || held.Size != 3 {
				t.Errorf("held %+v, %v", held, err)
			}
			held.Release()
		})
	}
	all.Wait()
	ask := func(v int64) *Held {
		held, err := b.Take(t.Context(), "app", version(v), x.export)
		if err != nil || held.Version != version(2) {
			t.Fatalf("version %d: held %+v, %v", v, held, err)
		}
		held.Release()
		return held
	}
	ask(2)
	held := ask(1) // late
	if len(x.began) != 1 {
		t.Errorf("%d exports", len(x.began))
	}
	if err := os.Remove(held.Path); err != nil {
		t.Fatal(err)
	}
	if ask(1); len(x.began) != 2 {
		t.Errorf("%d exports when the file is gone", len(x.began))
	}
}

func TestSpoolTellsAFailureToWhoComesLater(t *testing.T) {
	b := newSpool(t, 1000)
	b.Patience = time.Millisecond
	x := newSlowExport()
	x.err = errors.New("the engine is tired")
	if _, err := b.Take(t.Context(), "app", version(1), x.export); err == nil {
		t.Fatal("it cannot have ended")
	}
	close(x.end)
	b.Patience = time.Minute
	for n := 1; n < 3; n++ {
		if _, err := b.Take(t.Context(), "app", version(1), x.export); !errors.Is(err, x.err) || len(x.began) != n {
			t.Errorf("ask %d: %v after %d exports", n, err, len(x.began))
		}
	}
}

func TestSpoolBreaksExportsOffWhenItCloses(t *testing.T) {
	b := newSpool(t, 1000)
	b.Patience = time.Minute
	x := newSlowExport()
	got := make(chan error)
	go func() {
		_, err := b.Take(t.Context(), "app", version(1), x.export)
		got <- err
	}()
	<-x.began
	b.Close()
	_, late := b.Take(t.Context(), "other", version(1), x.export)
	for _, err := range []error{<-got, late} {
		if h := judge(spoolError{err}, deployment.Deployment{}); h.state != Retrying || h.cause != SiteBusy || !h.free {
			t.Errorf("%v makes %+v", err, h)
		}
	}
	if b.files() != 0 || len(x.began) != 0 {
		t.Errorf("%d files, %d exports after the end", b.files(), len(x.began))
	}
}

// TestSpoolBreaksOffWhatNobodyWants: what is cancelled meanwhile keeps no engine busy, and who comes later gets a fresh export.
func TestSpoolBreaksOffWhatNobodyWants(t *testing.T) {
	b := newSpool(t, 1000)
	defer b.Close()
	b.Patience, b.Ask = time.Minute, time.Millisecond
	x := newSlowExport()
	b.index.unwanted.Store(true)
	_, err := b.Take(t.Context(), "app", version(1), x.export)
	if h := judge(spoolError{err}, deployment.Deployment{}); h.state != Retrying || h.cause != SiteBusy || !h.free {
		t.Errorf("%v makes %+v", err, h)
	}
	b.index.unwanted.Store(false)
	close(x.end)
	if _, err := b.Take(t.Context(), "app", version(1), x.export); err != nil || len(x.began) != 2 {
		t.Errorf("afterwards: %v, %d exports", err, len(x.began))
	}
}

func TestSpoolEvictsTheLeastRecentlyUsed(t *testing.T) {
	b := newSpool(t, 1000)
	b.mustTake("one", 1, 400).Release()
	b.mustTake("two", 1, 400).Release()
	b.mustTake("one", 1, 400).Release()
	b.mustTake("three", 1, 400).Release()
	b.mustTake("one", 1, 400).Release()
	if n := b.exports.Load(); n != 3 || b.files() != 2 {
		t.Errorf("%d exports, %d files; two should have gone", n, b.files())
	}
}

func TestSpoolFull(t *testing.T) {
	b := newSpool(t, 1000)
	held := b.mustTake("one", 1, 600)
	if _, err := b.take("two", 1, 600); !errors.Is(err, ErrSpoolFull) || errors.Is(err, ErrSpoolTooSmall) {
		t.Errorf("over the limit with all in use: %v", err)
	}
	held.Release()
	b.mustTake("two", 1, 600).Release()
	b.free = 1200
	if _, err := b.take("three", 1, 300); !errors.Is(err, ErrSpoolTooSmall) {
		t.Errorf("below the floor of free disk: %v", err)
	}
	if b.files() != 0 || len(b.index.s.spool) != 0 || b.reserved != 0 {
		t.Errorf("%d files, index %v, %d bytes promised", b.files(), b.index.s.spool, b.reserved)
	}
}

func TestSpoolUnknownSizeIsBounded(t *testing.T) {
	b := newSpool(t, 100<<20)
	_, err := b.Take(t.Context(), "app", version(1), func(context.Context) (Export, error) {
		return Export{ReadCloser: io.NopCloser(io.LimitReader(zeros{}, 200<<20)), Size: -1, Version: version(1)}, nil
	})
	if !errors.Is(err, ErrSpoolTooSmall) || b.files() != 0 {
		t.Errorf("error %v, %d files", err, b.files())
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestSpoolBadExports(t *testing.T) {
	for name, x := range map[string]Export{
		"too short": {ReadCloser: io.NopCloser(bytes.NewReader([]byte("abc"))), Size: 4},
		"too long":  {ReadCloser: io.NopCloser(bytes.NewReader([]byte("abcde"))), Size: 4},
		"broken":    {ReadCloser: io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF)), Size: 4},
	} {
		t.Run(name, func(t *testing.T) {
			b := newSpool(t, 1000)
			_, err := b.Take(t.Context(), "app", version(1), func(context.Context) (Export, error) { return x, nil })
			if _, ok := errors.AsType[exportError](err); !ok || b.files() != 0 || b.reserved != 0 {
				t.Errorf("error %v, %d files, %d bytes promised", err, b.files(), b.reserved)
			}
			b.mustTake("app", 1, 10).Release()
		})
	}
}

func TestSpoolTakesWhatIsNewer(t *testing.T) {
	b := newSpool(t, 1000)
	h, err := b.Take(t.Context(), "app", version(1), func(context.Context) (Export, error) {
		return Export{ReadCloser: io.NopCloser(bytes.NewReader([]byte("new"))), Size: 3, Version: version(2)}, nil
	})
	if err != nil || h.Version != version(2) {
		t.Fatalf("held %+v, %v", h, err)
	}
	if again := b.mustTake("app", 2, 3); again.Path != h.Path || b.exports.Load() != 0 {
		t.Error("the newer version was exported twice")
	}
}

func TestSpoolLinks(t *testing.T) {
	b := newSpool(t, 100)
	path := filepath.Join(t.TempDir(), "library.qvf")
	if err := os.WriteFile(path, make([]byte, 500), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := b.Take(t.Context(), "app", version(1), func(context.Context) (Export, error) {
		return Export{ReadCloser: f, Size: 500, Version: version(1), Path: path, SHA256: "known"}, nil
	})
	if err != nil {
		t.Fatalf("a link needs no room: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(h.Path); err != nil || info.Size() != 500 || h.SHA256 != "known" {
		t.Errorf("held %+v, %v", h, err)
	}
	h.Release()
	b.mustTake("other", 1, 50).Release()
	if b.files() != 1 {
		t.Error("the link counts when it is the last one, and so it goes first")
	}
}

func TestSpoolMendsItself(t *testing.T) {
	b := newSpool(t, 1000)
	h := b.mustTake("app", 1, 100)
	h.Release()
	b.index.s.spool["elsewhere"] = SpoolEntry{Key: "elsewhere", Node: "b", Path: "b.qvf"}
	if err := os.WriteFile(filepath.Join(b.Dir, "half.qvf.part"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(h.Path, 50); err != nil {
		t.Fatal(err)
	}
	b.reopen(b.SpoolOptions)
	if b.files() != 0 || len(b.index.s.spool) != 1 {
		t.Errorf("%d files, index %v: only the entry of the other node should stay", b.files(), b.index.s.spool)
	}
	h = b.mustTake("app", 1, 100)
	h.Release()
	if err := os.Remove(h.Path); err != nil {
		t.Fatal(err)
	}
	b.mustTake("app", 1, 100).Release()
	if n := b.exports.Load(); n != 3 {
		t.Errorf("%d exports: a file that vanished is exported again", n)
	}
}
