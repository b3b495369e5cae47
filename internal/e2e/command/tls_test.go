package command

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/skyferry/skyferry/internal/e2e/program"
)

func TestSandboxSpeaksTLS(t *testing.T) {
	cert, key := program.Certificate(t)
	listen := program.FreeAddress(t)
	p := program.Start(t, environment, []string{"tenant"}, "sandbox", "tenant", "--listen", listen, "--data", t.TempDir(), "--tls-cert", cert, "--tls-key", key)
	base := strings.Fields(p.Lines["tenant"][0])[1]
	if base != "https://"+listen {
		t.Fatalf("line %q", p.Lines["tenant"])
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/api/v1/tenants/me", nil)
	good(t, err)
	request.Header.Set("Authorization", "Bearer "+apiKey)
	response, err := trusting(t, cert).Do(request)
	good(t, err)
	defer response.Body.Close()
	var me struct {
		Links struct{ Self struct{ Href string } }
	}
	good(t, json.NewDecoder(response.Body).Decode(&me))
	if !strings.HasPrefix(me.Links.Self.Href, base+"/api/v1/tenants/") {
		t.Errorf("its own address is %q", me.Links.Self.Href)
	}
}

// trusting is a client that knows only this authority.
func trusting(t *testing.T, cert string) *http.Client {
	t.Helper()
	text, err := os.ReadFile(cert)
	good(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestHalfACertificateIsRefused(t *testing.T) {
	for _, command := range [][]string{{"serve"}, {"sandbox", "tenant"}} {
		_, text, code, err := program.Run(t.Context(), environment, "", append(command, "--data", t.TempDir(), "--tls-cert", "cert.pem")...)
		good(t, err)
		if code != 1 || !strings.Contains(text, "--tls-cert and --tls-key belong together") {
			t.Errorf("%v: exit code %d: %s", command, code, text)
		}
	}
}
