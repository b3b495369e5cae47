package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
)

func TestStatusOnSQLite(t *testing.T) { testStatus(t, openOnSQLite) }

// testStatus is what every database must do for the status page and the start page.
func testStatus(t *testing.T, open storeOpener) {
	for name, test := range map[string]func(*testing.T, *flight){
		"tabs, filters and search":          testTabs,
		"pages by keyset in every order":    testStatusKeyset,
		"equal causes fold":                 testFolds,
		"changes since a number":            testSince,
		"how far behind":                    testBehind,
		"summaries":                         testSummaries,
		"imports are counted by day":        testImportsAreCounted,
		"a day that the tenant calls spent": testSpentDay,
		"the last import is taken once":     testLastImportIsTakenOnce,
		"a lost ticket counts no import":    testLostTicketCountsNothing,
		"a larger plan wakes what waits":    testLargerPlanWakes,
		"a next key wakes what is refused":  testNextKeyWakes,
		"a damaged address is a fault":      testDamaged,
		"a new address leaves the old one":  testNewAddress,
	} {
		t.Run(name, func(t *testing.T) { test(t, newFlight(t, open)) })
	}
}

func (f *flight) page(filter distribution.StatusFilter) distribution.StatusPage {
	f.Helper()
	page, err := f.StatusPage(f.ctx, filter)
	f.ok(err)
	return page
}

// names gives the apps on a page.
func names(rows []distribution.StatusRow) []string {
	var all []string
	for _, r := range rows {
		all = append(all, r.Delivery.AppName)
	}
	return all
}

func testTabs(t *testing.T, f *flight) {
	_, placed := f.sent("Placed", f.eu)
	f.place(placed)
	f.sent("Waiting", f.us)
	_, working := f.sent("Working", f.eu)
	f.move(working, distribution.Exporting)
	_, failed := f.sent("Failed", f.eu)
	f.fail(failed, distribution.TooLarge)
	_, once := f.sent("Once", f.eu)
	once.Tries, once.Cause = 1, distribution.Busy
	f.move(once, distribution.Retrying)
	_, often := f.sent("Often", f.us)
	often.Tries, often.Cause = 3, distribution.Busy
	f.move(often, distribution.Retrying)
	_, left := f.sent("Left", f.us)
	f.place(left)
	f.ok(f.UnpublishApp(f.ctx, left.AppID))
	f.decide(func(s distribution.Situation) distribution.Plan {
		return distribution.Plan{Leave: []distribution.Leaving{{TenantID: tenantOf(f.us), Why: "unpublished"}}}
	})

	want := map[distribution.Tab]int{distribution.TabAttention: 2, distribution.TabProgress: 1, distribution.TabWaiting: 3,
		distribution.TabDistributed: 1, distribution.TabLeft: 1, distribution.TabAll: 7}
	if diff := cmp.Diff(want, f.page(distribution.StatusFilter{}).Counts); diff != "" {
		t.Error(diff)
	}
	for name, test := range map[string]struct {
		filter distribution.StatusFilter
		want   []string
	}{
		"attention":   {distribution.StatusFilter{Tab: distribution.TabAttention}, []string{"Failed", "Often"}},
		"progress":    {distribution.StatusFilter{Tab: distribution.TabProgress}, []string{"Working"}},
		"waiting":     {distribution.StatusFilter{Tab: distribution.TabWaiting}, []string{"Often", "Once", "Waiting"}},
		"distributed": {distribution.StatusFilter{Tab: distribution.TabDistributed}, []string{"Placed"}},
		"left":        {distribution.StatusFilter{Tab: distribution.TabLeft}, []string{"Left"}},
		"deployment":  {distribution.StatusFilter{Deployment: f.us}, []string{"Left", "Often", "Waiting"}},
		"state":       {distribution.StatusFilter{State: distribution.Retrying}, []string{"Often", "Once"}},
		"left state":  {distribution.StatusFilter{State: distribution.LeftInTenant}, []string{"Left"}},
		"cause":       {distribution.StatusFilter{Cause: distribution.TooLarge}, []string{"Failed"}},
		"app":         {distribution.StatusFilter{AppID: placed.AppID}, []string{"Placed"}},
		"search":      {distribution.StatusFilter{Search: " WAI"}, []string{"Waiting"}},
		"wildcard":    {distribution.StatusFilter{Search: "%"}, nil},
		"by stream":   {distribution.StatusFilter{Search: "finan", Tab: distribution.TabProgress}, []string{"Working"}},
		"stream":      {distribution.StatusFilter{Stream: "Finance", Tab: distribution.TabLeft}, []string{"Left"}},
		"no stream":   {distribution.StatusFilter{Stream: "Sales"}, nil},
		"both":        {distribution.StatusFilter{Tab: distribution.TabAttention, Deployment: f.us}, []string{"Often"}},
	} {
		test.filter.Sort = "app"
		page := f.page(test.filter)
		got := names(page.Rows)
		slices.Sort(got)
		slices.Sort(test.want)
		if diff := cmp.Diff(test.want, got); diff != "" || page.Total != len(test.want) {
			t.Errorf("%s: total %d %s", name, page.Total, diff)
		}
	}
	failedN, pausedN, err := f.Attention(f.ctx)
	f.ok(err)
	if failedN != 1 || pausedN != 0 {
		t.Errorf("attention: %d failed, %d paused", failedN, pausedN)
	}
}

