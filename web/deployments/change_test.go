package deployments_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/tenant"
)

func TestUpdate(t *testing.T) {
	d := newDesk(t)
	at := d.setUp("eu", "https://acme.eu.qlikcloud.com", "")
	d.policy("Finance", `((subject.name="EU"))`)
	page := d.want(d.get(at), http.StatusOK)
	d.wants(page, "Finance")
	form := values(page)
	form.Set("contact", "bi@acme.example")
	form.Set("endpoint", "https://other.eu.qlikcloud.com")
	d.want(d.post(action(page), form), http.StatusSeeOther)
	for _, text := range []string{"Successfully updated.", "1 policy names it: Finance.", "old tenant stays there"} {
		if !strings.Contains(d.notice, text) {
			t.Errorf("%q is not in the notice %q", text, d.notice)
		}
	}
	d.wants(d.get(at), "Contact", "bi@acme.example", "before:", "after:")

	stale := d.want(d.post(action(page), form), http.StatusUnprocessableEntity)
	d.wants(stale, "changed meanwhile by admin")
	if got := values(stale).Get("contact"); got != "bi@acme.example" {
		t.Errorf("contact is %q after the refusal", got)
	}
}

func TestRenameOffersToRewritePolicies(t *testing.T) {
	for _, c := range []struct{ answer, conditions, notice string }{
		{"rewrite", `((subject.name="europe") or (subject.name="us"))`, "1 policy was rewritten."},
		{"keep", `((subject.name="eu") or (subject.name="us"))`, "No policy names it"},
	} {
		t.Run(c.answer, func(t *testing.T) {
			d := newDesk(t)
			at := d.setUp("eu", "https://acme.eu.qlikcloud.com", "")
			id := d.policy("Finance", `((subject.name="eu") or (subject.name="us"))`)
			d.policy("Other", `((subject.name="us"))`)
			page := d.want(d.get(at), http.StatusOK)
			form := values(page)
			form.Set("name", "europe")

			question := d.want(d.post(action(page), form), http.StatusOK)
			d.wants(question, `Rename "eu" to "europe"?`, "Nothing is saved yet", "what it sends there now becomes left in tenant", `((subject.name="eu") or (subject.name="us"))`,
				`((subject.name="europe") or (subject.name="us"))`, "Apply and rewrite 1 policy", "Apply without rewriting")
			if stored, _ := d.store.Deployment(t.Context(), idIn(at)); stored.Name != "eu" {
				t.Fatalf("saved before the answer: %q", stored.Name)
			}

			other := values(question)
			other.Set("rename", c.answer)
			other.Set("name", "europa")
			d.wants(d.want(d.post(action(question), other), http.StatusOK), `Rename "eu" to "europa"?`)

			answer := values(question)
			answer.Set("rename", c.answer)
			d.want(d.post(action(question), answer), http.StatusSeeOther)
			p, err := d.store.Policy(t.Context(), id)
			if err != nil || p.Conditions != c.conditions {
				t.Errorf("the policy says %q (%v), want %q", p.Conditions, err, c.conditions)
			}
			if stored, _ := d.store.Deployment(t.Context(), idIn(at)); stored.Name != "europe" || !strings.Contains(d.notice, c.notice) {
				t.Errorf("renamed to %q with %q", stored.Name, d.notice)
			}
		})
	}
}

func TestRenameWithoutPoliciesAsksNothing(t *testing.T) {
	d := newDesk(t)
	page := d.want(d.get(d.setUp("eu", "https://acme.eu.qlikcloud.com", "")), http.StatusOK)
	form := values(page)
	form.Set("name", "europe")
	d.want(d.post(action(page), form), http.StatusSeeOther)
}

