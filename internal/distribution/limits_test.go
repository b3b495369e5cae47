package distribution

import (
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/site"
)

const today = "2026-11-23" // of a new world, where it is 08:00

var midnight = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

// limitedWorld has a tenant that takes so many imports a day.
func limitedWorld(t *testing.T, imports, used int) *world {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	w.store.deployments[0].Limits = deployment.Limits{Plan: deployment.OtherPlan, ImportsPerDay: imports}
	w.store.used[today] = used
	return w
}

// TestSpentDayWaitsForTheNext: nothing is exported or sent, it is no try, the newest version goes when the day has come.
func TestSpentDayWaitsForTheNext(t *testing.T) {
	w := limitedWorld(t, 20, 20)
	w.event(site.Published)
	w.work()
	d := w.current()
	if d.State != Retrying || d.Cause != DaySpent || d.Tries != 0 || !d.NextTry.Equal(midnight) || d.Message != "The day's imports are spent: 20 of 20 were used. It goes on at 00:00 UTC." {
		t.Fatalf("waits as %+v", d)
	}
	if n := count(w.tenant.calls, "CreateUpload"); n != 0 || d.SHA256 != "" {
		t.Error("something was exported or sent")
	}
	w.replace()
	w.settle()
	w.exactlyOnce()
	if first := w.store.deliveries[w.store.order[0]]; first.State != Superseded || w.store.used["2026-11-24"] != 1 || w.clock.Before(midnight) {
		t.Errorf("at %s the first is %s, imports %v", w.clock, first.State, w.store.used)
	}
}

// TestReserveIsForNewApps: of 25 imports the last 3 are for apps that are not in the tenant yet.
func TestReserveIsForNewApps(t *testing.T) {
	w := limitedWorld(t, 25, 22)
	w.event(site.Published)
	w.settle()
	if d := w.current(); d.State != Distributed || w.store.used[today] != 23 {
		t.Fatalf("a new app is %s: %s; imports %v", d.State, d.Message, w.store.used)
	}
	w.replace()
	w.work()
	d := w.current()
	if d.State != Retrying || d.Cause != DaySpent || !strings.Contains(d.Message, "23 of 25 were used, and the last 3 are kept for apps that are not in the tenant yet") {
		t.Fatalf("a refresh is %s: %s", d.State, d.Message)
	}
	w.store.apps[theApp].Tags = []string{"weekly"} // metadata needs no import, but the newer data that waits comes with it
	w.settle()
	w.exactlyOnce()
}

// TestLastImportIsTakenMeanwhile: what was free before the upload may be gone after it.
func TestLastImportIsTakenMeanwhile(t *testing.T) {
	w := limitedWorld(t, 20, 19)
	w.tenant.wrong = func(call string) trouble {
		if call == "UploadChunk" {
			w.store.used[today] = 20
		}
		return noTrouble
	}
	w.event(site.Published)
	w.work()
	if d := w.current(); d.Cause != DaySpent || d.FileID == "" || !d.ImportStarted.IsZero() || w.tenant.imports != 0 {
		t.Fatalf("waits as %+v", d)
	}
	w.settle()
	w.exactlyOnce()
	if n := count(w.tenant.calls, "CreateUpload"); n != 1 {
		t.Errorf("%d uploads: the first was still there", n)
	}
}

// TestTenantSaysThatTheDayIsSpent: it knows of imports that this console did not make, and when its day ends.
func TestTenantSaysThatTheDayIsSpent(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.LocalBearer)
	told := false
	w.tenant.wrong = func(call string) trouble {
		if call == "ImportStaged" && !told {
			told = true
			return spent
		}
		return noTrouble
	}
	w.event(site.Published)
	w.work()
	d := w.current()
	if d.State != Retrying || d.Cause != DaySpent || d.Tries != 0 || w.store.used[today] != 0 || !strings.HasPrefix(d.Message, "The tenant says that the day's imports are spent. It goes on at 19:00 UTC") {
		t.Fatalf("waits as %+v, imports %v", d, w.store.used)
	}
	if wait := d.NextTry.Sub(w.clock); wait < 11*time.Hour-time.Second || wait > 11*time.Hour {
		t.Errorf("waits %s", wait)
	}
	w.settle()
	w.exactlyOnce()
}

func TestExpected(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	if got := (Imports{Used: 212, Open: 28, PerDay: 1000}).Expected(noon); got != 740 {
		t.Errorf("got %d", got)
	}
	if got := (Imports{Used: 3}).Expected(noon); got != 3 {
		t.Errorf("without a past: %d", got)
	}
}

