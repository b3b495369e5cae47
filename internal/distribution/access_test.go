package distribution

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/tenant"
)

// restrict gives the app's next data versions section access.
func (w *world) restrict(generations ...int64) {
	for _, g := range generations {
		w.tenant.restricted[string(content(g))] = true
	}
}

func (w *world) admission() *deployment.Admission { return &w.store.deployments[0].Admission }

// held says whether the current delivery waits for somebody to release it.
func (w *world) held() bool { return w.current().State == Paused && w.current().Cause == AccessHeld }

// mustHold fails unless it does, and holds the tenant against that: no user sees it.
func (w *world) mustHold() {
	w.t.Helper()
	if !w.held() {
		w.t.Fatalf("delivery %+v\n%v", w.current(), w.tenant.calls)
	}
	w.unseen()
}

// unseen holds that nobody but admins of the tenant sees data with section access that nobody has released.
func (w *world) unseen() {
	w.t.Helper()
	for _, r := range w.tenant.apps {
		if w.tenant.restricted[string(r.content)] && r.SpaceID != "" && r.SpaceID != w.transitID() && len(w.store.releases) == 0 {
			w.t.Fatalf("users see %q in space %s\n%v", r.Name, r.SpaceID, w.tenant.calls)
		}
	}
}

func (w *world) transitID() string {
	for _, s := range w.tenant.spaces {
		if s.Name == deployment.TransitSpace {
			return s.ID
		}
	}
	return "none"
}

// walkAccess holds an app, releases it, and lets it lose and gain its section access.
func walkAccess(w *world) {
	w.restrict(1, 3)
	w.event(site.Published)
	w.settle()
	w.mustHold()
	w.store.release(w.current())
	w.settle()
	w.exactlyOnce()
	w.replace()
	w.settle()
	w.exactlyOnce()
	if p := w.store.placements[0]; p.SectionAccess != site.NoSectionAccess || len(w.store.releases) > 0 {
		w.t.Fatalf("placement %+v, releases %v", p, w.store.releases)
	}
	w.replace()
	w.settle()
	w.mustHold()
	w.store.release(w.current())
	w.settle()
	w.exactlyOnce()
	if p := w.store.placements[0]; p.SectionAccess != site.HasSectionAccess {
		w.t.Fatalf("placement %+v", p)
	}
}

// TestHeldAppIsReleasedKilledAnywhere lets the engine die once at each gate in turn.
func TestHeldAppIsReleasedKilledAnywhere(t *testing.T) {
	for _, auth := range auths {
		t.Run(string(auth), func(t *testing.T) {
			whole := newWorld(t, t.TempDir(), auth)
			walkAccess(whole)
			if n := count(whole.tenant.calls, "CreateUpload"); n != 3 {
				t.Errorf("%d uploads instead of 3: what is released was sent before", n)
			}
			for kill := 1; kill <= whole.gates; kill++ {
				w := newWorld(t, t.TempDir(), auth)
				w.kill = kill
				walkAccess(w)
			}
		})
	}
}

// TestReleaseCountsForLaterVersions: nobody is asked again while the app has section access.
func TestReleaseCountsForLaterVersions(t *testing.T) {
	for _, auth := range auths {
		w := newWorld(t, t.TempDir(), auth)
		w.restrict(1, 2)
		w.event(site.Published)
		w.settle()
		w.mustHold()
		w.store.release(w.current())
		w.settle()
		w.replace()
		w.settle()
		w.exactlyOnce()
	}
}

// TestRepublishIsHeldBefore shows that users keep the old copy while a new one with section access is held.
func TestRepublishIsHeldBefore(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.ClientCredentials)
	w.restrict(2)
	w.event(site.Published)
	w.settle()
	w.replace()
	w.settle()
	w.mustHold()
	p := w.store.placements[0]
	if r := w.tenant.apps[p.RemoteID]; string(r.content) != string(content(1)) || p.SectionAccess != site.NoSectionAccess {
		t.Errorf("the copy has %.4q, placement %+v", r.content, p)
	}
	if m := w.current().Message; !strings.Contains(m, "as it was") {
		t.Errorf("message %q", m)
	}
}

func TestNeverTakesNoSectionAccess(t *testing.T) {
	for _, auth := range auths {
		t.Run(string(auth), func(t *testing.T) {
			whole := newWorld(t, t.TempDir(), auth)
			never(whole)
			for kill := 1; kill <= whole.gates; kill++ {
				w := newWorld(t, t.TempDir(), auth)
				w.kill = kill
				never(w)
			}
		})
	}
}

