package policies_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/policy"
)

const neverFinance = `((subject.name="eu") and (resource.stream.name="Finance"))`

func (d *desk) guard(name, conditions string) string {
	d.Helper()
	id, err := d.store.CreatePolicy(d.Context(), policy.Policy{
		Effect: policy.Never, Name: name, Template: "Unspecified", ResourceFilter: "App_*", Conditions: conditions,
	})
	d.must(err)
	return id
}

func TestNoGuardSaysWhatOneIs(t *testing.T) {
	d := newDesk(t)
	page := d.want(d.get("/policies/guards"), http.StatusOK)
	d.wants(page, "No guard: the policies alone decide.", "A guard says what never goes", "Policies 0", "Guards 0")
	if page.Find(`a[href="/policies/guards/new"]`).Text() != "Create new" {
		t.Error("no link Create new")
	}
}

func TestGuardIsWrittenWithTheSameEditor(t *testing.T) {
	d := newDesk(t)
	d.policy("All to eu", euOnly, false)
	page := d.want(d.get("/policies/guards/new"), http.StatusOK)
	for _, gone := range []string{"#template[id]", "#distribute", `button[value="template"]`} {
		if page.Find(gone).Length() != 0 {
			t.Errorf("the page of a guard has %s", gone)
		}
	}
	d.wants(page, "New guard", "A guard takes away")
	form := values(page)
	form.Set("name", "Finance stays")
	form.Set("conditions", neverFinance)
	checked := d.want(d.post(action(page), press(form, "validate")), http.StatusOK)
	d.wants(checked, `Reads as: never: every published app of stream "Finance" → eu`, "Never sends every published app of stream \"Finance\" to eu. It matches 2 apps, 2 kB. 2 apps are no longer refreshed in eu.")
	form = values(checked)
	done := d.want(d.post(action(checked), form), http.StatusSeeOther)
	if d.notice != "Successfully added. 2 apps are no longer refreshed in eu." {
		t.Errorf("notice %q", d.notice)
	}
	id := strings.TrimPrefix(done.location, "/policies/")
	stored, err := d.store.Policy(t.Context(), id)
	if err != nil || stored.Effect != policy.Never || stored.Actions != 0 || stored.Conditions != neverFinance {
		t.Errorf("stored %+v %v", stored, err)
	}
	history, err := d.store.History(t.Context(), "guard", id)
	if err != nil || len(history) != 1 {
		t.Errorf("history %v %v", history, err)
	}
	shown := d.want(d.get(done.location), http.StatusOK)
	form = values(shown)
	form.Set("description", "said by the board")
	form.Set("effect", "") // a guard stays one
	d.want(d.post(action(shown), form), http.StatusSeeOther)
	if stored, err = d.store.Policy(t.Context(), id); err != nil || stored.Effect != policy.Never || stored.Version != 2 {
		t.Errorf("stored %+v %v", stored, err)
	}
}

func TestGuardsStandBesideThePolicies(t *testing.T) {
	d := newDesk(t)
	d.policy("All to eu", euOnly, false)
	d.guard("Finance stays", neverFinance)
	d.guard("Sales never to us", `((subject.name="us") and (resource.stream.name="Sales"))`)
	d.guard("All held", `resource.stream.name="HR"`) // that it names no deployment is no reason to worry
	d.guard("Broken", `true and`)
	page := d.want(d.get("/policies/guards"), http.StatusOK)
	for key, want := range map[string][]string{
		"name":       {"All held", "Broken Forbids everything: not valid", "Finance stays", "Sales never to us"},
		"apps":       {"Nothing now", "3 apps in eu", "2 apps in eu", "Nothing now"},
		"conditions": {`Never: every published app of stream "HR" → EVERY deployment`, "Never: the conditions are not valid (line 1, column 9)", `Never: every published app of stream "Finance" → eu`, `Never: every published app of stream "Sales" → us`},
	} {
		if diff := cmp.Diff(want, column(page, key)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
	d.wants(page, "Policies 1", "Guards 4", "4 guards")
	policies := d.want(d.get("/policies"), http.StatusOK)
	d.wants(policies, "1 policy · 0 of 3 published apps leave the site")
	if diff := cmp.Diff([]string{"All to eu"}, column(policies, "name")); diff != "" {
		t.Error(diff)
	}
}

func TestNamesAreUniqueAcrossPoliciesAndGuards(t *testing.T) {
	d := newDesk(t)
	d.policy("Finance", euAnd, false)
	form := values(d.want(d.get("/policies/guards/new"), http.StatusOK))
	form.Set("name", "FINANCE")
	refused := d.want(d.post("/policies/guards/new", form), http.StatusUnprocessableEntity)
	d.wants(refused, `There is a policy or guard with the name "FINANCE" already.`)
}

func TestDeletingAGuardSaysWhatBecomesFree(t *testing.T) {
	d := newDesk(t)
	d.policy("All to eu", euOnly, false)
	id := d.guard("Finance stays", neverFinance)
	page := d.want(d.get("/policies/delete?id="+id), http.StatusOK)
	d.wants(page, `Delete "Finance stays"?`, "2 apps newly go to eu.")
	done := d.want(d.post("/policies/delete", url.Values{"id": {id}}), http.StatusSeeOther)
	if done.location != "/policies/guards" || d.notice != `"Finance stays" is deleted. 2 apps newly go to eu.` {
		t.Errorf("led to %s with %q", done.location, d.notice)
	}
}
