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

// manyApps makes apps whose sort values repeat, so that only the id tells their order.
func manyApps(w *world, n int) {
	w.t.Helper()
	streams := []*site.Stream{nil, w.stream("Finance"), w.stream("sales"), w.stream("Ärzte")}
	for i := range 3 {
		w.must(w.PutOwner(w.ctx, site.Owner{ID: fmt.Sprint("o", i), Name: []string{"zoe", "Bob", "anna"}[i]}))
	}
	for i := range n {
		w.must(w.CreateApp(w.ctx, site.App{
			ID: fmt.Sprintf("app-%05d", (i*7919)%n), Name: fmt.Sprintf("App %d", i%11), Stream: streams[i%4],
			Owner: site.Owner{ID: fmt.Sprint("o", i%3)}, Size: int64(i % 5), LastReload: start.Add(time.Duration(i%6) * time.Hour),
		}))
		if i%10 == 0 {
			w.clock.pass(time.Minute)
		}
	}
}

func testKeyset(t *testing.T, w *world) {
	const n = 60
	manyApps(w, n)
	for _, sort := range []string{"", "name", "stream", "owner", "size", "reload", "changed"} {
		for _, descending := range []bool{false, true} {
			all := must(w.Apps(w.ctx, store.AppFilter{Sort: sort, Descending: descending, Limit: 200}))(t)
			if len(all.Rows) != n || all.Total != n || all.Next != "" {
				t.Fatalf("%s: %d rows, total %d, next %q", sort, len(all.Rows), all.Total, all.Next)
			}
			var got []string
			filter := store.AppFilter{Sort: sort, Descending: descending, Limit: 7}
			for {
				page := must(w.Apps(w.ctx, filter))(t)
				got = append(got, ids(page.Rows)...)
				if filter.After = page.Next; page.Next == "" {
					break
				}
			}
			if want := ids(all.Rows); !cmp.Equal(got, want) {
				t.Errorf("sorted by %q, descending %v: the pages differ from the whole: %s", sort, descending, cmp.Diff(want, got))
			}
		}
	}
	byStream := must(w.Apps(w.ctx, store.AppFilter{Sort: "stream", Descending: true}))(t).Rows
	if byStream[0].Stream == nil || byStream[0].Stream.Name != "Ärzte" {
		t.Errorf("the last stream by name is %+v", byStream[0].Stream)
	}
	bySize := must(w.Apps(w.ctx, store.AppFilter{Sort: "size", Limit: 1}))(t).Next
	for _, after := range []string{"nonsense", bySize, "W10", "WzEsMl0"} {
		_, err := w.Apps(w.ctx, store.AppFilter{After: after})
		refused(t, err, fault.Invalid, "")
	}
}

func ids(rows []store.AppRow) []string {
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids
}

func testAppFilter(t *testing.T, w *world) {
	finance := w.stream("Finance")
	w.must(w.PutOwner(w.ctx, site.Owner{ID: "o1", Name: "Zoë"}))
	w.app("a1", "Margin 100%", finance)
	w.app("a2", "Budget_2026", finance)
	w.must(w.CreateApp(w.ctx, site.App{ID: "a3", Name: "Notes", Owner: site.Owner{ID: "o1"}}))
	yes, no := true, false
	for name, test := range map[string]struct {
		filter store.AppFilter
		want   []string
	}{
		"by name, ignoring case": {store.AppFilter{Search: " bUDGET "}, []string{"a2"}},
		"a percent sign":         {store.AppFilter{Search: "0%"}, []string{"a1"}},
		"an underscore":          {store.AppFilter{Search: "t_2"}, []string{"a2"}},
		"by stream name":         {store.AppFilter{Search: "finan"}, []string{"a2", "a1"}},
		"by owner name":          {store.AppFilter{Search: "ZOË"}, []string{"a3"}},
		"by stream":              {store.AppFilter{Stream: finance.ID}, []string{"a2", "a1"}},
		"by owner":               {store.AppFilter{Owner: "o1"}, []string{"a3"}},
		"published":              {store.AppFilter{Published: &yes}, []string{"a2", "a1"}},
		"not published":          {store.AppFilter{Published: &no}, []string{"a3"}},
		"nothing":                {store.AppFilter{Search: "no such"}, nil},
	} {
		page := must(w.Apps(w.ctx, test.filter))(t)
		if got := ids(page.Rows); !cmp.Equal(got, test.want) || page.Total != len(test.want) {
			t.Errorf("%s: %v, total %d, want %v", name, got, page.Total, test.want)
		}
	}
}

