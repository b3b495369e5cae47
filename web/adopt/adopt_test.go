package adopt_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
)

func TestChoicesAreAskedAboutAndDone(t *testing.T) {
	d := newDesk(t, deployment.Test)
	salesThere, size := d.there("Sales")
	costsThere, _ := d.there("Costs")
	one, two := first(d.there("Twin")), first(d.there("Twin"))
	sales, costs, twin, none := d.app("Sales", size), d.app("Costs", 7), d.app("Twin", 7), d.app("Nowhere", 7)
	page := d.wants(d.settled(""), http.StatusOK, "Sales", "same name, size within 2 %", "proposed", "several fit", "is unknown")
	if n := page.Find("#adopt tbody tr").Length(); n != 3 {
		t.Errorf("%d rows", n)
	}
	dep, err := d.store.Deployment(d.ctx, d.eu)
	d.ok(err)
	if dep.TenantID == "" {
		t.Error("the deployment is not bound")
	}
	choices := url.Values{"choice:" + sales: {"link"}, "copy:" + sales: {salesThere}, "choice:" + costs: {"mark"}, "copy:" + costs: {costsThere}, "choice:" + twin: {"link"}, "copy:" + twin: {""}}
	question := d.wants(d.post("/ask", choices), http.StatusOK, "Link 1 app, leave and mark 1 app", "they keep their id and space", "Twin: Several apps in the tenant fit.")
	if d.holding(sales) != "" {
		t.Error("linked without a confirmation")
	}
	done := d.post("/apply", plan(question))
	if done.status != http.StatusSeeOther || !strings.Contains(d.notice, "1 app is linked, 1 app is left and marked") {
		t.Errorf("%d, %q", done.status, d.notice)
	}
	if d.holding(sales) != "linked "+salesThere || d.holding(costs) != "marked "+costsThere || d.holding(twin) != "" || d.holding(none) != "" {
		t.Error("not as chosen")
	}
	d.wants(d.settled("?tab=linked"), http.StatusOK, "Unlink", salesThere)
	d.wants(d.settled("?tab=marked"), http.StatusOK, "Undo the mark", "marked by ada")
	again := d.wants(d.settled(""), http.StatusOK, "Twin")
	if n := again.Find("#adopt tbody tr").Length(); n != 1 || again.Find(`option[value="`+one+`"]`).Length()+again.Find(`option[value="`+two+`"]`).Length() != 2 {
		t.Errorf("%d rows", n)
	}

	d.wants(d.get("/"+sales+"/undo"), http.StatusOK, "Unlink Sales in eu?", "places a copy of its own beside it")
	if d.post("/"+sales+"/undo", nil).status != http.StatusSeeOther || d.holding(sales) != "" {
		t.Error("not unlinked")
	}
	if d.post("/"+costs+"/undo", nil).status != http.StatusSeeOther || d.holding(costs) != "" {
		t.Error("not unmarked")
	}
	d.wants(d.get("/"+sales+"/undo"), http.StatusConflict)
}

func first(id string, _ int64) string { return id }

func TestWhatChangedMeanwhileIsToldAndNothingIsDone(t *testing.T) {
	d := newDesk(t, deployment.Test)
	a, b, c := first(d.there("A")), first(d.there("B")), first(d.there("C"))
	x, y, z := d.app("A", 1), d.app("B", 1), d.app("C", 1)
	d.settled("")
	question := d.post("/ask", url.Values{
		"choice:" + x: {"link"}, "copy:" + x: {a}, "choice:" + y: {"link"}, "copy:" + y: {b}, "choice:" + z: {"link"}, "copy:" + z: {c},
	})
	d.call(http.MethodDelete, "/api/v1/apps/"+a, nil)
	dep, err := d.store.Deployment(d.ctx, d.eu)
	d.ok(err)
	_, err = d.store.Adopt(d.ctx, d.eu, dep.TenantID, []distribution.Adoption{{AppID: y, RemoteID: b}})
	d.ok(err)
	refused := d.wants(d.post("/apply", plan(question)), http.StatusUnprocessableEntity, "Nothing was linked or marked.", "2 choices cannot be done.",
		"A: The app "+a+" is not in the tenant (any more).", "B: It is linked", "Link 1 app")
	if d.holding(z) != "" {
		t.Error("linked although others were refused")
	}
	if d.post("/apply", plan(refused)).status != http.StatusSeeOther || d.holding(z) != "linked "+c {
		t.Error("the others are not linked")
	}
	d.wants(d.post("/apply", url.Values{"plan": {"nonsense\nlink a\n"}}), http.StatusUnprocessableEntity, "Nothing")
}

func TestProductionAsksForTheName(t *testing.T) {
	d := newDesk(t, deployment.Production)
	a, x := first(d.there("A")), d.app("A", 1)
	d.settled("")
	question := d.wants(d.post("/ask", url.Values{"choice:" + x: {"link"}, "copy:" + x: {a}}), http.StatusOK, "type eu to confirm")
	form := plan(question)
	form.Set("confirm", "us")
	d.wants(d.post("/apply", form), http.StatusUnprocessableEntity, "This is not the name. Type eu.", "Link 1 app")
	form.Set("confirm", "eu")
	if d.post("/apply", form).status != http.StatusSeeOther || d.holding(x) != "linked "+a {
		t.Error("not linked")
	}
	d.wants(d.post("/"+x+"/undo", nil), http.StatusUnprocessableEntity, "This is not the name.")
}

