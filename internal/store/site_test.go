package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
)

func TestMirrorOnSQLite(t *testing.T) { mirrorConformance(t, openSQLite) }

// mirrorConformance is what every database must do with what a connector reads.
func mirrorConformance(t *testing.T, open opener) {
	for name, test := range map[string]func(*testing.T, *mirror){
		"a first sweep makes one event":               testFirstSweep,
		"a broken off first sweep is ended":           testBrokenFirstSweep,
		"the same reading again writes nothing":       testSameReadingAgain,
		"a modification date alone is nothing":        testModifiedAlone,
		"any difference of data is another version":   testDataVersions,
		"there and back are three versions":           testThereAndBack,
		"unpublished and published between two looks": testPublishedBetweenLooks,
		"one event by what matters most":              testWhatMattersMost,
		"unpublished apps make records only":          testUnpublishedOnes,
		"streams of one name":                         testStreamsOfOneName,
		"names that differ in case":                   testNamesThatDifferInCase,
		"two names are swapped":                       testSwappedNames,
		"one name is taken over":                      testTakenOverName,
		"values that nothing offers":                  testUnofferedValues,
		"unknown streams, owners and definitions":     testUnknownThings,
		"what nothing uses goes":                      testUnusedThings,
		"odd dates, ids and doubles":                  testOddApps,
		"owners":                                      testOwnersOfTheSite,
		"deleted apps":                                testGone,
		"an app that comes back as it was":            testComesBack,
		"ten thousand apps":                           testManyApps,
		"another site's reading is refused":           testOtherSitesReading,
		"the embedded site's changes are refused":     testNotChangedHere,
		"a shrinking list":                            testShrunk,
		"a site that the console comes back to":       testBackAtASite,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newMirror(t, open))
		})
	}
}

// mirror is a world whose site is a repository.
type mirror struct {
	*world
	*store.Mirror
	background context.Context
}

func repositoryOf(t testing.TB, host string) site.Connection {
	certificate, key := pair(t)
	return site.Connection{Kind: site.Repository, Way: site.ByCertificate, Host: host, ClientPEM: certificate, KeyPEM: key, RootPEM: certificate,
		UserDirectory: "SERVICE", UserID: "skyferry"}
}

func newMirror(t *testing.T, open opener) *mirror {
	t.Helper()
	w := newWorld(t, open)
	c := repositoryOf(t, "sense.acme.example")
	w.must(w.SaveSiteConnection(w.ctx, c))
	return &mirror{world: w, Mirror: w.Store.Mirror(c), background: t.Context()}
}

func finance() *site.Stream { return &site.Stream{ID: "s1", Name: "Finance"} }

var anna = site.Owner{ID: "o1", UserID: "anna", Directory: "ACME", Name: "Anna"}

// readApp is an app as a repository answers it.
func readApp(id, name string, stream *site.Stream) site.App {
	a := site.App{ID: id, Name: name, Owner: anna, Stream: stream, Size: 100, LastReload: start.Add(-time.Hour), Created: start.Add(-24 * time.Hour), Modified: start}
	if stream != nil {
		a.PublishedAt = start.Add(-2 * time.Hour)
	}
	return a
}

func (m *mirror) take(apps ...site.App) []site.Happened {
	m.t.Helper()
	return m.takePart(false, apps...)
}

func (m *mirror) takePart(first bool, apps ...site.App) []site.Happened {
	m.t.Helper()
	prints := make([]string, len(apps))
	for i, a := range apps {
		prints[i] = fmt.Sprint(a.Modified.UnixMicro(), a.Name)
	}
	h, err := m.TakeApps(m.background, apps, prints, first)
	m.must(err)
	return h
}

// begun is a mirror that has taken these apps and told of them.
func (m *mirror) begun(apps ...site.App) {
	m.t.Helper()
	m.takePart(true, apps...)
	m.must(m.SiteTaken(m.background, len(apps)))
	m.events()
}

func (m *mirror) app(id string) site.App {
	m.t.Helper()
	return must(m.App(m.ctx, id))(m.t)
}

func (m *mirror) records(kind string) []account.Record {
	m.t.Helper()
	return must(m.Audit(m.ctx, store.AuditFilter{Kind: kind, Limit: 200}))(m.t).Rows
}