// TestDirectFileThatChangedIsNeverSentWhole: the last bytes stay here.
func TestDirectFileThatChangedIsNeverSentWhole(t *testing.T) {
	for _, auth := range auths {
		w := way{auth, true}.world(t, t.TempDir())
		w.tenant.wrong = func(string) trouble {
			if w.spooled() != "" {
				w.rot(7)
			}
			return noTrouble
		}
		w.event(site.Published)
		w.settle()
		d := w.current()
		if d.State != Failed || d.Cause != ExportFailed || !strings.Contains(d.Message, "changed on disk") || len(w.tenant.apps) != 0 || w.store.used[today] != 0 {
			t.Errorf("%s: %s, %s; %d apps, imports %v", auth, d.State, d.Message, len(w.tenant.apps), w.store.used)
		}
	}
}

// TestDirectOutcomeThatIsNotKnown: a slow line must not lose the same file again and again, so it goes resumably then.
func TestDirectOutcomeThatIsNotKnown(t *testing.T) {
	for _, auth := range auths {
		w := way{auth, true}.world(t, t.TempDir())
		w.tenant.wrong = func(call string) trouble {
			if strings.HasSuffix(call, "File") {
				return lostCall
			}
			return noTrouble
		}
		w.event(site.Published)
		w.settle()
		w.exactlyOnce()
		if n := count(w.tenant.calls, "CreateUpload"); n != 1 {
			t.Errorf("%s: %d resumable uploads after a direct one that got lost", auth, n)
		}
	}
}

func TestUploadLife(t *testing.T) {
	const gib = 1 << 30
	for name, c := range map[string]struct {
		speed float64
		set   time.Duration
		want  time.Duration
	}{
		"nothing is measured":            {0, 0, 72 * time.Hour},
		"fast":                           {gib, 0, 24*time.Hour + 4*time.Second},
		"an hour":                        {gib / 3600.0, 0, 28 * time.Hour},
		"days":                           {1000, 0, 72 * time.Hour},
		"as it is set":                   {gib, 2 * time.Hour, 2 * time.Hour},
		"set too short for the line":     {gib / 7200.0, time.Hour, 4 * time.Hour},
		"set, and nothing is measured":   {0, 5 * time.Hour, 5 * time.Hour},
		"set too short for any such app": {10, time.Hour, 72 * time.Hour},
	} {
		r := &run{e: New(Options{}), d: Delivery{DeploymentID: "dep", Size: gib}}
		r.w.Deployment.Limits.UploadLife = c.set
		if r.e.speeds.by = map[string]float64{}; c.speed > 0 {
			r.e.speeds.by["dep"] = c.speed
		}
		if got := r.uploadLife().Round(time.Second); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestPartsFitTheLine: none takes much longer than a minute, whatever the deployment says.
func TestPartsFitTheLine(t *testing.T) {
	const mib = 1 << 20
	for name, c := range map[string]struct {
		limits deployment.Limits
		speed  float64
		want   int64
	}{
		"unknown line":          {deployment.Limits{}, 0, firstPart},
		"fast line":             {deployment.Limits{}, 100 * mib, 256 * mib},
		"larger parts":          {deployment.Limits{Chunk: 300 * mib}, 100 * mib, 300 * mib},
		"slow line":             {deployment.Limits{}, 10_000, 200_000},
		"1 kB/s":                {deployment.Limits{}, 1000, minPart},
		"limited line":          {deployment.Limits{Bandwidth: 12_500}, 100 * mib, 250_000},
		"limited, then unknown": {deployment.Limits{Bandwidth: 12_500_000}, 0, firstPart},
	} {
		r := &run{e: New(Options{}), d: Delivery{DeploymentID: "dep", Size: 1 << 30}, w: Work{Deployment: deployment.Deployment{Limits: c.limits}}}
		r.e.speeds.by = map[string]float64{"dep": c.speed}
		if got := r.partSize(); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		if r.d.Uploaded = 1<<30 - 5; r.partSize() != 5 {
			t.Errorf("%s: the last part is %d", name, r.partSize())
		}
	}
}

func TestSpeedFollowsTheLine(t *testing.T) {
	var s speeds
	s.note("dep", minPart-1, time.Second)
	if s.of("dep") != 0 {
		t.Error("a part that is too small was counted")
	}
	s.note("dep", 1<<20, time.Second)
	for range 30 {
		s.note("dep", 10<<20, time.Second)
	}
	if got := s.of("dep"); got < 9<<20 || got > 10<<20 || s.of("other") != 0 {
		t.Errorf("after thirty faster parts: %.0f", got)
	}
}

// An import that the tenant surely did not make is not the first: by that time an app is told from one of somebody else.
func TestRefusedImportIsNotTheFirst(t *testing.T) {
	for _, refusal := range []trouble{busy, spent} {
		w := limitedWorld(t, 20, 0)
		w.tenant.wrong = func(call string) trouble { return or(strings.HasPrefix(call, "Import"), refusal, noTrouble) }
		w.event(site.Published)
		w.work()
		if d := w.current(); d.State != Retrying || !d.FirstImport.IsZero() {
			t.Errorf("%s: %s with the first import at %s", refusal, d.State, d.FirstImport)
		}
	}
}
