package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
)

func TestSiteConnectionOnSQLite(t *testing.T) {
	for name, test := range map[string]func(*testing.T, *world){
		"nobody has said":                     testUnset,
		"the first thing made embeds":         testEmbedded,
		"it is kept whole":                    testConnectionIsKept,
		"secrets are sealed and not told":     testSiteSecrets,
		"a stored JWT stays with its host":    testJWTStays,
		"what is wrong stands at its field":   testWrongConnection,
		"a stale version is refused":          testStaleConnection,
		"people do not change what is fixed":  testFixedConnection,
		"another site begins with nothing":    testAnotherSite,
		"the same connection changes nothing": testSameConnection,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newWorld(t, openSQLite))
		})
	}
}

func (w *world) connection() site.Connection {
	w.t.Helper()
	return must(w.SiteConnection(w.ctx))(w.t)
}

func testUnset(t *testing.T, w *world) {
	if c := w.connection(); c != (site.Connection{}) {
		t.Errorf("got %+v", c)
	}
	refused(t, w.SaveSiteConnection(w.ctx, site.Connection{}), fault.Invalid, "kind")
	if s := must(w.Shrunk(w.ctx))(t); s != nil {
		t.Errorf("got %+v", s)
	}
	// what fails makes nothing the embedded site
	refused(t, second(w.CreateStream(w.ctx, site.Stream{Name: " "})), fault.Invalid, "name")
	if c := w.connection(); c.Kind != site.Unset {
		t.Errorf("got %+v", c)
	}
}

func testEmbedded(t *testing.T, w *world) {
	_ = must(w.CreateProperty(w.ctx, site.Property{Name: "Region"}))(t)
	_ = must(w.CreateStream(w.ctx, site.Stream{Name: "Finance"}))(t)
	if c := w.connection(); c.Kind != site.Embedded || c.Version != 1 || c.ModifiedBy != "anna" {
		t.Errorf("got %+v", c)
	}
	h := must(w.History(w.ctx, "site", "site"))(t)
	if len(h) != 1 || h[0].ObjectName != "embedded site" || !cmp.Equal(h[0].Changes, []account.Change{{Field: "Site", After: "Embedded site"}}) {
		t.Errorf("history %+v", h)
	}
}

func testConnectionIsKept(t *testing.T, w *world) {
	c := repositoryOf(t, " Sense.ACME.example ")
	c.Port, c.RootPEM, c.RootFile, c.Callback = 4243, "", "/etc/root.pem", "https://console.acme.example/"
	c.Look, c.Sweep, c.Exports, c.Window, c.Acting = time.Minute, time.Hour, 2, site.Window{From: 1320, To: 360}, true
	w.must(w.SaveSiteConnection(w.ctx, c))
	want := c
	want.Host, want.Callback, want.Version, want.Modified, want.ModifiedBy = "sense.acme.example", "https://console.acme.example", 1, start, "anna"
	want.ClientPEM, want.KeyPEM = strings.TrimSpace(c.ClientPEM), strings.TrimSpace(c.KeyPEM)
	if got := w.connection(); got != want {
		t.Error(cmp.Diff(want, got))
	}
	h := must(w.History(w.ctx, "site", "site"))(t)[0]
	if !cmp.Equal(h.Changes[len(h.Changes)-2:], []account.Change{{Field: "Client certificate", After: "(set)"}, {Field: "Key of the certificate", After: "(set)"}}) {
		t.Errorf("history %+v", h.Changes)
	}
}

func testSiteSecrets(t *testing.T, w *world) {
	c := repositoryOf(t, "sense")
	w.must(w.SaveSiteConnection(w.ctx, c))
	again := w.connection()
	again.ClientPEM, again.KeyPEM, again.RootPEM, again.Port = "", "", "", 4243 // a form that was left empty
	w.must(w.SaveSiteConnection(w.ctx, again))
	if got := w.connection(); got.KeyPEM != strings.TrimSpace(c.KeyPEM) || got.RootPEM == "" || got.Version != 2 {
		t.Errorf("the stored ones were lost: %+v", got)
	}
	other := repositoryOf(t, "sense")
	other.Version = 2
	w.must(w.SaveSiteConnection(w.ctx, other))
	told := must(w.History(w.ctx, "site", "site"))(t)[0].Changes
	if !cmp.Equal(told[len(told)-3:], []account.Change{
		{Field: "Client certificate", Before: "(set)", After: "(changed)"}, {Field: "Key of the certificate", Before: "(set)", After: "(changed)"},
		{Field: "Root certificate", Before: "(set)", After: "(changed)"},
	}) {
		t.Errorf("history %+v", told)
	}
	proxy := site.Connection{Kind: site.Repository, Way: site.ByProxy, Host: "sense", Prefix: "/jwt/", JWT: "aaaa.bbbb.not-to-be-seen", Version: 3}
	w.must(w.SaveSiteConnection(w.ctx, proxy))
	if got := w.connection(); got.KeyPEM != "" || got.ClientPEM != "" || got.UserID != "" || got.JWT != proxy.JWT || got.Prefix != "jwt" {
		t.Errorf("got %+v", got)
	}
	_, err := w.Writer().Exec(`PRAGMA wal_checkpoint(TRUNCATE); VACUUM`)
	w.must(err)
	raw := must(os.ReadFile(filepath.Join(w.dir, "skyferry.db")))(t)
	line := strings.Split(strings.TrimSpace(c.KeyPEM), "\n")[1]
	if strings.Contains(string(raw), line) || strings.Contains(string(raw), "not-to-be-seen") {
		t.Error("a secret stands in the database in clear")
	}
}