func testStatusKeyset(t *testing.T, f *flight) {
	for _, name := range []string{"b", "a", "d", "c", "a"} {
		_, d := f.sent(name, f.eu)
		f.pass(time.Second)
		if name == "c" {
			f.place(d)
		}
		_, d = f.sent(name+"2", f.us)
		f.place(d)
	}
	f.ok(f.DeleteDeployment(f.ctx, f.us)) // five lone placements
	for _, sort := range []string{"", "app", "deployment", "state", "attempts", "changed"} {
		for _, descending := range []bool{false, true} {
			filter := distribution.StatusFilter{Sort: sort, Descending: descending}
			whole := names(f.page(filter).Rows)
			if len(whole) != 10 {
				t.Fatalf("%q: %v", sort, whole)
			}
			var got []string
			filter.Limit = 3
			for {
				page := f.page(filter)
				got = append(got, names(page.Rows)...)
				if page.Total != 10 || len(page.Rows) > 3 {
					t.Fatalf("%q: total %d, %d rows", sort, page.Total, len(page.Rows))
				}
				if filter.After = page.Next; filter.After == "" {
					break
				}
			}
			if diff := cmp.Diff(whole, got); diff != "" {
				t.Errorf("%q descending %v: %s", sort, descending, diff)
			}
		}
	}
	byApp := names(f.page(distribution.StatusFilter{Sort: "app"}).Rows)
	if !slices.IsSorted(byApp) {
		t.Errorf("by app: %v", byApp)
	}
}

func testFolds(t *testing.T, f *flight) {
	for _, name := range []string{"A", "B", "C", "D"} {
		f.pass(time.Second)
		_, d := f.sent(name, f.eu)
		f.fail(d, distribution.TooLarge)
	}
	_, d := f.sent("Other", f.eu)
	f.fail(d, distribution.ImportRefused)
	page := f.page(distribution.StatusFilter{Tab: distribution.TabAttention})
	if len(page.Folds) != 1 || page.Folds[0].Count != 4 || page.Folds[0].Cause != distribution.TooLarge || page.Folds[0].Deployment.Name != "eu" ||
		page.Folds[0].Message != "it is too-large" || !page.Folds[0].Since.Equal(f.moment.Add(-3*time.Second)) {
		t.Fatalf("folds: %+v", page.Folds)
	}
	if diff := cmp.Diff([]string{"D", "C"}, names(page.Folds[0].Rows)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Other"}, names(page.Rows)); diff != "" || page.Total != 5 {
		t.Error(page.Total, diff)
	}
	if page = f.page(distribution.StatusFilter{Cause: distribution.TooLarge}); len(page.Rows) != 4 || len(page.Folds) != 0 {
		t.Errorf("one cause: %v", names(page.Rows))
	}
	causes, err := f.Causes(f.ctx)
	f.ok(err)
	if len(causes) != 2 || causes[0].Count != 4 || causes[1].Count != 1 {
		t.Errorf("causes: %+v", causes)
	}
	if n, err := f.RetryCause(f.ctx, f.eu, distribution.TooLarge); err != nil || n != 4 {
		t.Errorf("retried %d, %v", n, err)
	}
}