func TestNewKeyStandsBesideThePresentOne(t *testing.T) {
	d := newDesk(t)
	at := d.setUp("eu", "https://acme.eu.qlikcloud.com", deployment.Production)
	old := d.definition(d.get(at)).StaticKeys[0].Kid
	if link := d.get(at).Find(`a:contains("Make a new key")`); link.AttrOr("href", "") != at+"/key" {
		t.Errorf("no way to a new key: %q", link.AttrOr("href", ""))
	}
	page := d.want(d.get(at+"/key"), http.StatusOK)
	d.wants(page, `Make a new key for "eu"?`, "Distribution goes on with the present key.", "Name of the deployment")
	d.wants(d.want(d.post(at+"/key", url.Values{"confirm": {"us"}}), http.StatusUnprocessableEntity), "This is not the name. Type eu.")
	d.want(d.post(at+"/key", url.Values{"confirm": {"eu"}}), http.StatusSeeOther)

	page = d.want(d.get(at), http.StatusOK)
	stored, err := d.store.Deployment(t.Context(), idIn(at))
	if err != nil || stored.Key.ID != old || stored.Next == nil {
		t.Fatalf("%+v %v", stored, err)
	}
	d.wants(page, "A key change is under way.", stored.Next.ID, "Next key made")
	next := page.Find("#next-token").Text()
	if next != deployment.Definition(*stored.Next, "qlik.api") || d.definition(page).StaticKeys[0].Kid != old || page.Find(`a:contains("Make a new key")`).Length() != 0 {
		t.Errorf("the next token is %q", next)
	}
	form := values(page)
	form.Set("note", "meanwhile")
	d.want(d.post(at, form), http.StatusSeeOther)
	d.want(d.post(at+"/key", url.Values{"confirm": {"eu"}}), http.StatusConflict)
	d.want(d.get(at+"/key"), http.StatusConflict)

	d.wants(d.want(d.get(at+"/drop-key"), http.StatusOK), `Drop the next key of "eu"?`)
	d.want(d.post(at+"/drop-key", nil), http.StatusSeeOther)
	if stored, _ := d.store.Deployment(t.Context(), idIn(at)); stored.Next != nil || stored.Key.ID != old || stored.Note != "meanwhile" {
		t.Errorf("after it was dropped: %+v", stored)
	}
	d.want(d.get(at+"/drop-key"), http.StatusConflict)
}

func TestChangeOfSignInOfProductionAsksForTheName(t *testing.T) {
	d := newDesk(t)
	at := d.setUp("eu", "https://acme.eu.qlikcloud.com", deployment.Production)
	page := d.want(d.get(at), http.StatusOK)
	form := values(page)
	form.Del("local")
	form.Set("signin", string(deployment.JWTProvider))
	form.Set("kind", string(deployment.Sandbox)) // the kind that is stored counts
	d.wants(d.want(d.post(action(page), form), http.StatusOK), "Name of the deployment", "Nothing is saved yet")
	form.Set("confirm", "us")
	d.wants(d.want(d.post(action(page), form), http.StatusUnprocessableEntity), "This is not the name. Type eu.")
	form.Set("confirm", "eu")
	d.want(d.post(action(page), form), http.StatusSeeOther)
	if stored, _ := d.store.Deployment(t.Context(), idIn(at)); stored.Auth != deployment.JWTProvider || stored.Key.ID != d.definition(page).StaticKeys[0].Kid {
		t.Errorf("stored %+v", stored)
	}
}

