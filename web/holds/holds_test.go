package holds_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/holds"
)

// desk is a console where a policy would newly send three apps to two deployments that take one unseen.
type desk struct {
	*testing.T
	*store.Store
	server *httptest.Server
	events []string
	notice string
}

func (d *desk) Decide(_ context.Context, _ *sql.Tx, id string) error {
	d.events = append(d.events, id)
	return nil
}

func (d *desk) Deliver(context.Context, *sql.Tx, string, string, int64, time.Time) error { return nil }

func (d *desk) SetNotice(_ http.ResponseWriter, _ *http.Request, text string) error {
	d.notice = text
	return nil
}

func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	dir := t.TempDir()
	box := must(secret.Open(filepath.Join(dir, "secret.key"), true))
	d := &desk{T: t, Store: must(store.Open(t.Context(), store.Options{Dir: dir, Box: box, Now: time.Now}))}
	d.UseQueue(d)
	r := chi.NewRouter()
	r.Route("/held", (&holds.Screen{Store: d.Store, Notices: d}).Routes)
	r.Get("/lines", func(w http.ResponseWriter, r *http.Request) {
		_ = holds.Lines(must(d.Holds(r.Context()))).Render(r.Context(), w)
	})
	d.server = httptest.NewServer(r)
	t.Cleanup(func() { d.server.Close(); _ = d.Close() })
	stream := must(d.CreateStream(t.Context(), site.Stream{Name: "Finance"}))
	for i := range 3 {
		id := fmt.Sprintf("00000000-0000-4000-8000-00000000000%d", i)
		_ = must(0, d.CreateApp(t.Context(), site.App{ID: id, Name: fmt.Sprint("App ", i), Size: 1 << 20, SHA256: "aa", LastReload: time.Now()}))
		_ = must(0, d.PublishApp(t.Context(), id, stream, ""))
	}
	for name, kind := range map[string]deployment.Kind{"eu": deployment.Production, "us": deployment.Test} {
		_ = must(d.CreateDeployment(t.Context(), deployment.Deployment{
			Name: name, Endpoint: "https://" + name + ".example.com", Audience: "qlik.api", Auth: deployment.ClientCredentials, ClientID: "c", ClientSecret: "s",
			TokenEndpoint: "https://" + name + ".example.com/oauth/token", Landing: deployment.Landing{Space: "Landing", Create: true}, Kind: kind, HoldAbove: new(1),
		}, ""))
	}
	d.decide() // without a policy nothing goes
	_ = must(d.CreatePolicy(t.Context(), policy.Policy{Name: "All", ResourceFilter: "App_*", Actions: policy.ActionDistribute}))
	d.decide()
	return d
}

func (d *desk) decide() {
	for _, id := range d.events {
		_ = must(d.DecideEvent(d.Context(), id, distribution.Planner()))
	}
	d.events = nil
}

func (d *desk) get(path string) string {
	d.Helper()
	response := must(http.Get(d.server.URL + path))
	defer response.Body.Close()
	return string(must(io.ReadAll(response.Body)))
}

func (d *desk) post(path string, form url.Values) int {
	d.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response := must(client.PostForm(d.server.URL+path, form))
	defer response.Body.Close()
	return response.StatusCode
}

func (d *desk) hold(name string) distribution.Hold {
	d.Helper()
	for _, h := range must(d.Holds(d.Context())) {
		if h.Deployment.Name == name {
			return h
		}
	}
	d.Fatalf("nothing is held for %s", name)
	return distribution.Hold{}
}

func TestOneLineForEachCause(t *testing.T) {
	page := newDesk(t).get("/lines")
	for _, words := range []string{"Held for review:", "3 new apps, 3.1 MB", "us.example.com", ">Show 3<", "Discard"} {
		if !strings.Contains(strings.ReplaceAll(page, "\n", ""), words) {
			t.Errorf("%q is not in %s", words, page)
		}
	}
}

func TestReleaseGoesAtOnceButToProductionByName(t *testing.T) {
	d := newDesk(t)
	eu, us := d.hold("eu"), d.hold("us")
	if code := d.post("/held/"+us.ID+"/release", nil); code != http.StatusSeeOther || d.notice != "3 apps are released to us." {
		t.Errorf("us: %d %q", code, d.notice)
	}
	if code := d.post("/held/"+eu.ID+"/release", nil); code != http.StatusUnprocessableEntity {
		t.Errorf("eu without its name: %d", code)
	}
	if code := d.post("/held/"+eu.ID+"/release", url.Values{"name": {"eu"}}); code != http.StatusSeeOther {
		t.Errorf("eu: %d", code)
	}
	if left := must(d.Holds(t.Context())); len(left) != 0 {
		t.Errorf("still held: %+v", left)
	}
	if code := d.post("/held/"+us.ID+"/release", nil); code != http.StatusNotFound {
		t.Errorf("settled already: %d", code)
	}
}

func TestDiscardAsksAndCancels(t *testing.T) {
	d := newDesk(t)
	at := "/held/" + d.hold("us").ID + "/discard"
	if page := d.get(at); !strings.Contains(page, "nothing is sent") {
		t.Error(page)
	}
	if code := d.post(at, nil); code != http.StatusSeeOther || d.notice != "3 apps are discarded for us." {
		t.Errorf("%d %q", code, d.notice)
	}
}
