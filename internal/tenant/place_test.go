package tenant_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/tenant"
)

// request is what the tenant saw of a call.
type request struct {
	Method, Path string
	Query        map[string]string
	Body         string
}

func seen(r *http.Request) request {
	got := request{Method: r.Method, Path: r.URL.Path, Query: map[string]string{}}
	for name := range r.URL.Query() {
		got.Query[name] = r.URL.Query().Get(name)
	}
	body, _ := io.ReadAll(r.Body)
	got.Body = string(body)
	return got
}

func TestCallsFollowTheContract(t *testing.T) {
	none := map[string]string{}
	for name, c := range map[string]struct {
		call func(*tenant.Client, *testing.T) (tenant.App, error)
		want request
	}{
		"App": {
			func(c *tenant.Client, t *testing.T) (tenant.App, error) { return c.App(t.Context(), "a 1/..") },
			request{"GET", "/api/v1/apps/a 1/..", none, ""},
		},
		"SetAttributes": {
			func(c *tenant.Client, t *testing.T) (tenant.App, error) {
				return c.SetAttributes(t.Context(), "a", "N", "D")
			},
			request{"PUT", "/api/v1/apps/a", none, `{"attributes":{"name":"N","description":"D"}}`},
		},
		"DeleteApp": {
			func(c *tenant.Client, t *testing.T) (tenant.App, error) {
				return wanted, c.DeleteApp(t.Context(), "a")
			},
			request{"DELETE", "/api/v1/apps/a", none, ""},
		},
		"ImportStaged": {
			func(c *tenant.Client, t *testing.T) (tenant.App, error) {
				return c.ImportStaged(t.Context(), "guid", "N & M", "f")
			},
			request{"POST", "/api/v1/apps/import", map[string]string{"mode": "autoreplace", "appId": "guid", "fileId": "f", "name": "N & M", "fallbackName": "N & M"}, ""},
		},
		"ImportNew": {
			func(c *tenant.Client, t *testing.T) (tenant.App, error) {
				return c.ImportNew(t.Context(), "N", "f", "s")
			},
			request{"POST", "/api/v1/apps/import", map[string]string{"mode": "new", "fileId": "f", "name": "N", "spaceId": "s"}, ""},
		},
		"Publish": {
			func(c *tenant.Client, t *testing.T) (tenant.App, error) {
				return c.Publish(t.Context(), "a", "s", "N", "D")
			},
			request{"POST", "/api/v1/apps/a/publish", none, `{"spaceId":"s","data":"source","attributes":{"name":"N","description":"D"}}`},
		},
		"Republish": {
			func(c *tenant.Client, t *testing.T) (tenant.App, error) {
				return c.Republish(t.Context(), "a", "b", "N", "D")
			},
			request{"PUT", "/api/v1/apps/a/publish", none, `{"targetId":"b","data":"source","attributes":{"name":"N","description":"D"},"checkOriginAppId":false}`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got request
			cl, _ := client(t, func(w http.ResponseWriter, r *http.Request) { got = seen(r); say(w, 200, anApp) })
			app, err := c.call(cl, t)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(wanted, app); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// wanted is anApp as the client gives it.
var wanted = tenant.App{
	ID: "a1", Name: "Sales", SpaceID: "s1", OriginAppID: "o1",
	PublishTime: time.Date(2026, 4, 29, 15, 48, 12, 294_000_000, time.UTC),
}

// items answers with pages of one item each; the links are absolute, as the contract has them.
func items(names ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var at int
		_, _ = fmt.Sscan(r.URL.Query().Get("next"), &at)
		next := any(nil)
		if at+1 < len(names) {
			next = map[string]string{"href": fmt.Sprintf("http://%s/api/v1/items?next=%d", r.Host, at+1)}
		}
		text, _ := json.Marshal(map[string]any{
			"data": []any{map[string]any{
				"name": names[at], "resourceId": fmt.Sprint("id", at), "spaceId": "s",
				"resourceAttributes": map[string]any{"originAppId": "o", "publishTime": ""},
			}},
			"links": map[string]any{"next": next},
		})
		say(w, 200, string(text))
	}
}

func TestFindAppsReadsAllPagesAndComparesTheWholeName(t *testing.T) {
	c, _ := client(t, items("Sales", "Sales old", "Sales"))
	got, err := c.FindApps(t.Context(), tenant.AppFilter{Name: "Sales"})
	if err != nil {
		t.Fatal(err)
	}
	want := []tenant.App{{ID: "id0", Name: "Sales", SpaceID: "s", OriginAppID: "o"}, {ID: "id2", Name: "Sales", SpaceID: "s", OriginAppID: "o"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestFindAppsAmongThousands looks for a name that stands in thousands of others: a tenant finds them all.
func TestFindAppsAmongThousands(t *testing.T) {
	names := make([]string, 60)
	for i := range names {
		names[i] = fmt.Sprintf("Sales %d", i)
	}
	names[len(names)-1] = "Sales"
	c, _ := client(t, items(names...)) // one a page
	got, err := c.FindApps(t.Context(), tenant.AppFilter{Name: "Sales"})
	if err != nil || len(got) != 1 || got[0].ID != "id59" {
		t.Errorf("found %v: %v", got, err)
	}
}

func TestFindAppsAsksForWhatItWants(t *testing.T) {
	var got request
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) { got = seen(r); say(w, 200, `{"data":[]}`) })
	if _, err := c.FindApps(t.Context(), tenant.AppFilter{Name: "a&b", SpaceID: "s", ResourceID: "r"}); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"resourceType": "app", "noActions": "true", "name": "a&b", "spaceId": "s", "resourceId": "r", "limit": "100"}
	if diff := cmp.Diff(want, got.Query); diff != "" {
		t.Error(diff)
	}
}

func TestListsHaveAnEndAndStayInTheTenant(t *testing.T) {
	var calls atomic.Int32
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		say(w, 200, `{"data":[],"links":{"next":{"href":"/api/v1/items?again"}}}`)
	})
	if _, err := c.FindApps(t.Context(), tenant.AppFilter{}); tenant.CauseOf(err) != tenant.BadAnswer || calls.Load() != 100 {
		t.Errorf("endless: got %v after %d calls", err, calls.Load())
	}
	c, _ = client(t, func(w http.ResponseWriter, r *http.Request) {
		say(w, 200, `{"data":[],"links":{"next":{"href":"http://evil.example/api/v1/items"}}}`)
	})
	if _, err := c.FindApps(t.Context(), tenant.AppFilter{}); tenant.CauseOf(err) != tenant.BadAnswer || !strings.Contains(err.Error(), "evil.example") {
		t.Errorf("another host: got %v", err)
	}
}

func TestSpaces(t *testing.T) {
	var last request
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		last = seen(r)
		switch {
		case r.Method == "GET" && r.URL.Path == "/api/v1/spaces":
			say(w, 200, `{"data":[{"id":"1","name":"Sales","type":"shared"},{"id":"2","name":"Sales x","type":"managed"},{"id":"3","name":"Sales","type":"managed"}]}`)
		case r.Method == "POST":
			say(w, 201, `{"id":"4","name":"New","type":"managed"}`)
		default:
			say(w, 200, `{"id":"3","name":"Sales","type":"managed"}`)
		}
	})
	sales := tenant.Space{ID: "3", Name: "Sales", Type: tenant.Managed}
	if got, found, err := c.FindSpace(t.Context(), "Sales", tenant.Managed); err != nil || !found || got != sales {
		t.Errorf("FindSpace: %v %v %v", got, found, err)
	}
	if _, found, err := c.FindSpace(t.Context(), "Sale", tenant.Managed); err != nil || found {
		t.Errorf("FindSpace of a part of a name: %v %v", found, err)
	}
	if got, err := c.Space(t.Context(), "3"); err != nil || got != sales {
		t.Errorf("Space: %v %v", got, err)
	}
	if got, err := c.CreateSpace(t.Context(), "New", tenant.Managed, "ours"); err != nil || got.ID != "4" || last.Body != `{"description":"ours","name":"New","type":"managed"}` {
		t.Errorf("CreateSpace: %v %v %v", got, err, last)
	}
}

// A catalogue is read up to a limit, and whether there is more is told.
func TestAppsAreListedUpToALimit(t *testing.T) {
	c, _ := client(t, items("a", "b", "c"))
	for limit, want := range map[int]struct {
		apps int
		more bool
	}{2: {2, true}, 3: {3, false}, 4: {3, false}} {
		n := 0
		more, err := c.EachApp(t.Context(), limit, func(part []tenant.Listed) { n += len(part) })
		if err != nil || n != want.apps || more != want.more {
			t.Errorf("limit %d: %d apps, more %v, %v", limit, n, more, err)
		}
	}
}
