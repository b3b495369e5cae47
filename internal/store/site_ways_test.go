package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
)

func testGone(t *testing.T, m *mirror) {
	m.begun(readApp("a1", "Sales", finance()), readApp("a2", "Draft", nil))
	m.must(m.TakeGone(m.background, []string{"a1", "a2", "a3"}))
	if e := m.events(); !cmp.Equal(e, []site.EventKind{site.Deleted}) {
		t.Errorf("events %v", e)
	}
	if r := m.records("app"); len(r) != 2 || r[0].Action != "deleted" || r[0].Actor != "Qlik repository" || len(must(m.SitePrints(m.ctx))(t)) != 0 {
		t.Errorf("records %+v", r)
	}
	m.must(m.TakeGone(m.background, []string{"a1"}))
	if m.events() != nil {
		t.Error("it was deleted twice")
	}
}

func testComesBack(t *testing.T, m *mirror) {
	app := readApp("a1", "Sales", finance())
	m.begun(app)
	app.Size++
	m.take(app)
	version := m.app("a1").DataVersion()
	m.must(m.TakeGone(m.background, []string{"a1"}))
	m.take(app)
	if got := m.app("a1").DataVersion(); !got.Equal(version) {
		t.Errorf("unchanged it came back as %s, was %s", got, version)
	}
	m.must(m.TakeGone(m.background, []string{"a1"}))
	app.Size++
	m.take(app)
	if got := m.app("a1"); got.Generation != 3 {
		t.Errorf("changed it came back as %s", got.DataVersion())
	}
	m.must(m.TakeGone(m.background, []string{"a1"}))
	m.clock.pass(48 * time.Hour)
	m.must(m.Sweep(m.ctx, 24*time.Hour))
	if m.take(app); m.app("a1").Generation != 1 {
		t.Errorf("after it was forgotten it came back as %s", m.app("a1").DataVersion())
	}
}

func testManyApps(t *testing.T, m *mirror) {
	const many = 10_000
	apps := make([]site.App, many)
	for i := range apps {
		apps[i] = readApp(fmt.Sprintf("a%05d", i), fmt.Sprint("App ", i), &site.Stream{ID: fmt.Sprint("s", i%50), Name: fmt.Sprint("Stream ", i%50)})
		apps[i].Properties, apps[i].Tags = map[string][]string{"Region": {"EU"}}, []string{"daily"}
	}
	began := time.Now()
	for part := range slices.Chunk(apps, 200) {
		m.takePart(true, part...)
	}
	first := time.Since(began)
	began = time.Now()
	for part := range slices.Chunk(apps, 200) {
		m.take(part...)
	}
	t.Logf("%d apps: taken in %s, held against what is known in %s", many, first, time.Since(began))
	if p := must(m.SitePrints(m.ctx))(t); len(p) != many {
		t.Errorf("%d apps", len(p))
	}
	if took := first + time.Since(began); took > 2*time.Minute {
		t.Errorf("that took %s", took)
	}
}

func testOtherSitesReading(t *testing.T, m *mirror) {
	other := repositoryOf(t, "other.acme.example")
	other.Version = 1
	m.must(m.SaveSiteConnection(m.ctx, other))
	for what, err := range map[string]error{
		"apps":       second(m.TakeApps(m.background, []site.App{readApp("a1", "Sales", nil)}, []string{"x"}, true)),
		"streams":    m.TakeStreams(m.background, []site.Stream{*finance()}),
		"properties": m.TakeProperties(m.background, nil),
		"owners":     m.TakeOwners(m.background, nil),
		"gone":       m.TakeGone(m.background, []string{"a1"}),
		"end":        m.SiteTaken(m.background, 0),
		"shrunk":     m.SetShrunk(m.background, &site.Shrunk{Known: 3}),
		"believed":   m.ShrunkBelieved(m.background),
	} {
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "sense.acme.example") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if p := must(m.SitePrints(m.ctx))(t); len(p) != 0 {
		t.Errorf("taken %v", p)
	}
}