func testSince(t *testing.T, f *flight) {
	_, d := f.sent("A", f.eu)
	rows, seq, err := f.StatusSince(f.ctx, -1)
	f.ok(err)
	if len(rows) != 0 || seq == 0 {
		t.Fatalf("%d rows, %d", len(rows), seq)
	}
	f.sent("B", f.eu)
	f.place(d)
	rows, next, err := f.StatusSince(f.ctx, seq)
	f.ok(err)
	got := names(rows)
	slices.Sort(got)
	if diff := cmp.Diff([]string{"A", "B"}, got); diff != "" || next <= seq {
		t.Error(next, diff)
	}
	f.ok(f.DeleteDeployment(f.ctx, f.eu))
	rows, last, err := f.StatusSince(f.ctx, next)
	f.ok(err)
	if len(rows) != 1 || rows[0].Shown != distribution.LeftInTenant {
		t.Errorf("rows: %+v", rows)
	}
	if rows, again, err := f.StatusSince(f.ctx, last); err != nil || len(rows) != 0 || again != last {
		t.Errorf("nothing changed: %d rows, %d, %v", len(rows), again, err)
	}
}

func testBehind(t *testing.T, f *flight) {
	app, d := f.sent("A", f.eu)
	f.pass(10 * time.Minute)
	if got := f.row(app, f.eu).Behind; got != 10*time.Minute {
		t.Errorf("new: behind by %v", got)
	}
	f.place(d)
	if got := f.row(app, f.eu).Behind; got != 0 {
		t.Errorf("placed: behind by %v", got)
	}
	reload := f.row(app, f.eu).DataInTenant
	_, err := f.ReplaceApp(f.ctx, app, site.File{Size: 1, SHA256: "ab", LastReload: reload.Add(38 * time.Minute)})
	f.ok(err)
	f.decide(sendTo(f.eu))
	row := f.row(app, f.eu)
	if row.Behind != 38*time.Minute || !row.DataAtSite.Equal(reload.Add(38*time.Minute)) || !row.DataInTenant.Equal(reload) {
		t.Errorf("replaced: %+v", row)
	}
}

func testSummaries(t *testing.T, f *flight) {
	app, d := f.sent("A", f.eu)
	f.place(d)
	f.sent("B", f.us)
	f.pass(time.Minute)
	_, d = f.sent("C", f.us)
	f.fail(d, distribution.TooLarge)
	_, err := f.ReplaceApp(f.ctx, app, site.File{Size: 1, SHA256: "ab", LastReload: f.moment})
	f.ok(err)
	f.decide(only(app, sendTo(f.eu)))
	all, err := f.Summaries(f.ctx)
	f.ok(err)
	if len(all) != 2 {
		t.Fatalf("%d summaries", len(all))
	}
	eu, us := all[0], all[1]
	if eu.Deployment.Name != "eu" || eu.Waiting != 1 || eu.InTenant != 1 || eu.SentToday != 1 || eu.BytesToday != 100 || eu.OldestData != time.Hour+time.Minute {
		t.Errorf("eu: %+v", eu)
	}
	if us.Waiting != 1 || us.Failed != 1 || us.InTenant != 0 || us.OldestData != time.Minute || !us.WaitingFrom.Equal(f.moment.Add(-time.Minute)) {
		t.Errorf("us: %+v", us)
	}
}

func testDamaged(t *testing.T, f *flight) {
	f.sent("A", f.eu)
	f.sent("B", f.eu)
	other := f.page(distribution.StatusFilter{Sort: "app", Limit: 1}).Next
	for _, filter := range []distribution.StatusFilter{{After: "%%%"}, {After: other}, {Sort: "color"}, {Tab: "none"}} {
		if _, err := f.StatusPage(f.ctx, filter); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", filter, err)
		}
	}
}

func testNewAddress(t *testing.T, f *flight) {
	placed, d := f.sent("Placed", f.eu)
	f.place(d)
	open, under := f.sent("Under way", f.eu)
	f.move(under, distribution.Exporting)
	eu, err := f.Deployment(f.ctx, f.eu)
	f.ok(err)
	eu.Endpoint, eu.ClientSecret = "https://elsewhere.example.com", ""
	f.ok(f.UpdateDeployment(f.ctx, eu, "", nil))
	if got := f.row(open, f.eu).Delivery; got.State != distribution.Cancelled {
		t.Errorf("an upload to the old tenant goes on: %s", got.State)
	}
	page := f.page(distribution.StatusFilter{Tab: distribution.TabLeft})
	if len(page.Rows) != 1 || page.Rows[0].Delivery.AppID != placed || page.Rows[0].Placement == nil {
		t.Errorf("left: %+v", page.Rows)
	}
}
