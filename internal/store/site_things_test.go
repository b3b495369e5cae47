package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
)

func (m *mirror) streamNames() (names []string) {
	for _, st := range must(m.Streams(m.ctx))(m.t) {
		names = append(names, st.ID+" "+st.Name)
	}
	return names
}

func testStreamsOfOneName(t *testing.T, m *mirror) {
	m.begun(readApp("a1", "Sales", finance()), readApp("a2", "Sales", &site.Stream{ID: "s2", Name: "Finance"}))
	m.must(m.TakeStreams(m.background, []site.Stream{*finance(), {ID: "s2", Name: "Finance", Owner: anna}, {ID: "s3", Name: "Finance"}}))
	if got := m.streamNames(); !cmp.Equal(got, []string{"s1 Finance", "s2 Finance", "s3 Finance"}) {
		t.Errorf("streams %v", got)
	}
	if a := m.app("a2"); a.Stream.ID != "s2" || a.Stream.Owner != anna {
		t.Errorf("stream %+v", a.Stream)
	}
}

func testNamesThatDifferInCase(t *testing.T, m *mirror) {
	app := readApp("a1", "Sales", finance())
	app.Properties = map[string][]string{"region": {"eu"}, "Region": {"EU"}, "REGION ": {"x"}}
	m.begun(app)
	m.must(m.TakeStreams(m.background, []site.Stream{*finance(), {ID: "s2", Name: "FINANCE"}, {ID: "s3", Name: " finance "}}))
	m.must(m.TakeProperties(m.background, []site.Property{{ID: "p1", Name: "Region", Values: []string{"EU"}, ForApps: true}, {ID: "p2", Name: "region", ForApps: true}}))
	if got := m.app("a1").Properties; !cmp.Equal(got, app.Properties) {
		t.Errorf("values %v", got)
	}
	if got := m.streamNames(); !cmp.Equal(got, []string{"s1 Finance", "s2 FINANCE", "s3  finance "}) {
		t.Errorf("streams %q", got)
	}
	v, err := m.Vocabulary(m.ctx)
	m.must(err)
	slices.Sort(v.CustomProperties)
	if !cmp.Equal(v.CustomProperties, []string{"REGION ", "Region"}) || !cmp.Equal(v.Choices["region"], []string{"EU"}) || len(v.Streams) != 3 {
		t.Errorf("vocabulary %+v, %v, %v", v.CustomProperties, v.Choices, v.Streams)
	}
	if lacking, all := v.Lacking("resource.@region"); lacking != 0 || all != 1 {
		t.Errorf("%d of %d lack it", lacking, all)
	}
	_, err = m.Apps(m.ctx, store.AppFilter{Search: "fin"})
	m.must(err)
}

func testSwappedNames(t *testing.T, m *mirror) {
	app := readApp("a1", "Sales", finance())
	app.Properties = map[string][]string{"A": {"1"}, "B": {"2"}}
	m.begun(app)
	m.must(m.TakeStreams(m.background, []site.Stream{*finance(), {ID: "s2", Name: "HR"}}))
	m.must(m.TakeProperties(m.background, []site.Property{{ID: "p1", Name: "A", ForApps: true}, {ID: "p2", Name: "B", ForApps: true}}))
	m.events()
	m.must(m.TakeStreams(m.background, []site.Stream{{ID: "s1", Name: "HR"}, {ID: "s2", Name: "Finance"}}))
	m.must(m.TakeProperties(m.background, []site.Property{{ID: "p1", Name: "B", ForApps: true}, {ID: "p2", Name: "A", ForApps: true}}))
	if e := m.events(); !cmp.Equal(e, []site.EventKind{distribution.SiteChanged, distribution.SiteChanged}) {
		t.Errorf("events %v", e)
	}
	if a := m.app("a1"); a.Stream.Name != "HR" || a.Properties["A"][0] != "2" || a.Properties["B"][0] != "1" {
		t.Errorf("%+v in %+v", a.Properties, a.Stream)
	}
	if page := must(m.Apps(m.ctx, store.AppFilter{Search: "hr"}))(t); page.Total != 1 {
		t.Errorf("%d apps are found by the stream's new name", page.Total)
	}
	if r := m.records("stream"); len(r) != 2 || r[0].Action != "changed" || r[0].Actor != "Qlik repository" {
		t.Errorf("records %+v", r)
	}
}

