package site_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"database/sql"
	"encoding/pem"
	"math/big"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/middleware"
	screen "github.com/skyferry/skyferry/web/site"
)

// desk is a console with only this screen, on a real store. The site is not there: what it would answer is set by the test.
type desk struct {
	*testing.T
	store     *store.Store
	server    *httptest.Server
	now       time.Time
	user      account.User
	notice    string
	summaries []distribution.Summary // instead of the store's; nil: the store's
	seen      site.Picture
	steps     []api.Step
	tested    []site.Connection
	taken     int // how often a saved connection was taken up
	looks     int
}

func (d *desk) Decide(context.Context, *sql.Tx, string) error { return nil }

func (d *desk) Deliver(context.Context, *sql.Tx, string, string, int64, time.Time) error { return nil }

func (d *desk) Picture() site.Picture { return d.seen }

func (d *desk) Test(_ context.Context, c site.Connection) []api.Step {
	d.tested = append(d.tested, c)
	return d.steps
}

func (d *desk) Changed(context.Context) error { d.taken++; return nil }

func (d *desk) Look() { d.looks++ }

func (d *desk) SetNotice(_ http.ResponseWriter, _ *http.Request, text string) error {
	d.notice = text
	return nil
}

func (d *desk) UserID(*http.Request) (string, error) { return d.user.ID, nil }

func (d *desk) User(context.Context, string) (account.User, error) { return d.user, nil }

// counted is the store with deliveries that the test counts.
type counted struct {
	*store.Store

	desk *desk
}

func (c counted) Summaries(ctx context.Context) ([]distribution.Summary, error) {
	if c.desk.summaries != nil {
		return c.desk.summaries, nil
	}
	return c.Store.Summaries(ctx)
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	dir := t.TempDir()
	d := &desk{T: t, now: time.Now(), user: account.User{ID: "u1", Name: "ana", Role: account.Admin}}
	box, err := secret.Open(filepath.Join(dir, "secret.key"), true)
	d.ok(err)
	d.store, err = store.Open(t.Context(), store.Options{Dir: dir, Box: box, Now: func() time.Time { return d.now }})
	d.ok(err)
	d.store.UseQueue(d)
	r := chi.NewRouter()
	r.Use(middleware.SignedIn(d, d))
	s := &screen.Screen{Store: counted{d.store, d}, Connector: d, Notices: d, Now: func() time.Time { return d.now }}
	r.Post("/site/test", s.Test)
	r.Route("/site", s.Routes)
	d.server = httptest.NewServer(r)
	t.Cleanup(func() { d.server.Close(); _ = d.store.Close() })
	return d
}

func (d *desk) ok(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// answer is a page, with the address that a redirect names.
type answer struct {
	*goquery.Document
	status   int
	location string
}

// words are the page's text, with a blank between what stands in different elements.
func (a answer) words() string {
	html, err := a.Find("body").Html()
	if err != nil {
		return err.Error()
	}
	spaced, err := goquery.NewDocumentFromReader(strings.NewReader(strings.ReplaceAll(html, "<", " <")))
	if err != nil {
		return err.Error()
	}
	return strings.Join(strings.Fields(spaced.Text()), " ")
}

func (d *desk) get(path string) answer { d.Helper(); return d.send(http.MethodGet, path, "", "") }

func (d *desk) post(path string, form url.Values, headers ...string) answer {
	d.Helper()
	return d.send(http.MethodPost, path, "application/x-www-form-urlencoded", form.Encode(), headers...)
}

// upload sends a form with files, as the page does.
func (d *desk) upload(path string, form url.Values, files map[string]string, headers ...string) answer {
	d.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, name := range []string{"client", "key", "root"} { // a browser sends a part for each, without a name where none was chosen
		filename := name + ".pem"
		if files[name] == "" {
			filename = ""
		}
		part, err := w.CreateFormFile(name, filename)
		d.ok(err)
		_, err = part.Write([]byte(files[name]))
		d.ok(err)
	}
	for name, values := range form { // what the page brings along stands behind the fields
		for _, v := range values {
			d.ok(w.WriteField(name, v))
		}
	}
	d.ok(w.Close())
	return d.send(http.MethodPost, path, w.FormDataContentType(), body.String(), headers...)
}

func (d *desk) send(method, path, kind, body string, headers ...string) answer {
	d.Helper()
	request, err := http.NewRequestWithContext(d.Context(), method, d.server.URL+path, strings.NewReader(body))
	d.ok(err)
	request.Header.Set("Content-Type", kind)
	request.Header.Set("Accept", "text/html")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
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
		d.Fatalf("%d instead of %d: %s", a.status, status, a.words())
	}
	return a
}

func (d *desk) wants(a answer, texts ...string) {
	d.Helper()
	for _, text := range texts {
		if !strings.Contains(a.words(), text) {
			d.Errorf("%q is not on the page: %s", text, a.words())
		}
	}
}

func (d *desk) stored() site.Connection {
	d.Helper()
	c, err := d.store.SiteConnection(d.Context())
	d.ok(err)
	return c
}

// pair makes a certificate and its key.
func (d *desk) pair(name string, valid time.Duration) (certificate, key string) {
	d.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	d.ok(err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: d.now.Add(-24 * time.Hour), NotAfter: d.now.Add(valid)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	d.ok(err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	d.ok(err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}

const year = 365 * 24 * time.Hour

// files are the three of the QMC's export.
func (d *desk) files(valid time.Duration) map[string]string {
	d.Helper()
	client, key := d.pair("QlikClient", valid)
	root, _ := d.pair("sense-CA", year)
	return map[string]string{"client": client, "key": key, "root": root}
}

// form is a filled form for a repository.
func (d *desk) form() url.Values {
	d.Helper()
	return url.Values{
		"version": {d.get("/site").Find("[name=version]").AttrOr("value", "")}, "kind": {"repository"}, "way": {"certificate"}, "source": {"upload"},
		"authority": {"root"}, "host": {"sense.acme.example"}, "directory": {"SERVICE"}, "user": {"skyferry"},
	}
}

// connect makes a repository the site, with two apps of one stream, one of them published.
func (d *desk) connect() {
	d.Helper()
	d.want(d.upload("/site", d.form(), d.files(year)), http.StatusSeeOther)
	m := d.store.Mirror(d.stored())
	finance := site.Stream{ID: "s1", Name: "Finance"}
	d.ok(m.TakeStreams(d.Context(), []site.Stream{finance}))
	_, err := m.TakeApps(d.Context(), []site.App{{ID: "a1", Name: "Sales", Stream: &finance, PublishedAt: d.now}, {ID: "a2", Name: "Draft"}}, []string{"1", "2"}, true)
	d.ok(err)
	d.ok(m.SiteTaken(d.Context(), 2))
}
