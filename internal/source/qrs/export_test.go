package qrs_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// export reads an export to its end, and gives the SHA-256 of what came.
func (w *world) export(id string) (x distribution.Export, sum string, err error) {
	w.Helper()
	x, err = w.connector.Export(w.Context(), id)
	if err != nil {
		return x, "", err
	}
	defer x.Close()
	hash := sha256.New()
	_, err = io.Copy(hash, x)
	return x, hex.EncodeToString(hash.Sum(nil)), err
}

// content is the SHA-256 of an app's file on the site.
func (w *world) content(id string) string {
	w.Helper()
	var all []struct{ ID, SHA256 string }
	w.call("GET", "/apps", nil, &all)
	for _, a := range all {
		if a.ID == id {
			return a.SHA256
		}
	}
	return ""
}

// waits says that an export has to wait, and for a reason that has these words.
func (w *world) waits(err error, words string) {
	w.Helper()
	if later, ok := errors.AsType[*distribution.NotNow](err); !ok || !strings.Contains(later.Why, words) || later.Wait <= 0 {
		w.Errorf("%v is no wait for %q", err, words)
	}
}

func TestAnExportIsTheFileOfTheVersionThatIsKnown(t *testing.T) {
	w := newWorld(t)
	w.connection.Callback, w.connection.Look = "", time.Hour // nobody notices the reload before the export does
	w.start()
	id := w.apps()["Cash flow forecast"]
	w.do(id, "reload", nil)
	x, sum, err := w.export(id)
	w.good(err)
	taken, err := w.store.App(t.Context(), id)
	w.good(err)
	if sum != w.content(id) || !x.Version.Equal(taken.DataVersion()) || taken.Generation != 2 || x.Size != taken.Size {
		t.Errorf("export %+v, taken %+v", x, taken)
	}
	if !w.store.has("Cash flow forecast: reloaded") {
		t.Errorf("the reload was swallowed: %v", w.store.events)
	}
	if w.requests.count("POST", "/export/") != 1 || len(w.connector.Picture().Exports) != 0 {
		t.Errorf("exports %v", w.connector.Picture().Exports)
	}
}

// TestAFileOfOtherDataIsNoExport changes the app while its file is on its way.
func TestAFileOfOtherDataIsNoExport(t *testing.T) {
	for name, happens := range map[string]struct {
		verb string
		body any
	}{"reloaded": {"reload", nil}, "unpublished": {"unpublish", nil}, "deleted": {"delete", nil}} {
		for _, told := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				w := newWorld(t)
				if !told {
					w.connection.Callback, w.connection.Look = "", time.Hour
				}
				w.start()
				id := w.apps()["Group P&L"]
				x, err := w.connector.Export(t.Context(), id)
				w.good(err)
				defer x.Close()
				if _, err := io.ReadFull(x, make([]byte, 1000)); err != nil {
					t.Fatal(err)
				}
				w.do(id, happens.verb, happens.body)
				if told {
					w.until("it is noticed", func() bool { return len(w.store.happened()) > 0 })
				}
				_, err = io.Copy(io.Discard, x)
				if _, ok := errors.AsType[*distribution.NotNow](err); !ok {
					t.Errorf("the file is taken for an export: %v", err)
				}
			})
		}
	}
}

func TestAnAppThatIsNotPublishedIsNotExported(t *testing.T) {
	w := newWorld(t).start()
	_, _, err := w.export(w.apps()["Headcount plan"])
	w.waits(err, "not published")
	if w.requests.count("POST", "/export/") != 0 {
		t.Error("the engine was asked")
	}
}

// TestBrokenDownloadsExportAnew: a link works once, so nothing of a broken download is of use.
func TestBrokenDownloadsExportAnew(t *testing.T) {
	for kind, extra := range map[faults.Kind]faults.Fault{faults.CutDownload: {Bytes: 5000}, faults.ExpiredLink: {}, faults.FailingExport: {}} {
		t.Run(string(kind), func(t *testing.T) {
			w := newWorld(t).start()
			id := w.apps()["Sales overview"]
			extra.Kind, extra.Calls = kind, 1
			w.fault(extra)
			if _, _, err := w.export(id); err == nil || len(err.Error()) < 20 {
				t.Fatalf("the export ended well: %v", err)
			}
			_, sum, err := w.export(id)
			if err != nil || sum != w.content(id) || w.requests.count("POST", "/export/") != 2 {
				t.Errorf("%v after %d exports", err, w.requests.count("POST", "/export/"))
			}
		})
	}
}

func TestExportsWaitForTheirTurn(t *testing.T) {
	w := newWorld(t).start()
	apps := w.apps()
	undo := w.fault(faults.Fault{Kind: faults.SlowExport, Seconds: 60, ForSeconds: 600})
	first := make(chan error, 1)
	go func() {
		_, _, err := w.export(apps["Welcome"])
		first <- err
	}()
	w.until("the first export", func() bool { return len(w.connector.Picture().Exports) == 1 })
	_, _, err := w.export(apps["Sales overview"])
	w.waits(err, "This app is the next")
	_, _, err = w.export(apps["Group P&L"])
	w.waits(err, "1 app before this one")
	p := w.connector.Picture().Exports
	if len(p) != 3 || p[0].AppName != "Welcome" || p[0].Waiting != "" || p[1].AppName != "Sales overview" || p[1].Waiting == "" || p[0].Since.IsZero() {
		t.Errorf("shown: %+v", p)
	}
	undo()
	w.good(<-first)
	if _, _, err := w.export(apps["Sales overview"]); err != nil {
		t.Error(err)
	}
}

