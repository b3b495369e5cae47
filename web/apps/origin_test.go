package apps_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/site"
)

// repository makes a repository the site, with one app in Finance and one that is not published.
func (d *desk) repository(acting bool) {
	d.Helper()
	before, err := d.store.SiteConnection(d.Context())
	d.ok(err)
	c := site.Connection{
		Kind: site.Repository, Way: site.ByCertificate, Host: "sense.acme.example", ClientFile: "client.pem", KeyFile: "client_key.pem", RootFile: "root.pem",
		UserDirectory: "SERVICE", UserID: "skyferry", Acting: acting, Version: before.Version,
	}
	d.ok(d.store.SaveSiteConnection(d.Context(), c))
	finance := site.Stream{ID: "s1", Name: "Finance"}
	m := d.store.Mirror(c)
	d.ok(m.TakeStreams(d.Context(), []site.Stream{finance}))
	d.ok(m.TakeProperties(d.Context(), []site.Property{{ID: "p1", Name: "Region", Values: []string{"North"}, ForApps: true}}))
	_, err = m.TakeApps(d.Context(), []site.App{{ID: "a1", Name: "Sales", Stream: &finance, PublishedAt: time.Now()}, {ID: "a2", Name: "Draft"}}, []string{"1", "2"}, true)
	d.ok(err)
}

func TestAppsOfARepositoryAreShownOnly(t *testing.T) {
	d := newDesk(t)
	d.repository(false)
	const why = "This comes from the site at sense.acme.example and is changed there, in the QMC or the hub."
	list := d.want(d.get("/apps"), http.StatusOK)
	d.wants(list, "Sales", "Draft", why)
	page := d.want(d.get("/apps/a1"), http.StatusOK)
	d.wants(page, why)
	for _, got := range [][]string{buttons(list), buttons(page), buttons(d.get("/apps/a2"))} {
		for _, label := range got {
			if label != "" && label != "Distribute now" && label != "Back to Apps" && label != "Site" {
				t.Errorf("%q is offered", label)
			}
		}
	}
	if page.Find("fieldset[disabled] #name").Length() != 1 || page.Find(`fieldset[disabled] [value="North"]`).Length() != 1 {
		t.Error("fields can be typed into")
	}
	if text := page.Find("#app").Text(); strings.Contains(text, "With commas") || strings.Contains(text, "optional") {
		t.Errorf("what cannot be typed is explained: %s", text)
	}
	for _, path := range []string{"/apps/upload", "/apps/a1/replace", "/apps/a2/publish", "/apps/a1/move", "/apps/a1/unpublish", "/apps/a1/delete"} {
		d.wants(d.want(d.get(path), http.StatusForbidden), why)
	}
	for _, path := range []string{"/apps/a1", "/apps/a2/publish", "/apps/a1/move", "/apps/a1/unpublish", "/apps/a1/delete"} {
		d.wants(d.want(d.post(path, url.Values{"name": {"x"}, "stream": {"s1"}}), http.StatusForbidden), why)
	}
	d.want(d.post("/apps/a1/distribute", nil), http.StatusSeeOther)
}

func TestActingOffersWhatARepositoryCanDo(t *testing.T) {
	d := newDesk(t)
	d.repository(true)
	page := d.want(d.get("/apps/a1"), http.StatusOK)
	if diff := cmp.Diff([]string{"Site", "Apply", "Cancel", "Distribute now", "Move"}, buttons(page)); diff != "" {
		t.Error(diff)
	}
	if page.Find("fieldset[disabled] #name").Length() != 1 || page.Find(`fieldset:not([disabled]) > #properties [value="North"]`).Length() != 1 {
		t.Error("only the values of custom properties can be chosen")
	}
	d.want(d.get("/apps/a2/publish"), http.StatusOK)
	d.want(d.get("/apps/a1/unpublish"), http.StatusForbidden)
}

func TestAnEmptyRepositoryIsNoEmptyLibrary(t *testing.T) {
	d := newDesk(t)
	before, err := d.store.SiteConnection(t.Context())
	d.ok(err)
	d.ok(d.store.SaveSiteConnection(t.Context(), site.Connection{
		Kind: site.Repository, Way: site.ByCertificate, Host: "sense.acme.example", ClientFile: "client.pem", KeyFile: "client_key.pem", RootFile: "root.pem",
		UserDirectory: "SERVICE", UserID: "skyferry", Version: before.Version,
	}))
	d.wants(d.get("/apps"), "No app known yet.", "from the site at sense.acme.example")
}
