package deployments_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/deployment"
)

func TestEmptyListSaysWhatToDo(t *testing.T) {
	d := newDesk(t)
	page := d.want(d.get("/deployments"), http.StatusOK)
	d.wants(page, "My deployments", "No deployment: nothing leaves the site.")
	link := page.Find(`.list-pane a:contains("Set up new")`)
	if got := link.AttrOr("href", ""); got != "/deployments/new" {
		t.Errorf("Set up new leads to %q", got)
	}
}

func TestFieldsStandInTheDocumentedOrder(t *testing.T) {
	d := newDesk(t)
	page, form := d.open()
	var labels []string
	page.Find("#connection label").Each(func(_ int, s *goquery.Selection) { labels = append(labels, squeeze(s.Text())) })
	want := []string{
		"Deployment name", "API endpoint", "Audience", "Use local bearer token",
		"Sign in with", "Client ID", "Client secret", "Client secret expires", "Token endpoint", "API key", "Kind", "Contact", "Note",
	}
	if diff := cmp.Diff(want, labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
	d.wants(page, "https://my-tenant.eu.qlikcloud.com", "It contains no secret", "Qlik has not published this format; for a real tenant use client credentials.")
	if form.Get("audience") != "qlik.api" || form.Get("local") != "on" || form.Get("space") != "Skyferry" {
		t.Errorf("filled in: %v", form)
	}
	if n := page.Find(".credentials [required]").Length(); n != 0 {
		t.Errorf("%d fields that scripts and styles hide are required", n)
	}
}

func TestDraftSurvivesReloadAndRefusal(t *testing.T) {
	d := newDesk(t)
	first := d.want(d.get("/deployments/new"), http.StatusSeeOther)
	page := d.want(d.get(first.location), http.StatusOK)
	again := d.want(d.get(first.location), http.StatusOK)
	key := d.definition(page).StaticKeys[0].Kid
	if got := d.definition(again).StaticKeys[0].Kid; got != key {
		t.Errorf("a reload shows key %s, want %s", got, key)
	}
	refused := d.want(d.post(action(page), values(page)), http.StatusUnprocessableEntity)
	if got := d.definition(refused).StaticKeys[0].Kid; got != key {
		t.Errorf("after 422 the key is %s, want %s", got, key)
	}
	if action(refused) != first.location {
		t.Errorf("the form goes to %q, want the draft in it: %q", action(refused), first.location)
	}
	d.wants(refused, key)
}

func TestDraftThatIsGoneIsReplacedInWords(t *testing.T) {
	d := newDesk(t)
	page, form := d.open()
	form.Set("name", "eu")
	form.Set("endpoint", "https://acme.eu.qlikcloud.com")
	d.now = d.now.Add(deployment.DraftLife + time.Minute)
	refused := d.want(d.post(action(page), form), http.StatusUnprocessableEntity)
	d.wants(refused, "New token.", "24 hours")
	if d.definition(refused).StaticKeys[0].Kid == d.definition(page).StaticKeys[0].Kid {
		t.Error("the key is the one that is gone")
	}
	d.want(d.post(action(refused), values(refused)), http.StatusSeeOther)

	reload := d.want(d.get("/deployments/new?draft=unknown"), http.StatusSeeOther)
	if !strings.HasPrefix(reload.location, "/deployments/new?draft=") || !strings.Contains(d.notice, "A new one stands here") {
		t.Errorf("led to %q with %q", reload.location, d.notice)
	}
}

func TestApplyBindsTheTokenThatWasCopied(t *testing.T) {
	d := newDesk(t)
	page, form := d.open()
	form.Set("name", " eu ")
	form.Set("endpoint", "https://ACME.eu.qlikcloud.com:443/")
	form.Set("audience", "other.api")
	done := d.want(d.post(action(page), form), http.StatusSeeOther)
	if !strings.HasPrefix(d.notice, "Successfully added. No policy names it") {
		t.Errorf("notice %q", d.notice)
	}
	shown := d.want(d.get(done.location), http.StatusOK)
	was, is := d.definition(page).StaticKeys[0], d.definition(shown)
	if is.StaticKeys[0] != was || is.Audience != "other.api" {
		t.Errorf("after Apply the token is %+v, copied was %+v", is, was)
	}
	d.wants(shown, "acme.eu.qlikcloud.com", "History", "Created", "Not known before the first contact")
	key, err := d.store.SigningKey(t.Context(), idIn(done.location))
	if err != nil || key.ID != was.Kid {
		t.Errorf("signs with %q (%v), want %q", key.ID, err, was.Kid)
	}
}

func TestTokenFollowsTheAudience(t *testing.T) {
	d := newDesk(t)
	page, _ := d.open()
	part := d.want(d.get(page.Find("#audience").AttrOr("hx-get", "")+"&audience=other"), http.StatusOK)
	if got := d.definition(part).Audience; got != "other" {
		t.Errorf("audience %q", got)
	}
	if part.Find("h1").Length() != 0 {
		t.Error("the part is a whole page")
	}
}

func TestFaultsKeepEveryValue(t *testing.T) {
	d := newDesk(t)
	d.setUp("us", "https://acme.us.qlikcloud.com", "")
	credentials := url.Values{"local": nil, "clientid": {"id"}, "clientsecret": {"hush-hush"}, "tokenendpoint": {"https://t.example/oauth/token"}}
	for _, c := range []struct {
		name   string
		change url.Values
		field  string
		text   string
	}{
		{"no name", url.Values{"name": {" "}}, "name", "Enter a name"},
		{"name taken", url.Values{"name": {" US "}}, "name", ""},
		{"no address", url.Values{"endpoint": {"ftp://acme"}}, "endpoint", "https://"},
		{"endpoint taken", url.Values{"endpoint": {"https://ACME.us.qlikcloud.com:443"}}, "endpoint", `"us"`},
		{"no audience", url.Values{"audience": {""}}, "audience", "qlik.api"},
		{"unknown kind", url.Values{"kind": {"Live"}}, "kind", "Production"},
		{"no client id", with(credentials, "clientid", ""), "clientid", "client ID"},
		{"no client secret", with(credentials, "clientsecret", ""), "clientsecret", "client secret"},
		{"no day", with(credentials, "secretexpires", "soon"), "secretexpires", "2027-03-31"},
		{"unknown way", with(credentials, "signin", "smoke"), "signin", "JWT identity provider"},
		{"no API key", with(credentials, "signin", "api-key"), "apikey", "API key"},
		{"no token endpoint", with(credentials, "tokenendpoint", "x"), "tokenendpoint", "https://"},
	} {
		t.Run(c.name, func(t *testing.T) {
			page, form := d.open()
			form.Set("name", "eu")
			form.Set("endpoint", "https://acme.eu.qlikcloud.com")
			form.Set("contact", "bi@acme.example")
			form.Set("note", "two\nlines")
			for name, value := range c.change {
				form[name] = value
			}
			landing := "staged"
			if form["local"] == nil {
				form.Del("local")
				landing = "managed" // as Apply would have it
			}
			refused := d.want(d.post(action(page), form), http.StatusUnprocessableEntity)
			if got := refused.Find("#" + c.field + "-error").Text(); got == "" || !strings.Contains(got, c.text) {
				t.Errorf("beside %s stands %q, want %q", c.field, got, c.text)
			}
			if refused.Find(`.error-summary a[href="#`+c.field+`"]`).Length() != 1 {
				t.Error("the summary does not lead to the field")
			}
			kept := values(refused)
			form.Set("clientsecret", "")
			form.Set("landing", landing)
			if c.field == "signin" { // a select cannot show a value that is none of its own
				form.Set("signin", "")
			}
			if c.field == "name" {
				form.Set("name", strings.TrimSpace(form.Get("name")))
			}
			if c.field != "kind" { // a select cannot show a value that is none of its own
				if diff := cmp.Diff(form, kept); diff != "" {
					t.Errorf("values (-sent +kept):\n%s", diff)
				}
			}
			if html, _ := refused.Html(); strings.Contains(html, "hush-hush") {
				t.Error("the client secret stands in the page")
			}
		})
	}
}

func with(values url.Values, name, value string) url.Values {
	changed := url.Values{}
	for k, v := range values {
		changed[k] = v
	}
	changed.Set(name, value)
	return changed
}

func TestClientCredentials(t *testing.T) {
	d := newDesk(t)
	page, form := d.open()
	form.Del("local")
	for name, value := range map[string]string{
		"name": "eu", "endpoint": "https://acme.eu.qlikcloud.com", "clientid": "abc", "clientsecret": "hush-hush",
		"tokenendpoint": "https://acme.eu.qlikcloud.com/oauth/token", "space": "",
	} {
		form.Set(name, value)
	}
	done := d.want(d.post(action(page), form), http.StatusSeeOther)
	stored, err := d.store.Deployment(t.Context(), idIn(done.location))
	if err != nil || stored.Landing.Space != "Skyferry" || !stored.Landing.Create || stored.ClientSecret.Reveal() != "hush-hush" || stored.Key != nil {
		t.Fatalf("stored %+v %v", stored, err)
	}

	edit := d.want(d.get(done.location), http.StatusSeeOther) // a draft, so that the checkbox has a token to copy
	edited := d.want(d.get(edit.location), http.StatusOK)
	d.wants(edited, "Empty keeps the stored one", "Successfully added.")
	if html, _ := edited.Html(); strings.Contains(html, "hush-hush") {
		t.Error("the client secret stands in the page")
	}
	again := values(edited)
	again.Set("note", "changed")
	d.want(d.post(action(edited), again), http.StatusSeeOther)
	if stored, _ = d.store.Deployment(t.Context(), stored.ID); stored.ClientSecret.Reveal() != "hush-hush" || stored.Note != "changed" {
		t.Errorf("after an edit: %+v", stored)
	}

	edited = d.want(d.get(edit.location), http.StatusOK)
	again = values(edited)
	again.Set("local", "on")
	d.want(d.post(action(edited), again), http.StatusSeeOther)
	if stored, _ = d.store.Deployment(t.Context(), stored.ID); stored.Key == nil || stored.Key.ID != d.definition(edited).StaticKeys[0].Kid || stored.ClientSecret != "" {
		t.Errorf("after the change to the local bearer token: %+v", stored)
	}
}

func TestJWTProviderIsSetUpFromWhatThePageShows(t *testing.T) {
	d := newDesk(t)
	page, form := d.open()
	form.Del("local")
	for name, value := range map[string]string{"name": "eu", "endpoint": "https://acme.eu.qlikcloud.com", "signin": "jwt-provider"} {
		form.Set(name, value)
	}
	issuer, kid := page.Find("#provider-issuer").AttrOr("value", ""), page.Find("#provider-kid").AttrOr("value", "")
	for _, part := range []string{issuer, kid, "jwtAuth"} {
		if body := page.Find("#provider-body").Text(); part == "" || !strings.Contains(body, part) {
			t.Errorf("no %q in the body %s", part, body)
		}
	}
	if !strings.HasPrefix(page.Find("#provider-pem").Text(), "-----BEGIN CERTIFICATE-----") || page.Find("#provider [data-copy]").Length() != 4 {
		t.Error("not all is there to be copied")
	}
	done := d.want(d.post(action(page), form), http.StatusSeeOther)
	stored, err := d.store.Deployment(t.Context(), idIn(done.location))
	if err != nil || stored.Auth != deployment.JWTProvider || stored.Key == nil || stored.Key.ID != kid || stored.Key.Issuer != issuer || stored.Landing.Space != "Skyferry" {
		t.Fatalf("stored %+v %v", stored, err)
	}
	shown := d.want(d.get(done.location), http.StatusOK)
	if shown.Find("#provider-kid").AttrOr("value", "") != kid || values(shown).Get("signin") != "jwt-provider" || values(shown).Has("local") {
		t.Errorf("shown %v", values(shown))
	}
	d.want(d.post(done.location+"/key", nil), http.StatusSeeOther)
	shown = d.want(d.get(done.location), http.StatusOK)
	if next := shown.Find("#next-kid").AttrOr("value", ""); next == "" || next == kid || shown.Find("#next-body").Length() != 1 {
		t.Errorf("next key %q", next)
	}
}

func TestAPIKeyAndItsEnd(t *testing.T) {
	d := newDesk(t)
	page, form := d.open()
	form.Del("local")
	key, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.RegisteredClaims{ExpiresAt: jwt.NewNumericDate(d.now.Add(6*24*time.Hour + time.Minute))}).SignedString([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"name": "eu", "endpoint": "https://acme.eu.qlikcloud.com", "signin": "api-key", "apikey": key} {
		form.Set(name, value)
	}
	done := d.want(d.post(action(page), form), http.StatusSeeOther)
	stored, err := d.store.Deployment(t.Context(), idIn(done.location))
	if err != nil || stored.Auth != deployment.APIKey || stored.APIKey.Reveal() != key || stored.Key != nil {
		t.Fatalf("stored %+v %v", stored, err)
	}
	if err := d.store.NoteTest(t.Context(), stored.ID, time.Time{}, "Ada"); err != nil {
		t.Fatal(err)
	}
	shown := d.want(d.get(d.want(d.get(done.location), http.StatusSeeOther).location), http.StatusOK)
	d.wants(shown, "The API key ends in 6 days.", "The API key is that of a person, Ada.", "What ends")
	if html, _ := shown.Html(); strings.Contains(html, key) {
		t.Error("the API key stands in the page")
	}
	again := values(shown)
	again.Set("note", "changed")
	d.want(d.post(action(shown), again), http.StatusSeeOther)
	if stored, _ = d.store.Deployment(t.Context(), stored.ID); stored.APIKey.Reveal() != key || stored.Note != "changed" || stored.Person != "Ada" {
		t.Errorf("after an edit: %+v", stored)
	}
}

func TestClientSecretHasAnEnd(t *testing.T) {
	d := newDesk(t)
	page, form := d.open()
	form.Del("local")
	for name, value := range map[string]string{
		"name": "eu", "endpoint": "https://acme.eu.qlikcloud.com", "clientid": "abc", "clientsecret": "hush-hush",
		"tokenendpoint": "https://acme.eu.qlikcloud.com/oauth/token", "secretexpires": d.now.UTC().Add(24 * time.Hour).Format(time.DateOnly),
	} {
		form.Set(name, value)
	}
	done := d.want(d.post(action(page), form), http.StatusSeeOther)
	shown := d.want(d.get(d.want(d.get(done.location), http.StatusSeeOther).location), http.StatusOK)
	d.wants(shown, "The client secret ends within a day.")
	if got := values(shown).Get("secretexpires"); got != form.Get("secretexpires") {
		t.Errorf("shown %q", got)
	}
}

func TestListSaysWhatIsKnown(t *testing.T) {
	d := newDesk(t)
	id := idIn(d.setUp("eu", "https://eu.example", deployment.Sandbox))
	d.wants(d.get("/deployments"), "eu Sandbox eu.example Nothing sent yet")
	if err := d.store.BindTenant(d.Context(), id, "t1"); err != nil {
		d.Fatal(err)
	}
	d.wants(d.get("/deployments"), "eu Sandbox eu.example Ready")
}