// A definition is deleted, and another one gets its name, between two readings.
func testTakenOverName(t *testing.T, m *mirror) {
	app := readApp("a1", "Sales", finance())
	app.Properties = map[string][]string{"A": {"1", "2"}, "B": {"3", "4"}}
	m.begun(app)
	m.must(m.TakeProperties(m.background, []site.Property{{ID: "p1", Name: "A", ForApps: true}, {ID: "p2", Name: "B", ForApps: true}}))
	m.must(m.TakeProperties(m.background, []site.Property{{ID: "p1", Name: "B", ForApps: true}}))
	if got := m.app("a1").Properties; !cmp.Equal(got, map[string][]string{"B": {"1", "2"}}) {
		t.Errorf("values %v", got)
	}
	if p := must(m.Properties(m.ctx))(t); len(p) != 1 || p[0].ID != "p1" {
		t.Errorf("properties %+v", p)
	}
}

func testUnofferedValues(t *testing.T, m *mirror) {
	app := readApp("a1", "Sales", finance())
	app.Properties = map[string][]string{"Region": {"Mars", "Mars", ""}}
	m.begun()
	m.must(m.TakeProperties(m.background, []site.Property{{ID: "p1", Name: "Region", Values: []string{"EU"}, ForStreams: true}}))
	m.take(app)
	if got := m.app("a1").Properties; !cmp.Equal(got, map[string][]string{"Region": {"", "Mars", "Mars"}}) {
		t.Errorf("values %q", got)
	}
	m.must(m.TakeProperties(m.background, []site.Property{{ID: "p1", Name: "Region", Values: []string{"US"}, ForApps: true}}))
	if got := m.app("a1").Properties["Region"]; len(got) != 3 {
		t.Errorf("values %q", got)
	}
}

func testUnknownThings(t *testing.T, m *mirror) {
	app := readApp("a1", "Sales", finance())
	app.Properties = map[string][]string{"Region": {"EU"}}
	m.begun()
	m.take(app)
	if got := m.app("a1"); got.Stream.Name != "Finance" || got.Owner != anna || got.Properties["Region"][0] != "EU" {
		t.Fatalf("taken as %+v", got)
	}
	m.events()
	m.must(m.TakeStreams(m.background, []site.Stream{{ID: "s1", Name: "Finance", Owner: anna, Properties: map[string][]string{"Level": {"gold"}}}}))
	m.must(m.TakeProperties(m.background, []site.Property{{ID: "p1", Name: "Region", Values: []string{"EU"}, ForApps: true}, {ID: "p2", Name: "Level", ForStreams: true}}))
	got := m.app("a1")
	if got.Properties["Region"][0] != "EU" || got.Stream.Properties["Level"][0] != "gold" || got.Stream.Owner != anna {
		t.Errorf("then %+v in %+v", got, got.Stream)
	}
	properties := must(m.Properties(m.ctx))(t)
	if len(properties) != 2 || properties[0].ID != "p2" || properties[1].ID != "p1" || properties[1].Apps != 1 {
		t.Errorf("properties %+v", properties)
	}
	bare := readApp("a2", "Bare", &site.Stream{ID: "s9"})
	bare.Owner = site.Owner{ID: "o9"}
	m.take(bare)
	if got := m.app("a2"); got.Stream == nil || got.Stream.ID != "s9" || got.Owner.ID != "o9" {
		t.Errorf("an app that tells ids alone: %+v", got)
	}
	app.Stream, app.Modified, app.Owner = &site.Stream{ID: "s1"}, start.Add(time.Minute), site.Owner{ID: "o1"}
	if m.take(app); m.app("a1").Stream.Name != "Finance" || m.app("a1").Owner != anna {
		t.Errorf("names were lost: %+v", m.app("a1"))
	}
	if h := m.take(readApp("a3", "Nowhere", &site.Stream{Name: "x"})); h[0].Kind != "" || m.app("a3").Published() {
		t.Errorf("a stream without an id: %+v, %+v", h, m.app("a3"))
	}
}

