package streams_test

import (
	"context"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/go-chi/chi/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/middleware"
	"github.com/skyferry/skyferry/web/streams"
)

// desk is a console with only this screen, on a real store.
type desk struct {
	*testing.T
	store  *store.Store
	server *httptest.Server
	notice string
	events int
}

func (d *desk) Decide(context.Context, *sql.Tx, string) error {
	d.events++
	return nil
}

func (d *desk) Deliver(context.Context, *sql.Tx, string, string, int64, time.Time) error { return nil }

func (d *desk) SetNotice(_ http.ResponseWriter, _ *http.Request, text string) error {
	d.notice = text
	return nil
}

func (d *desk) ok(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	dir := t.TempDir()
	d := &desk{T: t}
	box, err := secret.Open(filepath.Join(dir, "secret.key"), true)
	d.ok(err)
	d.store, err = store.Open(t.Context(), store.Options{Dir: dir, Box: box, Now: time.Now})
	d.ok(err)
	d.store.UseQueue(d)
	r := chi.NewRouter()
	r.Use(middleware.SignedIn(d, d))
	r.Route("/streams", (&streams.Screen{Store: d.store, Notices: d}).Routes)
	d.server = httptest.NewServer(r)
	t.Cleanup(func() { d.server.Close(); _ = d.store.Close() })
	return d
}

// answer is a page, with the address that a redirect names.
type answer struct {
	*goquery.Document
	status   int
	location string
}

func (d *desk) get(path string) answer { return d.send(http.MethodGet, path, nil) }

func (d *desk) post(path string, form url.Values) answer { return d.send(http.MethodPost, path, form) }

