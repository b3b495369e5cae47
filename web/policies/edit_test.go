package policies_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
)

const (
	euOnly  = `((subject.name="eu"))`
	euOr    = `((subject.name="eu") or (resource.stream.name="Finance"))`
	euAnd   = `((subject.name="eu") and (resource.stream.name="Finance"))`
	empty   = `((subject.name=""))`
	byOwner = `subject.name = "eu"  and resource.owner.name="M. Ruiz"`
)

// started is a new page after the template was chosen.
func (d *desk) started() (answer, url.Values) {
	d.Helper()
	form := values(d.want(d.get("/policies/new"), http.StatusOK))
	form.Set("template", "Distribution_App")
	page := d.want(d.post("/policies/new", press(form, "template")), http.StatusOK)
	return page, values(page)
}

func TestNewPageHasTheDocumentedLabels(t *testing.T) {
	d := newDesk(t)
	page := d.want(d.get("/policies/new"), http.StatusOK)
	var labels []string
	page.Find("#policy label, #policy legend").Each(func(_ int, s *goquery.Selection) { labels = append(labels, squeeze(s.Text())) })
	want := []string{
		"Create rule from template", "Name", "Description", "Disabled", "Resource filter", "Actions", "Distribute",
		"Condition 1", "Side", "Property", "Operator", "Value type", "Value", "Conditions", "Tests", "Tags", "Reason / ticket",
	}
	if diff := cmp.Diff(want, labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	form := values(page)
	if form.Get("template") != "Unspecified" || form.Get("filter") != "App_*" || form.Has("distribute") || form.Get("conditions") != "" {
		t.Errorf("filled in: %v", form)
	}
	d.wants(page, "Identification", "Basic", "Advanced", "Reads as: every published app → EVERY deployment", "Add condition", "Validate rule", "Apply", "Cancel")
	for _, property := range []string{"name", "stream.name", "owner.userId", "@Cloud"} {
		if page.Find(`#property-1 option[value="`+property+`"]`).Text() != property {
			t.Errorf("no property %s to choose", property)
		}
	}
}

func TestTemplateFillsInWhatItHas(t *testing.T) {
	d := newDesk(t)
	page, form := d.started()
	if conditions(page) != empty || form.Get("distribute") == "" || len(form["side"]) != 1 {
		t.Errorf("the template gives %v", form)
	}
	d.wants(page, "This matches nothing: no value is an empty text.")
	form.Set("template", "Unspecified")
	page = d.want(d.post("/policies/new", press(form, "template")), http.StatusOK)
	if form := values(page); form.Get("conditions") != "" || form.Has("distribute") {
		t.Errorf("Unspecified gives %v", form)
	}
}

func TestTemplateAsksBeforeItReplacesWhatSomebodyWrote(t *testing.T) {
	d := newDesk(t)
	id := d.policy("Finance", euAnd, false)
	form := values(d.want(d.get("/policies/"+id), http.StatusOK))
	form.Set("template", "Distribution_App")
	page := d.want(d.post("/policies/"+id, press(form, "template")), http.StatusOK)
	d.wants(page, "Replace the conditions you wrote?")
	if conditions(page) != euAnd {
		t.Errorf("lost: %s", conditions(page))
	}
	replaced := d.want(d.post("/policies/"+id, press(values(page), "replace")), http.StatusOK)
	if conditions(replaced) != empty {
		t.Errorf("replaced by %s", conditions(replaced))
	}
}

func TestConditionsFollowTheRows(t *testing.T) {
	d := newDesk(t)
	_, form := d.started()
	form.Set("value", "eu")
	page := d.want(d.post("/policies/new", press(form, "add")), http.StatusOK)
	if conditions(page) != euOnly { // the added row has no value: no empty part
		t.Errorf("one row and an empty one give %s", conditions(page))
	}
	d.wants(page, "Reads as: every published app → eu", "Condition 2 has no value yet")
	if page.Find(`select[aria-label="Condition 2 joined by"] option[selected]`).Text() != "OR" {
		t.Error("conditions are not joined by OR")
	}
	form = values(page)
	form["value"][1] = "Finance"
	page = d.want(d.post("/policies/new", press(form, "validate")), http.StatusOK)
	if conditions(page) != euOr {
		t.Errorf("two rows give %s", conditions(page))
	}
	d.wants(page, "It matches 3 apps, 3 kB. 3 apps go to eu, 2 to us.", "EVERY deployment")

	page = d.want(d.post("/policies/new", press(values(page), offered(page, "Make it AND"))), http.StatusOK)
	if conditions(page) != euAnd || page.Find("#join-2 option[selected]").Text() != "AND" {
		t.Errorf("the fix gives %s", conditions(page))
	}
	form = values(page)
	form["valuetype"][0], form["value"][0] = "Property", "resource.@Cloud"
	page = d.want(d.post("/policies/new", press(form, "remove:2")), http.StatusOK)
	if got := conditions(page); got != `((subject.name=resource.@Cloud))` {
		t.Errorf("a property gives %s", got)
	}
}

func TestRowsFollowTheText(t *testing.T) {
	d := newDesk(t)
	_, form := d.started()
	form.Set("conditions", byOwner)
	page := d.want(d.ask(form), http.StatusOK)
	if n := page.Find("#rows .rule-row").Length(); n != 2 || page.Find("#property-2 option[selected]").Text() != "owner.name" {
		t.Errorf("%d rows: %s", n, squeeze(page.Find("#rows").Text()))
	}
	if got := page.Find("#base").AttrOr("value", ""); got != byOwner {
		t.Errorf("the text was rewritten: %s", got)
	}
	for text, why := range map[string]string{
		`!(subject.name="eu")`: "Rows show comparisons only",
		`subject.name=`:        "cannot be read",
	} {
		form.Set("conditions", text)
		page = d.want(d.ask(form), http.StatusOK)
		d.wants(page, "The rows are read-only.", why)
		if page.Find("#rows .rule-row").Length() != 0 {
			t.Errorf("%s has rows", text)
		}
	}
}

func TestLiveAnswersLeaveAloneWhatIsTypedIn(t *testing.T) {
	d := newDesk(t)
	_, form := d.started()
	form.Set("value", "eu")
	page := d.want(d.ask(form), http.StatusOK)
	base := page.Find("#base")
	if base.AttrOr("value", "") != euOnly || base.AttrOr("data-sent", "") != empty {
		t.Error("the answer does not say what follows from which text")
	}
	for _, id := range []string{"#rows", "#conditions", "#rule-fields", "h1"} {
		if page.Find(id).Length() != 0 {
			t.Errorf("the answer has %s", id)
		}
	}
	if page.Find(`#reading[hx-swap-oob]`).Length() != 1 {
		t.Error("the reading does not take its place")
	}
}

func TestUntouchedTextStaysToTheLetter(t *testing.T) {
	d := newDesk(t)
	id := d.policy("By hand", byOwner, false)
	form := values(d.want(d.get("/policies/"+id), http.StatusOK))
	form.Set("description", "new")
	d.want(d.post("/policies/"+id, form), http.StatusSeeOther)
	stored, err := d.store.Policy(t.Context(), id)
	if err != nil || stored.Conditions != byOwner || stored.Description != "new" {
		t.Errorf("stored %+v %v", stored, err)
	}
}

func TestValidateSaysWhatIsWrongAndWhere(t *testing.T) {
	d := newDesk(t)
	_, form := d.started()
	form.Set("conditions", `subject.name = eu`)
	for name, page := range map[string]answer{
		"whole page": d.post("/policies/new", press(form, "validate")),
		"in place":   d.ask(press(form, "validate")),
	} {
		d.want(page, http.StatusUnprocessableEntity)
		if got := squeeze(page.Find("#verdict").Text()); !strings.HasPrefix(got, "Not valid: line 1, column 16: ") {
			t.Errorf("%s: %s", name, got)
		}
		if got := squeeze(page.Find("#conditions-error").Text()); !strings.HasPrefix(got, "Line 1, column 16:") {
			t.Errorf("%s: at the field stands %q", name, got)
		}
	}
	if all, _ := d.store.AllPolicies(t.Context()); len(all) != 0 {
		t.Error("Validate rule saved something")
	}
}

func TestApplySaysWhereAppsGo(t *testing.T) {
	d := newDesk(t)
	page, form := d.started()
	form.Set("name", " Finance to eu ")
	form.Set("conditions", euAnd)
	form.Set("tags", "daily, finance, ,daily")
	done := d.want(d.post(action(page), form), http.StatusSeeOther)
	if d.notice != "Successfully added. 2 apps go to eu." {
		t.Errorf("notice %q", d.notice)
	}
	shown := d.want(d.get(done.location), http.StatusOK)
	d.wants(shown, "Finance to eu", "History", "Created", "Applied by admin", "version 1", "Apply changes nothing")
	stored, err := d.store.Policy(t.Context(), strings.TrimPrefix(done.location, "/policies/"))
	if diff := cmp.Diff([]string{"daily", "finance"}, stored.Tags); err != nil || diff != "" || stored.Template != "Distribution_App" || stored.Actions != policy.ActionDistribute {
		t.Errorf("stored %+v %v", stored, err)
	}
	form = values(shown)
	form["value"][0] = "us"
	d.want(d.post(action(shown), form), http.StatusSeeOther)
	if d.notice != "Successfully updated. 2 apps go to us." {
		t.Errorf("notice %q", d.notice)
	}
	d.want(d.post(action(shown), form), http.StatusUnprocessableEntity) // its version is stale now
}

func TestTemplateAloneIsAcceptedWithAWarning(t *testing.T) {
	d := newDesk(t)
	page, form := d.started()
	form.Set("name", "Nothing yet")
	d.want(d.post(action(page), form), http.StatusSeeOther)
	if d.notice != "Successfully added. No published app goes anywhere by it now." {
		t.Errorf("notice %q", d.notice)
	}
}

func TestFaultsKeepEveryValue(t *testing.T) {
	d := newDesk(t)
	d.policy("Taken", euOnly, false)
	for _, c := range []struct{ name, field, value, text string }{
		{"no name", "name", " ", "Enter a name"},
		{"name taken", "name", "TAKEN", ""},
		{"filter", "filter", "Stream_*", "apps only"},
		{"no action", "distribute", "", "Choose the action Distribute"},
		{"conditions", "conditions", `((subject.name="eu")`, "parenthesis"},
		{"template", "template", "Distribution_Stream", "no such template"},
	} {
		t.Run(c.name, func(t *testing.T) {
			page, form := d.started()
			form.Set("name", "New one")
			form.Set("description", "kept")
			form.Set("conditions", euAnd)
			form.Set(c.field, c.value)
			if c.field == "distribute" {
				form.Del(c.field)
			}
			refused := d.want(d.post(action(page), form), http.StatusUnprocessableEntity)
			if got := refused.Find("#" + c.field + "-error").Text(); got == "" || !strings.Contains(got, c.text) {
				t.Errorf("beside %s stands %q, want %q", c.field, got, c.text)
			}
			if refused.Find(`.error-summary a[href="#`+c.field+`"]`).Length() != 1 {
				t.Errorf("the summary does not lead to the field: %s", squeeze(refused.Find(".error-summary").Text()))
			}
			sent := values(refused)
			for _, field := range []string{"description", "conditions", "filter"} {
				if sent.Get(field) != form.Get(field) {
					t.Errorf("%s was %q and is %q", field, form.Get(field), sent.Get(field))
				}
			}
		})
	}
}

func TestResultComparesWithNow(t *testing.T) {
	d := newDesk(t)
	id := d.policy("Finance", euAnd, false)
	form := values(d.want(d.get("/policies/"+id), http.StatusOK))
	form["value"][0] = "us"
	page := d.want(d.send(http.MethodPost, "/policies/result", form, true), http.StatusOK)
	d.wants(page, "+2 newly to us", "−2 no longer refreshed in eu", "App 1", "newly to us", "Finance · M. Ruiz")
}

// More new apps than a deployment takes unseen wait for a review: that is said before Apply and after it.
func TestResultSaysWhatIsHeldForReview(t *testing.T) {
	d := newDesk(t)
	id := d.policy("Finance", euAnd, false)
	d.change("us", func(us *deployment.Deployment) { us.HoldAbove = new(1) })
	form := values(d.want(d.get("/policies/"+id), http.StatusOK))
	form["value"][0] = "us"
	d.wants(d.want(d.send(http.MethodPost, "/policies/result", form, true), http.StatusOK), "+2 newly to us", "more than 1 at once: held for review")
	d.want(d.post("/policies/"+id, form), http.StatusSeeOther)
	if want := "2 apps go to us. 2 new apps to us wait for your review."; !strings.HasSuffix(d.notice, want) {
		t.Errorf("the notice is %q, want %q", d.notice, want)
	}
}

func TestUnknownPolicyIs404(t *testing.T) {
	d := newDesk(t)
	d.want(d.get("/policies/gone"), http.StatusNotFound)
	d.want(d.post("/policies/gone", nil), http.StatusNotFound)
	d.want(d.get("/policies/delete?id=gone"), http.StatusNotFound)
}
