package api_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"go.uber.org/goleak"

	"github.com/skyferry/skyferry/internal/sandbox/repository"
	"github.com/skyferry/skyferry/internal/site"
	"github.com/skyferry/skyferry/internal/source/qrs/api"
)

func TestMain(m *testing.M) {
	code := m.Run()
	for _, dir := range made {
		_ = os.RemoveAll(dir)
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			println(err.Error())
			code = 1
		}
	}
	os.Exit(code)
}

var made []string // folders that live as long as the tests

// certs are those of one site, made once: that takes a while.
var certs = sync.OnceValue(newSite)

// otherCerts are those of another site.
var otherCerts = sync.OnceValue(newSite)

func newSite() string {
	dir, err := os.MkdirTemp("", "certs-")
	if err != nil {
		panic(err)
	}
	made = append(made, dir)
	s, err := repository.Open(repository.Options{Dir: filepath.Join(dir, "data"), Certs: dir, AdminKey: hubKey})
	if err != nil {
		panic(err)
	}
	if err := s.Close(); err != nil {
		panic(err)
	}
	return dir
}

const hubKey = "the-key-of-the-hub"

// world is a sandbox repository behind real TLS.
type world struct {
	t                *testing.T
	s                *repository.Server
	dir              string // of the certificates
	base, proxy, hub string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	good(t, os.CopyFS(w.dir, os.DirFS(certs())))
	s, err := repository.Open(repository.Options{Dir: t.TempDir(), Certs: w.dir, AdminKey: hubKey})
	good(t, err)
	w.s = s
	trusted, proxy, hub := serve(s.Trusted(), s.TrustedTLS()), serve(s.Proxy(), s.ProxyTLS()), httptest.NewServer(s.Hub())
	w.base, w.proxy, w.hub = trusted.URL, proxy.URL, hub.URL
	t.Cleanup(func() {
		trusted.Close()
		proxy.Close()
		hub.Close()
		good(t, s.Close())
	})
	return w
}

func serve(h http.Handler, config *tls.Config) *httptest.Server {
	server := httptest.NewUnstartedServer(h)
	server.TLS = config
	server.Config.ErrorLog = quiet
	server.StartTLS()
	return server
}

func good(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func hostPort(t *testing.T, address string) (string, int) {
	t.Helper()
	u, err := url.Parse(address)
	good(t, err)
	port, err := strconv.Atoi(u.Port())
	good(t, err)
	return u.Hostname(), port
}

// connection signs in by certificate, as the user who reads and exports.
func (w *world) connection() site.Connection { return w.with(w.dir, w.base) }

// with takes the files of a folder, to some address.
func (w *world) with(dir, address string) site.Connection {
	w.t.Helper()
	c := site.Connection{Kind: site.Repository, Way: site.ByCertificate, UserDirectory: "SERVICE", UserID: "skyferry",
		ClientFile: filepath.Join(dir, "client.pem"), KeyFile: filepath.Join(dir, "client_key.pem"), RootFile: filepath.Join(dir, "root.pem")}
	c.Host, c.Port = hostPort(w.t, address)
	return c
}

func (w *world) as(directory, id string) site.Connection {
	c := w.connection()
	c.UserDirectory, c.UserID = directory, id
	return c
}

// byProxy signs in through the virtual proxy jwt, with a token that is good for a while.
func (w *world) byProxy(directory, id string, life time.Duration) site.Connection {
	w.t.Helper()
	key, err := os.ReadFile(filepath.Join(w.dir, "jwt_key.pem"))
	good(w.t, err)
	signer, err := jwt.ParseRSAPrivateKeyFromPEM(key)
	good(w.t, err)
	token, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"userDirectory": directory, "userId": id, "exp": time.Now().Add(life).Unix()}).SignedString(signer)
	good(w.t, err)
	c := site.Connection{Kind: site.Repository, Way: site.ByProxy, Prefix: "jwt", JWT: token, RootFile: filepath.Join(w.dir, "root.pem")}
	c.Host, c.Port = hostPort(w.t, w.proxy)
	return c
}

// client is closed with the test.
func client(t *testing.T, c site.Connection) *api.Client {
	t.Helper()
	cl, err := api.New(c, api.Options{})
	good(t, err)
	t.Cleanup(cl.Close)
	return cl
}

// own makes a call of the sandbox itself.
func (w *world) own(method, path string, body any) []byte {
	w.t.Helper()
	text, err := json.Marshal(body)
	good(w.t, err)
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.hub+"/sandbox/v1/"+path, bytes.NewReader(text))
	good(w.t, err)
	r.Header.Set("Authorization", "Bearer "+hubKey)
	response, err := http.DefaultClient.Do(r)
	good(w.t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	good(w.t, err)
	if response.StatusCode/100 != 2 {
		w.t.Fatalf("%s %s: %d %s", method, path, response.StatusCode, answer)
	}
	return answer
}

// app of a name, as the client reads it.
func app(t *testing.T, cl *api.Client, name string) api.App {
	t.Helper()
	var found []api.App
	good(t, cl.EachApp(t.Context(), "name eq '"+strings.ReplaceAll(name, "'", "''")+"'", func(a api.App) error {
		found = append(found, a)
		return nil
	}))
	if len(found) != 1 {
		t.Fatalf("%d apps named %s", len(found), name)
	}
	return found[0]
}

// within gives a generous deadline.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
