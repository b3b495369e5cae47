package apps_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/sandbox/repository"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/apps"
	"github.com/skyferry/skyferry/web/middleware"
)

// siteDesk is a console whose apps come from a sandbox repository over mutual TLS, and which may act there.
type siteDesk struct {
	*desk
	client *api.Client
	acts   *qrs.Connector
}

// mirrored is what a connector needs of the store.
type mirrored struct {
	*store.Mirror
	all *store.Store
}

func (m mirrored) Shrunk(ctx context.Context) (*site.Shrunk, error) { return m.all.Shrunk(ctx) }

func (m mirrored) SiteHandles(context.Context) ([]string, error) { return nil, nil }

func (m mirrored) KeepSiteHandles(context.Context, []string) error { return nil }

func (m mirrored) App(ctx context.Context, id string) (site.App, error) { return m.all.App(ctx, id) }

const hubKey = "the-key-of-the-hub"

var siteCerts = sync.OnceValue(func() string { // making them takes a while
	dir, err := os.MkdirTemp("", "certs-")
	if err == nil {
		var s *repository.Server
		if s, err = repository.Open(repository.Options{Dir: filepath.Join(dir, "data"), Certs: dir, AdminKey: hubKey}); err == nil {
			err = s.Close()
		}
	}
	if err != nil {
		panic(err)
	}
	return dir
})

// newSiteDesk connects as a user of the site.
func newSiteDesk(t *testing.T, directory, user string) *siteDesk {
	t.Helper()
	d := &siteDesk{desk: bareDesk(t)}
	certs := t.TempDir()
	d.ok(os.CopyFS(certs, os.DirFS(siteCerts())))
	sandbox, err := repository.Open(repository.Options{Dir: t.TempDir(), Certs: certs, AdminKey: hubKey})
	d.ok(err)
	trusted := httptest.NewUnstartedServer(sandbox.Trusted())
	trusted.TLS, trusted.Config.ErrorLog = sandbox.TrustedTLS(), slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	trusted.StartTLS()
	address, err := url.Parse(trusted.URL)
	d.ok(err)
	port, err := strconv.Atoi(address.Port())
	d.ok(err)
	connection := site.Connection{Kind: site.Repository, Way: site.ByCertificate, Host: address.Hostname(), Port: port, UserDirectory: directory, UserID: user, Acting: true,
		ClientFile: filepath.Join(certs, "client.pem"), KeyFile: filepath.Join(certs, "client_key.pem"), RootFile: filepath.Join(certs, "root.pem")}
	d.ok(d.store.SaveSiteConnection(d.Context(), connection))
	connection, err = d.store.SiteConnection(d.Context())
	d.ok(err)
	d.client, err = api.New(connection, api.Options{})
	d.ok(err)
	mirror := d.store.Mirror(connection)
	d.acts = qrs.New(qrs.Options{Connection: connection, Client: d.client, Store: mirrored{mirror, d.store}})
	screen := &apps.Screen{Store: d.store, Site: d.acts, Notices: d.desk, Now: time.Now}
	r := chi.NewRouter()
	r.Use(middleware.SignedIn(d.desk, d.desk))
	r.Route("/apps", screen.Routes)
	d.server = httptest.NewServer(r)
	t.Cleanup(func() {
		d.server.Close()
		d.client.Close()
		trusted.Close()
		d.ok(sandbox.Close())
	})
	d.read(mirror)
	return d
}

// read takes what the site has, as the first sweep of a connector does.
func (d *siteDesk) read(mirror *store.Mirror) {
	d.Helper()
	var streams []site.Stream
	var properties []site.Property
	var all []site.App
	var prints []string
	ctx := d.Context()
	d.ok(d.client.EachProperty(ctx, func(p api.Property) error { properties = append(properties, p.Site()); return nil }))
	d.ok(d.client.EachStream(ctx, func(s api.Stream) error { streams = append(streams, s.Site()); return nil }))
	d.ok(d.client.EachApp(ctx, "", func(a api.App) error {
		all, prints = append(all, a.Site()), append(prints, "first")
		return nil
	}))
	d.ok(mirror.TakeProperties(ctx, properties))
	d.ok(mirror.TakeStreams(ctx, streams))
	_, err := mirror.TakeApps(ctx, all, prints, true)
	d.ok(err)
	d.ok(mirror.SiteTaken(ctx, len(all)))
}

