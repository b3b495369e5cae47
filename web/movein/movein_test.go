package movein_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
	"github.com/skyferry/skyferry/web/movein"
)

const path = movein.Path

func TestRulesAreShownAsThePoliciesThatTheyWillBe(t *testing.T) {
	d := newDesk(t)
	page := d.want(d.get(path), http.StatusOK, "4 rules of sense.acme.example · 3 with the action Distribute",
		"The site distributes by itself: both would send.", "2 rules with the action Distribute are enabled on the site: By custom property, Finance to eu.")
	row := page.row("#moving-in", "Finance to eu")
	for _, text := range []string{"Distributes the closing", "App_*", `((subject.name="eu" and resource.stream.name="Finance"))`, `Reads as: every published app of stream "Finance" → eu`,
		"Distribute", "No", "2 apps newly to eu", "More than 1 at once: held for review in eu."} {
		if !strings.Contains(row, text) {
			t.Errorf("%q is not in the row: %s", text, row)
		}
	}
	if row := page.row("#moving-in", "By custom property"); !strings.Contains(row, "1 app newly to us") {
		t.Errorf("row: %s", row)
	}
	if row := page.row("#left", "Distribute without a subject"); !strings.Contains(row, "do not use subject") || !strings.Contains(row, "Disabled there") {
		t.Errorf("left: %s", row)
	}
	d.lacks(page, "HasPrivilege")
}

func TestChosenRulesAreImportedWithOneConfirm(t *testing.T) {
	d := newDesk(t)
	form := values(d.get(path))
	form["rule"] = []string{"r3", "r4"}
	question := d.want(d.post(path+"/ask", form), http.StatusOK, "Import 2 rules?", "2 apps newly to eu", "1 app newly to us", "held for review", "both would send")
	done := d.post(path+"/import", values(question))
	if done.status != http.StatusSeeOther || done.location != "/policies" || d.notice != "2 policies are imported. 2 apps newly to eu, 1 to us." {
		t.Fatalf("%d %s %q", done.status, done.location, d.notice)
	}
	all, err := d.store.AllPolicies(t.Context())
	d.must(err)
	if len(all) != 2 || all[1].Name != "Finance to eu" || all[1].Origin != "r3" || all[1].Tags[0] != "closing" || all[1].ModifiedBy != "ana" {
		t.Fatalf("stored %+v", all)
	}
	d.want(d.get("/policies/"+all[1].ID), http.StatusOK, "Moved in")
	again := d.want(d.get(path), http.StatusOK, `Imported already, as the policy "Finance to eu".`, "both would send")
	if again.Find("#moving-in").Length() != 0 {
		t.Error("an imported rule is offered again")
	}
	twice := d.want(d.post(path+"/import", values(question)), http.StatusUnprocessableEntity, "Nothing was imported.", "Finance to eu: Imported already")
	if twice.Find(`input[name="rule"]`).Length() != 0 {
		t.Error("what cannot be imported stays chosen")
	}
	d.want(d.get("/policies"), http.StatusOK, "both would send", "2 rules with the action Distribute", "Moving in")
	d.rules[1].Disabled, d.rules[2].Disabled = true, true
	for _, at := range []string{path, "/policies"} {
		d.lacks(d.want(d.get(at), http.StatusOK, "Finance to eu"), "both would send")
	}
}

func TestAnAppThatIsThereAlreadyIsNoChange(t *testing.T) {
	d := newDesk(t)
	_, err := d.store.CreatePolicy(t.Context(), policy.Policy{Name: "All to eu", ResourceFilter: "App_*", Actions: policy.ActionDistribute, Conditions: `subject.name="eu"`})
	d.must(err)
	if row := d.get(path).row("#moving-in", "Finance to eu"); !strings.Contains(row, "Nothing: these apps go there already") {
		t.Errorf("row: %s", row)
	}
}

func TestADisabledRuleStaysDisabled(t *testing.T) {
	d := newDesk(t)
	d.rules[1].Disabled = true
	page := d.get(path)
	if row := page.row("#moving-in", "Finance to eu"); !strings.Contains(row, "YesNothing: it is disabled When it is enabled: 2 apps newly to eu") {
		t.Errorf("row: %s", row)
	}
	form := values(page)
	form.Set("rule", "r3")
	question := d.want(d.post(path+"/ask", form), http.StatusOK, "No app goes anywhere that did not go there before.")
	d.post(path+"/import", values(question))
	all, err := d.store.AllPolicies(t.Context())
	d.must(err)
	if len(all) != 1 || !all[0].Disabled {
		t.Errorf("stored %+v", all)
	}
}

