package flow

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	sandbox "github.com/skyferry/skyferry/internal/sandbox/tenant"
)

// cloud is a sandbox tenant behind HTTP, with faults around it.
type cloud struct {
	testing.TB
	server *sandbox.Server
	http   *httptest.Server
	wire   *wire
}

func newCloud(w *world, name string) *cloud {
	w.Helper()
	c := &cloud{TB: w.TB, wire: &wire{tokens: map[string]bool{}}}
	var err error
	c.server, err = sandbox.Open(sandbox.Options{Name: name, Dir: filepath.Join(w.dir, "tenant "+uuid.NewString()), Logger: (&voice{book: w.log}).logger()})
	w.ok(err)
	c.wire.admin = "Bearer " + c.server.APIKey()
	c.http = httptest.NewServer(c.wire.around(c.server.Handler()))
	w.secrets = append(w.secrets, c.server.APIKey())
	w.servers = append(w.servers, c)
	return c
}

func (c *cloud) close() {
	c.http.CloseClientConnections()
	c.http.Close()
	if err := c.server.Close(); err != nil {
		c.Errorf("close the tenant: %v", err)
	}
}

// remoteApp is an app as the tenant's public API tells it.
type remoteApp struct {
	ID, Name, Description, SpaceID, OwnerID, OriginAppID string
}

// apps lists what the tenant has, by its public API.
func (c *cloud) apps() []remoteApp {
	c.Helper()
	var list struct {
		Data []struct {
			ResourceID         string
			ResourceAttributes remoteApp
		}
	}
	c.get("/api/v1/items?resourceType=app&limit=100", &list)
	var all []remoteApp
	for _, item := range list.Data {
		all = append(all, item.ResourceAttributes)
	}
	return all
}

// only gives the tenant's one app, and fails when there are none or more.
func (c *cloud) only() remoteApp {
	c.Helper()
	all := c.apps()
	if len(all) != 1 {
		c.Fatalf("the tenant has %d apps: %+v", len(all), all)
	}
	return all[0]
}

// sum gives the SHA-256 of what an app was imported from.
func (c *cloud) sum(id string) string {
	c.Helper()
	status, body := c.call(http.MethodGet, "/sandbox/v1/apps/"+id+"/content", nil)
	if status != http.StatusOK {
		c.Fatalf("content of %s: %d %s", id, status, body)
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

func (c *cloud) get(path string, out any) {
	c.Helper()
	status, body := c.call(http.MethodGet, path, nil)
	if status != http.StatusOK {
		c.Fatalf("GET %s: %d %s", path, status, body)
	}
	if err := json.Unmarshal(body, out); err != nil {
		c.Fatal(err)
	}
}

// do makes a call as the tenant's administrator that must go well.
func (c *cloud) do(method, path string, in, out any) {
	c.Helper()
	status, body := c.call(method, path, in)
	if status/100 != 2 {
		c.Fatalf("%s %s: %d %s", method, path, status, body)
	}
	if out != nil {
		if err := json.Unmarshal(body, out); err != nil {
			c.Fatal(err)
		}
	}
}

func (c *cloud) call(method, path string, in any) (int, []byte) {
	c.Helper()
	var payload []byte
	switch body := in.(type) {
	case nil:
	case []byte:
		payload = body
	default:
		payload, _ = json.Marshal(in)
	}
	r, err := http.NewRequestWithContext(c.Context(), method, c.http.URL+path, bytes.NewReader(payload))
	if err != nil {
		c.Fatal(err)
	}
	r.Header.Set("Authorization", c.wire.admin)
	r.Header.Set("Content-Type", "application/json")
	res, err := c.http.Client().Do(r)
	if err != nil {
		c.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		c.Fatal(err)
	}
	return res.StatusCode, body
}

// space makes a space and gives its id.
func (c *cloud) space(name, kind string) string {
	c.Helper()
	var made struct{ ID string }
	c.do(http.MethodPost, "/api/v1/spaces", map[string]string{"name": name, "type": kind}, &made)
	return made.ID
}

// wire sees all calls of the console, and is where faults happen.
type wire struct {
	admin string

	mu       sync.Mutex
	handler  http.Handler // nil: the tenant's own
	rules    []*rule
	gates    []*gate
	calls    []string
	received int64 // bytes of apps
	tokens   map[string]bool
}

func (n *wire) around(own http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == n.admin || !strings.HasPrefix(r.URL.Path, "/api/") && r.URL.Path != "/oauth/token" {
			own.ServeHTTP(w, r)
			return
		}
		next, act := n.note(r, own)
		if act == nil {
			next.ServeHTTP(w, r)
			return
		}
		act(w, r, next)
	})
}

// note counts the call and finds its fault.
func (n *wire) note(r *http.Request, own http.Handler) (http.Handler, fault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.calls = append(n.calls, r.Method+" "+r.URL.Path)
	n.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")] = true
	if r.Method == http.MethodPatch {
		r.Body = &counted{r.Body, n}
	}
	next := own
	if n.handler != nil {
		next = n.handler
	}
	for _, rule := range n.rules {
		if rule.matches(r) {
			rule.left--
			rule.hits++
			return next, rule.act
		}
	}
	return next, nil
}

// count counts the calls of a method, any when it is empty, whose path contains a text.
func (n *wire) count(method, path string) (total int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, call := range n.calls {
		if (method == "" || strings.HasPrefix(call, method+" ")) && strings.Contains(call, path) {
			total++
		}
	}
	return total
}

// bytes gives how much of apps arrived, and forgets it.
func (n *wire) bytes() int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	got := n.received
	n.received, n.calls = 0, nil
	return got
}

// counted is a body whose bytes count.
type counted struct {
	io.ReadCloser
	wire *wire
}

// Read implements io.Reader.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.wire.mu.Lock()
	defer c.wire.mu.Unlock()
	c.wire.received += int64(n)
	return n, err
}