// known is an app as the console knows it.
func (d *siteDesk) known(name string) site.App {
	d.Helper()
	page, err := d.store.Apps(d.Context(), store.AppFilter{Search: name})
	d.ok(err)
	if len(page.Rows) != 1 {
		d.Fatalf("%d apps named %s", len(page.Rows), name)
	}
	a, err := d.store.App(d.Context(), page.Rows[0].ID)
	d.ok(err)
	return a
}

// atSite is the app as the site has it, with who changed it last.
func (d *siteDesk) atSite(name string) (site.App, string) {
	d.Helper()
	a, err := d.client.App(d.Context(), d.known(name).ID)
	d.ok(err)
	return a.Site(), a.ModifiedBy
}

func (d *siteDesk) streamID(name string) string {
	d.Helper()
	all, err := d.store.Streams(d.Context())
	d.ok(err)
	i := slices.IndexFunc(all, func(s store.StreamRow) bool { return s.Name == name })
	if i < 0 {
		d.Fatalf("there is no stream %s", name)
	}
	return all[i].ID
}

func (d *siteDesk) history(name string) (lines []string) {
	d.Helper()
	all, err := d.store.History(d.Context(), "app", d.known(name).ID)
	d.ok(err)
	for _, r := range all {
		line := r.Actor + " " + r.Action
		for _, c := range r.Changes {
			line += "; " + c.Field + ": " + c.Before + " -> " + c.After
		}
		lines = append(lines, line)
	}
	slices.Reverse(lines)
	return lines
}

// values are what a browser sends of the form at this address.
func values(a answer, action string) url.Values {
	form := url.Values{}
	a.Find(`form[action="` + action + `"]`).First().Find("input, select, textarea").Each(func(_ int, s *goquery.Selection) {
		if s.Closest("fieldset[disabled]").Length() > 0 || s.AttrOr("type", "") == "checkbox" && s.Filter("[checked]").Length() == 0 {
			return
		}
		if goquery.NodeName(s) == "select" {
			form.Add(s.AttrOr("name", ""), s.Find("option[selected]").AttrOr("value", ""))
			return
		}
		form.Add(s.AttrOr("name", ""), s.AttrOr("value", s.Text()))
	})
	return form
}

// box names the checkbox of a property.
func box(a answer, property, value string) string {
	name := ""
	a.Find("#properties fieldset").Each(func(_ int, s *goquery.Selection) {
		if s.Find("legend").Text() == property {
			name = s.Find(`input[value="`+value+`"]`).AttrOr("name", "")
		}
	})
	return name
}

func TestAnAppOfTheSiteIsPublishedAndMoved(t *testing.T) {
	d := newSiteDesk(t, "ACME", "mruiz")
	at := "/apps/" + d.known("Headcount plan").ID
	form := values(d.want(d.get(at+"/publish"), http.StatusOK), at+"/publish")
	form.Set("stream", d.streamID("HR"))
	done := d.want(d.post(at+"/publish", form), http.StatusSeeOther)
	if done.location != at || !strings.HasPrefix(d.notice, "Published to HR.") {
		t.Errorf("%s %q", done.location, d.notice)
	}
	d.wants(d.want(d.get(at), http.StatusOK), "HR", "Asked the site to publish")
	if a, by := d.atSite("Headcount plan"); a.Stream == nil || a.Stream.Name != "HR" || by != `ACME\mruiz` {
		t.Errorf("the site has %+v by %s", a.Stream, by)
	}
	page := d.want(d.get(at+"/move"), http.StatusOK)
	d.wants(page, "is unknown: Qlik has not published it")
	form = values(page, at+"/move")
	form.Set("stream", d.streamID("Finance"))
	d.want(d.post(at+"/move", form), http.StatusSeeOther)
	want := []string{
		"ana asked the site to publish; Stream:  -> HR", "ana published; Stream:  -> HR",
		"ana asked the site to move; Stream: HR -> Finance", "ana moved; Stream: HR -> Finance",
	}
	history := d.history("Headcount plan")
	for i, line := range want {
		if i >= len(history) || !strings.HasPrefix(history[i], line) {
			t.Fatalf("history %q", history)
		}
	}
	if d.events == 0 {
		t.Error("nothing was decided")
	}
}