func testLifeOfAnApp(t *testing.T, w *world) {
	finance, sales := w.stream("Finance"), w.stream("Sales")
	w.must(w.CreateApp(w.ctx, site.App{ID: "a1", Name: "Margin", Size: 10, SHA256: "aa", Tags: []string{"t"}}))
	w.clock.pass(time.Hour)
	w.must(w.PublishApp(w.ctx, "a1", finance.ID, " Margin EU "))
	a := must(w.App(w.ctx, "a1"))(t)
	if a.Name != "Margin EU" || a.Stream.Name != "Finance" || a.Generation != 1 || !a.PublishedAt.Equal(start.Add(time.Hour)) || !a.Modified.Equal(a.PublishedAt) {
		t.Errorf("published: %+v", a)
	}
	refused(t, w.PublishApp(w.ctx, "a1", sales.ID, ""), fault.Conflict, "")
	w.must(w.MoveApp(w.ctx, "a1", sales.ID))
	reload := start.Add(-time.Hour)
	old := must(w.ReplaceApp(w.ctx, "a1", site.File{Size: 20, SHA256: "bb", LastReload: reload}))(t)
	if old.SHA256 != "aa" || !must(w.ContentUsed(w.ctx, "bb"))(t) || must(w.ContentUsed(w.ctx, "aa"))(t) {
		t.Errorf("the old file is %s", old.SHA256)
	}
	edit := store.AppEdit{Name: "Margin EU", Description: "d", Tags: []string{"t"}}
	w.must(w.EditApp(w.ctx, "a1", edit))
	w.must(w.EditApp(w.ctx, "a1", edit)) // nothing differs: no event
	refused(t, w.EditApp(w.ctx, "a1", store.AppEdit{Name: " "}), fault.Invalid, "name")
	refused(t, w.EditApp(w.ctx, "a1", store.AppEdit{Name: strings.Repeat("é", 257)}), fault.Invalid, "name")
	refused(t, w.EditApp(w.ctx, "a1", store.AppEdit{Name: "a\nb"}), fault.Invalid, "name")
	refused(t, w.EditApp(w.ctx, "a1", store.AppEdit{Name: "a", Description: strings.Repeat("x", 2001)}), fault.Invalid, "description")
	refused(t, w.EditApp(w.ctx, "a1", store.AppEdit{Name: "a", Tags: []string{"b", strings.Repeat("x", 257)}}), fault.Invalid, "tags")
	w.must(w.RequestDistribution(w.ctx, "a1"))
	a = must(w.App(w.ctx, "a1"))(t)
	if a.Generation != 2 || !a.LastReload.Equal(reload) || a.Stream.ID != sales.ID || a.Size != 20 {
		t.Errorf("replaced and moved: %+v", a)
	}
	w.must(w.UnpublishApp(w.ctx, "a1"))
	w.must(w.PublishApp(w.ctx, "a1", sales.ID, ""))
	w.must(w.DeleteApp(w.ctx, "a1"))
	_, err := w.App(w.ctx, "a1")
	refused(t, err, fault.NotFound, "")
	want := []site.EventKind{site.Published, site.Moved, site.Replaced, site.Changed, site.Requested, site.Unpublished, site.Published, site.Deleted}
	if got := w.events(); !cmp.Equal(got, want) {
		t.Error(cmp.Diff(want, got))
	}
	var actions []string
	for _, r := range must(w.History(w.ctx, "app", "a1"))(t) {
		actions = append(actions, r.Action)
	}
	slices.Reverse(actions)
	if want := []string{"created", "published", "moved", "replaced", "changed", "requested distribution", "unpublished", "published", "deleted"}; !cmp.Equal(actions, want) {
		t.Error(cmp.Diff(want, actions))
	}
}

