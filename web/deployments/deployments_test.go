package deployments_test

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
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
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/internal/tenant"
	"github.com/skyferry/skyferry/web/deployments"
	"github.com/skyferry/skyferry/web/ui"
)

// desk is a console with only this screen, on a real store.
type desk struct {
	*testing.T
	store    *store.Store
	now      time.Time
	notice   string // the last one
	waiting  string // the same, until a page took it
	steps    []tenant.Step
	signedIn bool   // what a test finds
	accepted string // the next key that a test finds accepted
	tested   context.Context
	server   *httptest.Server
}

type noQueue struct{}

func (noQueue) Decide(context.Context, *sql.Tx, string) error { return nil }
func (noQueue) Deliver(context.Context, *sql.Tx, string, string, int64, time.Time) error {
	return nil
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	dir := t.TempDir()
	box, err := secret.Open(filepath.Join(dir, "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{T: t, now: time.Now()}
	d.store, err = store.Open(t.Context(), store.Options{Dir: dir, Box: box, Now: func() time.Time { return d.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.store.Close() })
	d.store.UseQueue(noQueue{})
	screen := &deployments.Screen{Store: d.store, Tester: d, Notices: d, SiteID: "site", Now: func() time.Time { return d.now }}
	router := chi.NewRouter()
	router.Use(asAdmin, d.shell)
	router.Post("/deployments/{id}/test", screen.Test)
	router.Route("/deployments", screen.Routes)
	d.server = httptest.NewServer(router)
	t.Cleanup(d.server.Close)
	return d
}

func asAdmin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(account.WithActor(r.Context(), account.Actor{Name: "admin"})))
	})
}

// shell takes the notice for the page that is asked for, as the console does.
func (d *desk) shell(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shell := ui.Shell{UserName: "admin", Now: d.now}
		if d.waiting != "" && r.Method == http.MethodGet {
			shell.Notice = &ui.Notice{Kind: ui.Good, Text: d.waiting}
			d.waiting = ""
		}
		next.ServeHTTP(w, r.WithContext(ui.WithShell(r.Context(), shell)))
	})
}

func (d *desk) SetNotice(_ http.ResponseWriter, _ *http.Request, text string) error {
	d.notice, d.waiting = text, text
	return nil
}

func (d *desk) Test(ctx context.Context, dep deployment.Deployment) (tenant.Report, error) {
	d.tested = ctx
	if d.accepted != "" {
		if err := d.store.PromoteKey(ctx, dep.ID, d.accepted); err != nil {
			return tenant.Report{}, err
		}
	}
	return tenant.Report{Steps: d.steps, SignedIn: d.signedIn}, nil
}

func (d *desk) Usage(_ string, tier tenant.Tier) tenant.Usage {
	u := tenant.Usage{Calls: 41, Allowed: tier.PerWindow()}
	if tier == tenant.Writes {
		u.Closed = d.now.Add(13 * time.Second)
	}
	return u
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
	if err != nil {
		d.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := d.server.Client().Transport.RoundTrip(request)
	if err != nil {
		d.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	page, err := goquery.NewDocumentFromReader(response.Body)
	if err != nil {
		d.Fatal(err)
	}
	return answer{page, response.StatusCode, response.Header.Get("Location")}
}

func (d *desk) want(a answer, status int) answer {
	d.Helper()
	if a.status != status {
		d.Fatalf("status %d, want %d: %s", a.status, status, squeeze(a.Find("main").Text()))
	}
	return a
}

// wants that the main part of a page holds each text.
func (d *desk) wants(a answer, texts ...string) {
	d.Helper()
	page := squeeze(a.Find("main").Text())
	for _, text := range texts {
		if !strings.Contains(page, text) {
			d.Errorf("%q is not on the page: %s", text, page)
		}
	}
}

func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }

// open follows Set up new to its form.
func (d *desk) open() (answer, url.Values) {
	d.Helper()
	first := d.want(d.get("/deployments/new"), http.StatusSeeOther)
	page := d.want(d.get(first.location), http.StatusOK)
	return page, values(page)
}

// values are what a browser would send of the form.
func values(a answer) url.Values {
	form := url.Values{}
	a.Find("#deployment").Find("input, textarea, select").Each(func(_ int, s *goquery.Selection) {
		name, _ := s.Attr("name")
		value, _ := s.Attr("value")
		_, checked := s.Attr("checked")
		kind, _ := s.Attr("type")
		switch {
		case name == "" || (kind == "checkbox" || kind == "radio") && !checked:
		case goquery.NodeName(s) == "textarea":
			form.Set(name, s.Text())
		case goquery.NodeName(s) == "select":
			form.Set(name, s.Find("option[selected]").AttrOr("value", ""))
		default:
			form.Set(name, value)
		}
	})
	return form
}

func action(a answer) string { return a.Find("#deployment").AttrOr("action", "") }

// setUp adds a deployment with a local bearer token and gives its address.
func (d *desk) setUp(name, endpoint string, kind deployment.Kind) string {
	d.Helper()
	page, form := d.open()
	form.Set("name", name)
	form.Set("endpoint", endpoint)
	form.Set("kind", string(kind))
	return d.want(d.post(action(page), form), http.StatusSeeOther).location
}

func (d *desk) policy(name, conditions string) string {
	d.Helper()
	id, err := d.store.CreatePolicy(d.Context(), policy.Policy{Name: name, Template: "Unspecified", ResourceFilter: "App_*", Actions: policy.ActionDistribute, Conditions: conditions})
	if err != nil {
		d.Fatal(err)
	}
	return id
}

func idIn(address string) string { return strings.TrimPrefix(address, "/deployments/") }

// definition reads what the page gives to copy.
func (d *desk) definition(a answer) (token struct {
	Audience   string
	StaticKeys []struct{ Kid, PEM string }
}) {
	d.Helper()
	text, err := base64.StdEncoding.DecodeString(a.Find("#token").Text())
	if err == nil {
		err = json.Unmarshal(text, &token)
	}
	if err != nil || len(token.StaticKeys) != 1 {
		d.Fatalf("no token on the page: %v %q", err, a.Find("#token").Text())
	}
	return token
}
