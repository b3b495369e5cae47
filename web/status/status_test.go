package status_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/go-chi/chi/v5"
	"go.uber.org/goleak"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/live"
	"github.com/skyferry/skyferry/web/status"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
}

// night is a console at 3 a.m.: deliveries in every state, no worker.
type night struct {
	*testing.T
	*store.Store
	server *httptest.Server
	screen *status.Screen
	hub    *live.Hub
	notice string
	events []string
	eu, us string // deployment ids
}

func (n *night) Decide(_ context.Context, _ *sql.Tx, id string) error {
	n.events = append(n.events, id)
	return nil
}

func (n *night) Deliver(context.Context, *sql.Tx, string, string, int64, time.Time) error { return nil }

func (n *night) SetNotice(_ http.ResponseWriter, _ *http.Request, text string) error {
	n.notice = text
	return nil
}

func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

func newNight(t *testing.T) *night {
	t.Helper()
	dir := t.TempDir()
	box := must(secret.Open(filepath.Join(dir, "secret.key"), true))
	n := &night{T: t, Store: must(store.Open(t.Context(), store.Options{Dir: dir, Box: box, Now: time.Now}))}
	n.UseQueue(n)
	n.hub = live.NewHub(20*time.Millisecond, func(ctx context.Context) (int64, error) {
		_, newest, err := n.StatusSince(ctx, -1)
		return newest, err
	})
	screen := &status.Screen{Store: n.Store, Notices: n, Hub: n.hub, Now: time.Now}
	n.screen = screen
	r := chi.NewRouter()
	r.Get("/status/events", screen.Events)
	r.Route("/status", screen.Routes)
	n.server = httptest.NewServer(r)
	t.Cleanup(func() { n.hub.End(); n.server.Close(); _ = n.Close() })
	n.eu = n.deploy("eu", "https://acme.eu.qlikcloud.com", deployment.Production)
	n.us = n.deploy("us", "https://acme.us.qlikcloud.com", deployment.Test)
	_ = must(n.CreatePolicy(t.Context(), policy.Policy{Name: "All", Template: "Unspecified", ResourceFilter: "App_*", Actions: policy.ActionDistribute}))
	stream := must(n.CreateStream(t.Context(), site.Stream{Name: "Finance"}))
	for i := range 4 {
		id := fmt.Sprintf("00000000-0000-4000-8000-00000000000%d", i)
		app := site.App{ID: id, Name: fmt.Sprintf("App %d", i), Size: 5, SHA256: "aa", LastReload: time.Now().Add(-time.Hour)}
		if err := n.CreateApp(t.Context(), app); err != nil {
			t.Fatal(err)
		}
		if err := n.PublishApp(t.Context(), id, stream, ""); err != nil {
			t.Fatal(err)
		}
	}
	n.decide()
	return n
}

func (n *night) deploy(name, endpoint string, kind deployment.Kind) string {
	return must(n.CreateDeployment(n.Context(), deployment.Deployment{
		Name: name, Endpoint: endpoint, Audience: "qlik.api", Auth: deployment.ClientCredentials, ClientID: "c", ClientSecret: "s",
		TokenEndpoint: endpoint + "/oauth/token", Landing: deployment.Landing{Space: "Landing", Create: true}, Kind: kind,
	}, ""))
}

func (n *night) decide() {
	for _, id := range n.events {
		_ = must(n.DecideEvent(n.Context(), id, distribution.Planner()))
	}
	n.events = nil
}

// become moves the delivery of an app to a deployment into a state, with what goes with it.
func (n *night) become(app int, deployment string, set func(*distribution.Delivery)) {
	n.Helper()
	row := must(n.StatusRow(n.Context(), fmt.Sprintf("00000000-0000-4000-8000-00000000000%d", app), deployment))
	d := row.Delivery
	set(&d)
	if err := n.Save(n.Context(), d, distribution.Attempt{DeliveryID: d.ID, Number: 1, Started: time.Now(), Stage: d.Stage, Error: d.Message}); err != nil {
		n.Fatal(err)
	}
}