func testFirstSweep(t *testing.T, m *mirror) {
	h := m.takePart(true, readApp("a1", "Sales", finance()), readApp("a2", "Draft", nil))
	if len(h) != 2 || h[0].Kind != site.Published || h[1].Kind != "" {
		t.Errorf("happened %+v", h)
	}
	if known := must(m.SiteKnown(m.ctx))(t); known {
		t.Error("the site is known before its first sweep has ended")
	}
	if e := m.events(); e != nil || len(m.records("app")) != 0 {
		t.Errorf("events %v, records %+v", e, m.records("app"))
	}
	m.must(m.SiteTaken(m.background, 2))
	if e := m.events(); !cmp.Equal(e, []site.EventKind{distribution.SiteChanged}) || !must(m.SiteKnown(m.ctx))(t) {
		t.Errorf("at the end: %v", e)
	}
	if r := m.records("site")[0]; r.Actor != "Qlik repository" || r.Action != "read in full" || r.Changes[0].After != "2" {
		t.Errorf("record %+v", r)
	}
	a := m.app("a1")
	if a.Generation != 1 || a.Owner != anna || a.Stream.Name != "Finance" || !a.LastReload.Equal(start.Add(-time.Hour)) || !a.Created.Equal(start.Add(-24*time.Hour)) {
		t.Errorf("taken as %+v", a)
	}
	if p := must(m.SitePrints(m.ctx))(t); len(p) != 2 || p["a1"] == "" {
		t.Errorf("prints %v", p)
	}
}

// A console that was killed in its first sweep does not know of it: whatever it takes next decides also what came before.
func testBrokenFirstSweep(t *testing.T, m *mirror) {
	m.takePart(true, readApp("a1", "Sales", finance()))
	m.take(readApp("a2", "Stock", finance()))
	if e := m.events(); !cmp.Equal(e, []site.EventKind{distribution.SiteChanged, site.Published}) {
		t.Errorf("events %v", e)
	}
}

func testSameReadingAgain(t *testing.T, m *mirror) {
	app := readApp("a1", "Sales", finance())
	app.Tags, app.Properties = []string{"b", "a"}, map[string][]string{"Region": {"US", "EU"}, "Empty": nil}
	streams, owners := []site.Stream{*finance()}, []site.Owner{anna}
	properties := []site.Property{{ID: "p1", Name: "Region", Values: []string{"EU", "US"}, ForApps: true}}
	read := func() {
		m.take(app)
		m.must(m.TakeStreams(m.background, streams))
		m.must(m.TakeOwners(m.background, owners))
		m.must(m.TakeProperties(m.background, properties))
	}
	m.begun(app)
	read()
	m.events()
	before, mark := m.writes(), must(m.Mark(m.ctx))(t)
	app.Tags, app.Properties = []string{"a", "b"}, map[string][]string{"Region": {"EU", "US"}}
	read()
	if after := m.writes(); after != before || must(m.Mark(m.ctx))(t) != mark || m.events() != nil {
		t.Errorf("%d rows were written", after-before)
	}
}

// writes counts the rows that the writing connection has changed.
func (m *mirror) writes() (n int64) {
	m.t.Helper()
	m.must(m.Writer().QueryRow(`SELECT total_changes()`).Scan(&n))
	return n
}

func testModifiedAlone(t *testing.T, m *mirror) {
	app := readApp("a1", "Sales", finance())
	m.begun(app)
	mark := must(m.Mark(m.ctx))(t)
	app.Modified = start.Add(time.Minute)
	if h := m.take(app); h[0].Kind != "" || m.events() != nil || must(m.Mark(m.ctx))(t) != mark {
		t.Errorf("happened %+v", h)
	}
	if got := m.app("a1"); !got.Modified.Equal(app.Modified) || got.Generation != 1 {
		t.Errorf("got %+v", got)
	}
}

