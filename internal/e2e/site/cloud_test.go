package site

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/e2e/driver"
	sandbox "github.com/skyferry/skyferry/internal/sandbox/tenant"
)

const apiKey = "sandbox-key-for-the-tests"

// cloud is a sandbox tenant, and all that was written to it.
type cloud struct {
	driver.Tenant

	name  string
	mu    sync.Mutex
	calls []written
	parts int // calls that brought bytes of apps
}

// written is a call that may change something.
type written struct {
	at   time.Time // when it began
	what string    // method, address and body
}

func newCloud(t *testing.T, folder, name string) *cloud {
	t.Helper()
	server, err := sandbox.Open(sandbox.Options{Name: name, Dir: filepath.Join(folder, name), APIKey: apiKey})
	good(t, err)
	c := &cloud{name: name}
	web := httptest.NewServer(c.listen(server.Handler()))
	t.Cleanup(func() {
		web.CloseClientConnections()
		web.Close()
		good(t, server.Close())
	})
	c.Tenant = driver.Tenant{Base: web.URL, Key: apiKey, HTTP: web.Client()}
	response, err := c.Call(t.Context(), http.MethodPut, c.Base+"/sandbox/v1/plan", "application/json", strings.NewReader(`{"rateLimits":{"enabled":false}}`))
	good(t, err)
	response.Body.Close()
	return c
}

// listen notes what the console writes.
func (c *cloud) listen(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && strings.HasPrefix(r.URL.Path, "/api/v1/") && r.Header.Get("Authorization") != "Bearer "+apiKey {
			c.note(r)
		}
		next.ServeHTTP(w, r)
	})
}

func (c *cloud) note(r *http.Request) {
	n := written{at: time.Now(), what: r.Method + " " + r.URL.RequestURI()}
	part := strings.Contains(r.URL.Path, "/temp-contents/") || strings.HasSuffix(r.URL.Path, "/apps/import")
	if !part {
		body, _ := io.ReadAll(r.Body) // a small one; the tenant judges what is wrong with it
		r.Body = io.NopCloser(bytes.NewReader(body))
		n.what += " " + string(body)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, n)
	if part {
		c.parts++
	}
}

// lastWritten gives when the last call began that names an app of the tenant.
func (c *cloud) lastWritten(id string) (at time.Time, what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.calls {
		if strings.Contains(n.what, id) {
			at, what = n.at, n.what
		}
	}
	return at, what
}

func (c *cloud) received() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.parts
}

// copied is an app in the tenant with the hash of its bytes.
type copied struct {
	driver.App

	sum string
}

// holds gives all that the tenant has, read by its administrator.
func (c *cloud) holds(ctx context.Context) (all []copied, err error) {
	apps, err := c.Apps(ctx)
	for _, a := range apps {
		sum, err := c.ContentSHA256(ctx, a.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, copied{a, sum})
	}
	return all, err
}
