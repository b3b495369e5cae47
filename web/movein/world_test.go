package movein_test

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
	"go.uber.org/goleak"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/middleware"
	"github.com/skyferry/skyferry/web/movein"
	"github.com/skyferry/skyferry/web/policies"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
}

type noQueue struct{}

func (noQueue) Decide(context.Context, *sql.Tx, string) error { return nil }
func (noQueue) Deliver(context.Context, *sql.Tx, string, string, int64, time.Time) error {
	return nil
}

// desk is a console with only this screen, on a real store: two deployments, of which eu takes one app unseen, two streams, and three
// published apps. The site answers what rules has.
type desk struct {
	*testing.T
	store   *store.Store
	rules   []api.Rule
	refusal error // of the site
	user    account.User
	notice  string
	server  *httptest.Server
}

// Picture is what the connector would have seen of the rules.
func (d *desk) Picture() (p site.Picture) {
	for _, r := range d.rules {
		if r.Actions == 1024 && !r.Disabled { // Distribute
			p.Native = append(p.Native, r.Name)
		}
	}
	return p
}

func (d *desk) Rules(context.Context) ([]api.Rule, error)          { return d.rules, d.refusal }
func (d *desk) UserID(*http.Request) (string, error)               { return d.user.ID, nil }
func (d *desk) User(context.Context, string) (account.User, error) { return d.user, nil }

func (d *desk) SetNotice(_ http.ResponseWriter, _ *http.Request, text string) error {
	d.notice = text
	return nil
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := emptyDesk(t)
	d.fill()
	return d
}

// emptyDesk is a console that nobody has told where the apps come from.
func emptyDesk(t *testing.T) *desk {
	t.Helper()
	dir := t.TempDir()
	d := &desk{T: t, user: account.User{ID: "u1", Name: "ana", Role: account.Admin}, rules: sandboxRules()}
	box, err := secret.Open(filepath.Join(dir, "secret.key"), true)
	d.must(err)
	d.store, err = store.Open(t.Context(), store.Options{Dir: dir, Box: box, Now: time.Now})
	d.must(err)
	d.store.UseQueue(noQueue{})
	judge := &policies.Screen{Store: d.store, Notices: d, Site: d}
	screen := &movein.Screen{Store: d.store, Site: d, Policies: judge, Notices: d}
	router := chi.NewRouter()
	router.Use(middleware.SignedIn(d, d), middleware.ReadersOnlyRead)
	router.Route(movein.Path, screen.Routes)
	router.Route("/policies", judge.Routes)
	d.server = httptest.NewServer(router)
	t.Cleanup(func() { d.server.Close(); d.must(d.store.Close()) })
	return d
}

func sandboxRules() []api.Rule {
	return []api.Rule{
		{ID: "r1", Name: "Stream", Actions: 34, ResourceFilter: "App_*", Rule: `(resource.resourcetype = "App" and resource.stream.HasPrivilege("read"))`},
		{ID: "r3", Name: "Finance to eu", Actions: 1024, ResourceFilter: "App_*", Rule: `((subject.name="eu" and resource.stream.name="Finance"))`, Comment: "Distributes the closing", Tags: []api.Ref{{Name: "closing"}}},
		{ID: "r4", Name: "By custom property", Actions: 1024, ResourceFilter: "App_*", Rule: `((subject.name=resource.@Cloud))`},
		{ID: "r5", Name: "Distribute without a subject", Actions: 1024, Disabled: true, ResourceFilter: "App_*", Rule: `((resource.@Cloud.Empty()))`},
	}
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *desk) fill() {
	d.Helper()
	ctx := d.Context()
	one := 1
	for _, name := range []string{"eu", "us"} {
		dep := deployment.Deployment{
			Name: name, Endpoint: "https://acme." + name + ".qlikcloud.com", Audience: deployment.DefaultAudience,
			Auth: deployment.ClientCredentials, ClientID: "id", ClientSecret: "hush", TokenEndpoint: "https://acme." + name + ".qlikcloud.com/oauth/token", Landing: deployment.Landing{Space: "S", Create: true},
		}
		if name == "eu" {
			dep.HoldAbove = &one
		}
		_, err := d.store.CreateDeployment(ctx, dep, "")
		d.must(err)
	}
	d.connect(func(c *site.Connection) {
		*c = site.Connection{Kind: site.Repository, Way: site.ByCertificate, Host: "sense.acme.example", UserDirectory: "SERVICE", UserID: "skyferry",
			ClientFile: "/c/client.pem", KeyFile: "/c/client_key.pem", RootFile: "/c/root.pem", Version: c.Version}
	})
	connection, err := d.store.SiteConnection(ctx)
	d.must(err)
	mirror := d.store.Mirror(connection)
	d.must(mirror.TakeProperties(ctx, []site.Property{{ID: "p1", Name: "Cloud", Values: []string{"eu", "us"}, ForApps: true}}))
	streams := []site.Stream{{ID: "s1", Name: "Finance"}, {ID: "s2", Name: "Sales"}}
	d.must(mirror.TakeStreams(ctx, streams))
	var apps []site.App
	for i, stream := range []site.Stream{streams[0], streams[0], streams[1]} {
		n := string(rune('1' + i))
		apps = append(apps, site.App{ID: "00000000-0000-4000-8000-00000000000" + n, Name: "App " + n, Size: 1000, Stream: &stream})
	}
	apps[2].Properties = map[string][]string{"Cloud": {"us"}}
	_, err = mirror.TakeApps(ctx, apps, []string{"1", "2", "3"}, true)
	d.must(err)
	d.must(mirror.SiteTaken(ctx, len(apps)))
}

// connect changes where the apps come from.
func (d *desk) connect(change func(*site.Connection)) {
	d.Helper()
	c, err := d.store.SiteConnection(d.Context())
	d.must(err)
	change(&c)
	d.must(d.store.SaveSiteConnection(d.Context(), c))
}

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
	d.must(err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := d.server.Client().Transport.RoundTrip(request)
	d.must(err)
	defer func() { _ = response.Body.Close() }()
	page, err := goquery.NewDocumentFromReader(response.Body)
	d.must(err)
	return answer{page, response.StatusCode, response.Header.Get("Location")}
}

func (d *desk) want(a answer, status int, texts ...string) answer {
	d.Helper()
	page := squeeze(a.Find("main").Text())
	if a.status != status {
		d.Fatalf("status %d, want %d: %s", a.status, status, page)
	}
	for _, text := range texts {
		if !strings.Contains(page, text) {
			d.Errorf("%q is not on the page: %s", text, page)
		}
	}
	return a
}

// lacks that a page holds any of the texts.
func (d *desk) lacks(a answer, texts ...string) {
	d.Helper()
	page := squeeze(a.Find("main").Text())
	for _, text := range texts {
		if strings.Contains(page, text) {
			d.Errorf("%q is on the page: %s", text, page)
		}
	}
}

func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }

// row is the row of a rule.
func (a answer) row(table, name string) string {
	return squeeze(a.Find(table + " tbody tr").FilterFunction(func(_ int, s *goquery.Selection) bool {
		return strings.HasPrefix(squeeze(s.Find("th").Text()), name)
	}).Text())
}

// values are what a browser would send of the page's form.
func values(a answer) url.Values {
	form := url.Values{}
	a.Find("main form input").Each(func(_ int, s *goquery.Selection) {
		if s.AttrOr("type", "") != "checkbox" {
			form.Add(s.AttrOr("name", ""), s.AttrOr("value", ""))
		}
	})
	return form
}