func testUnpublishedAppsAreQuiet(t *testing.T, w *world) {
	w.app("a1", "Draft", nil)
	w.must(w.EditApp(w.ctx, "a1", store.AppEdit{Name: "Draft 2"}))
	must(w.ReplaceApp(w.ctx, "a1", site.File{Size: 1, SHA256: "x"}))(t)
	refused(t, w.RequestDistribution(w.ctx, "a1"), fault.Conflict, "")
	refused(t, w.MoveApp(w.ctx, "a1", w.stream("S").ID), fault.Conflict, "")
	refused(t, w.UnpublishApp(w.ctx, "a1"), fault.Conflict, "")
	refused(t, w.PublishApp(w.ctx, "a1", "no such stream", ""), fault.NotFound, "stream")
	w.must(w.DeleteApp(w.ctx, "a1"))
	if len(w.jobs.events) != 0 {
		t.Errorf("%d events of an app that was never published", len(w.jobs.events))
	}
}

func testStreams(t *testing.T, w *world) {
	finance := w.stream(" Finance ")
	w.app("a1", "Margin", finance)
	w.events()
	row := must(w.Stream(w.ctx, finance.ID))(t)
	if row.Apps != 1 || row.Name != "Finance" {
		t.Errorf("got %+v", row)
	}
	refused(t, w.DeleteStream(w.ctx, finance.ID), fault.Conflict, "")
	w.must(w.UpdateStream(w.ctx, site.Stream{ID: finance.ID, Name: "Money"}))
	w.must(w.UpdateStream(w.ctx, site.Stream{ID: finance.ID, Name: "Money"}))
	if got := w.events(); !cmp.Equal(got, []site.EventKind{"site-changed"}) {
		t.Errorf("events %v", got)
	}
	if page := must(w.Apps(w.ctx, store.AppFilter{Search: "money"}))(t); page.Total != 1 || page.Rows[0].Stream.Name != "Money" {
		t.Errorf("after the rename: %+v", page)
	}
	w.must(w.DeleteApp(w.ctx, "a1"))
	w.must(w.DeleteStream(w.ctx, finance.ID))
	if rows := must(w.Streams(w.ctx))(t); len(rows) != 0 {
		t.Errorf("left: %+v", rows)
	}
}

func testProperties(t *testing.T, w *world) {
	region := site.Property{Name: "Region", Values: []string{"EMEA", " APAC", "EMEA", ""}, ForApps: true, ForStreams: true}
	region.ID = must(w.CreateProperty(w.ctx, region))(t)
	finance := w.stream("Finance")
	w.must(w.UpdateStream(w.ctx, site.Stream{ID: finance.ID, Name: "Finance", Properties: map[string][]string{"Region": {"APAC"}}}))
	w.app("a1", "Margin", finance)
	values := map[string][]string{"Region": {"EMEA", "APAC"}}
	w.must(w.EditApp(w.ctx, "a1", store.AppEdit{Name: "Margin", Properties: values}))
	a := must(w.App(w.ctx, "a1"))(t)
	if !cmp.Equal(a.Properties, values) || !cmp.Equal(a.Stream.Properties, map[string][]string{"Region": {"APAC"}}) {
		t.Errorf("app %v, stream %v", a.Properties, a.Stream.Properties)
	}
	sales := w.stream("Sales")
	w.must(w.UpdateStream(w.ctx, site.Stream{ID: sales.ID, Name: "Sales", Properties: values}))
	rows := must(w.Streams(w.ctx))(t)
	if len(rows) != 2 || !cmp.Equal(rows[0].Properties, map[string][]string{"Region": {"APAC"}}) || !cmp.Equal(rows[1].Properties, values) {
		t.Errorf("streams %+v", rows)
	}
	refused(t, w.EditApp(w.ctx, "a1", store.AppEdit{Name: "Margin", Properties: map[string][]string{"Region": {"Mars"}}}), fault.Invalid, "properties")
	refused(t, w.EditApp(w.ctx, "a1", store.AppEdit{Name: "Margin", Properties: map[string][]string{"Cloud": {"x"}}}), fault.Invalid, "properties")
	if a := must(w.App(w.ctx, "a1"))(t); !cmp.Equal(a.Properties, values) {
		t.Errorf("a refused edit changed the values to %v", a.Properties)
	}

	region.Name, region.Values, region.ForStreams = "Area", []string{"EMEA"}, false
	w.events()
	w.must(w.UpdateProperty(w.ctx, region))
	if got := w.events(); !cmp.Equal(got, []site.EventKind{"site-changed"}) {
		t.Errorf("events %v", got)
	}
	a = must(w.App(w.ctx, "a1"))(t)
	if !cmp.Equal(a.Properties, map[string][]string{"Area": {"EMEA"}}) || len(a.Stream.Properties) != 0 {
		t.Errorf("after the change: app %v, stream %v", a.Properties, a.Stream.Properties)
	}
	row := must(w.Property(w.ctx, region.ID))(t)
	if row.Apps != 1 || row.Streams != 0 {
		t.Errorf("used by %d apps, %d streams", row.Apps, row.Streams)
	}
	if v := must(w.Vocabulary(w.ctx))(t); !cmp.Equal(v.CustomProperties, []string{"Area"}) {
		t.Errorf("vocabulary %v", v)
	}
	w.must(w.DeleteProperty(w.ctx, region.ID))
	if a := must(w.App(w.ctx, "a1"))(t); len(a.Properties) != 0 {
		t.Errorf("values of a deleted property: %v", a.Properties)
	}
}

