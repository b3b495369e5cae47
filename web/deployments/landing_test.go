package deployments_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
)

// client fills in what client credentials need.
func client(form url.Values) url.Values {
	form.Del("local")
	form.Set("name", "us")
	form.Set("endpoint", "https://acme.us.qlikcloud.com")
	form.Set("clientid", "c")
	form.Set("clientsecret", "hush-hush")
	form.Set("tokenendpoint", "https://acme.us.qlikcloud.com/oauth/token")
	return form
}

func (d *desk) published(name, stream string) string {
	d.Helper()
	stream, err := d.store.CreateStream(d.Context(), site.Stream{Name: stream})
	if err != nil {
		d.Fatal(err)
	}
	app := site.App{ID: uuid.NewString(), Name: name, Size: 1, SHA256: strings.Repeat("a", 64), Owner: site.Owner{ID: "o", UserID: "ann", Name: "Ann"}}
	if err := d.store.CreateApp(d.Context(), app); err != nil {
		d.Fatal(err)
	}
	if err := d.store.PublishApp(d.Context(), app.ID, stream, ""); err != nil {
		d.Fatal(err)
	}
	return app.ID
}

func TestLandingIsKeptAndShown(t *testing.T) {
	d := newDesk(t)
	d.published("KPIs", "Finance/EU")
	page, form := d.open()
	d.wants(page, "Where apps land", "Staged", "In a managed space", "seen in the sandbox", "unknown", "documented")
	client(form)
	for name, value := range map[string]string{
		"landby": "stream", "space": "From {stream}", "missing": "make", "appname": "{name} of {stream}", "owner": "email",
		"members": "group Readers: consumer\r\nuser ann@acme.example: Publisher, facilitator",
	} {
		form.Set(name, value)
	}
	to := d.want(d.post(action(page), form), http.StatusSeeOther).location
	stored, err := d.store.Deployment(t.Context(), idIn(to))
	want := deployment.Landing{
		By: deployment.ByStream, Space: "From {stream}", Create: true, AppName: "{name} of {stream}", Owner: deployment.OwnerSame,
		Members: []deployment.Member{{Type: "group", Name: "Readers", Roles: []string{"consumer"}}, {Type: "user", Name: "ann@acme.example", Roles: []string{"publisher", "facilitator"}}},
	}
	if diff := cmp.Diff(want, stored.Landing); err != nil || diff != "" {
		t.Fatalf("%v (-want +got):\n%s", err, diff)
	}
	again := d.get(d.get(to).location)
	d.wants(again, "“KPIs” lands in space “From Finance-EU” (by stream: Finance/EU) as “KPIs of Finance/EU”.")
	kept := values(again)
	for _, name := range []string{"landing", "landby", "space", "appname", "owner"} {
		if name != "landing" && kept.Get(name) != form.Get(name) || kept.Get("landing") != "managed" {
			t.Errorf("%s shows %q", name, kept.Get(name))
		}
	}
}

func TestLandingFaultsStandAtTheirFields(t *testing.T) {
	d := newDesk(t)
	for name, test := range map[string]struct {
		set   url.Values
		field string
		words string
	}{
		"placeholder unknown":  {url.Values{"landby": {"stream"}, "space": {"{team}"}}, "space", "There is no placeholder {team}"},
		"no placeholder":       {url.Values{"landby": {"stream"}, "space": {"All"}}, "space", "Put {stream} into the name"},
		"placeholder too many": {url.Values{"space": {"{stream}"}}, "space", "only when the space is chosen by stream"},
		"brace":                {url.Values{"landby": {"stream"}, "space": {"{stream"}}, "space", "Close each brace"},
		"forbidden":            {url.Values{"space": {"A/B"}}, "space", "A space may not have"},
		"transit":              {url.Values{"space": {"skyferry transit"}}, "space", "apps on their way"},
		"no property":          {url.Values{"landby": {"property"}, "space": {"{property}"}}, "landproperty", "Choose the custom property"},
		"one name for all":     {url.Values{"appname": {"Report"}}, "appname", "Put {name} or {id}"},
		"role":                 {url.Values{"members": {"group Readers: king"}}, "members", "has no role “king”"},
		"no kind of member":    {url.Values{"members": {"Readers: consumer"}}, "members", "Begin “Readers: consumer” with group or user"},
		"nobody":               {url.Values{"owner": {"fixed"}}, "owneruser", "Enter the e-mail"},
		"staged is not for it": {url.Values{"landing": {"staged"}, "was": {"managed"}}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d.T = t
			page, form := d.open()
			client(form)
			for field, value := range test.set {
				form[field] = value
			}
			if test.field == "" { // left as it was: the way of signing in chose
				form.Set("name", "left "+name)
				d.want(d.post(action(page), form), http.StatusSeeOther)
				return
			}
			refused := d.want(d.post(action(page), form), http.StatusUnprocessableEntity)
			if got := squeeze(refused.Find("#" + test.field + "-error").Text()); !strings.Contains(got, test.words) {
				t.Errorf("at %s: %q", test.field, got)
			}
			for field, value := range test.set {
				if got := values(refused).Get(field); got != value[0] {
					t.Errorf("%s lost what was typed: %q", field, got)
				}
			}
		})
	}
}

