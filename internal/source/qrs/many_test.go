package qrs_test

import (
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"
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