func TestActsSayWhatTheyDo(t *testing.T) {
	d := newDesk(t)
	at := d.setUp("eu", "https://acme.eu.qlikcloud.com", "")
	d.policy("A", `((subject.name="eu"))`)
	d.policy("B", `((subject.name="eu"))`)
	state := func() deployment.Deployment {
		stored, err := d.store.Deployment(t.Context(), idIn(at))
		if err != nil {
			t.Fatal(err)
		}
		return stored
	}
	act := func(verb string, form url.Values) {
		t.Helper()
		page := d.want(d.get(at+"/"+strings.ToLower(verb)), http.StatusOK)
		d.wants(page, verb+` "eu"?`, "2 policies name it: A, B.")
		if page.Find(`form button:contains("`+verb+`")`).Length() != 1 {
			t.Errorf("no button %s", verb)
		}
		d.want(d.post(at+"/"+strings.ToLower(verb), form), http.StatusSeeOther)
	}

	d.wants(d.get(at+"/delete"), "No delivery runs or waits. No app is in the tenant. 2 policies name it: A, B.")
	d.wants(d.want(d.post(at+"/pause", nil), http.StatusUnprocessableEntity), "Enter why")
	act("Pause", url.Values{"reason": {"maintenance there"}})
	if p := state().Pause; p == nil || p.Reason != "maintenance there" || p.By != "admin" {
		t.Errorf("paused: %+v", p)
	}
	again := d.want(d.post(at+"/pause", url.Values{"reason": {"another"}}), http.StatusUnprocessableEntity)
	d.wants(again, "It is paused already, by admin: maintenance there.")
	paused := d.want(d.get(at), http.StatusOK)
	d.wants(paused, "eu is paused since", "by admin. maintenance there. No delivery waits.")
	if paused.Find(`.actions a:contains("Resume")`).Length() != 1 || paused.Find(`.actions a:contains("Pause")`).Length() != 0 {
		t.Error("a paused deployment offers Resume and no Pause")
	}
	act("Resume", nil)
	act("Disable", nil)
	if s := state(); s.Pause != nil || !s.Disabled {
		t.Errorf("after Resume and Disable: %+v", s)
	}
	d.wants(d.get(at), "eu is disabled.", "Enable")
	act("Enable", nil)
	act("Delete", nil)
	if _, err := d.store.Deployment(t.Context(), idIn(at)); !fault.Is(err, fault.NotFound) {
		t.Errorf("after Delete: %v", err)
	}
	if !strings.Contains(d.notice, "Nothing was removed in the tenant") {
		t.Errorf("notice %q", d.notice)
	}
}

func TestDeleteOfProductionAsksForTheName(t *testing.T) {
	d := newDesk(t)
	at := d.setUp("eu", "https://acme.eu.qlikcloud.com", deployment.Production)
	d.wants(d.want(d.post(at+"/delete", nil), http.StatusUnprocessableEntity), "This is not the name. Type eu.", "Nothing was done.")
	d.want(d.post(at+"/delete", url.Values{"confirm": {"eu"}}), http.StatusSeeOther)
}

func TestConnectionIsTestedStepByStep(t *testing.T) {
	d := newDesk(t)
	at := d.setUp("eu", "https://acme.eu.qlikcloud.com", "")
	d.steps = []tenant.Step{
		{Name: "Address resolves", State: tenant.Passed, Detail: "10.0.0.1.", Took: 84 * time.Millisecond},
		{Name: "Token accepted", State: tenant.Failed, Detail: "The tenant does not accept the key.", Advice: "Paste the token there."},
		{Name: "Right to import", State: tenant.NotChecked, Detail: "An earlier step failed."},
		{Name: "Who can open them", State: tenant.Passed, Detail: "Nobody.", Advice: "Add members."},
	}
	page := d.want(d.post(at+"/test", nil), http.StatusOK)
	d.wants(page, "Address resolves Passed. 10.0.0.1.84 ms", "Do this: Paste the token there.", "Right to import Not checked. An earlier step failed.",
		"Mind: Add members.", "2 passed, 1 failed, 1 not checked.")
	if page.Find("main h1").Length() != 1 {
		t.Error("without scripts the answer is no whole page")
	}
	if end, ok := d.tested.Deadline(); !ok || time.Until(end) > 30*time.Second {
		t.Errorf("the test is bounded by %v, %v", end, ok)
	}
}

// A deployment that the console paused, as its token was refused, can go on as soon as a test passes.
func TestPassedTestOffersToResume(t *testing.T) {
	d := newDesk(t)
	at := d.setUp("eu", "https://acme.eu.qlikcloud.com", "")
	offered := func(cause string, signedIn bool, state tenant.StepState) bool {
		if err := d.store.ResumeDeployment(t.Context(), idIn(at)); err != nil {
			t.Fatal(err)
		}
		if err := d.store.PauseDeployment(t.Context(), idIn(at), deployment.Pause{Since: d.now, By: "Skyferry", Reason: "Tenant does not accept key 7f3a91c2...", Cause: cause}); err != nil {
			t.Fatal(err)
		}
		d.signedIn, d.steps = signedIn, []tenant.Step{{Name: "Token accepted", State: state}}
		return d.testByScript(at).Find(`form[action="`+at+`/resume"] button:contains("Resume eu")`).Length() == 1
	}
	for _, c := range []struct {
		cause    string
		signedIn bool
		state    tenant.StepState
		want     bool
	}{
		{"token-refused", true, tenant.Passed, true}, {"wrong-tenant", true, tenant.Passed, true},
		{"token-refused", true, tenant.Failed, false}, {"token-refused", false, tenant.NotChecked, false}, {"", true, tenant.Passed, false},
	} {
		if got := offered(c.cause, c.signedIn, c.state); got != c.want {
			t.Errorf("%+v: offered %v", c, got)
		}
	}
	d.want(d.post(at+"/resume", nil), http.StatusSeeOther)
	if stored, err := d.store.Deployment(t.Context(), idIn(at)); err != nil || stored.Pause != nil {
		t.Errorf("after Resume: %+v, %v", stored.Pause, err)
	}
}

