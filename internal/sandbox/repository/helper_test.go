package repository

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"crypto/x509"

	"go.uber.org/goleak"

	"github.com/skyferry/skyferry/internal/sandbox/content"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	xrf16   = "0123456789abcdef"
	testKey = "the-key-of-the-hub"
)

// certsOnce are made once: that takes a while.
var certsOnce = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "certs-")
	if err == nil {
		_, err = openCertificates(dir, nil, time.Now())
	}
	if err != nil {
		panic(err)
	}
	return dir
})

// fixture is a repository behind real TLS, with a client that holds its certificate.
type fixture struct {
	t      *testing.T
	s      *Server
	dir    string
	base   string // of QRS
	proxy  string
	hub    string
	client *http.Client
	user   string
}

func newFixture(t *testing.T) *fixture {
	f := &fixture{t: t, dir: t.TempDir(), user: "UserDirectory=INTERNAL; UserId=sa_api"}
	f.open()
	return f
}

func (f *fixture) open() {
	f.t.Helper()
	certs := f.t.TempDir()
	good(f.t, os.CopyFS(certs, os.DirFS(certsOnce())))
	s, err := Open(Options{Dir: f.dir, Certs: certs, AdminKey: testKey})
	good(f.t, err)
	f.s = s
	trusted := serve(s.Trusted(), s.TrustedTLS())
	proxy := serve(s.Proxy(), s.ProxyTLS())
	hub := httptest.NewServer(s.Hub())
	f.base, f.proxy, f.hub = trusted.URL, proxy.URL, hub.URL
	f.client = &http.Client{Transport: &http.Transport{TLSClientConfig: clientTLS(f.t, certs)}}
	f.t.Cleanup(func() {
		f.client.CloseIdleConnections()
		trusted.Close()
		proxy.Close()
		hub.Close()
		good(f.t, s.Close())
	})
}

func serve(h http.Handler, config *tls.Config) *httptest.Server {
	server := httptest.NewUnstartedServer(h)
	server.TLS = config
	server.Config.ErrorLog = nil
	server.StartTLS()
	return server
}

func clientTLS(t *testing.T, certs string) *tls.Config {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(certs, "client.pem"), filepath.Join(certs, "client_key.pem"))
	good(t, err)
	text, err := os.ReadFile(filepath.Join(certs, "root.pem"))
	good(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	return &tls.Config{Certificates: []tls.Certificate{pair}, RootCAs: roots}
}

func good(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
	err    error // of reading the body
}

// call asks QRS as a client does; the xrfkey is added.
func (f *fixture) call(method, path, body string) answer {
	f.t.Helper()
	mark := "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	return f.raw(method, f.base+path+mark+"xrfkey="+xrf16, body, map[string]string{"X-Qlik-Xrfkey": xrf16, "X-Qlik-User": f.user})
}

func (f *fixture) raw(method, address, body string, headers map[string]string) answer {
	f.t.Helper()
	request, err := http.NewRequestWithContext(f.t.Context(), method, address, strings.NewReader(body))
	good(f.t, err)
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := f.client.Do(request)
	good(f.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{f.t, response.StatusCode, response.Header, text, err}
}

func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

func (a answer) into(out any) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, out); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
}

func (a answer) object() map[string]any {
	a.t.Helper()
	var m map[string]any
	a.into(&m)
	return m
}

func (a answer) list() []map[string]any {
	a.t.Helper()
	var m []map[string]any
	a.into(&m)
	return m
}

// names of the apps that a filter finds.
func (f *fixture) found(kind, filter string) (names []string) {
	f.t.Helper()
	for _, entity := range f.call("GET", "/qrs/"+kind+"?orderby=name&filter="+url.QueryEscape(filter), "").want(200).list() {
		names = append(names, entity["name"].(string))
	}
	return names
}

// id of the one entity of a name.
func (f *fixture) id(kind, name string) string {
	f.t.Helper()
	list := f.call("GET", "/qrs/"+kind+"?filter="+url.QueryEscape("name eq '"+strings.ReplaceAll(name, "'", "''")+"'"), "").want(200).list()
	if len(list) != 1 {
		f.t.Fatalf("%d %s named %q", len(list), kind, name)
	}
	return list[0]["id"].(string)
}

func (f *fixture) app(name string) map[string]any {
	f.t.Helper()
	return f.call("GET", "/qrs/app/"+f.id("app", name), "").want(200).object()
}

func qvf(title string) string {
	var b bytes.Buffer
	if err := content.WriteQVF(&b, title, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), []byte("data of "+title)); err != nil {
		panic(err)
	}
	return b.String()
}