func TestTableGoesThereAndBack(t *testing.T) {
	d := newDesk(t, deployment.Test)
	a, b := first(d.there("=A1+A2")), first(d.there("B"))
	x, y := d.app("=A1+A2", 1), d.app("B", 1)
	d.settled("")
	down := d.get("/apps.csv?tab=all")
	table, marked := strings.CutPrefix(down.raw, "\ufeff") // so that spreadsheets read names in UTF-8
	lines, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	d.ok(err)
	if !marked || len(lines) != 3 || down.header.Get("Content-Disposition") != `attachment; filename="adopt.csv"` || lines[1][1] != "'=A1+A2" {
		t.Fatalf("table: %q", down.raw)
	}
	for _, line := range lines[1:] {
		line[9] = map[string]string{x: "link", y: "leave and mark"}[line[0]]
	}
	var up strings.Builder
	out := csv.NewWriter(&up)
	out.Comma, out.UseCRLF = ';', true
	d.ok(out.WriteAll(lines))
	question := d.wants(d.table("\ufeff"+up.String()+"zzz;;;"+a+";;;;;;link\r\n"+x+";;;"+b+";;;;;;link\r\n"), http.StatusOK,
		"Link 1 app, leave and mark 1 app", "Line 4: The tenant app is chosen in line 2 already.", "Line 5: The site app is chosen in line 2 already.")
	if d.holding(x)+d.holding(y) != "" {
		t.Error("linked without a confirmation")
	}
	if d.post("/apply", plan(question)).status != http.StatusSeeOther || d.holding(x) != "linked "+a || d.holding(y) != "marked "+b {
		t.Error("not as the table says")
	}
	d.wants(d.table("a;b\r\n1;2\r\n"), http.StatusUnprocessableEntity, "The table was not taken.", "names no column")
	d.wants(d.table("action,site app id,tenant app id\n,x,y\n"), http.StatusUnprocessableEntity, "No line of the table has an action")
	d.wants(d.table(strings.Repeat("x", 5<<20+1)), http.StatusUnprocessableEntity, "larger than")
	d.wants(d.table("action,site app id,tenant app id\nlink,nobody,"+a+"\n"), http.StatusUnprocessableEntity, "Line 2: No published app of the site has the id nobody.")
}

func TestAnotherTenantIsNotRead(t *testing.T) {
	d := newDesk(t, deployment.Test)
	d.ok(d.store.BindTenant(d.ctx, d.eu, "another"))
	x := d.app("A", 1)
	d.wants(d.settled(""), http.StatusOK, "The tenant could not be read.", "is another tenant than before")
	if part := d.get("/progress"); part.header.Get("HX-Refresh") != "true" {
		t.Error("what failed is tried again unasked")
	}
	d.wants(d.post("/apply", url.Values{"plan": {"link " + x + " y\n"}}), http.StatusServiceUnavailable, "another tenant")
}

func TestProgressIsShownUntilTheTenantIsRead(t *testing.T) {
	d := newDesk(t, deployment.Test)
	d.there("A")
	d.app("A", 1)
	d.hold()
	page := d.wants(d.get(""), http.StatusOK, "The apps of the tenant are being read.", "0 apps so far")
	if page.Find("#adopt").Length() > 0 {
		t.Error("a table of nothing")
	}
	if part := d.get("/progress"); part.header.Get("HX-Refresh") != "" || part.Find("h1").Length() > 0 {
		t.Error("not a part that goes on")
	}
	d.letGo()
	d.wants(d.settled(""), http.StatusOK, "1 app in the tenant")
	if part := d.get("/progress"); part.header.Get("HX-Refresh") != "true" {
		t.Error("the page is not asked for")
	}
	again := d.post("/again", nil)
	if again.status != http.StatusSeeOther {
		t.Errorf("status %d", again.status)
	}
	d.settled("")
}

func TestFiltersAndReaders(t *testing.T) {
	d := newDesk(t, deployment.Test)
	d.there("Alpha")
	d.there("Beta")
	d.app("Alpha", 1)
	d.app("Beta", 1)
	d.settled("")
	found := d.wants(d.get("?q=alp"), http.StatusOK, "Alpha")
	if n := found.Find("#adopt tbody tr").Length(); n != 1 {
		t.Errorf("%d rows", n)
	}
	d.wants(d.get("?scope=sent"), http.StatusOK, "No app matches.")
	sorted := d.get("?sort=app&dir=desc")
	if name := sorted.Find("#adopt tbody tr").First().AttrOr("aria-label", ""); name != "Beta" {
		t.Errorf("first is %q", name)
	}
	d.readOnly = true
	if n := d.get("").Find("main select, main .action-bar button, main input[type=file]").Length(); n != 0 {
		t.Errorf("%d ways to change something", n)
	}
}
