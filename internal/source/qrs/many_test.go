package qrs_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

// TestALargeSiteIsReadInWindows: ten thousand apps in a few lists of moderate size, and the second sweep without
// asking for their sizes.
func TestALargeSiteIsReadInWindows(t *testing.T) {
	w := newWorld(t)
	w.connection.Callback, w.connection.Sweep = "", 500*time.Millisecond
	apps := 10_000
	if n, err := strconv.Atoi(os.Getenv("SKYFERRY_TEST_APPS")); err == nil {
		apps = n
	}
	_, err := w.site.Fill(t.Context(), apps)
	w.good(err)
	apps += 7 // that were there
	before := heap()
	began := time.Now()
	w.begin()
	for end := began.Add(5 * time.Minute); w.connector.Picture().Swept.IsZero() && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	took := time.Since(began)
	lists, counts := w.requests.count("GET", "/qrs/app/full"), w.requests.count("GET", "/qrs/app/count")
	t.Logf("%d apps in %v: %d lists, %d counts, %d requests; %d MiB more in memory", apps, took, lists, counts, w.requests.count("", ""), (heap()-before)>>20)
	if p := w.connector.Picture(); p.Apps != apps || len(w.store.apps) != apps {
		t.Errorf("%d apps answered, %d known, in %v", p.Apps, len(w.store.apps), took)
	}
	if lists < 5 || lists > 25 || counts > 40 {
		t.Errorf("%d lists, %d counts", lists, counts)
	}
	w.sweeps(1)
	if later := w.requests.count("GET", "/qrs/app/count") - counts; later > 10 {
		t.Errorf("%d counts in the first sweep, %d in the second", counts, later)
	}
}

// heap is how many bytes are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// crowd is a client of a site with very many apps.
type crowd struct {
	*api.Client

	apps int
}

func (c crowd) CountApps(context.Context, string) (int, error) { return c.apps, nil }

func (c crowd) EachApp(_ context.Context, filter string, do func(api.App) error) error {
	if strings.HasPrefix(filter, "modifiedDate") {
		return nil
	}
	for i := range c.apps {
		a := api.App{ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i), Name: fmt.Sprintf("App %d", i), Description: strings.Repeat("x", 500), Published: true,
			Stream: &api.Ref{ID: "00000000-0000-4000-8000-0000000000ff", Name: "Everyone"}}
		if err := do(a); err != nil {
			return err
		}
	}
	return nil
}

// sink is a store that keeps nothing but prints.
type sink struct{ *memory }

func (s sink) TakeApps(context.Context, []site.App, []string, bool) ([]site.Happened, error) {
	return nil, nil
}

// TestAHundredThousandAppsDoNotExhaustMemory: what stays of each app is its id and its print.
func TestAHundredThousandAppsDoNotExhaustMemory(t *testing.T) {
	const apps = 100_000
	w := newWorld(t)
	w.connection.Callback, w.connection.Look = "", time.Hour
	w.wrap = func(c *api.Client) qrs.Client { return crowd{c, apps} }
	w.sink = true
	before := heap()
	w.begin()
	most := int64(0)
	for w.connector.Picture().Swept.IsZero() {
		most = max(most, heap()-before)
		time.Sleep(50 * time.Millisecond)
	}
	most = max(most, heap()-before)
	t.Logf("%d apps took at most %d MiB", apps, most>>20)
	if w.connector.Picture().Apps < apps || most > 64<<20 {
		t.Errorf("%d MiB, %+v", most>>20, w.connector.Picture())
	}
}