func TestATakenNameGetsAWayOut(t *testing.T) {
	d := newDesk(t)
	_, err := d.store.CreatePolicy(t.Context(), policy.Policy{Name: "finance TO eu", ResourceFilter: "App_*", Actions: policy.ActionDistribute, Conditions: `subject.name="none"`})
	d.must(err)
	page := d.want(d.get(path), http.StatusOK, `There is a policy named "finance TO eu" already. As a policy it will be called "Finance to eu (site)"`)
	form := values(page)
	form.Set("rule", "r3")
	question := d.want(d.post(path+"/ask", form), http.StatusOK)
	named := values(question)
	if named.Get("name:r3") != "Finance to eu (site)" {
		t.Fatalf("proposed %q", named.Get("name:r3"))
	}
	named.Set("name:r3", " Finance to EU")
	refused := d.want(d.post(path+"/import", named), http.StatusUnprocessableEntity, "Nothing was imported.")
	if refused.Find("#name-r3-error").Length() != 1 || values(refused).Get("name:r3") != " Finance to EU" {
		t.Errorf("the name is not at its field, or lost: %s", squeeze(refused.Find("form").Text()))
	}
	named.Set("name:r3", "Closing")
	if done := d.post(path+"/import", named); done.location != "/policies" {
		t.Errorf("%d %s", done.status, squeeze(done.Find("main").Text()))
	}
}

func TestARuleThatChangesWhileSomebodyLooks(t *testing.T) {
	d := newDesk(t)
	form := values(d.get(path))
	form.Set("rule", "r3")
	question := values(d.want(d.post(path+"/ask", form), http.StatusOK))
	d.rules[1].Rule = `subject.name="us"`
	refused := d.want(d.post(path+"/import", question), http.StatusUnprocessableEntity, "Finance to eu: It was changed at the site meanwhile", "3 apps newly to us")
	if done := d.post(path+"/import", values(refused)); done.location != "/policies" {
		t.Errorf("after a look: %d", done.status)
	}
	d.rules = d.rules[:1]
	d.want(d.post(path+"/import", question), http.StatusUnprocessableEntity, "r3: The site does not answer this rule any more")
}

func TestAnImportThatBreaksATestIsRefused(t *testing.T) {
	d := newDesk(t)
	_, err := d.store.CreatePolicy(t.Context(), policy.Policy{Name: "Law", ResourceFilter: "App_*", Actions: policy.ActionDistribute, Conditions: `subject.name="none"`, Tests: `app "App 1" in stream "Finance" → must not go to eu`})
	d.must(err)
	form := values(d.get(path))
	form.Set("rule", "r3")
	question := d.want(d.post(path+"/ask", form), http.StatusOK, `It would break 1 test of policy "Law".`)
	d.want(d.post(path+"/import", values(question)), http.StatusUnprocessableEntity, "Nothing was imported.", `It would break 1 test of policy "Law".`)
	if all, _ := d.store.AllPolicies(t.Context()); len(all) != 1 {
		t.Errorf("stored %+v", all)
	}
}

func TestThePoliciesLeadToMovingIn(t *testing.T) {
	d := newDesk(t)
	if page := d.want(d.get("/policies"), http.StatusOK, "Each can become a policy here."); page.Find(`main a[href="`+path+`"]`).Length() != 1 {
		t.Error("no way to Moving in")
	}
	d.connect(func(c *site.Connection) { c.Kind = site.Embedded })
	if page := d.want(d.get("/policies"), http.StatusOK); page.Find(`main a[href="`+path+`"]`).Length() != 0 {
		t.Error("the console's own site has no rules")
	}
}

func TestNothingIsChosen(t *testing.T) {
	d := newDesk(t)
	if done := d.post(path+"/ask", values(d.get(path))); done.location != path || !strings.Contains(d.notice, "Tick the rules") {
		t.Errorf("%d %q", done.status, d.notice)
	}
	d.want(d.post(path+"/import", url.Values{}), http.StatusUnprocessableEntity)
}

func TestWhereThereIsNothingToMoveIn(t *testing.T) {
	d := newDesk(t)
	d.rules = d.rules[:1]
	d.want(d.get(path), http.StatusOK, "No rule of the site has the action Distribute.", `answers 1 rule to the user SERVICE\skyferry`, "Read on SystemRule_*")
	d.refusal = &api.Error{Call: "read the rules", Kind: api.Forbidden, Status: 403, Said: "The site refuses it.", Remedy: "Give the user the action Read."}
	d.want(d.get(path), http.StatusOK, "The rules of the site could not be read.", "Could not read the rules. The site refuses it. Give the user the action Read.", "Read again")
	d.want(d.post(path+"/import", url.Values{"rule": {"r3"}}), http.StatusServiceUnavailable, "Could not read the rules.")
	d.connect(func(c *site.Connection) { c.Kind = site.Embedded })
	d.want(d.get(path), http.StatusOK, "The site is the console's own")
	unset := emptyDesk(t)
	unset.want(unset.get(path), http.StatusOK, "No site is connected yet.", "Connect the site")
}

func TestObserveOnlyIsToldWithTheWarning(t *testing.T) {
	d := newDesk(t)
	d.connect(func(c *site.Connection) { c.ObserveOnly = true })
	d.want(d.get(path), http.StatusOK, "Observe only is on, so nothing is sent from here yet.")
}

func TestAReaderLooksAndImportsNothing(t *testing.T) {
	d := newDesk(t)
	d.user.Role = account.Reader
	page := d.want(d.get(path), http.StatusOK, "Finance to eu")
	if page.Find("main input[type=checkbox], main button").Length() != 0 {
		t.Error("a reader is offered something")
	}
	d.want(d.post(path+"/import", url.Values{"rule": {"r3"}}), http.StatusForbidden)
}