func TestExportsBeginInTheirWindow(t *testing.T) {
	w := newWorld(t)
	now := time.Now()
	minute := now.Hour()*60 + now.Minute()
	w.connection.Window = site.Window{From: (minute + 120) % 1440, To: (minute + 180) % 1440}
	w.start()
	_, _, err := w.export(w.apps()["Welcome"])
	_, opens := w.connection.Window.Open(now)
	w.waits(err, "begin at "+opens.Format("15:04 MST")) // whoever reads it may live in another zone
	if w.requests.count("POST", "/export/") != 0 {
		t.Error("the engine was asked")
	}
}

// reloading is a client whose site reloads every app.
type reloading struct {
	*api.Client

	runs *atomic.Bool
}

func (r reloading) ReloadRunning(context.Context, string) (bool, error) { return r.runs.Load(), nil }

func TestAnExportWaitsForTheReloadOfItsApp(t *testing.T) {
	w := newWorld(t)
	runs := &atomic.Bool{}
	runs.Store(true)
	w.wrap = func(c *api.Client) qrs.Client { return reloading{c, runs} }
	w.start()
	id := w.apps()["Welcome"]
	_, _, err := w.export(id)
	w.waits(err, "being reloaded")
	if p := w.connector.Picture().Exports; len(p) != 1 || p[0].Waiting != "the end of its reload" {
		t.Errorf("shown: %+v", p)
	}
	runs.Store(false)
	if _, _, err := w.export(id); err != nil {
		t.Error(err)
	}
}

// TestAStopBreaksExportsOff: the site is told that nobody waits any more.
func TestAStopBreaksExportsOff(t *testing.T) {
	w := newWorld(t).start()
	w.fault(faults.Fault{Kind: faults.SlowExport, Seconds: 600, ForSeconds: 600})
	done := make(chan error, 1)
	id := w.apps()["Welcome"]
	go func() {
		_, _, err := w.export(id)
		done <- err
	}()
	w.until("the export", func() bool { return w.requests.count("POST", "/export/") == 1 })
	began := time.Now()
	w.end()
	w.waits(<-done, "begins anew")
	if took := time.Since(began); took > 8*time.Second || w.requests.count("DELETE", "/export/") != 1 {
		t.Errorf("%d cancelled, after %v", w.requests.count("DELETE", "/export/"), took)
	}
	_, err := w.connector.Export(t.Context(), id)
	w.waits(err, "set up anew")
}

func TestASiteThatDoesNotAnswerIsNoFaultOfTheApp(t *testing.T) {
	w := newWorld(t).start()
	id := w.apps()["Welcome"]
	w.fault(faults.Fault{Kind: faults.Boot, ForSeconds: 600})
	_, _, err := w.export(id)
	w.waits(err, "Repository Service")
}

// TestAReloadIsWaitedForAndAFailedOneSendsNothing runs reloads as the site's engine does.
func TestAReloadIsWaitedForAndAFailedOneSendsNothing(t *testing.T) {
	w := newWorld(t).start()
	id := w.apps()["Welcome"]
	before := w.shown("Welcome").DataVersion()
	w.do(id, "reload", map[string]any{"fail": true})
	w.connector.Look()
	w.do(id, "reload", map[string]any{"seconds": 5})
	_, _, err := w.export(id)
	w.waits(err, "being reloaded")
	if now := w.shown("Welcome").DataVersion(); !now.Equal(before) || len(w.store.happened()) > 0 {
		t.Errorf("a failed reload made %v of %v", now, before)
	}
	w.until("the end of the reload", func() bool { return w.store.has("Welcome: reloaded") })
	x, _, err := w.export(id)
	if err != nil || x.Version.Equal(before) {
		t.Errorf("%v: %v", x.Version, err)
	}
}

// withoutUsers is a client whose user may read neither users nor definitions.
type withoutUsers struct{ *api.Client }

func (withoutUsers) EachUser(context.Context, func(api.User) error) error {
	return &api.Error{Kind: api.Forbidden, Said: "No."}
}

func (withoutUsers) EachProperty(context.Context, func(api.Property) error) error {
	return &api.Error{Kind: api.Forbidden, Said: "No."}
}

func TestASiteIsReadWithoutTheRightToReadUsers(t *testing.T) {
	w := newWorld(t)
	w.wrap = func(c *api.Client) qrs.Client { return withoutUsers{c} }
	w.start()
	if a := w.shown("Cash flow forecast"); w.store.taken != 1 || a.Owner.Name != "Maria Ruiz" || len(a.Properties["Cloud"]) != 1 {
		t.Errorf("%+v", a)
	}
}