func TestValuesOfASiteKeepWhatTheFormHasNoBoxFor(t *testing.T) {
	d := newSiteDesk(t, "ACME", "mruiz")
	at := "/apps/" + d.known("Cash flow forecast").ID
	page := d.want(d.get(at), http.StatusOK)
	form := values(page, at)
	if form.Has("name") || form.Has("opened") {
		t.Errorf("sent: %v", form)
	}
	form.Add(box(page, "Cloud", "us"), "us")
	form.Add(box(page, "Region", "EMEA"), "EMEA")
	d.want(d.post(at, form), http.StatusSeeOther)
	if !strings.HasPrefix(d.notice, "Changed at the site.") {
		t.Errorf("notice %q", d.notice)
	}
	a, _ := d.atSite("Cash flow forecast")
	if strings.Join(a.Properties["Cloud"], ",") != "eu,us" || strings.Join(a.Properties["Region"], ",") != "EMEA" || a.Tags[0] != "closing" {
		t.Errorf("the site has %v, tags %v", a.Properties, a.Tags)
	}
}

func TestAFormWithoutAChangeAsksTheSiteForNothing(t *testing.T) {
	d := newSiteDesk(t, "ACME", "mruiz")
	at := "/apps/" + d.known("Cash flow forecast").ID
	d.want(d.post(at, values(d.get(at), at)), http.StatusSeeOther)
	if d.notice != "Nothing differs from what the form showed, so the site was asked for nothing." {
		t.Errorf("notice %q", d.notice)
	}
	if lines := d.history("Cash flow forecast"); len(lines) != 0 {
		t.Errorf("history %q", lines)
	}
}

func TestWhatSomebodyElseChangedStandsWithBothValues(t *testing.T) {
	d := newSiteDesk(t, "ACME", "mruiz")
	at := "/apps/" + d.known("Cash flow forecast").ID
	page := d.get(at)
	form := values(page, at)
	form.Add(box(page, "Cloud", "us"), "us")
	d.ok(d.acts.SetProperties(d.Context(), d.known("Cash flow forecast"), map[string][]string{"Region": {"APAC"}})) // no Cloud any more
	refused := d.want(d.post(at, form), http.StatusUnprocessableEntity)
	d.wants(refused, "Not applied. The app was changed by somebody else meanwhile.", "Cloud is empty at the site now, eu, us here", "Region is APAC at the site now, empty here", "What you chose is kept below")
	kept := values(refused, at)
	if got := kept[box(page, "Cloud", "us")]; len(got) != 2 {
		t.Errorf("what was ticked is lost: %v", kept)
	}
	if got := kept.Get(box(page, "Region", "APAC")); got != "APAC" {
		t.Errorf("what somebody else chose would be undone: %v", kept)
	}
	d.want(d.post(at, kept), http.StatusSeeOther) // who has seen it may have it so all the same
	if a, _ := d.atSite("Cash flow forecast"); strings.Join(a.Properties["Cloud"], ",") != "eu,us" || strings.Join(a.Properties["Region"], ",") != "APAC" {
		t.Errorf("the site has %v", a.Properties)
	}
}