func testUnusedThings(t *testing.T, m *mirror) {
	app := readApp("a1", "Sales", finance())
	app.Properties = map[string][]string{"Region": {"EU"}}
	m.begun(app)
	m.must(m.TakeStreams(m.background, []site.Stream{*finance(), {ID: "s2", Name: "HR"}}))
	m.must(m.TakeProperties(m.background, []site.Property{{ID: "p1", Name: "Region"}, {ID: "p2", Name: "Level"}}))
	m.must(m.TakeStreams(m.background, nil))
	m.must(m.TakeProperties(m.background, nil))
	if got := m.streamNames(); !cmp.Equal(got, []string{"s1 Finance"}) {
		t.Errorf("streams %v", got)
	}
	if p := must(m.Properties(m.ctx))(t); len(p) != 1 || p[0].ID != "p1" || m.app("a1").Properties["Region"] == nil {
		t.Errorf("properties %+v", p)
	}
	if r := m.records("site"); r[0].Changes[0] != (account.Change{Field: "Custom properties", Before: "Level"}) || r[1].Changes[0].Before != "HR" {
		t.Errorf("records %+v", r)
	}
}

func testOddApps(t *testing.T, m *mirror) {
	odd := readApp("AB1", "", finance())
	odd.LastReload, odd.PublishedAt, odd.Created, odd.Size = time.Unix(0, 0), time.Date(1753, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC), -1
	odd.Tags, odd.Name = []string{"", "x", "x"}, strings.Repeat("n", 5000)+"\x00"
	m.begun(odd)
	before := m.writes()
	m.take(odd, odd)
	if m.writes() != before || m.events() != nil || m.app("ab1").Generation != 1 {
		t.Errorf("taken again: %+v", m.app("ab1"))
	}
	twice := odd
	twice.Size = 5
	if h := m.take(twice, twice, odd); h[0].Kind != site.Replaced || h[1].Kind != "" || h[2].Kind != site.Replaced || m.app("ab1").Generation != 3 {
		t.Errorf("happened %+v", h)
	}
	m.must(m.TakeGone(m.background, []string{"AB1"}))
	if p := must(m.SitePrints(m.ctx))(t); len(p) != 0 {
		t.Errorf("still %v", p)
	}
}

func testOwnersOfTheSite(t *testing.T, m *mirror) {
	m.begun(readApp("a1", "Sales", finance()))
	annaToo := anna
	annaToo.Name, annaToo.Email = "Anna B.", "anna@acme.example"
	m.must(m.TakeOwners(m.background, []site.Owner{annaToo, {ID: "o7", UserID: "x", Name: "Nobody here"}}))
	if got := must(m.Owners(m.ctx))(t); !cmp.Equal(got, []site.Owner{annaToo}) || !cmp.Equal(m.events(), []site.EventKind{distribution.SiteChanged}) {
		t.Errorf("owners %+v", got)
	}
	app := readApp("a1", "Sales", finance())
	app.Owner.Name, app.Modified = "Anna B.", start.Add(time.Minute)
	if m.take(app); m.app("a1").Owner != annaToo || m.events() != nil {
		t.Errorf("the address was lost: %+v", m.app("a1").Owner)
	}
	app.Owner.Name, app.Modified = "Anna C.", start.Add(2*time.Minute)
	if m.take(app); m.app("a1").Owner.Name != "Anna C." || !cmp.Equal(m.events(), []site.EventKind{distribution.SiteChanged}) {
		t.Errorf("not renamed: %+v", m.app("a1").Owner)
	}
	app.Owner = site.Owner{ID: "o2", UserID: "bob", Name: "Bob"}
	m.take(app)
	m.must(m.TakeOwners(m.background, nil))
	if got := must(m.Owners(m.ctx))(t); len(got) != 1 || got[0].ID != "o2" {
		t.Errorf("owners %+v", got)
	}
}