func TestLandingThatTheSignInDoesNotAllowIsRefused(t *testing.T) {
	d := newDesk(t)
	page, form := d.open()
	form.Set("name", "eu")
	form.Set("endpoint", "https://acme.eu.qlikcloud.com")
	form.Set("landing", "managed")
	refused := d.want(d.post(action(page), form), http.StatusUnprocessableEntity)
	d.wants(refused, "The local bearer token alone may not publish.")

	page, form = d.open()
	to := d.want(d.post(action(page), client(form)), http.StatusSeeOther).location
	page = d.get(d.get(to).location)
	form = values(page)
	form.Set("landing", "staged")
	d.wants(d.want(d.post(action(page), form), http.StatusUnprocessableEntity), "Only the local bearer token lets apps be staged.")
}

func TestExampleFollowsTheFields(t *testing.T) {
	d := newDesk(t)
	body := func(query string) string {
		return squeeze(d.want(d.get("/deployments/example?"+query), http.StatusOK).Text())
	}
	if got := body("landby=stream"); !strings.Contains(got, "No app is published yet") {
		t.Error(got)
	}
	d.published("KPIs", "Finance")
	for query, want := range map[string]string{
		"landby=stream": "“KPIs” lands in space “Finance” (by stream: Finance) as “KPIs”.",
		"space=All&appname={name}%20by%20{owner}": "“KPIs” lands in space “All” (one space for all apps) as “KPIs by Ann”.",
		"landby=property&landproperty=Region":     "“KPIs” waits: The app has no value of the custom property Region",
		"landby=stream&space=x":                   "when the fields above are right",
	} {
		if got := body(query); !strings.Contains(got, want) {
			t.Errorf("%s: %s", query, got)
		}
	}
}

// TestMoveAsksFirst offers the move of placed apps, says where to, and on Production wants the name.
func TestMoveAsksFirst(t *testing.T) {
	d := newDesk(t)
	app := d.published("KPIs", "Finance")
	page, form := d.open()
	form = client(form)
	form.Set("kind", "Production")
	form.Set("space", "Old")
	to := d.want(d.post(action(page), form), http.StatusSeeOther).location
	d.placed(idIn(to), app, "Old")
	d.want(d.get(to+"/move"), http.StatusConflict)

	page = d.get(d.get(to).location)
	form = values(page)
	form.Set("space", "New")
	d.want(d.post(action(page), form), http.StatusSeeOther)
	page = d.get(d.get(to).location)
	d.wants(page, "1 placed app is in another space than the rule names now.", "1 to “New”")
	question := d.want(d.get(to+"/move"), http.StatusOK)
	d.wants(question, "1 app moves: 1 to “New”.", "KPIs", "Old", "no data is sent", "type us to confirm")
	seen := question.Find(`input[name="seen"]`).AttrOr("value", "")
	d.wants(d.want(d.post(to+"/move", url.Values{"seen": {seen}}), http.StatusUnprocessableEntity), "This is not the name.")
	d.wants(d.want(d.post(to+"/move", url.Values{"seen": {"old"}, "confirm": {"us"}}), http.StatusUnprocessableEntity), "Something changed since you looked.")
	d.want(d.post(to+"/move", url.Values{"seen": {seen}, "confirm": {"us"}}), http.StatusSeeOther)
	if d.notice != "1 app is moved. Distribution status shows how far that is." {
		t.Errorf("notice %q", d.notice)
	}
	history, err := d.store.History(t.Context(), "deployment", idIn(to))
	if err != nil || history[0].Action != "moved apps" || history[0].Changes[0].After != "1" {
		t.Errorf("history %+v, %v", history[0], err)
	}
	after := d.get(d.get(to).location)
	d.wants(after, "1 move is confirmed and under way.")
	if after.Find(`a[href$="/move"]`).Length() != 0 {
		t.Error("a move that is confirmed is offered again")
	}
}

// placed says that the deployment's tenant holds an app, as a delivery would.
func (d *desk) placed(deploymentID, appID, space string) {
	d.Helper()
	if err := d.store.BindTenant(d.Context(), deploymentID, "tenant-1"); err != nil {
		d.Fatal(err)
	}
	delivery := d.decided(deploymentID, appID)
	delivery.State = distribution.Placing
	if err := d.store.Save(d.Context(), delivery, distribution.Attempt{}); err != nil {
		d.Fatal(err)
	}
	err := d.store.Place(d.Context(), delivery, distribution.Attempt{}, distribution.Placement{
		AppID: appID, AppName: "KPIs", TenantID: "tenant-1", RemoteID: "r", RemoteName: "KPIs", SpaceID: "s", SpaceName: space,
		SpaceRule: "one space for all apps", Placed: time.Now(), Refreshed: time.Now(),
	})
	if err != nil {
		d.Fatal(err)
	}
}

// decided gives the delivery of an app to a deployment, which a policy decides.
func (d *desk) decided(deploymentID, appID string) distribution.Delivery {
	d.Helper()
	d.policy("all", "")
	var event string
	if err := d.store.Writer().QueryRow(`SELECT id FROM events WHERE kind = 'policy-changed'`).Scan(&event); err != nil {
		d.Fatal(err)
	}
	if _, err := d.store.DecideEvent(d.Context(), event, distribution.Planner()); err != nil {
		d.Fatal(err)
	}
	row, err := d.store.StatusRow(d.Context(), appID, deploymentID)
	if err != nil {
		d.Fatal(err)
	}
	return row.Delivery
}
