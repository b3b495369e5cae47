package web_test

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"go.uber.org/goleak"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/library"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/internal/tenant"
	"github.com/skyferry/skyferry/web"
	"github.com/skyferry/skyferry/web/apps"
	"github.com/skyferry/skyferry/web/deployments"
	"github.com/skyferry/skyferry/web/movein"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
}

const password = "a long enough password"

type noQueue struct{}

func (noQueue) Decide(context.Context, *sql.Tx, string) error { return nil }

func (noQueue) Deliver(context.Context, *sql.Tx, string, string, int64, time.Time) error { return nil }

// theSite is a site that answers nothing of its own.
type theSite struct {
	apps.Acting
	movein.Site

	picture site.Picture
}

func (s *theSite) Picture() site.Picture { return s.picture }

func (s *theSite) Test(context.Context, site.Connection) []api.Step { return nil }

func (s *theSite) Changed(context.Context) error { return nil }

func (s *theSite) Look() {}

// slowTenant answers a test when the time for it is over.
type slowTenant struct{ deployments.Tester }

func (slowTenant) Test(ctx context.Context, _ deployment.Deployment) (tenant.Report, error) {
	<-ctx.Done()
	return tenant.Report{Steps: []tenant.Step{{Name: "Reachable", State: tenant.Failed, Detail: "no answer in time"}}}, nil
}

func (slowTenant) Usage(string, tenant.Tier) tenant.Usage { return tenant.Usage{} }

// console is a running console without a worker, with the users admin and reader.
type console struct {
	*testing.T
	store  *store.Store
	face   *web.Console
	server *httptest.Server
	reader string // id of the user reader
	now    time.Time
	site   theSite
	tenant slowTenant
	log    bytes.Buffer
	told   []string // tokens of callbacks of the site
}

func newConsole(t *testing.T) *console {
	t.Helper()
	c := newFace(t)
	c.server = httptest.NewServer(c.face.Handler())
	t.Cleanup(c.server.Close)
	return c
}

// newFace is a console that no network leads to.
func newFace(t *testing.T) *console {
	t.Helper()
	c := &console{T: t, now: time.Now()}
	now := func() time.Time { return c.now }
	dir := t.TempDir()
	box, err := secret.Open(filepath.Join(dir, "secret.key"), true)
	c.ok(err)
	c.store, err = store.Open(t.Context(), store.Options{Dir: dir, Box: box, Now: now})
	c.ok(err)
	c.store.UseQueue(noQueue{})
	files, err := library.Open(t.Context(), library.Options{Dir: filepath.Join(dir, "library"), Store: c.store})
	c.ok(err)
	accounts := account.NewDirectory(c.store, now)
	_, err = accounts.Begin(t.Context(), password)
	c.ok(err)
	c.reader, err = accounts.AddUser(t.Context(), account.User{Name: "reader", Role: account.Reader}, password)
	c.ok(err)
	c.face = web.New(web.Options{
		Store: c.store, Accounts: accounts, Library: files, SiteID: "0123456789", SiteName: "qs-test", Site: &c.site, Tester: &c.tenant,
		Metrics: http.NotFoundHandler(), Log: slog.New(slog.NewTextHandler(&c.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: now,
		Notify: func(w http.ResponseWriter, r *http.Request) {
			c.told = append(c.told, r.PathValue("token"))
			w.WriteHeader(http.StatusNoContent)
		},
	})
	t.Cleanup(func() { c.face.EndStreams(); _ = c.store.Close() })
	return c
}

func (c *console) ok(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

// browser is somebody's browser: it keeps cookies and follows no redirect.
type browser struct {
	*console
	*http.Client
}

func (c *console) browser() browser {
	jar, err := cookiejar.New(nil)
	c.ok(err)
	return browser{c, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	page   *goquery.Document
}

func (b browser) do(method, path string, form url.Values, headers ...string) answer {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), method, b.server.URL+path, strings.NewReader(form.Encode()))
	b.ok(err)
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	request.Header.Set("Accept", "text/html")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := b.Do(request)
	b.ok(err)
	defer response.Body.Close()
	page, err := goquery.NewDocumentFromReader(response.Body)
	b.ok(err)
	return answer{response.StatusCode, response.Header, page}
}

func (b browser) get(path string) answer { b.Helper(); return b.do(http.MethodGet, path, nil) }

func (b browser) post(path string, form url.Values) answer {
	b.Helper()
	return b.do(http.MethodPost, path, form)
}

func (b browser) signIn(name string) answer {
	b.Helper()
	return b.post("/sign-in", url.Values{"name": {name}, "password": {password}, "to": {"/"}})
}

func (a answer) text() string { return strings.Join(strings.Fields(a.page.Find("body").Text()), " ") }

func (a answer) to() string { return a.header.Get("Location") }
