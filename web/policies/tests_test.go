package policies_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/policy"
)

const app1 = `app "App 1" in stream "Finance" → `

// tested gives the page of the policy "Finance" with these tests typed in.
func (d *desk) tested(tests string) (page answer, at string) {
	d.Helper()
	at = "/policies/" + d.policy("Finance", euAnd, false)
	form := values(d.want(d.get(at), http.StatusOK))
	form.Set("tests", tests)
	form.Set("reason", "T-1")
	return d.post(at, form), at
}

func TestFailingLineStopsApplyUntilItIsMended(t *testing.T) {
	d := newDesk(t)
	page, at := d.tested(app1 + "must go to eu\n" + app1 + "must go to us")
	d.want(page, http.StatusUnprocessableEntity)
	d.wants(page, "Not applied. 1 test fails.", "Line 1 passed. By 1 app of the site.", `Line 2 failed: "App 1" does not go to us: no policy sends it there.`)
	if got := page.Find("#tests-error").Text(); !strings.Contains(got, "Line 2: ") {
		t.Errorf("beside the field stands %q", got)
	}
	form := values(page)
	if !strings.Contains(form.Get("tests"), "must go to us") || form.Get("reason") != "T-1" {
		t.Errorf("lost: %v", form)
	}
	form.Set("tests", app1+"must go to eu, must not go to us")
	d.want(d.post(at, form), http.StatusSeeOther)
	stored, err := d.store.Policy(t.Context(), strings.TrimPrefix(at, "/policies/"))
	if err != nil || stored.Tests != app1+"must go to eu, must not go to us" {
		t.Errorf("stored %+v %v", stored, err)
	}
}

func TestTestsThatCannotBeReadAreRefused(t *testing.T) {
	d := newDesk(t)
	page, _ := d.tested("\nApp 1 must go to eu")
	d.want(page, http.StatusUnprocessableEntity)
	if got := page.Find("#tests-error").Text(); !strings.Contains(got, "Line 2: ") {
		t.Errorf("beside the field stands %q", got)
	}
}

func TestValidateRunsTheTests(t *testing.T) {
	d := newDesk(t)
	d.guard("Finance stays", neverFinance)
	_, form := d.started()
	form.Set("conditions", euOnly)
	form.Set("tests", app1+"must not go to eu\napp New in stream Sales -> must go to eu")
	page := d.want(d.ask(press(form, "validate")), http.StatusOK)
	d.wants(page, "2 tests hold.", "Line 2 passed. The site has no such app, so one was made up.")
	form.Set("tests", app1+"must go to eu")
	page = d.want(d.ask(press(form, "validate")), http.StatusUnprocessableEntity)
	d.wants(page, "1 test fails.", `"App 1" does not go to eu: the guard "Finance stays" forbids it`)
}

func TestApplyMustNotBreakTheTestsOfOthers(t *testing.T) {
	d := newDesk(t)
	page, at := d.tested(app1 + "must go to eu")
	d.want(page, http.StatusSeeOther)
	form := values(d.want(d.get("/policies/guards/new"), http.StatusOK))
	form.Set("name", "Finance stays")
	form.Set("conditions", neverFinance)
	refused := d.want(d.post("/policies/guards/new", form), http.StatusUnprocessableEntity)
	d.wants(refused, `Not applied. It would break 1 test of policy "Finance".`, "Finance, line 1: "+app1+"must go to eu")
	if refused.Find(`#test-results a[href="`+at+`#tests-group"]`).Length() != 1 {
		t.Error("no link leads to the test")
	}
	form.Set("disabled", "on")
	d.want(d.post("/policies/guards/new", form), http.StatusSeeOther)
}

func TestWhatFailsAlreadyIsToldAndStopsNothing(t *testing.T) {
	d := newDesk(t)
	_, err := d.store.CreatePolicy(t.Context(), policy.Policy{
		Name: "Old", Template: "Unspecified", ResourceFilter: "App_*", Actions: policy.ActionDistribute, Conditions: euAnd, Tests: app1 + "must go to us",
	})
	d.must(err)
	_, form := d.started()
	form.Set("name", "New")
	form.Set("conditions", euOnly)
	page := d.want(d.ask(press(form, "validate")), http.StatusOK)
	d.wants(page, "These tests fail already", "Old, line 1")
	form.Del("do")
	d.want(d.post("/policies/new", form), http.StatusSeeOther)
}

func TestDeleteSaysWhichTestsWillFail(t *testing.T) {
	d := newDesk(t)
	sends := d.policy("Sends", euAnd, false)
	_, err := d.store.CreatePolicy(t.Context(), policy.Policy{
		Name: "Watch", Template: "Unspecified", ResourceFilter: "App_*", Actions: policy.ActionDistribute, Conditions: empty, Tests: app1 + "must go to eu",
	})
	d.must(err)
	d.wants(d.want(d.get("/policies/delete?id="+sends), http.StatusOK), `1 test of policy "Watch" will fail then.`)
}