func testDataVersions(t *testing.T, m *mirror) {
	app := readApp("a1", "Sales", finance())
	m.begun(app)
	for i, step := range []struct {
		change func()
		want   site.EventKind
	}{
		{func() { app.LastReload = app.LastReload.Add(time.Hour) }, site.Reloaded},
		{func() { app.LastReload = app.LastReload.Add(-24 * time.Hour) }, site.Replaced},
		{func() { app.Size++ }, site.Replaced},
		{func() { app.PublishedAt = app.PublishedAt.Add(time.Second) }, site.Published},
		{func() { app.LastReload = time.Time{} }, site.Replaced},
	} {
		step.change()
		h := m.take(app)
		if got := m.app("a1"); h[0].Kind != step.want || got.Generation != int64(i+2) || !cmp.Equal(m.events(), []site.EventKind{step.want}) {
			t.Errorf("step %d: %+v, generation %d", i, h, got.Generation)
		}
	}
	if r := m.records("app")[0]; r.Actor != "Qlik repository" || r.Action != "replaced" || r.ObjectName != "Sales" {
		t.Errorf("record %+v", r)
	}
}

func testThereAndBack(t *testing.T, m *mirror) {
	app := readApp("a1", "Sales", finance())
	m.begun(app)
	first := m.app("a1").DataVersion()
	there := app
	there.LastReload = app.LastReload.Add(time.Hour)
	m.take(there)
	second := m.app("a1").DataVersion()
	m.take(app)
	third := m.app("a1").DataVersion()
	if first.Equal(second) || second.Equal(third) || first.Equal(third) {
		t.Errorf("versions %s, %s, %s", first, second, third)
	}
}

func testPublishedBetweenLooks(t *testing.T, m *mirror) {
	app := readApp("a1", "Sales", finance())
	m.begun(app)
	app.PublishedAt, app.Stream = start, &site.Stream{ID: "s2", Name: "HR"}
	h := m.take(app)[0]
	if h.Kind != site.Published || h.Note != `published again, moved to "HR"` || m.app("a1").Generation != 2 {
		t.Errorf("happened %+v", h)
	}
}

func testWhatMattersMost(t *testing.T, m *mirror) {
	app := readApp("a1", "Sales", finance())
	m.begun(app)
	app.Name, app.Description, app.Tags, app.Properties = "Revenue", "new", []string{"x"}, map[string][]string{"Region": {"EU"}}
	app.Owner = site.Owner{ID: "o2", UserID: "bob", Directory: "ACME", Name: "Bob"}
	h := m.take(app)[0]
	want := site.Happened{Kind: site.Changed, Note: `renamed from "Sales", description changed, owner changed, custom properties changed, tags changed`}
	if h != want || !cmp.Equal(m.events(), []site.EventKind{site.Changed}) || m.app("a1").Generation != 1 {
		t.Errorf("happened %+v", h)
	}
	app.Name, app.Stream, app.LastReload = "Sales", &site.Stream{ID: "s2", Name: "HR"}, start
	want = site.Happened{Kind: site.Reloaded, Note: `reloaded, moved to "HR", renamed from "Revenue"`}
	if h = m.take(app)[0]; h != want || !cmp.Equal(m.events(), []site.EventKind{site.Reloaded}) {
		t.Errorf("happened %+v", h)
	}
	app.Stream, app.PublishedAt, app.Size = nil, time.Time{}, 7
	want = site.Happened{Kind: site.Unpublished, Note: `unpublished, replaced`}
	if h = m.take(app)[0]; h != want || !cmp.Equal(m.events(), []site.EventKind{site.Unpublished}) {
		t.Errorf("happened %+v", h)
	}
}

func testUnpublishedOnes(t *testing.T, m *mirror) {
	m.begun()
	app := readApp("a1", "Draft", nil)
	m.take(app)
	app.LastReload = start
	if h := m.take(app)[0]; h.Kind != "" || m.events() != nil || m.app("a1").Generation != 2 {
		t.Errorf("happened %+v", h)
	}
	if r := m.records("app"); len(r) != 2 || r[0].Action != "reloaded" || r[1].Action != "created" {
		t.Errorf("records %+v", r)
	}
	app.Stream, app.PublishedAt = finance(), start
	if h := m.take(app)[0]; h.Kind != site.Published || !cmp.Equal(m.events(), []site.EventKind{site.Published}) {
		t.Errorf("happened %+v", h)
	}
}