func failed(d *distribution.Delivery) {
	d.State, d.Stage, d.Cause, d.Status = distribution.Failed, distribution.Placing, distribution.NoRight, 403
	d.Message, d.Finished = `No right to publish in space "Landing".`, time.Now()
}

func (n *night) get(path string) *goquery.Document {
	n.Helper()
	return n.page(must(http.Get(n.server.URL+path)), http.StatusOK)
}

func (n *night) page(response *http.Response, status int) *goquery.Document {
	n.Helper()
	defer response.Body.Close()
	if response.StatusCode != status {
		n.Fatalf("%s: %s, want %d", response.Request.URL, response.Status, status)
	}
	return must(goquery.NewDocumentFromReader(response.Body))
}

func (n *night) post(path string, form url.Values) *http.Response {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return must(client.PostForm(n.server.URL+path, form))
}

func text(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

func TestPageOpensOnWhatNeedsAttention(t *testing.T) {
	n := newNight(t)
	if got := text(n.get("/status").Find("[aria-current]")); !strings.Contains(got, "All") {
		t.Errorf("with nothing wrong the page opens on %q", got)
	}
	n.become(1, n.us, failed)
	page := n.get("/status")
	if got := text(page.Find(".tabs [aria-current], nav [aria-current]")); !strings.Contains(got, "Needs attention") {
		t.Errorf("with a failure the page opens on %q", got)
	}
	row := page.Find(`tr[aria-label="App 1 to us"]`)
	for _, part := range []string{"App 1", "Finance", "us", "acme.us.qlikcloud.com", "Failed", "at placing", "No right to publish"} {
		if !strings.Contains(text(row), part) {
			t.Errorf("the row lacks %q: %s", part, text(row))
		}
	}
}

func TestEqualCausesFoldIntoOneLineWithOneRetry(t *testing.T) {
	n := newNight(t)
	for app := range 4 {
		n.become(app, n.us, failed)
		n.become(app, n.eu, failed)
	}
	page := n.get("/status")
	folds := page.Find("tr.fold")
	if folds.Length() != 2 || !strings.Contains(text(folds), "4 × Failed: right missing in the tenant") {
		t.Fatalf("folds: %s", text(folds))
	}
	button := folds.Find(`button:contains("Retry all 4")`)
	if fold, _ := button.Attr("value"); fold != n.us+".no-right" {
		t.Errorf("the button for us sends %q", fold)
	}
	// On Production the deployment's name is asked for first.
	ask, _ := folds.Find(`a:contains("Retry all 4")`).Attr("href")
	question := n.get(ask)
	if !strings.Contains(text(question.Find("main")), "4 deliveries to") {
		t.Errorf("question: %s", text(question.Find("main")))
	}
	form := url.Values{"fold": {n.eu + ".no-right"}, "name": {"us"}}
	n.page(n.post("/status/retry-all", form), http.StatusUnprocessableEntity)
	form.Set("name", "EU")
	n.post("/status/retry-all", form).Body.Close()
	if n.notice != "4 deliveries to eu start again." {
		t.Errorf("notice %q", n.notice)
	}
	if left := n.get("/status?tab=attention").Find("tr.fold").Length(); left != 1 {
		t.Errorf("%d folds are left, want that of us", left)
	}
}

func TestRetryAndCancelActOnTickedRows(t *testing.T) {
	n := newNight(t)
	n.become(1, n.us, failed)
	page := n.get("/status?tab=all")
	id, _ := page.Find(`tr[aria-label="App 1 to us"] input[name=id]`).Attr("value")
	back, _ := page.Find(`input[name=back]`).Attr("value")
	response := n.post("/status/retry", url.Values{"id": {id}, "back": {back}})
	defer response.Body.Close()
	if response.StatusCode != http.StatusSeeOther || response.Header.Get("Location") != "/status?tab=all" || n.notice != "1 of 1 deliveries start again." {
		t.Errorf("%d to %q with %q", response.StatusCode, response.Header.Get("Location"), n.notice)
	}
	n.post("/status/cancel", url.Values{"id": {id}, "back": {"https://elsewhere.example/status"}}).Body.Close()
	if got := text(n.get("/status?tab=all").Find(`tr[aria-label="App 1 to us"]`)); !strings.Contains(got, "Cancelled") {
		t.Errorf("after Cancel: %s", got)
	}
	elsewhere := n.post("/status/retry", url.Values{"back": {"//elsewhere.example/status"}})
	defer elsewhere.Body.Close()
	if to := elsewhere.Header.Get("Location"); to != "/status" || !strings.HasPrefix(n.notice, "No row was selected") {
		t.Errorf("without a row: to %q with %q", to, n.notice)
	}
}

func TestDetailSaysCauseRemedyAndWhy(t *testing.T) {
	n := newNight(t)
	n.become(1, n.us, failed)
	href, _ := n.get("/status?tab=all").Find(`tr[aria-label="App 1 to us"] th a`).Attr("href")
	page := text(n.get(href).Find("main"))
	for _, part := range []string{"App 1 to us", "Cause", `No right to publish in space "Landing". (403)`, "Do this", "Next try", "None by itself", `Policy "All", version 1`, "Failed", "Text for support"} {
		if !strings.Contains(page, part) {
			t.Errorf("the detail lacks %q", part)
		}
	}
	n.page(must(http.Get(n.server.URL+"/status/none/none")), http.StatusNotFound)
}

func TestTextForSupportNamesTheStageWhereThereIsOne(t *testing.T) {
	n := newNight(t)
	n.become(1, n.us, failed)
	for app, want := range map[string]string{"App 1": "State: failed at placing, since ", "App 2": "State: waiting, since "} {
		href, _ := n.get("/status?tab=all").Find(`tr[aria-label="` + app + ` to us"] th a`).Attr("href")
		if got := n.get(href).Find("#support-text").Text(); !strings.Contains(got, want) {
			t.Errorf("%s: no %q in %s", app, want, got)
		}
	}
}

// How often it was tried is told the same beside the state and in the list of attempts, whatever counts against the schedule.
func TestNextTryIsCountedAsTheAttemptsAre(t *testing.T) {
	n := newNight(t)
	n.become(1, n.us, func(d *distribution.Delivery) {
		for attempt := range 4 {
			if err := n.Save(t.Context(), *d, distribution.Attempt{DeliveryID: d.ID, Number: attempt + 1, Started: time.Now(), Ended: time.Now(), Error: "x"}); err != nil {
				t.Fatal(err)
			}
		}
		d.State, d.Stage, d.Cause, d.Tries, d.NextTry = distribution.Retrying, distribution.Importing, distribution.Busy, 2, time.Now().Add(time.Minute)
	})
	row := n.get("/status?tab=all").Find(`tr[aria-label="App 1 to us"]`)
	if got := text(row.Find(`[data-col="attempts"]`)); got != "4" || !strings.Contains(text(row), "try 5") {
		t.Errorf("%s attempts: %s", got, text(row))
	}
	n.become(1, n.us, func(d *distribution.Delivery) {
		d.State, d.Stage, d.Cause, d.Tries, d.NextTry = distribution.Retrying, distribution.Importing, distribution.Busy, 2, time.Now().Add(-time.Second)
	})
	if got := text(n.get("/status?tab=all").Find(`tr[aria-label="App 1 to us"]`)); !strings.Contains(got, "now, try 5") {
		t.Errorf("a try that is due: %s", got)
	}
	href, _ := row.Find("th a").Attr("href")
	page := n.get(href)
	if got := text(page.Find(".trouble-box")); !strings.Contains(got, "Now, by itself.") {
		t.Errorf("the next try is told as %s", got)
	}
	if got := page.Find(".attempts tbody tr").Length(); got != 4 || !strings.Contains(text(page.Find("main")), "try 5") {
		t.Errorf("%d attempts: %s", got, text(page.Find("main")))
	}
}

// What could not be done in the tenant is told in the list, too.
func TestWarningsStandInTheList(t *testing.T) {
	n := newNight(t)
	row := must(n.StatusRow(t.Context(), "00000000-0000-4000-8000-000000000001", n.us))
	d := row.Delivery
	if err := n.BindTenant(t.Context(), n.us, "T"); err != nil {
		t.Fatal(err)
	}
	for _, state := range []distribution.State{distribution.Importing, distribution.Placing} {
		d.State = state
		if err := n.Save(t.Context(), d, distribution.Attempt{}); err != nil {
			t.Fatal(err)
		}
	}
	placement := distribution.Placement{AppName: "App 1", TenantID: "T", RemoteID: "r", SpaceName: "Landing", Warnings: []string{"The owner was not set.", "And more."}}
	if err := n.Place(t.Context(), d, distribution.Attempt{}, placement); err != nil {
		t.Fatal(err)
	}
	if got := text(n.get("/status?tab=all").Find(`tr[aria-label="App 1 to us"] [data-col="message"]`)); got != "The owner was not set. And 1 more" {
		t.Errorf("message %q", got)
	}
}

// What is only observed waits and needs nobody; the page says how it goes on, and nothing is removed in a tenant meanwhile.
func TestObservedDeliveriesWait(t *testing.T) {
	n := newNight(t)
	c := must(n.SiteConnection(t.Context()))
	c.ObserveOnly = true
	if err := n.SaveSiteConnection(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	row := n.get("/status?tab=waiting").Find(`tr[aria-label="App 1 to us"]`)
	if !strings.Contains(text(row), "Waiting observed only") || !strings.Contains(text(row), `Would go by policy "All"`) {
		t.Errorf("the row is %q", text(row))
	}
	if got := n.get("/status?tab=attention").Find("tr.fold").Length(); got != 0 {
		t.Errorf("%d lines need attention", got)
	}
	href, _ := row.Find("th a").Attr("href")
	page := n.get(href)
	if got := text(page.Find("main")); !strings.Contains(got, "Observed only. Nothing is sent while") || page.Find(".trouble-box").Length() != 0 {
		t.Errorf("the detail says %s", got)
	}
	if got := page.Find("#happened .steps"); strings.Contains(text(got), "Paused") {
		t.Errorf("what happened: %s", text(got))
	}
	if page.Find(`a[href="/site"]`).Length() != 1 || page.Find(`button:contains("Resume")`).Length() != 0 {
		t.Errorf("actions: %s", text(page.Find(".action-bar")))
	}
}

// An export that waits its turn is no trouble: its delivery waits, and says for what.
func TestWaitingForAnExportIsNoTrouble(t *testing.T) {
	n := newNight(t)
	n.become(1, n.us, func(d *distribution.Delivery) {
		d.State, d.Cause, d.Message, d.NextTry = distribution.Retrying, distribution.SiteBusy, "Exports from the site begin at 22:00.", time.Now().Add(time.Hour+30*time.Second)
	})
	row := n.get("/status?tab=waiting").Find(`tr[aria-label="App 1 to us"]`)
	if got := text(row); !strings.Contains(got, "Waiting asks again in 1 h") || !strings.Contains(got, "Exports from the site begin at 22:00.") {
		t.Errorf("the row is %q", got)
	}
	href, _ := row.Find("th a").Attr("href")
	if got := text(n.get(href).Find("main")); !strings.Contains(got, "Waits for its export. Exports from the site begin at 22:00. The site is asked again in 1 h, by itself.") {
		t.Errorf("the detail says %s", got)
	}
	if got := text(n.get(href).Find(".attempts tbody")); !strings.Contains(got, "Waits") {
		t.Errorf("attempts: %s", got)
	}
	steps := n.get(href).Find("#happened .steps")
	if got := text(steps); strings.Contains(got, "Retrying") || !strings.Contains(got, "Waiting Exports from the site begin at 22:00.") || steps.Find(".step-failed").Length() != 0 {
		t.Errorf("what happened: %s", got)
	}
}