func testJWTStays(t *testing.T, w *world) {
	c := site.Connection{Kind: site.Repository, Way: site.ByProxy, Host: "sense", JWT: "a.b.c"}
	w.must(w.SaveSiteConnection(w.ctx, c))
	c.JWT, c.Port, c.Version = "", 8443, 1
	w.must(w.SaveSiteConnection(w.ctx, c))
	c.Host, c.Version = "evil", 2
	refused(t, w.SaveSiteConnection(w.ctx, c), fault.Invalid, "jwt")
	c.JWT = "d.e.f"
	w.must(w.SaveSiteConnection(w.ctx, c))
	c.JWT, c.JWTFile, c.Version = "", "/etc/jwt", 3
	w.must(w.SaveSiteConnection(w.ctx, c))
	if got := w.connection(); got.JWT != "" || got.JWTFile != "/etc/jwt" {
		t.Errorf("got %+v", got)
	}
}

func testWrongConnection(t *testing.T, w *world) {
	f := fault.Of(w.SaveSiteConnection(w.ctx, site.Connection{Kind: site.Repository, Way: site.ByCertificate, Host: "https://sense/", Exports: 99}))
	for _, field := range []string{"host", "client", "key", "root", "directory", "user", "exports"} {
		if f.Fields[field] == "" {
			t.Errorf("nothing is said about %s: %v", field, f.Fields)
		}
	}
	if c := w.connection(); c.Kind != site.Unset {
		t.Errorf("it was kept: %+v", c)
	}
}

func testStaleConnection(t *testing.T, w *world) {
	c := repositoryOf(t, "sense")
	w.must(w.SaveSiteConnection(w.ctx, c))
	c.Port = 9
	refused(t, w.SaveSiteConnection(w.ctx, c), fault.Conflict, "")
}

func testFixedConnection(t *testing.T, w *world) {
	c := repositoryOf(t, "sense")
	c.Fixed = true
	w.must(w.SaveSiteConnection(t.Context(), c))
	byHand := w.connection()
	byHand.Fixed, byHand.ObserveOnly = false, true
	refused(t, w.SaveSiteConnection(w.ctx, byHand), fault.Conflict, "")
	w.must(w.SaveSiteConnection(t.Context(), byHand)) // the console starts without it
	byHand.ObserveOnly, byHand.Version = false, 2
	w.must(w.SaveSiteConnection(w.ctx, byHand))
}

func testSameConnection(t *testing.T, w *world) {
	w.must(w.SaveSiteConnection(w.ctx, repositoryOf(t, "sense")))
	mark, c := must(w.Mark(w.ctx))(t), w.connection()
	w.must(w.SaveSiteConnection(w.ctx, c))
	if w.connection() != c || must(w.Mark(w.ctx))(t) != mark {
		t.Error("what did not change was written")
	}
}

