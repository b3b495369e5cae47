package tenant_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/tenant"
)

// everything is the widest range that an operator can open.
var everything = tenant.Guard{AllowTargets: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}}

func TestGuardForbids(t *testing.T) {
	for name, c := range map[string]struct {
		guard  tenant.Guard
		target string
	}{
		"loopback":                {tenant.Guard{}, "127.0.0.1:1"},
		"loopback by name":        {tenant.Guard{}, "localhost:1"},
		"loopback, mapped":        {tenant.Guard{}, "[::ffff:127.0.0.1]:1"},
		"loopback, version 6":     {tenant.Guard{}, "[::1]:1"},
		"private":                 {loopback, "10.1.2.3:1"},
		"private, version 6":      {loopback, "[fd12::1]:1"},
		"metadata":                {everything, "169.254.169.254:80"},
		"metadata, mapped":        {everything, "[::ffff:169.254.169.254]:80"},
		"metadata, version 6":     {everything, "[fd00:ec2::254]:80"},
		"metadata, public":        {everything, "168.63.129.16:80"},
		"link-local, version 6":   {everything, "[fe80::1]:80"},
		"this host":               {everything, "0.0.0.0:80"},
		"multicast":               {everything, "224.0.0.1:80"},
		"loopback, behind a name": {tenant.Guard{OutboundProxy: &url.URL{Scheme: "http", Host: "127.0.0.1:1"}}, "localhost:1"},
		"metadata by the proxy":   {tenant.Guard{OutboundProxy: &url.URL{Scheme: "http", Host: "127.0.0.1:1"}}, "169.254.169.254"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := tenant.New("http://"+c.target, &counted{}, httpClient(t, c.guard)).App(t.Context(), "a")
			if !errors.Is(err, tenant.ErrForbiddenTarget) || tenant.CauseOf(err) != tenant.Unreachable {
				t.Errorf("got %v", err)
			}
			if can := strings.HasPrefix(name, "loopback") || strings.HasPrefix(name, "private"); can != strings.Contains(err.Error(), "--allow-target") {
				t.Errorf("an operator can open it: %t, but it says %v", can, err)
			}
		})
	}
}

func TestProxyIsTheExplicitOneOnly(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	var asked string
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) { asked = r.URL.Host; say(w, 200, anApp) })
	at, _ := url.Parse(proxy.URL)
	hc := httpClient(t, tenant.Guard{OutboundProxy: at})
	if _, err := tenant.New("http://tenant.example", &counted{}, hc).App(t.Context(), "a"); err != nil || asked != "tenant.example" {
		t.Errorf("by the proxy: %v, asked for %q", err, asked)
	}
	direct := httpClient(t, loopback)
	if _, err := direct.Transport.(*http.Transport).Proxy(httptest.NewRequest("GET", "http://tenant.example", nil)); err != nil {
		t.Error(err)
	}
	if used, _ := direct.Transport.(*http.Transport).Proxy(httptest.NewRequest("GET", "http://tenant.example", nil)); used != nil {
		t.Errorf("without a proxy %v is used", used)
	}
}

func TestCAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ca.pem")
	if _, err := tenant.NewHTTPClient(tenant.Guard{CAFile: path}); err == nil {
		t.Error("no error for a missing file")
	}
	if err := os.WriteFile(path, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := tenant.NewHTTPClient(tenant.Guard{CAFile: path}); err == nil || !strings.Contains(err.Error(), "no certificate in PEM") {
		t.Errorf("got %v", err)
	}
}
