package qrs_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
)

// during exports an app, and lets something happen to it while its file is on its way.
func (w *world) during(id string, happens func()) (distribution.Export, error) {
	w.Helper()
	x, err := w.connector.Export(w.Context(), id)
	w.good(err)
	defer x.Close()
	if _, err := io.ReadFull(x, make([]byte, 1000)); err != nil {
		w.Fatal(err)
	}
	happens()
	_, err = io.Copy(io.Discard, x)
	return x, err
}

// TestAnAppThatIsReloadedAllTheTimeIsExported reloads an app within each of its exports: every other one is kept, and told as the older
// data that it may hold. What is more than a reload ends such an export, too.
func TestAnAppThatIsReloadedAllTheTimeIsExported(t *testing.T) {
	for name, told := range map[string]bool{"which is told at once": true, "which is seen at the end of the export": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if !told {
				w.connection.Callback, w.connection.Look = "", time.Hour
			}
			w.start()
			id := w.apps()["Group P&L"]
			reload := func() {
				before := w.shown("Group P&L").DataVersion()
				w.do(id, "reload", nil)
				if told {
					w.until("it is noticed", func() bool { return !w.shown("Group P&L").DataVersion().Equal(before) })
				}
			}
			for range 2 {
				_, err := w.during(id, reload)
				w.waits(err, "exported anew")
				before := w.shown("Group P&L").DataVersion()
				x, err := w.during(id, reload)
				if now := w.shown("Group P&L").DataVersion(); err != nil || !x.Version.Equal(before) || x.Version.Equal(now) {
					t.Errorf("export of %s, which is %s by now, as %s: %v", before, now, x.Version, err)
				}
			}
			_, err := w.during(id, reload)
			w.waits(err, "exported anew")
			_, err = w.during(id, func() { w.do(id, "unpublish", nil) })
			if _, ok := errors.AsType[*distribution.NotNow](err); !ok {
				t.Errorf("an app that was unpublished meanwhile is exported: %v", err)
			}
		})
	}
}

// TestASlowExportIsOvertakenOnce reloads an app while the site writes its file, which takes longer than that.
func TestASlowExportIsOvertakenOnce(t *testing.T) {
	w := newWorld(t).start()
	id := w.apps()["Welcome"]
	for _, kept := range []bool{false, true} {
		undo := w.fault(faults.Fault{Kind: faults.SlowExport, Seconds: 600, ForSeconds: 600})
		version, began := w.shown("Welcome").DataVersion(), w.requests.count("POST", "/export/")
		type outcome struct {
			x   distribution.Export
			err error
		}
		done := make(chan outcome, 1)
		go func() {
			x, _, err := w.export(id)
			done <- outcome{x, err}
		}()
		w.until("the export", func() bool { return w.requests.count("POST", "/export/") > began })
		w.do(id, "reload", nil)
		w.until("it is noticed", func() bool { return !w.shown("Welcome").DataVersion().Equal(version) })
		if kept {
			undo()
		}
		got := <-done
		if !kept {
			undo()
			w.waits(got.err, "exported anew")
			continue
		}
		if got.err != nil || !got.x.Version.Equal(version) {
			t.Errorf("the export of %s is %s: %v", version, got.x.Version, got.err)
		}
	}
}
