package properties_test

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

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/properties"
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
	r.Route("/properties", (&properties.Screen{Store: d.store, Notices: d}).Routes)
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

// cloud adds the property Cloud, an app that has it, and a policy that reads it.
func (d *desk) cloud() (at string) {
	id, err := d.store.CreateProperty(d.Context(), site.Property{Name: "Cloud", Values: []string{"eu", "us"}, ForApps: true})
	d.ok(err)
	d.ok(d.store.CreateApp(d.Context(), site.App{ID: "00000000-0000-4000-8000-000000000001", Name: "Plan", Properties: map[string][]string{"Cloud": {"eu"}}}))
	_, err = d.store.CreatePolicy(d.Context(), policy.Policy{
		Name: "By property", Template: "Unspecified", ResourceFilter: "App_*", Actions: policy.ActionDistribute, Conditions: `((subject.name=resource.@cloud))`,
	})
	d.ok(err)
	return "/properties/" + id
}

func TestCreateProperty(t *testing.T) {
	d := newDesk(t)
	d.wants(d.get("/properties"), "Where do the apps come from?", "Connect the site", "Use the embedded site")
	d.ok(d.store.SaveSiteConnection(t.Context(), site.Connection{Kind: site.Embedded}))
	d.wants(d.get("/properties"), "No custom property yet.", "Create new")
	page := d.want(d.get("/properties/new"), http.StatusOK)
	d.wants(page, "Name", "Description", "Values", "For apps", "For streams", "Apply", "Cancel")

	form := url.Values{"name": {"two words"}, "description": {"Kept"}, "values": {" \r\n"}, "streams": {""}}
	page = d.want(d.post("/properties", form), http.StatusUnprocessableEntity)
	d.wants(page, "Not applied.", "Conditions could not write this name.", "Enter at least one value", "Tick For apps, For streams, or both.")
	if name, text := page.Find("#name").AttrOr("value", ""), page.Find("#description").AttrOr("value", ""); name != "two words" || text != "Kept" {
		t.Errorf("lost: %q, %q", name, text)
	}
	form = url.Values{"name": {"@Region"}, "values": {"North\r\n\r\n South \r\nNorth"}, "apps": {"on"}, "streams": {"on"}}
	if to := d.want(d.post("/properties", form), http.StatusSeeOther).location; to != "/properties" || d.notice != "Successfully added" {
		t.Errorf("to %s: %s", to, d.notice)
	}
	rows, err := d.store.Properties(t.Context())
	d.ok(err)
	want := site.Property{ID: rows[0].ID, Name: "Region", Values: []string{"North", "South"}, ForApps: true, ForStreams: true}
	if diff := cmp.Diff(want, rows[0].Property); diff != "" {
		t.Error(diff)
	}
	form.Set("name", "REGION")
	d.wants(d.want(d.post("/properties", form), http.StatusUnprocessableEntity), "already")
}

func TestAPropertySaysWhichPoliciesUseIt(t *testing.T) {
	d := newDesk(t)
	at := d.cloud()
	d.wants(d.want(d.get("/properties"), http.StatusOK), "Cloud", "eu, us", "By property")
	page := d.want(d.get(at), http.StatusOK)
	d.wants(page, "By property", "1 policy uses it by this name", "Created")

	before := d.events
	form := url.Values{"name": {"Target"}, "values": {"eu"}, "apps": {"on"}}
	d.want(d.post(at, form), http.StatusSeeOther)
	if want := "Successfully updated. 1 policy uses the old name @Cloud, under which nothing is found any more: By property."; d.notice != want {
		t.Errorf("%q, want %q", d.notice, want)
	}
	if d.events != before+1 {
		t.Error("the change was no event")
	}
	d.wants(d.get(at), "Changed", "Target")
}

func TestATabThatWasOpenedBeforeAChangeDoesNotUndoIt(t *testing.T) {
	d := newDesk(t)
	at := d.cloud()
	opened := d.get(at).Find("input[name=opened]").AttrOr("value", "")
	form := url.Values{"name": {"Cloud"}, "values": {"eu\nus\nap"}, "apps": {"on"}, "opened": {opened}}
	d.want(d.post(at, form), http.StatusSeeOther)
	form.Set("values", "eu\nus\nme")
	d.wants(d.want(d.post(at, form), http.StatusUnprocessableEntity), "This was changed meanwhile.")
	form.Set("opened", d.get(at).Find("input[name=opened]").AttrOr("value", ""))
	form.Set("values", strings.Repeat("x", 257))
	d.wants(d.want(d.post(at, form), http.StatusUnprocessableEntity), "Values: This is too long")
	form.Set("values", "eu")
	form.Set("description", strings.Repeat("x", 2001))
	d.wants(d.want(d.post(at, form), http.StatusUnprocessableEntity), "Description: This is too long")
}

func TestDeleteProperty(t *testing.T) {
	d := newDesk(t)
	at := d.cloud()
	d.wants(d.want(d.get(at+"/delete"), http.StatusOK), `Delete "Cloud"?`, "1 app and 0 streams lose their values of it.", "1 policy uses it: By property.", "stays there")
	if to := d.want(d.post(at+"/delete", nil), http.StatusSeeOther).location; to != "/properties" {
		t.Errorf("to %s", to)
	}
	for _, path := range []string{at, at + "/delete"} {
		d.want(d.get(path), http.StatusNotFound)
		d.want(d.post(path, url.Values{"name": {"x"}, "values": {"y"}, "apps": {"on"}}), http.StatusNotFound)
	}
}

// TestPropertiesOfARepositoryAreShownOnly: they are changed there, and the page says so.
func TestPropertiesOfARepositoryAreShownOnly(t *testing.T) {
	d := newDesk(t)
	c := site.Connection{Kind: site.Repository, Way: site.ByCertificate, Host: "sense.acme.example", ClientFile: "client.pem", KeyFile: "client_key.pem", RootFile: "root.pem", UserDirectory: "SERVICE", UserID: "skyferry"}
	d.ok(d.store.SaveSiteConnection(t.Context(), c))
	d.wants(d.get("/properties"), "No custom property known yet.")
	d.ok(d.store.Mirror(c).TakeProperties(t.Context(), []site.Property{{ID: "p1", Name: "Cloud", Values: []string{"eu"}, ForApps: true}}))

	list, page := d.want(d.get("/properties"), http.StatusOK), d.want(d.get("/properties/p1"), http.StatusOK)
	d.wants(list, "Cloud", "This comes from the site at sense.acme.example")
	d.wants(page, "is changed there", "Back to Custom properties")
	if n := list.Find(`a[href="/properties/new"]`).Length() + page.Find(`.actions button, a[href$="/delete"]`).Length(); n != 0 || page.Find("fieldset[disabled] #name").Length() != 1 {
		t.Errorf("%d ways to change it", n)
	}
	d.want(d.get("/properties/new"), http.StatusForbidden)
	for _, path := range []string{"/properties", "/properties/p1", "/properties/p1/delete"} {
		d.wants(d.want(d.post(path, url.Values{"name": {"X"}}), http.StatusForbidden), "is changed there")
	}
}
