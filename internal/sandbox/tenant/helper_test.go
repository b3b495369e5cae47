package tenant

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testKey    = "the-administrator-key"
	testIssuer = "https://qs.example/sites/one/keys/k1"
	testAppID  = "6e8b3c1a-0f4e-4a55-9d8e-2f1f3c0d9a01"
)

// siteKey is the client-managed side's key; made once, since that takes a while.
var siteKey = sync.OnceValue(func() *rsa.PrivateKey { return newRSA(2048) })

func newRSA(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return key
}

func publicPEM(key *rsa.PrivateKey) string {
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// defined makes a local bearer token.
func defined(issuer, pem string) string {
	return encoded(map[string]any{"issuer": issuer, "audience": "qlik.api",
		"staticKeys": []map[string]string{{"kid": "k1", "pem": pem}}})
}

func encoded(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(text)
}

// fixture is a running tenant with a client.
type fixture struct {
	*testing.T
	server *Server
	http   *httptest.Server
	now    func() time.Time
	dir    string
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	return openFixture(t, Options{Name: "eu", Dir: t.TempDir(), APIKey: testKey})
}

func openFixture(t *testing.T, o Options) *fixture {
	t.Helper()
	server, err := Open(o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	f := &fixture{t, server, httptest.NewServer(server.Handler()), o.Now, o.Dir}
	if f.now == nil {
		f.now = time.Now
	}
	t.Cleanup(f.close)
	return f
}

func (f *fixture) close() {
	f.http.CloseClientConnections()
	f.http.Close()
	if err := f.server.Close(); err != nil {
		f.Errorf("Close: %v", err)
	}
}

// withSite adds the site's identity provider.
func (f *fixture) withSite() *fixture {
	f.Helper()
	if err := f.server.AddIdentityProvider("qs-prod-01", defined(testIssuer, publicPEM(siteKey()))); err != nil {
		f.Fatalf("AddIdentityProvider: %v", err)
	}
	return f
}

// jwt signs a token as the site does; change may spoil it.
func (f *fixture) jwt(change func(token *jwt.Token, claims jwt.MapClaims)) string {
	now := f.now()
	claims := jwt.MapClaims{"iss": testIssuer, "aud": "qlik.api", "sub": "site", "jti": rand.Text(),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(10 * time.Minute).Unix()}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = "k1"
	if change != nil {
		change(token, claims)
	}
	text, err := token.SignedString(siteKey())
	if err != nil {
		f.Fatal(err)
	}
	return text
}

func (f *fixture) site() string { return f.jwt(nil) }

// call is one API call.
type call struct {
	method, path, token, kind string
	body                      any // nil, []byte, io.Reader, or what is sent as JSON
	header                    map[string]string
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (f *fixture) do(c call) answer {
	f.Helper()
	request, err := http.NewRequestWithContext(f.Context(), cmp.Or(c.method, "GET"), f.http.URL+c.path, bodyFor(c.body))
	if err != nil {
		f.Fatal(err)
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.kind != "" {
		request.Header.Set("Content-Type", c.kind)
	}
	for name, value := range c.header {
		request.Header.Set(name, value)
	}
	response, err := f.http.Client().Do(request)
	if err != nil {
		f.Fatalf("%s %s: %v", c.method, c.path, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		f.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, body}
}

func bodyFor(v any) io.Reader {
	switch body := v.(type) {
	case nil:
		return nil
	case []byte:
		return bytes.NewReader(body)
	case io.Reader:
		return body
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return bytes.NewReader(text)
}

// want does a call, fails the test when the status differs, and reads the JSON body.
func (f *fixture) want(status int, c call) map[string]any {
	f.Helper()
	got := f.do(c)
	if got.status != status {
		f.Fatalf("%s %s: status %d, want %d; body %s", c.method, c.path, got.status, status, got.body)
	}
	var body map[string]any
	if len(got.body) > 0 {
		if err := json.Unmarshal(got.body, &body); err != nil {
			f.Fatalf("%s %s: body is not JSON: %v: %s", c.method, c.path, err, got.body)
		}
	}
	return body
}

// at walks a JSON body by a path like "attributes.id".
func at(body map[string]any, path string) any {
	var v any = body
	for _, part := range strings.Split(path, ".") {
		inner, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = inner[part]
	}
	return v
}

func text(body map[string]any, path string) string {
	s, _ := at(body, path).(string)
	return s
}

// qvf makes the bytes of an app file.
func qvf(content string) []byte {
	return append([]byte{0xff, 0xff, 0x01, 0x00, 0xc1, 0x06, 0, 0}, content...)
}

// upload sends bytes by tus in one chunk and gives the file's id.
func (f *fixture) upload(token string, content []byte) string {
	f.Helper()
	id := f.create(token, len(content), "")
	got := f.do(call{method: "PATCH", path: tusPath + "/" + id, token: token, kind: tusChunk, body: content,
		header: map[string]string{"Tus-Resumable": "1.0.0", "Upload-Offset": "0"}})
	if got.status != 204 {
		f.Fatalf("PATCH: %d %s", got.status, got.body)
	}
	return id
}

func (f *fixture) create(token string, size int, ttl string) string {
	f.Helper()
	metadata := "filename " + base64.StdEncoding.EncodeToString([]byte("a.qvf"))
	if ttl != "" {
		metadata += ",ttl " + base64.StdEncoding.EncodeToString([]byte(ttl))
	}
	got := f.do(call{method: "POST", path: tusPath, token: token, header: map[string]string{
		"Tus-Resumable": "1.0.0", "Upload-Length": jsonNumber(size), "Upload-Metadata": metadata}})
	if got.status != 201 {
		f.Fatalf("POST files: %d %s", got.status, got.body)
	}
	location := got.header.Get("Location")
	return location[strings.LastIndex(location, "/")+1:]
}

func jsonNumber(n int) string {
	text, _ := json.Marshal(n)
	return string(text)
}

// autoreplace uploads and imports as a site does.
func (f *fixture) autoreplace(appID, content string) map[string]any {
	f.Helper()
	id := f.upload(f.site(), qvf(content))
	return f.want(200, call{method: "POST", path: "/api/v1/apps/import?mode=autoreplace&name=Sales&appId=" + appID + "&fileId=" + id, token: f.site()})
}

// issuedBy makes a token of another site with the same key.
func issuedBy(issuer string) func(*jwt.Token, jwt.MapClaims) {
	return func(_ *jwt.Token, claims jwt.MapClaims) { claims["iss"] = issuer }
}