// Nobody remembers for ever which sites there were: what is told of a reading is true of the first as of any other.
func testBackAtASite(t *testing.T, m *mirror) {
	m.begun(readApp("a1", "Sales", finance()))
	there, back := repositoryOf(t, "other.acme.example"), repositoryOf(t, "sense.acme.example")
	there.Version, back.Version = 1, 2
	m.must(m.SaveSiteConnection(m.ctx, there))
	m.must(m.SaveSiteConnection(m.ctx, back))
	m.begun(readApp("a1", "Sales", finance()))
	if r := m.records("site")[0]; r.Action != "read in full" || r.ObjectName != "sense.acme.example" {
		t.Errorf("record %+v", r)
	}
	for _, r := range m.records("site") {
		if strings.Contains(r.Action, "first") {
			t.Errorf("%s was read before: %+v", r.ObjectName, r)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func testNotChangedHere(t *testing.T, m *mirror) {
	m.begun(readApp("a1", "Sales", finance()))
	mark := must(m.Mark(m.ctx))(t)
	_, stream := m.CreateStream(m.ctx, site.Stream{Name: "x"})
	_, property := m.CreateProperty(m.ctx, site.Property{Name: "x"})
	for what, err := range map[string]error{
		"create": m.CreateApp(m.ctx, site.App{ID: "a9", Name: "x"}), "publish": m.PublishApp(m.ctx, "a1", "s1", ""), "unpublish": m.UnpublishApp(m.ctx, "a1"),
		"edit": m.EditApp(m.ctx, "a1", store.AppEdit{Name: "x"}), "delete": m.DeleteApp(m.ctx, "a1"), "move": m.MoveApp(m.ctx, "a1", "s1"),
		"stream": stream, "rename": m.UpdateStream(m.ctx, site.Stream{ID: "s1", Name: "x"}), "drop": m.DeleteStream(m.ctx, "s1"), "property": property,
		"owner": m.PutOwner(m.ctx, site.Owner{ID: "o1", UserID: "x"}),
	} {
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "sense.acme.example") {
			t.Errorf("%s: %v", what, err)
		}
	}
	m.must(m.RequestDistribution(m.ctx, "a1"))
	if got := must(m.Mark(m.ctx))(t); got != mark+1 {
		t.Errorf("%d records", got-mark)
	}
}

func testShrunk(t *testing.T, m *mirror) {
	m.must(m.SetShrunk(m.background, nil))
	m.must(m.ShrunkBelieved(m.background))
	refused(t, m.AcceptShrunk(m.ctx, 1984), fault.Conflict, "")
	m.must(m.SetShrunk(m.background, &site.Shrunk{Known: 3004, Answered: 1020}))
	m.clock.pass(time.Minute)
	m.must(m.SetShrunk(m.background, &site.Shrunk{Known: 3004, Answered: 1020}))
	want := site.Shrunk{Known: 3004, Answered: 1020, Since: start}
	if got := must(m.Shrunk(m.ctx))(t); got == nil || *got != want {
		t.Fatalf("got %+v", got)
	}
	refused(t, m.AcceptShrunk(m.ctx, 1000), fault.Conflict, "") // what somebody saw before it shrank further
	m.must(m.AcceptShrunk(m.ctx, 1984))
	m.must(m.AcceptShrunk(m.ctx, 1984))
	m.must(m.SetShrunk(m.background, &site.Shrunk{Known: 3004, Answered: 1021}))
	if got := must(m.Shrunk(m.ctx))(t); !got.Accepted {
		t.Errorf("what was accepted is forgotten: %+v", got)
	}
	m.must(m.SetShrunk(m.background, &site.Shrunk{Known: 3204, Answered: 1121}))
	if got := must(m.Shrunk(m.ctx))(t); got.Accepted {
		t.Errorf("it was not accepted that more is missing: %+v", got)
	}
	m.must(m.SetShrunk(m.background, &site.Shrunk{Known: 3004, Answered: 7}))
	if got := must(m.Shrunk(m.ctx))(t); got.Accepted || !got.Since.Equal(start) {
		t.Errorf("it was not accepted that it shrinks further: %+v", got)
	}
	m.must(m.AcceptShrunk(m.ctx, 2997))
	m.must(m.ShrunkBelieved(m.background))
	m.must(m.SetShrunk(m.background, &site.Shrunk{Known: 3004, Answered: 7}))
	if got := must(m.Shrunk(m.ctx))(t); got.Accepted {
		t.Errorf("what was believed once counts still: %+v", got)
	}
	m.must(m.SetShrunk(m.background, nil))
	if got := must(m.Shrunk(m.ctx))(t); got != nil {
		t.Errorf("still %+v", got)
	}
	var told []string
	for _, r := range m.records("site") {
		told = append(told, r.Actor+" "+r.Action)
	}
	wantTold := []string{"Qlik repository answered all known apps", "anna accepted fewer apps", "Qlik repository answered fewer apps", "Qlik repository answered fewer apps", "Qlik repository answered fewer apps",
		"anna accepted fewer apps", "Qlik repository answered fewer apps", "anna changed"}
	if !cmp.Equal(told, wantTold) {
		t.Error(cmp.Diff(wantTold, told))
	}
}