// never refuses an app and takes it out of the tenant again; then the rule changes.
func never(w *world) {
	w.restrict(1)
	w.admission().SectionAccess = deployment.NeverAccess
	w.event(site.Published)
	w.settle()
	if d := w.current(); d.State != Failed || d.Cause != AccessNever || d.Intermediate != "" || len(w.tenant.apps) > 0 {
		w.t.Fatalf("delivery %+v, the tenant has %v\n%v", d, w.names(), w.tenant.calls)
	}
	sent := count(w.tenant.calls, "CreateUpload")
	w.event(site.Requested)
	w.settle()
	if d := w.current(); d.State != Failed || count(w.tenant.calls, "CreateUpload") > sent {
		w.t.Fatalf("what an import told was sent again: %+v\n%v", d, w.tenant.calls)
	}
	w.admission().SectionAccess = deployment.SendAccess
	w.event(DeploymentChanged)
	w.settle()
	if d := w.current(); d.State != Distributed || len(w.tenant.apps) != 1 {
		w.t.Fatalf("delivery %+v, the tenant has %v\n%v", d, w.names(), w.tenant.calls)
	}
}

// TestNeverLeavesWhatIsNotOfThisDelivery: a staged app that was there before, or that somebody gave a space, is not removed.
func TestNeverLeavesWhatIsNotOfThisDelivery(t *testing.T) {
	older := func(w *world) {
		r := w.tenant.add("Sales", content(7))
		r.key, r.Created = theApp, w.clock.Add(-time.Hour)
	}
	spaced := func(w *world) {
		w.admission().SectionAccess = deployment.HoldAccess
		w.event(site.Published)
		w.settle()
		for _, r := range w.tenant.apps {
			r.SpaceID = "theirs"
		}
		w.admission().SectionAccess = deployment.NeverAccess
		w.store.wake(w.current().ID)
	}
	placed := func(w *world) {
		w.admission().SectionAccess = deployment.SendAccess
		w.event(site.Published)
		w.settle()
		w.admission().SectionAccess = deployment.NeverAccess
		w.restrict(2)
		w.replace()
	}
	for name, before := range map[string]func(*world){"older": older, "spaced": spaced, "placed": placed} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, t.TempDir(), deployment.LocalBearer)
			w.restrict(1)
			w.admission().SectionAccess = deployment.NeverAccess
			before(w)
			if name == "older" {
				w.event(site.Published)
			}
			w.settle()
			d := w.current()
			if d.State != Failed || d.Cause != AccessNever || len(w.tenant.apps) != 1 || slices.Contains(w.tenant.calls, "DeleteApp") {
				t.Errorf("delivery %+v, the tenant has %v", d, w.names())
			}
			if strings.Contains(d.Message, "removed.") || strings.Contains(d.Message, "Nothing was sent") {
				t.Errorf("message %q", d.Message)
			}
		})
	}
}

// TestHeldGivesWayToNewer: who releases sends the newest data, and nothing in between is left.
func TestHeldGivesWayToNewer(t *testing.T) {
	for _, auth := range auths {
		t.Run(string(auth), func(t *testing.T) {
			w := newWorld(t, t.TempDir(), auth)
			w.restrict(1, 2)
			w.event(site.Published)
			w.settle()
			first := w.current()
			w.replace()
			w.settle()
			w.mustHold()
			if w.store.deliveries[first.ID].State != Superseded || len(w.tenant.apps) != 1 {
				t.Errorf("the first one is %s, the tenant has %v", w.store.deliveries[first.ID].State, w.names())
			}
			w.store.release(w.current())
			w.settle()
			w.exactlyOnce()
		})
	}
}

func TestHeldBeforeSendingWhereTheSiteTells(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.ClientCredentials)
	w.store.apps[theApp].SectionAccess = site.HasSectionAccess
	w.event(site.Published)
	w.settle()
	w.mustHold()
	w.sentNothing()
	w.admission().SectionAccess = deployment.SendAccess
	w.store.wake(w.current().ID)
	w.settle()
	w.exactlyOnce()
}

func TestUnknownSectionAccessGoesOnAndIsRecordedSo(t *testing.T) {
	for _, auth := range auths {
		w := newWorld(t, t.TempDir(), auth)
		w.tenant.silent = true
		w.event(site.Published)
		w.settle()
		w.exactlyOnce()
		if p := w.store.placements[0]; p.SectionAccess != site.SectionAccessUnknown {
			t.Errorf("placement %+v", p)
		}
	}
}