// A site with everything in it gives way to another one as a whole.
func testAnotherSite(t *testing.T, w *world) {
	stream := w.stream("Finance")
	w.must(w.CreateApp(w.ctx, site.App{ID: "a1", Name: "Sales", Owner: anna, Stream: stream}))
	_ = must(w.CreateProperty(w.ctx, site.Property{Name: "Region"}))(t)
	w.events()
	c := repositoryOf(t, "sense")
	c.Version = 1
	w.must(w.SaveSiteConnection(w.ctx, c))
	if e := w.jobs.take(); len(e) != 1 {
		t.Errorf("%d events", len(e))
	}
	m := w.Mirror(c)
	_, err := m.TakeApps(w.ctx, []site.App{readApp("a1", "Sales", finance())}, []string{"x"}, true)
	w.must(err)
	w.must(m.SiteTaken(w.ctx, 1))
	w.must(m.SetShrunk(w.ctx, &site.Shrunk{Known: 1}))
	c.Host, c.Version = "other", 2
	w.must(w.SaveSiteConnection(w.ctx, c))
	streams, properties, owners := must(w.Streams(w.ctx))(t), must(w.Properties(w.ctx))(t), must(w.Owners(w.ctx))(t)
	apps, shrunk := must(w.Apps(w.ctx, store.AppFilter{}))(t).Total, must(w.Shrunk(w.ctx))(t)
	if len(streams)+len(properties)+len(owners)+apps != 0 || shrunk != nil {
		t.Errorf("left %+v, %+v, %+v, %d apps, %+v", streams, properties, owners, apps, shrunk)
	}
	if known := must(w.Mirror(c).SiteKnown(w.ctx))(t); known {
		t.Error("the other site counts as read")
	}
	w.must(w.SaveSiteConnection(w.ctx, site.Connection{Kind: site.Embedded, Version: 3}))
	if got := w.connection(); got.Host != "" || got.KeyPEM != "" || got.Kind != site.Embedded {
		t.Errorf("kept of the repository: %+v", got)
	}
}

func (j *jobs) take() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	taken := j.events
	j.events = nil
	return taken
}

// observe switches Observe only of the flight's site on or off.
func (f *flight) observe(on bool) {
	f.Helper()
	c, err := f.SiteConnection(f.ctx)
	f.ok(err)
	c.ObserveOnly = on
	f.ok(f.SaveSiteConnection(f.ctx, c))
}

func TestOnlyObservedDeliveriesWait(t *testing.T) {
	t.Parallel()
	f := newFlight(t, openOnSQLite)
	_, d := f.sent("Sales", f.eu)
	f.observe(true)
	r := f.row(d.AppID, f.eu)
	if r.Delivery.State != distribution.Paused || r.Delivery.Cause != distribution.ObserveOnly || r.Shown != distribution.Waiting {
		t.Errorf("%s for %s, shown as %s", r.Delivery.State, r.Delivery.Cause, r.Shown)
	}
	f.ok(f.BindTenant(f.ctx, f.eu, tenantOf(f.eu)))
	if shown := f.row(d.AppID, f.eu).Shown; shown != distribution.Waiting {
		t.Errorf("shown as %s once its tenant is known", shown)
	}
	if failed, paused, err := f.Attention(f.ctx); failed != 0 || paused != 0 || err != nil {
		t.Errorf("%d failed, %d paused, %v", failed, paused, err)
	}
	page, err := f.StatusPage(f.ctx, distribution.StatusFilter{Tab: distribution.TabWaiting})
	if err != nil || len(page.Rows) != 1 || page.Counts[distribution.TabAttention] != 0 {
		t.Errorf("waiting %+v, counts %v, %v", page.Rows, page.Counts, err)
	}
	p, err := f.PausedAll(f.ctx)
	if err != nil || !p.Observing() || p.By != "ada" || !p.Since.Equal(f.moment) || !strings.HasPrefix(p.Reason, "Observe only:") {
		t.Errorf("%+v, %v", p, err)
	}
	// what is decided from now on gets its job, and the run reads that it has to wait
	_, later := f.sent("Stock", f.us)
	if w, err := f.LoadWork(f.ctx, later.ID, later.Ticket); err != nil || !w.PausedAll.Observing() {
		t.Errorf("%+v, %v", w.PausedAll, err)
	}
	if n, err := f.Retry(f.ctx, []string{d.ID}); n != 0 || err != nil {
		t.Errorf("%d sent again, %v", n, err)
	}
	f.observe(false)
	if r := f.row(d.AppID, f.eu).Delivery; r.State != distribution.Waiting || f.jobs.last(d.ID).ticket != r.Ticket {
		t.Errorf("%s, job %+v", r.State, f.jobs.last(d.ID))
	}
	if p, err := f.PausedAll(f.ctx); p != nil || err != nil {
		t.Errorf("%+v, %v", p, err)
	}
}

