package apps_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/go-chi/chi/v5"
	"go.uber.org/goleak"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/library"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/static"
	"github.com/skyferry/skyferry/web/apps"
	"github.com/skyferry/skyferry/web/middleware"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
}

// desk is a console with only this screen, on a real store and library: two deployments, two streams, and a policy that
// sends what is in Finance to eu.
type desk struct {
	testing.TB
	store          *store.Store
	library        string // its folder
	server         *httptest.Server
	user           account.User
	notice         string
	events         int
	finance, sales string // ids of streams
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

func (d *desk) UserID(*http.Request) (string, error)               { return d.user.ID, nil }
func (d *desk) User(context.Context, string) (account.User, error) { return d.user, nil }
func (d *desk) ok(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// bareDesk has a store and nothing else.
func bareDesk(t testing.TB) *desk {
	t.Helper()
	dir := t.TempDir()
	d := &desk{TB: t, library: filepath.Join(dir, "library"), user: account.User{ID: "u1", Name: "ana", Role: account.Admin}}
	box, err := secret.Open(filepath.Join(dir, "secret.key"), true)
	d.ok(err)
	d.store, err = store.Open(t.Context(), store.Options{Dir: dir, Box: box, Now: time.Now})
	d.ok(err)
	t.Cleanup(func() { _ = d.store.Close() })
	d.store.UseQueue(d)
	return d
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := bareDesk(t)
	files, err := library.Open(t.Context(), library.Options{Dir: d.library, Store: d.store, Limit: 8 << 20})
	d.ok(err)
	screen := &apps.Screen{Store: d.store, Library: files, Notices: d, Now: time.Now}
	r := chi.NewRouter()
	r.Use(middleware.Compress, middleware.SignedIn(d, d))
	r.Handle("/static/*", static.Handler())
	r.Post("/apps/upload", screen.Upload)
	r.Post("/apps/{id}/replace", screen.Replace)
	r.Route("/apps", screen.Routes)
	d.server = httptest.NewServer(r)
	t.Cleanup(d.server.Close)
	d.furnish()
	return d
}

func (d *desk) furnish() {
	d.deploy("eu")
	d.deploy("us")
	d.finance, d.sales = d.stream("Finance"), d.stream("Sales")
	_, err := d.store.CreatePolicy(d.Context(), policy.Policy{
		Name: "Finance to eu", Template: "Distribution_App", ResourceFilter: "App_*", Actions: policy.ActionDistribute,
		Conditions: `((subject.name="eu") and (resource.stream.name="Finance"))`,
	})
	d.ok(err)
	_, err = d.store.CreateProperty(d.Context(), site.Property{Name: "Region", Values: []string{"North", "South"}, ForApps: true})
	d.ok(err)
	_, err = d.store.CreateProperty(d.Context(), site.Property{Name: "Board", Values: []string{"yes"}, ForStreams: true})
	d.ok(err)
}

func (d *desk) deploy(name string) {
	_, err := d.store.CreateDeployment(d.Context(), deployment.Deployment{
		Name: name, Endpoint: "https://acme." + name + ".qlikcloud.com", Audience: "qlik.api", Auth: deployment.ClientCredentials,
		ClientID: "abc", ClientSecret: "hush-hush", TokenEndpoint: "https://acme." + name + ".qlikcloud.com/oauth/token", Landing: deployment.Landing{Space: "Skyferry", Create: true},
	}, "")
	d.ok(err)
}

func (d *desk) stream(name string) string {
	id, err := d.store.CreateStream(d.Context(), site.Stream{Name: name})
	d.ok(err)
	return id
}

// app adds an app without a file.
func (d *desk) app(n int, name string) string {
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
	d.ok(d.store.CreateApp(d.Context(), site.App{ID: id, Name: name, Size: 5, SHA256: "aa", LastReload: time.Now().Add(-time.Hour)}))
	return id
}

// answer is a page, with the address that a redirect names.
type answer struct {
	*goquery.Document
	status   int
	location string
}

func (d *desk) get(path string) answer { return d.send(http.MethodGet, path, "", nil) }

func (d *desk) post(path string, form url.Values) answer {
	return d.send(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

func (d *desk) send(method, path, kind string, body io.Reader) answer {
	d.Helper()
	request, err := http.NewRequestWithContext(d.Context(), method, d.server.URL+path, body)
	d.ok(err)
	request.Header.Set("Content-Type", kind)
	response, err := d.server.Client().Transport.RoundTrip(request)
	d.ok(err)
	defer response.Body.Close()
	page, err := goquery.NewDocumentFromReader(response.Body)
	d.ok(err)
	return answer{page, response.StatusCode, response.Header.Get("Location")}
}

// upload posts a file as a browser does.
func (d *desk) upload(path, filename string, content []byte) answer {
	d.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	part, err := m.CreateFormFile("file", filename)
	d.ok(err)
	_, _ = part.Write(content)
	d.ok(m.Close())
	return d.send(http.MethodPost, path, m.FormDataContentType(), &b)
}

func qvf(title, payload string) []byte {
	var b bytes.Buffer
	if err := library.WriteQVF(&b, title, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), []byte(payload)); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func (d *desk) want(a answer, status int) answer {
	d.Helper()
	if a.status != status {
		d.Fatalf("status %d, want %d: %s", a.status, status, squeeze(a.Find("main").Text()))
	}
	return a
}

// wants that a page holds each text.
func (d *desk) wants(a answer, texts ...string) {
	d.Helper()
	page := words(a.Find("body"))
	for _, text := range texts {
		if !strings.Contains(page, text) {
			d.Errorf("%q is not on the page: %s", text, page)
		}
	}
}

// words gives the texts of a part of a page with blanks between them.
func words(s *goquery.Selection) string {
	return squeeze(strings.Join(s.Find("*").Contents().Map(func(_ int, c *goquery.Selection) string {
		if goquery.NodeName(c) == "#text" {
			return c.Text()
		}
		return ""
	}), " "))
}

func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }

// files counts what lies in the library's folder.
func (d *desk) files() int {
	files, err := os.ReadDir(d.library)
	d.ok(err)
	return len(files)
}

// buttons gives the words of all buttons and links with their look, those of closed dialogs left out.
func buttons(a answer) []string {
	var list []string
	a.Find("main .button").Each(func(_ int, s *goquery.Selection) {
		if s.Closest("dialog").Length() == 0 {
			list = append(list, squeeze(s.Text()))
		}
	})
	return list
}
