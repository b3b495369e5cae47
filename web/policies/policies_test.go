package policies_test

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

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/policies"
)

// desk is a console with only this screen, on a real store with two deployments, two streams, a custom property and
// three published apps.
type desk struct {
	*testing.T
	store  *store.Store
	notice string // the last one
	server *httptest.Server
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
	d := &desk{T: t}
	d.store, err = store.Open(t.Context(), store.Options{Dir: dir, Box: box, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.store.Close() })
	d.store.UseQueue(noQueue{})
	screen := &policies.Screen{Store: d.store, Notices: d}
	router := chi.NewRouter()
	router.Route("/policies", screen.Routes)
	d.server = httptest.NewServer(asAdmin(router))
	t.Cleanup(d.server.Close)
	d.fill()
	return d
}

func asAdmin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(account.WithActor(r.Context(), account.Actor{Name: "admin"})))
	})
}

func (d *desk) SetNotice(_ http.ResponseWriter, _ *http.Request, text string) error {
	d.notice = text
	return nil
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
	for _, name := range []string{"eu", "us"} {
		_, err := d.store.CreateDeployment(ctx, deployment.Deployment{
			Name: name, Endpoint: "https://acme." + name + ".qlikcloud.com", Audience: deployment.DefaultAudience,
			Auth: deployment.ClientCredentials, ClientID: "id", ClientSecret: "hush", TokenEndpoint: "https://acme." + name + ".qlikcloud.com/oauth/token", Landing: deployment.Landing{Space: "S", Create: true},
		}, "")
		d.must(err)
	}
	_, err := d.store.CreateProperty(ctx, site.Property{Name: "Cloud", Values: []string{"eu", "us"}, ForApps: true})
	d.must(err)
	owner := site.Owner{ID: "o1", UserID: "ruiz", Directory: "ACME", Name: "M. Ruiz"}
	d.must(d.store.PutOwner(ctx, owner))
	streams := map[string]string{}
	for _, name := range []string{"Finance", "Sales"} {
		streams[name], err = d.store.CreateStream(ctx, site.Stream{Name: name})
		d.must(err)
	}
	for i, stream := range []string{"Finance", "Finance", "Sales", ""} {
		id := "00000000-0000-4000-8000-00000000000" + string(rune('1'+i))
		d.must(d.store.CreateApp(ctx, site.App{ID: id, Name: "App " + string(rune('1'+i)), Owner: owner, Size: 1000, SHA256: strings.Repeat("a", 64)}))
		if stream != "" {
			d.must(d.store.PublishApp(ctx, id, streams[stream], ""))
		}
	}
}

func (d *desk) policy(name, conditions string, disabled bool) string {
	d.Helper()
	id, err := d.store.CreatePolicy(d.Context(), policy.Policy{
		Name: name, Template: "Unspecified", ResourceFilter: "App_*", Actions: policy.ActionDistribute,
		Conditions: conditions, Disabled: disabled, Tags: []string{"daily"},
	})
	d.must(err)
	return id
}

// answer is a page, or a part of one, with the address that a redirect names.
type answer struct {
	*goquery.Document
	status   int
	location string
}

func (d *desk) get(path string) answer { return d.send(http.MethodGet, path, nil, false) }

func (d *desk) post(path string, form url.Values) answer {
	return d.send(http.MethodPost, path, form, false)
}

// ask posts as htmx does.
func (d *desk) ask(form url.Values) answer {
	return d.send(http.MethodPost, "/policies/check", form, true)
}

func (d *desk) send(method, path string, form url.Values, part bool) answer {
	d.Helper()
	request, err := http.NewRequestWithContext(d.Context(), method, d.server.URL+path, strings.NewReader(form.Encode()))
	d.must(err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if part {
		request.Header.Set("HX-Request", "true")
	}
	response, err := d.server.Client().Transport.RoundTrip(request)
	d.must(err)
	defer func() { _ = response.Body.Close() }()
	page, err := goquery.NewDocumentFromReader(response.Body)
	d.must(err)
	return answer{page, response.StatusCode, response.Header.Get("Location")}
}

func (d *desk) want(a answer, status int) answer {
	d.Helper()
	if a.status != status {
		d.Fatalf("status %d, want %d: %s", a.status, status, squeeze(a.Text()))
	}
	return a
}

// wants that a page holds each text.
func (d *desk) wants(a answer, texts ...string) {
	d.Helper()
	page := squeeze(a.Text())
	for _, text := range texts {
		if !strings.Contains(page, text) {
			d.Errorf("%q is not on the page: %s", text, page)
		}
	}
}

func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }

// values are what a browser would send of the form, without its buttons.
func values(a answer) url.Values {
	form := url.Values{}
	a.Find("#policy").Find("input, textarea, select").Each(func(_ int, s *goquery.Selection) {
		name, _ := s.Attr("name")
		value, _ := s.Attr("value")
		_, checked := s.Attr("checked")
		switch {
		case name == "" || s.AttrOr("type", "") == "checkbox" && !checked:
		case goquery.NodeName(s) == "textarea":
			form.Add(name, s.Text())
		case goquery.NodeName(s) == "select":
			form.Add(name, s.Find("option[selected]").AttrOr("value", s.Find("option").First().AttrOr("value", "")))
		case s.AttrOr("type", "") == "checkbox" && value == "":
			form.Add(name, "on")
		default:
			form.Add(name, value)
		}
	})
	return form
}

// press gives the form with a button of it.
func press(form url.Values, do string) url.Values {
	form.Set("do", do)
	return form
}

func action(a answer) string { return a.Find("#policy").AttrOr("action", "") }

func conditions(a answer) string { return a.Find("#conditions").Text() }

// offered gives the value of a button by its label.
func offered(a answer, label string) string {
	value := ""
	a.Find("button").Each(func(_ int, s *goquery.Selection) {
		if squeeze(s.Text()) == label {
			value = s.AttrOr("value", "")
		}
	})
	return value
}