// Pauses and observing stand beside each other: each holds until it is ended itself, and deliveries say which one holds.
func TestObservingBesidePauses(t *testing.T) {
	t.Parallel()
	f := newFlight(t, openOnSQLite)
	_, d := f.sent("Sales", f.eu)
	cause := func() distribution.Cause { return f.row(d.AppID, f.eu).Delivery.Cause }
	for i, step := range []struct {
		do   func() error
		want distribution.Cause
	}{
		{func() error { f.observe(true); return nil }, distribution.ObserveOnly},
		{func() error { return f.PauseAll(f.ctx, deployment.Pause{Reason: "move"}) }, distribution.ObserveOnly},
		{func() error { f.observe(false); return nil }, distribution.PausedAllByAdmin},
		{func() error { f.observe(true); return nil }, distribution.PausedAllByAdmin},
		{func() error { return f.ResumeAll(f.ctx) }, distribution.ObserveOnly},
		{func() error { return f.ResumeAll(f.ctx) }, distribution.ObserveOnly},
		{func() error { return f.PauseDeployment(f.ctx, f.eu, deployment.Pause{Reason: "night"}) }, distribution.ObserveOnly},
		{func() error { return f.ResumeDeployment(f.ctx, f.eu) }, distribution.ObserveOnly},
		{func() error { return f.PauseDeployment(f.ctx, f.eu, deployment.Pause{Reason: "night"}) }, distribution.ObserveOnly},
		{func() error { f.observe(false); return nil }, distribution.PausedByAdmin},
		{func() error { return f.ResumeDeployment(f.ctx, f.eu) }, distribution.NoCause},
	} {
		f.ok(step.do())
		if got := cause(); got != step.want {
			t.Errorf("step %d: held by %q, want %q", i, got, step.want)
		}
	}
	if p, err := f.PausedAll(f.ctx); p != nil || err != nil {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestAnotherSiteIsRefusedWhileDeliveriesAreOpen(t *testing.T) {
	t.Parallel()
	f := newFlight(t, openOnSQLite)
	_, open := f.sent("Sales", f.eu)
	_, placed := f.sent("Stock", f.us)
	f.place(placed)
	c := repositoryOf(t, "sense")
	c.Version = 1
	err := f.SaveSiteConnection(f.ctx, c)
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "1 delivery is open") {
		t.Errorf("refused with %v", err)
	}
	_, begun := f.sent("Begun", f.us)
	begun = f.move(f.move(begun, distribution.Exporting), distribution.Uploading)
	begun.Cause = distribution.ObserveOnly
	begun = f.move(begun, distribution.Paused)
	f.observe(true)
	c.Version, c.ObserveOnly = 2, true
	err = f.SaveSiteConnection(f.ctx, c) // one has sent something
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "1 delivery is open") {
		t.Errorf("refused with %v", err)
	}
	if n, _, err := f.Cancel(f.ctx, []string{begun.ID}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	f.ok(f.SaveSiteConnection(f.ctx, c)) // the other was only observed and has sent nothing
	if apps, err := f.AppsByID(f.ctx, []string{open.AppID, placed.AppID}); len(apps) != 0 || err != nil {
		t.Errorf("apps %+v, %v", apps, err)
	}
	f.decide(distribution.Planner())
	if r := f.row(placed.AppID, f.us); r.Shown != distribution.LeftInTenant || r.Placement.LeftWhy != "the console's site changed from embedded site to sense" {
		t.Errorf("what was placed is %s: %+v", r.Shown, r.Placement)
	}
	if r := f.row(open.AppID, f.eu); r.Delivery.State != distribution.Cancelled {
		t.Errorf("what was open is %s", r.Delivery.State)
	}
}

// Who changes the site by mistake and changes it back finds everything as it was: nothing is sent twice.
func TestBackToTheSiteBeforeSendsNothingTwice(t *testing.T) {
	t.Parallel()
	f := newFlight(t, openOnSQLite)
	_, err := f.CreatePolicy(f.ctx, policy.Policy{Name: "All", Template: "Unspecified", ResourceFilter: "App_*", Actions: policy.ActionDistribute})
	f.ok(err)
	read := func(host string) {
		c := repositoryOf(t, host)
		now, err := f.SiteConnection(f.ctx)
		f.ok(err)
		c.Version = now.Version
		f.ok(f.SaveSiteConnection(f.ctx, c))
		f.decide(distribution.Planner())
		m := f.Mirror(c)
		_, err = m.TakeApps(f.ctx, []site.App{readApp("a1", "Sales", finance())}, []string{"x"}, true)
		f.ok(err)
		f.ok(m.SiteTaken(f.ctx, 1))
		f.decide(distribution.Planner())
	}
	read("sense")
	for _, id := range []string{f.eu, f.us} {
		f.place(f.row("a1", id).Delivery)
	}
	f.ok(f.SaveSiteConnection(f.ctx, site.Connection{Kind: site.Embedded, Version: 2}))
	f.decide(distribution.Planner())
	if r := f.row("a1", f.eu); r.Shown != distribution.LeftInTenant {
		t.Errorf("in between it is %s", r.Shown)
	}
	read("sense")
	for _, id := range []string{f.eu, f.us} {
		if r := f.row("a1", id); r.Shown != distribution.Distributed || !r.Placement.Left.IsZero() || r.Delivery.State.Open() {
			t.Errorf("back again it is %s: %+v", r.Shown, r.Placement)
		}
	}
}