func testOwners(t *testing.T, w *world) {
	w.must(w.PutOwner(w.ctx, site.Owner{ID: "o1", Name: "Bob", UserID: "bob", Directory: "CORP"}))
	w.must(w.CreateApp(w.ctx, site.App{ID: "a1", Name: "Margin", Owner: site.Owner{ID: "o1"}, Stream: w.stream("S")}))
	w.events()
	renamed := site.Owner{ID: "o1", Name: "Robert", UserID: "bob", Directory: "CORP"}
	w.must(w.PutOwner(w.ctx, renamed))
	w.must(w.PutOwner(w.ctx, renamed))
	if got := w.events(); !cmp.Equal(got, []site.EventKind{"site-changed"}) {
		t.Errorf("events %v", got)
	}
	page := must(w.Apps(w.ctx, store.AppFilter{Search: "robert"}))(t)
	if page.Total != 1 || page.Rows[0].Owner != renamed {
		t.Errorf("got %+v", page)
	}
	if owners := must(w.Owners(w.ctx))(t); !cmp.Equal(owners, []site.Owner{renamed}) {
		t.Errorf("got %+v", owners)
	}
}

func testEachPublishedApp(t *testing.T, w *world) {
	s := w.stream("S")
	for i := range 505 {
		stream := s
		if i%100 == 0 {
			stream = nil
		}
		w.must(w.CreateApp(w.ctx, site.App{ID: fmt.Sprintf("%04d", i), Name: "A", Stream: stream}))
	}
	last, n := "", 0
	w.must(w.EachPublishedApp(w.ctx, func(a site.App) error {
		if !a.Published() || a.ID <= last {
			t.Errorf("%s after %s", a.ID, last)
		}
		last, n = a.ID, n+1
		return nil
	}))
	if n != 499 {
		t.Errorf("%d apps", n)
	}
	got := must(w.AppsByID(w.ctx, []string{"0300", "none", "0007"}))(t)
	if len(got) != 2 || got[0].ID != "0300" || got[1].ID != "0007" {
		t.Errorf("by id: %+v", got)
	}
}

// BenchmarkAppsOverview reads pages of the overview with 10,000 apps, every sort in turn.
func BenchmarkAppsOverview(b *testing.B) {
	w := newWorld(b, openSQLite)
	fillFast(w, 10_000)
	sorts := []string{"name", "stream", "owner", "size", "reload", "changed"}
	var took []time.Duration
	i := 0
	for b.Loop() {
		began := time.Now()
		page := must(w.Apps(w.ctx, store.AppFilter{Sort: sorts[i%len(sorts)], Descending: i%2 == 0}))(b)
		took = append(took, time.Since(began))
		if i++; len(page.Rows) != 50 || page.Total != 10_000 {
			b.Fatalf("%d rows of %d", len(page.Rows), page.Total)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// fillFast writes apps below the store, since ten thousand transactions take their time.
func fillFast(w *world, n int) {
	w.t.Helper()
	manyApps(w, 100)
	for have := 100; have < n; have += 100 {
		_, err := w.Writer().Exec(`INSERT INTO apps (id, name, name_key, description, owner_id, stream_id, stream_key, owner_key, tags, size, sha256, last_reload, published_at, generation, created, modified)
			SELECT id || '-' || ?, name || ' ' || ?, name_key || ' ' || ?, description, owner_id, stream_id, stream_key, owner_key, tags, size + ?, sha256, last_reload, published_at, generation, created, modified
			FROM apps WHERE length(id) = 9`, have, have, have, have)
		w.must(err)
	}
}
