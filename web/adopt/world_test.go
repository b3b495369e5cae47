package adopt_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/skyferry/skyferry/internal/account"
	reading "github.com/skyferry/skyferry/internal/adopt"
	"github.com/skyferry/skyferry/internal/deployment"
	sandbox "github.com/skyferry/skyferry/internal/sandbox/tenant"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/library"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/internal/tenant"
	"github.com/skyferry/skyferry/web/adopt"
	"github.com/skyferry/skyferry/web/ui"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
}

type noQueue struct{}

func (noQueue) Decide(context.Context, *sql.Tx, string) error { return nil }
func (noQueue) Deliver(context.Context, *sql.Tx, string, string, int64, time.Time) error {
	return nil
}

// desk is a console with only this screen, on a real store, and a sandbox tenant with its deployment eu.
type desk struct {
	*testing.T
	ctx      context.Context
	store    *store.Store
	sandbox  *sandbox.Server
	cloud    *httptest.Server
	held     atomic.Pointer[chan struct{}] // lists of apps wait for it
	http     *http.Client
	server   *httptest.Server
	eu       string
	stream   string
	notice   string
	readOnly bool
}

func newDesk(t *testing.T, kind deployment.Kind) *desk {
	t.Helper()
	d := &desk{T: t, ctx: account.WithActor(t.Context(), account.Actor{Name: "ada"})}
	log := slog.New(slog.DiscardHandler)
	dir := t.TempDir()
	box, err := secret.Open(filepath.Join(dir, "secret.key"), true)
	d.ok(err)
	d.store, err = store.Open(d.ctx, store.Options{Dir: dir, Box: box, Log: log})
	d.ok(err)
	d.store.UseQueue(noQueue{})
	d.sandbox, err = sandbox.Open(sandbox.Options{Name: "eu", Dir: filepath.Join(dir, "tenant"), Logger: log})
	d.ok(err)
	d.cloud = httptest.NewServer(http.HandlerFunc(d.answer))
	d.http, err = tenant.NewHTTPClient(tenant.Guard{AllowTargets: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	d.ok(err)
	d.eu, err = d.store.CreateDeployment(d.ctx, deployment.Deployment{Name: "eu", Kind: kind, Endpoint: d.cloud.URL, Audience: "qlik.api", Auth: deployment.APIKey,
		APIKey: secret.Text(d.sandbox.APIKey()), Landing: deployment.Landing{Space: "Landing", Create: true}}, "")
	d.ok(err)
	d.stream, err = d.store.CreateStream(d.ctx, site.Stream{Name: "Finance"})
	d.ok(err)
	reader := reading.NewReader(d, d.store, time.Now)
	screen := &adopt.Screen{Store: d.store, Reader: reader, Notices: d, SiteID: "S", Now: time.Now}
	router := chi.NewRouter()
	router.Use(d.shell)
	router.Route("/deployments/{id}/adopt", screen.Routes)
	d.server = httptest.NewServer(router)
	t.Cleanup(func() {
		d.server.Close()
		d.letGo()
		reader.Close()
		d.http.CloseIdleConnections()
		d.cloud.Close()
		d.ok(d.sandbox.Close())
		d.ok(d.store.Close())
	})
	return d
}

func (d *desk) ok(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// answer is the tenant's; a list of apps waits while it is held.
func (d *desk) answer(w http.ResponseWriter, r *http.Request) {
	if gate := d.held.Load(); gate != nil && strings.HasSuffix(r.URL.Path, "/items") {
		<-*gate
	}
	d.sandbox.Handler().ServeHTTP(w, r)
}

func (d *desk) hold() { gate := make(chan struct{}); d.held.Store(&gate) }

func (d *desk) letGo() {
	if gate := d.held.Swap(nil); gate != nil {
		close(*gate)
	}
}

// Client implements the reader's Clients.
func (d *desk) Client(_ context.Context, dep deployment.Deployment) (*tenant.Client, error) {
	return tenant.New(dep.Endpoint, tenant.APIKey(dep.APIKey.Reveal()), d.http), nil
}

// SetNotice implements respond.Noticer.
func (d *desk) SetNotice(_ http.ResponseWriter, _ *http.Request, text string) error {
	d.notice = text
	return nil
}

func (d *desk) shell(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := account.WithActor(r.Context(), account.Actor{Name: "ada"})
		next.ServeHTTP(w, r.WithContext(ui.WithShell(ctx, ui.Shell{UserName: "ada", Now: time.Now(), ReadsOnly: d.readOnly})))
	})
}

// app publishes an app at the site.
func (d *desk) app(name string, size int64) string {
	d.Helper()
	id := uuid.NewString()
	d.ok(d.store.CreateApp(d.ctx, site.App{ID: id, Name: name, Size: size}))
	d.ok(d.store.PublishApp(d.ctx, id, d.stream, ""))
	return id
}

// there makes an app in the tenant and gives its id and size.
func (d *desk) there(name string) (id string, size int64) {
	d.Helper()
	var file bytes.Buffer
	d.ok(library.WriteQVF(&file, name, time.Now(), bytes.Repeat([]byte("x"), 5000)))
	size = int64(file.Len())
	var made struct{ Attributes struct{ ID string } }
	d.ok(json.Unmarshal(d.call(http.MethodPost, "/api/v1/apps/import?name="+url.QueryEscape(name), file.Bytes()), &made))
	return made.Attributes.ID, size
}

// call makes a call as the tenant's administrator.
func (d *desk) call(method, path string, body []byte) []byte {
	d.Helper()
	r, err := http.NewRequestWithContext(d.ctx, method, d.cloud.URL+path, bytes.NewReader(body))
	d.ok(err)
	r.Header.Set("Authorization", "Bearer "+d.sandbox.APIKey())
	res, err := d.http.Do(r)
	d.ok(err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode/100 != 2 {
		d.Fatalf("%s %s: %d %s %v", method, path, res.StatusCode, raw, err)
	}
	return raw
}

// answer is a page.
type answer struct {
	*goquery.Document
	status int
	header http.Header
	raw    string
}

func (d *desk) send(method, path, kind string, body io.Reader) answer {
	d.Helper()
	r, err := http.NewRequestWithContext(d.ctx, method, d.server.URL+"/deployments/"+d.eu+"/adopt"+path, body)
	d.ok(err)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	res, err := d.server.Client().Transport.RoundTrip(r)
	d.ok(err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	d.ok(err)
	page, err := goquery.NewDocumentFromReader(bytes.NewReader(raw))
	d.ok(err)
	return answer{page, res.StatusCode, res.Header, string(raw)}
}

func (d *desk) get(path string) answer { d.Helper(); return d.send(http.MethodGet, path, "", nil) }

func (d *desk) post(path string, form url.Values) answer {
	d.Helper()
	return d.send(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

// table uploads a CSV.
func (d *desk) table(text string) answer {
	d.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "adopt.csv")
	d.ok(err)
	_, err = io.WriteString(part, text)
	d.ok(err)
	d.ok(form.Close())
	return d.send(http.MethodPost, "/upload", form.FormDataContentType(), &body)
}

// settled opens the page until the tenant is read.
func (d *desk) settled(path string) answer {
	d.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		a := d.get(path)
		if a.Find("#adopt-progress").Length() == 0 || time.Now().After(end) {
			return a
		}
	}
}

func (d *desk) wants(a answer, status int, texts ...string) answer {
	d.Helper()
	page := strings.Join(strings.Fields(a.Find("main").Text()), " ")
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

// plan is the form of the question as it stands there.
func plan(a answer) url.Values {
	return url.Values{"plan": {strings.TrimPrefix(a.Find(`textarea[name="plan"]`).Text(), "\n")}}
}

// holding gives the placement of an app, as words.
func (d *desk) holding(app string) string {
	d.Helper()
	dep, err := d.store.Deployment(d.ctx, d.eu)
	d.ok(err)
	all, err := d.store.PlacementsIn(d.ctx, dep.TenantID)
	d.ok(err)
	for _, p := range all {
		switch {
		case p.AppID != app:
		case p.Marked:
			return "marked " + p.RemoteID
		default:
			return "linked " + p.RemoteID
		}
	}
	return ""
}