func (d *desk) send(method, path string, form url.Values) answer {
	d.Helper()
	request, err := http.NewRequestWithContext(d.Context(), method, d.server.URL+path, strings.NewReader(form.Encode()))
	d.ok(err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := d.server.Client().Transport.RoundTrip(request)
	d.ok(err)
	defer response.Body.Close()
	page, err := goquery.NewDocumentFromReader(response.Body)
	d.ok(err)
	return answer{page, response.StatusCode, response.Header.Get("Location")}
}

func (d *desk) want(a answer, status int) answer {
	d.Helper()
	if a.status != status {
		d.Fatalf("status %d, want %d: %s", a.status, status, a.Find("main").Text())
	}
	return a
}

func (d *desk) wants(a answer, texts ...string) {
	d.Helper()
	page := strings.Join(strings.Fields(a.Find("main").Text()), " ")
	for _, text := range texts {
		if !strings.Contains(page, text) {
			d.Errorf("%q is not on the page: %s", text, page)
		}
	}
}

func (d *desk) UserID(*http.Request) (string, error) { return "u1", nil }

func (d *desk) User(context.Context, string) (account.User, error) {
	return account.User{ID: "u1", Name: "ana", Role: account.Admin}, nil
}

func TestCreateAndEditStream(t *testing.T) {
	d := newDesk(t)
	_, err := d.store.CreateProperty(t.Context(), site.Property{Name: "Board", Values: []string{"yes", "no"}, ForStreams: true})
	d.ok(err)
	d.wants(d.get("/streams"), "No stream: no app can be published.", "Create new")
	page := d.want(d.get("/streams/new"), http.StatusOK)
	d.wants(page, "Name", "Custom properties", "Board", "Apply", "Cancel")
	box := page.Find(`input[value="yes"]`).AttrOr("name", "")

	page = d.want(d.post("/streams", url.Values{"name": {" "}, box: {"yes"}}), http.StatusUnprocessableEntity)
	d.wants(page, "Not applied.", "Enter a name.")
	if _, ticked := page.Find(`input[value="yes"]`).Attr("checked"); !ticked {
		t.Error("the tick was lost")
	}
	for _, name := range []string{strings.Repeat("x", 257), "two\nlines"} {
		d.want(d.post("/streams", url.Values{"name": {name}}), http.StatusUnprocessableEntity)
	}
	if owners, err := d.store.Owners(t.Context()); err != nil || len(owners) != 0 {
		t.Errorf("refused streams left their owner behind: %v %v", owners, err)
	}
	d.want(d.post("/streams", url.Values{"name": {"Finance"}, box: {"yes"}}), http.StatusSeeOther)
	if d.notice != "Successfully added" {
		t.Error(d.notice)
	}
	page = d.get("/streams")
	d.wants(page, "Finance", "ana", "Board: yes")
	d.wants(d.want(d.post("/streams", url.Values{"name": {"finance"}}), http.StatusUnprocessableEntity), "already")

	at := page.Find("th.name a").AttrOr("href", "")
	d.publish(at)
	before := d.events
	d.want(d.post(at, url.Values{"name": {"Money"}, box: {"no"}}), http.StatusSeeOther)
	if want := "Successfully updated. Policies decide anew about 1 app in Money."; d.notice != want || d.events != before+1 {
		t.Errorf("%q, want %q; %d events", d.notice, want, d.events-before)
	}
	row, err := d.store.Stream(t.Context(), strings.TrimPrefix(at, "/streams/"))
	d.ok(err)
	want := site.Stream{ID: row.ID, Name: "Money", Owner: site.Owner{ID: "u1", UserID: "ana", Directory: "SKYFERRY", Name: "ana"}, Properties: map[string][]string{"Board": {"no"}}}
	if diff := cmp.Diff(want, row.Stream); diff != "" {
		t.Error(diff)
	}
	d.wants(d.get(at), "1 app is published to it", "History", "Changed")
}

func TestATabThatWasOpenedBeforeAChangeDoesNotUndoIt(t *testing.T) {
	d := newDesk(t)
	id, err := d.store.CreateStream(t.Context(), site.Stream{Name: "Finance"})
	d.ok(err)
	at := "/streams/" + id
	opened := d.get(at).Find("input[name=opened]").AttrOr("value", "")
	d.want(d.post(at, url.Values{"name": {"Money"}, "opened": {opened}}), http.StatusSeeOther)
	page := d.want(d.post(at, url.Values{"name": {"Finances"}, "opened": {opened}}), http.StatusUnprocessableEntity)
	d.wants(page, "This was changed meanwhile.")
	opened = d.get(at).Find("input[name=opened]").AttrOr("value", "")
	d.want(d.post(at, url.Values{"name": {"Finances"}, "opened": {opened}}), http.StatusSeeOther)
}

// publish puts an app into the stream.
func (d *desk) publish(at string) {
	const id = "00000000-0000-4000-8000-000000000001"
	d.ok(d.store.CreateApp(d.Context(), site.App{ID: id, Name: "Plan"}))
	d.ok(d.store.PublishApp(d.Context(), id, strings.TrimPrefix(at, "/streams/"), ""))
}

func TestOnlyAnEmptyStreamIsDeleted(t *testing.T) {
	d := newDesk(t)
	id, err := d.store.CreateStream(t.Context(), site.Stream{Name: "Finance"})
	d.ok(err)
	at := "/streams/" + id
	d.publish(at)
	page := d.want(d.get(at+"/delete"), http.StatusOK)
	d.wants(page, "1 app is in it, so it cannot be deleted.")
	if page.Find("main button").Length() != 0 {
		t.Error("there is a button to delete it")
	}
	d.wants(d.want(d.post(at+"/delete", nil), http.StatusUnprocessableEntity), "Not deleted.", `Apps are still in the stream "Finance": 1.`)
	d.ok(d.store.UnpublishApp(t.Context(), "00000000-0000-4000-8000-000000000001"))
	d.wants(d.get(at+"/delete"), "No app is in it.", "Delete")
	d.want(d.post(at+"/delete", nil), http.StatusSeeOther)
	for _, path := range []string{at, at + "/delete"} {
		d.want(d.get(path), http.StatusNotFound)
		d.want(d.post(path, url.Values{"name": {"x"}}), http.StatusNotFound)
	}
}

// TestStreamsOfARepositoryAreShownOnly: they are changed there, and the page says so.
func TestStreamsOfARepositoryAreShownOnly(t *testing.T) {
	d := newDesk(t)
	d.wants(d.get("/streams"), "Where do the apps come from?", "Connect the site", "Use the embedded site")
	c := site.Connection{Kind: site.Repository, Way: site.ByCertificate, Host: "sense.acme.example", ClientFile: "client.pem", KeyFile: "client_key.pem", RootFile: "root.pem", UserDirectory: "SERVICE", UserID: "skyferry"}
	d.ok(d.store.SaveSiteConnection(t.Context(), c))
	d.wants(d.get("/streams"), "No stream known yet.", "from the site at sense.acme.example")
	d.ok(d.store.Mirror(c).TakeStreams(t.Context(), []site.Stream{{ID: "s1", Name: "Finance"}}))

	list := d.want(d.get("/streams"), http.StatusOK)
	d.wants(list, "Finance", "This comes from the site at sense.acme.example and is changed there, in the QMC or the hub.")
	page := d.want(d.get("/streams/s1"), http.StatusOK)
	d.wants(page, "is changed there", "Back to Streams")
	if n := list.Find(`a[href="/streams/new"]`).Length() + page.Find(`.actions button, a[href$="/delete"], #name:not([readonly])`).Length(); n != 0 {
		t.Errorf("%d ways to change it", n)
	}
	d.want(d.get("/streams/new"), http.StatusForbidden)
	for _, path := range []string{"/streams", "/streams/s1", "/streams/s1/delete"} {
		d.wants(d.want(d.post(path, url.Values{"name": {"Sales"}}), http.StatusForbidden), "is changed there")
	}
}