func TestScriptsGetTheTestAlone(t *testing.T) {
	d := newDesk(t)
	at := d.setUp("eu", "https://acme.eu.qlikcloud.com", "")
	part := d.testByScript(at)
	if part.Find("h1, form, #keys").Length() != 0 || part.Find(`h2:contains("Test connection")`).Length() != 1 {
		t.Error(squeeze(part.Text()))
	}
}

func TestScriptsGetTheKeysAnewWhenTheNextOneTookOver(t *testing.T) {
	d := newDesk(t)
	at := d.setUp("eu", "https://acme.eu.qlikcloud.com", "")
	d.want(d.post(at+"/key", nil), http.StatusSeeOther)
	stored, err := d.store.Deployment(t.Context(), idIn(at))
	if err != nil {
		t.Fatal(err)
	}
	d.accepted = stored.Next.ID
	part := d.testByScript(at)
	keys := part.Find("#keys[hx-swap-oob=true]")
	if keys.Find("#token").Text() != deployment.Definition(*stored.Next, "qlik.api") || keys.Find("#next").Length() != 0 || part.Find("form").Length() != 0 {
		t.Errorf("keys: %s", squeeze(keys.Text()))
	}
	if again := d.testByScript(at); again.Find("#keys").Length() != 0 {
		t.Error("keys that are as they were come anew")
	}
}

// testByScript tests a connection as scripts do, and gives what they swap in.
func (d *desk) testByScript(at string) *goquery.Document {
	d.Helper()
	request, err := http.NewRequestWithContext(d.Context(), http.MethodPost, d.server.URL+at+"/test", nil)
	if err != nil {
		d.Fatal(err)
	}
	request.Header.Set("HX-Request", "true")
	response, err := d.server.Client().Do(request)
	if err != nil {
		d.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	part, err := goquery.NewDocumentFromReader(response.Body)
	if err != nil {
		d.Fatal(err)
	}
	return part
}

func TestUnknownDeployment(t *testing.T) {
	d := newDesk(t)
	for _, path := range []string{"", "/delete", "/pause", "/key", "/drop-key"} {
		d.want(d.get("/deployments/unknown"+path), http.StatusNotFound)
	}
	for _, path := range []string{"", "/delete", "/test"} {
		d.want(d.post("/deployments/unknown"+path, nil), http.StatusNotFound)
	}
}

// TestDeleteNamesWhatIsInTheMiddleOfItsImport asks before a deployment is deleted or disabled of which an app may be in the tenant.
func TestDeleteNamesWhatIsInTheMiddleOfItsImport(t *testing.T) {
	d := newDesk(t)
	app := d.published("KPIs", "Finance")
	at := d.setUp("eu", "https://acme.eu.qlikcloud.com", "")
	delivery := d.decided(idIn(at), app)
	delivery.State, delivery.ImportStarted = distribution.Importing, time.Now()
	if err := d.store.Save(t.Context(), delivery, distribution.Attempt{}); err != nil {
		t.Fatal(err)
	}
	d.wants(d.get(at+"/disable"), "1 delivery is cancelled.", "1 app has begun its import and is looked up there until it is known what that made: nothing is sent for that.")
	named := `In the middle of their import, and perhaps in the tenant without being shown here: "KPIs" (app id ` + app + ")."
	d.wants(d.get(at+"/delete"), named, "To know it, disable the deployment first")
	d.want(d.post(at+"/delete", nil), http.StatusSeeOther)
	if !strings.Contains(d.notice, named) || strings.Contains(d.notice, "disable") {
		t.Errorf("notice %q", d.notice)
	}
}