// TestReleasedWhileItIsBeingHeld: the release comes between the look at it and the note of the pause.
func TestReleasedWhileItIsBeingHeld(t *testing.T) {
	w := newWorld(t, t.TempDir(), deployment.ClientCredentials)
	w.store.apps[theApp].SectionAccess = site.HasSectionAccess
	w.event(site.Published)
	w.tenant.wrong = func(call string) trouble {
		if call == "FindApps" { // the tidying before the pause
			w.store.releases[theApp+"eu1"] = &Release{By: "ada"}
		}
		return noTrouble
	}
	w.settle()
	w.exactlyOnce()
}

func TestLargestApp(t *testing.T) {
	for _, auth := range auths {
		w := newWorld(t, t.TempDir(), auth)
		w.store.apps[theApp].Size = 75
		w.admission().LargestApp = 74
		w.event(site.Published)
		w.settle()
		d := w.current()
		if d.State != Paused || d.Cause != OverLimit || !strings.Contains(d.Message, "75 B") || d.SHA256 != "" {
			t.Errorf("delivery %+v", d)
		}
		w.sentNothing()
		w.store.apps[theApp].Size = 0 // the site does not tell: only the export does
		w.store.wake(d.ID)
		w.settle()
		if d := w.current(); d.State != Paused || d.Cause != OverLimit || d.Size != 75 {
			t.Errorf("delivery %+v", d)
		}
		w.sentNothing()
		w.admission().LargestApp = 75
		w.store.wake(d.ID)
		w.settle()
		w.exactlyOnce()
	}
}

func TestStaysOut(t *testing.T) {
	d := deployment.Deployment{Name: "eu", Admission: deployment.Admission{LargestApp: 10, SectionAccess: deployment.NeverAccess}}
	for want, app := range map[string]site.App{
		"": {Size: 10}, "too large for eu": {Size: 11}, "kept out of eu for section access": {SectionAccess: site.HasSectionAccess},
	} {
		if got := StaysOut(d, app); got != want {
			t.Errorf("%q instead of %q", got, want)
		}
	}
	if got := StaysOut(deployment.Deployment{}, site.App{Size: 1e18, SectionAccess: site.HasSectionAccess}); got != "" {
		t.Errorf("without a limit: %q", got)
	}
}

func TestMemoryIsHeldAgainstTheQuota(t *testing.T) {
	for _, auth := range auths {
		w := newWorld(t, t.TempDir(), auth)
		w.tenant.memory = 299
		w.event(site.Published)
		w.settle()
		w.exactlyOnce()
		p := w.store.placements[0]
		if p.Memory != 300 || p.MemoryLimit != 299 || !slices.Contains(p.Warnings, "It needs 300 B in memory, the tenant allows 299 B: it may not open.") {
			t.Errorf("placement %+v", p)
		}
		w.store.apps[theApp].Name = "Other" // a change of name asks nothing and forgets nothing
		asked := count(w.tenant.calls, "AppMemory")
		w.event(site.Changed)
		w.settle()
		if p := w.store.placements[0]; len(p.Warnings) != 1 || count(w.tenant.calls, "AppMemory") != asked {
			t.Errorf("placement %+v", p)
		}
	}
}

// TestMemoryThatIsNotToldIsNoFailure: neither a tenant that refuses nor one whose catalogue never shows the app keeps it back.
func TestMemoryThatIsNotToldIsNoFailure(t *testing.T) {
	for _, call := range []string{"AppMemory", "Item"} {
		w := newWorld(t, t.TempDir(), deployment.ClientCredentials)
		w.store.apps[theApp].Tags, w.store.apps[theApp].Properties = nil, nil // no collections, which need the item
		w.tenant.memory = 1
		w.tenant.wrong = func(name string) trouble {
			if name == call {
				return gone
			}
			return noTrouble
		}
		w.event(site.Published)
		w.settle()
		w.exactlyOnce()
		if p := w.store.placements[0]; p.Memory != 0 || len(p.Warnings) > 0 {
			t.Errorf("placement %+v", p)
		}
	}
}

func TestAmounts(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1 kB", 6_200_000_000: "6.2 GB", 5_040_000_000: "5.04 GB", 2e15: "2000 TB"} {
		if got := amount(n); got != want {
			t.Errorf("%d is %q instead of %q", n, got, want)
		}
	}
}

var _ Tenant = (*tenant.Client)(nil)