func TestTwoAdminsMoveOneApp(t *testing.T) {
	d := newSiteDesk(t, "ACME", "mruiz")
	at := "/apps/" + d.known("Sales overview").ID + "/move"
	anas, berts := values(d.get(at), at), values(d.get(at), at)
	anas.Set("stream", d.streamID("HR"))
	berts.Set("stream", d.streamID("Finance"))
	d.want(d.post(at, anas), http.StatusSeeOther)
	d.user = account.User{ID: "u2", Name: "bert", Role: account.Admin}
	refused := d.want(d.post(at, berts), http.StatusUnprocessableEntity)
	d.wants(refused, "Nothing was done. The app was changed by somebody else meanwhile.", "Stream is HR at the site now, Finance here")
	again := values(refused, at)
	if again.Get("stream") != d.streamID("Finance") {
		t.Errorf("the choice is lost: %v", again)
	}
	d.want(d.post(at, again), http.StatusSeeOther)
	if a, _ := d.atSite("Sales overview"); a.Stream.Name != "Finance" {
		t.Errorf("the site has %+v", a.Stream)
	}
	history := strings.Join(d.history("Sales overview"), "\n")
	for _, who := range []string{"ana moved; Stream: Sales -> HR", "bert moved; Stream: HR -> Finance"} {
		if !strings.Contains(history, who) {
			t.Errorf("%q is not in the history: %s", who, history)
		}
	}
}

func TestPublishingWhatSomebodyPublishedMeanwhile(t *testing.T) {
	d := newSiteDesk(t, "ACME", "mruiz")
	at := "/apps/" + d.known("Headcount plan").ID + "/publish"
	form := values(d.get(at), at)
	_, err := d.client.PublishApp(d.Context(), d.known("Headcount plan").ID, d.streamID("Everyone"), "Headcount plan")
	d.ok(err)
	form.Set("stream", d.streamID("HR"))
	refused := d.want(d.post(at, form), http.StatusUnprocessableEntity)
	d.wants(refused, "Stream is Everyone at the site now, HR here")
	d.wants(d.want(d.post(at, values(refused, at)), http.StatusUnprocessableEntity), "is published already, to Everyone. Move it instead.")
}

func TestASiteThatRefuses(t *testing.T) {
	d := newSiteDesk(t, "SERVICE", "skyferry") // it reads and exports only
	at := "/apps/" + d.known("Headcount plan").ID
	form := values(d.get(at+"/publish"), at+"/publish")
	form.Set("stream", d.streamID("HR"))
	refused := d.want(d.post(at+"/publish", form), http.StatusUnprocessableEntity)
	d.wants(refused, "Could not publish the app.", `SERVICE\skyferry`)
	if values(refused, at+"/publish").Get("stream") != d.streamID("HR") {
		t.Error("the choice is lost")
	}
	page := d.get(at)
	form = values(page, at)
	form.Add(box(page, "Cloud", "us"), "us")
	d.wants(d.want(d.post(at, form), http.StatusUnprocessableEntity), "Could not change the app.", `SERVICE\skyferry`)
	if lines := d.history("Headcount plan"); len(lines) != 2 || !strings.HasPrefix(lines[0], "ana asked the site to publish") {
		t.Errorf("history %q", lines)
	}
}

func TestAFormThatComesBackDamaged(t *testing.T) {
	d := newSiteDesk(t, "ACME", "mruiz")
	at := "/apps/" + d.known("Headcount plan").ID + "/publish"
	d.wants(d.want(d.post(at, url.Values{"stream": {d.streamID("HR")}, "shown": {"{"}}), http.StatusUnprocessableEntity), "came back damaged")
	d.want(d.post(at, url.Values{"stream": {d.streamID("HR")}}), http.StatusSeeOther) // a script that shows nothing
}

func TestWhatTheSiteCannotDoIsNotOffered(t *testing.T) {
	d := newSiteDesk(t, "ACME", "mruiz")
	at := "/apps/" + d.known("Sales overview").ID
	page := d.want(d.get(at), http.StatusOK)
	if offered := strings.Join(buttons(page), ", "); !strings.Contains(offered, "Move") || strings.Contains(offered, "Unpublish") || strings.Contains(offered, "Delete") || strings.Contains(offered, "Replace") {
		t.Errorf("offered: %s", offered)
	}
	d.want(d.post(at+"/unpublish", nil), http.StatusForbidden)
	connection, err := d.store.SiteConnection(d.Context())
	d.ok(err)
	connection.Acting = false
	d.ok(d.store.SaveSiteConnection(d.Context(), connection))
	d.want(d.post(at+"/move", url.Values{"stream": {d.streamID("HR")}}), http.StatusForbidden)
	d.want(d.post(at, url.Values{}), http.StatusForbidden)
}
