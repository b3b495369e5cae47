package tenant_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/skyferry/skyferry/internal/tenant"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// loopback lets tests call servers on this machine.
var loopback = tenant.Guard{AllowTargets: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}

// httpClient is a guarded client whose connections end with the test.
func httpClient(t *testing.T, guard tenant.Guard) *http.Client {
	t.Helper()
	hc, err := tenant.NewHTTPClient(guard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(hc.CloseIdleConnections)
	return hc
}

// serve runs a hand-written tenant.
func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// client talks to a hand-written tenant.
func client(t *testing.T, handler http.HandlerFunc) (*tenant.Client, *counted) {
	t.Helper()
	tokens := &counted{}
	return tenant.New(serve(t, handler).URL, tokens, httpClient(t, loopback)), tokens
}

// counted gives token-1, then token-2 after the first was dropped, and so on.
type counted struct {
	mu    sync.Mutex
	drops int
}

func (c *counted) Pass(context.Context) (tenant.Pass, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return tenant.Bearer(fmt.Sprintf("token-%d", c.drops+1)), nil
}

func (c *counted) Drop(context.Context, tenant.Pass, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drops++
}

// say answers with a status and a JSON text.
func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

const anApp = `{"attributes":{"id":"a1","name":"Sales","spaceId":"s1","originAppId":"o1","published":false,
	"publishTime":"2026-04-29T15:48:12.294Z","lastReloadTime":""},"privileges":["read"],"create":[]}`
