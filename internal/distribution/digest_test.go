package distribution

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/site"
)

// spooled gives the path of the one file in the spool, "" when there is none.
func (w *world) spooled() string {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, "*.qvf"))
	if err != nil || len(files) > 1 {
		w.t.Fatalf("%v in the spool: %v", files, err)
	}
	if len(files) == 0 {
		return ""
	}
	return files[0]
}

// rot changes one byte of the file in the spool, as a broken disk does.
func (w *world) rot(at int64) {
	w.t.Helper()
	f, err := os.OpenFile(w.spooled(), os.O_RDWR, 0o600)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte("?"), at); err != nil {
		w.t.Fatal(err)
	}
}

func TestFileThatChangedOnDiskIsNotImported(t *testing.T) {
	for name, rot := range map[string]func(w *world){
		"before it was sent": func(w *world) { w.rot(70) },
		"after it was sent, and after a restart": func(w *world) {
			w.boot()
			w.rot(7)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, t.TempDir(), deployment.ClientCredentials)
			w.event(site.Published)
			w.engine.Slice = time.Nanosecond
			for w.current().Uploaded == 0 {
				w.deliver()
			}
			rot(w)
			w.settle()
			d := w.current()
			if d.State != Failed || d.Cause != ExportFailed || len(w.tenant.apps) != 0 || w.spooled() != "" {
				t.Fatalf("%+v, apps %v, spool %q", d, w.names(), w.spooled())
			}
			again := w.store.deliveries[d.ID]
			again.State, again.Ticket = Waiting, again.Ticket+1
			w.store.jobs = []job{{again.ID, again.Ticket, w.clock}}
			w.settle()
			if d := w.current(); d.State != Distributed || len(w.tenant.apps) != 1 {
				t.Errorf("after a retry: %+v, apps %v", d, w.names())
			}
		})
	}
}

func TestTenantThatLosesConfirmedBytesGetsThemAgain(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	lost := false
	w.tenant.wrong = func(call string) trouble {
		for _, b := range w.tenant.uploads {
			if call == "UploadOffset" && !lost && b.Len() == len(w.data[theApp]) {
				b.Truncate(60)
				lost = true
			}
		}
		return noTrouble
	}
	w.event(site.Published)
	w.settle()
	w.exactlyOnce()
	if !lost {
		t.Error("the size was not read back before the import")
	}
}

// TestPartsThatAreAllBrokenOff: as long as the tenant has got more, no try is the last.
func TestPartsThatAreAllBrokenOff(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	w.engine.MaxTries = 5
	w.tenant.cut = 4
	w.event(site.Published)
	w.settle()
	w.exactlyOnce()
	if n := count(w.tenant.calls, "UploadChunk"); n < 15 {
		t.Errorf("%d parts", n)
	}
}

func TestPartIsReadAgainFromItsStartOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, content(1), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := newPart(f, newDigest(), 40)
	if err != nil {
		t.Fatal(err)
	}
	once, _ := io.ReadAll(p)
	sum := p.now.String()
	if _, err := p.Seek(-40, io.SeekCurrent); err != nil {
		t.Fatal(err)
	}
	twice, _ := io.ReadAll(p)
	if !bytes.Equal(once, twice) || p.now.String() != sum || p.now.n != 40 {
		t.Errorf("%q and %q, %d bytes hashed", once, twice, p.now.n)
	}
	if _, err := p.Seek(-10, io.SeekCurrent); err == nil {
		t.Error("a part may not be hashed from the middle")
	}
}
