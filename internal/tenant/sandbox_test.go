package tenant_test

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	sandbox "github.com/skyferry/skyferry/internal/sandbox/tenant"
	"github.com/skyferry/skyferry/internal/tenant"
)

// The sandbox is written against the same public contract without knowing this client, so the two check each other.

type bench struct {
	server *sandbox.Server
	url    string
	http   *http.Client
}

func openSandbox(t *testing.T) bench {
	t.Helper()
	server, err := sandbox.Open(sandbox.Options{Name: "eu", Dir: t.TempDir(), APIKey: "sandbox-administrator-key"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	front := httptest.NewServer(server.Handler())
	t.Cleanup(front.Close)
	return bench{server, front.URL, httpClient(t, loopback)}
}

// trust makes the sandbox accept tokens of the key.
func (b bench) trust(t *testing.T, key tenant.SigningKey) {
	t.Helper()
	public, err := x509.MarshalPKIXPublicKey(&key.Private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	definition, _ := json.Marshal(map[string]any{
		"issuer": key.Issuer, "audience": "qlik.api",
		"staticKeys": []any{map[string]string{"kid": key.ID, "pem": string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))}},
	})
	if err := b.server.AddIdentityProvider("Skyferry", base64.StdEncoding.EncodeToString(definition)); err != nil {
		t.Fatal(err)
	}
}

// qvf is a file that begins as the real ones do.
func qvf(t *testing.T, size int) []byte {
	t.Helper()
	data := make([]byte, size)
	_, _ = rand.Read(data)
	return append([]byte{0xff, 0xff, 0x01, 0x00, 0xc1, 0x06, 0, 0}, data...)
}

// upload sends the file in parts and gives its id.
func upload(t *testing.T, c *tenant.Client, file []byte) string {
	t.Helper()
	at, err := c.CreateUpload(t.Context(), "app.qvf", int64(len(file)), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if failed := send(t, c, at, file, 300_000); failed != nil {
		t.Fatal(failed)
	}
	return tenant.FileID(at)
}

func (b bench) content(t *testing.T, appID string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/sandbox/v1/apps/"+appID+"/content", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+b.server.APIKey())
	res, err := b.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != 200 {
		t.Fatalf("%d %v", res.StatusCode, err)
	}
	return body
}

func TestSandboxStagedByLocalBearer(t *testing.T) {
	b := openSandbox(t)
	key := signingKey(t)
	c := tenant.New(b.url, tenant.LocalBearer(key, "qlik.api", time.Now), b.http)
	if got := letters(t, c.Test(t.Context(), tenant.Expected{})); got != "p-pp-f-----p-" {
		t.Errorf("before the tenant trusts the key: %s", got)
	}
	b.trust(t, key)
	id, err := c.TenantID(t.Context())
	if err != nil || id != b.server.TenantID() {
		t.Fatalf("tenant id %q, %v", id, err)
	}
	if report := c.Test(t.Context(), tenant.Expected{TenantID: id}); report.Failures() > 0 || letters(t, report)[:6] != "p-pppp" {
		t.Errorf("after: %+v", report)
	}
	const siteApp = "2d0c1f2e-7a51-4c0a-9a4b-0c7f5a1b9d11"
	var first tenant.App
	for i := range 2 {
		file := qvf(t, 1_000_000)
		app, err := c.ImportStaged(t.Context(), siteApp, "Sales", upload(t, c, file))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = app
		}
		if app.ID != first.ID || app.SpaceID != "" || app.OwnerID != "" || !bytes.Equal(b.content(t, app.ID), file) {
			t.Errorf("import %d: %+v", i, app)
		}
	}
}

func TestSandboxPublishedByAPIKey(t *testing.T) {
	b := openSandbox(t)
	ctx, c := t.Context(), tenant.New(b.url, tenant.APIKey(b.server.APIKey()), b.http)
	space, err := c.CreateSpace(ctx, "Finance", tenant.Managed, "")
	if err != nil {
		t.Fatal(err)
	}
	if got, found, err := c.FindSpace(ctx, "Finance", tenant.Managed); err != nil || !found || got != space {
		t.Errorf("FindSpace: %v %v %v", got, found, err)
	}
	imported, err := c.ImportNew(ctx, "technical", upload(t, c, qvf(t, 1000)), "")
	if err != nil {
		t.Fatal(err)
	}
	published, err := c.Publish(ctx, imported.ID, space.ID, "Sales", "from the site")
	if err != nil || published.ID == imported.ID || published.OriginAppID != imported.ID || published.PublishTime.IsZero() {
		t.Fatalf("%+v, %v", published, err)
	}
	file := qvf(t, 2000)
	next, err := c.ImportNew(ctx, "technical", upload(t, c, file), "")
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Republish(ctx, next.ID, published.ID, "Sales 2", "")
	if err != nil || again.ID != published.ID || !bytes.Equal(b.content(t, again.ID), file) {
		t.Errorf("%+v, %v", again, err)
	}
	found, err := c.FindApps(ctx, tenant.AppFilter{Name: "Sales 2", SpaceID: space.ID})
	if err != nil || len(found) != 1 || found[0].ID != published.ID {
		t.Errorf("FindApps: %+v, %v", found, err)
	}
	if err := c.DeleteApp(ctx, next.ID); err != nil {
		t.Error(err)
	}
	if _, err := c.App(ctx, next.ID); tenant.CauseOf(err) != tenant.NotFound {
		t.Errorf("after delete: %v", err)
	}
}

// The session of a JWT identity provider, and all steps of a connection test, against the sandbox.
func TestSandboxByJWTSession(t *testing.T) {
	b := openSandbox(t)
	key := signingKey(t)
	c := tenant.New(b.url, tenant.JWTSession(b.url, key, b.http, time.Now), b.http)
	if got := letters(t, c.Test(t.Context(), tenant.Expected{Spaces: []string{"Finance"}})); got != "p-pp-f-----p-" {
		t.Errorf("before the tenant trusts the key: %s", got)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.Private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := json.Marshal(map[string]any{
		"provider": "external", "protocol": "jwtAuth", "interactive": false, "active": true, "description": "Skyferry",
		"options": map[string]any{"jwtLoginEnabled": true, "issuer": key.Issuer, "staticKeys": []any{map[string]string{
			"kid": key.ID, "pem": string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})),
		}}},
	})
	b.post(t, "/api/v1/identity-providers", body)
	if _, err := c.CreateSpace(t.Context(), "Finance", tenant.Managed, ""); err != nil {
		t.Fatal(err)
	}
	report := c.Test(t.Context(), tenant.Expected{Spaces: []string{"Finance"}})
	if got := letters(t, report); got != "p-pppppppppp-" {
		t.Errorf("after: %s\n%s", got, words(report))
	}
	if _, err := c.ImportNew(t.Context(), "technical", upload(t, c, qvf(t, 1000)), ""); err != nil {
		t.Error(err)
	}
}

// post sends JSON as the tenant's administrator.
func (b bench) post(t *testing.T, path string, body []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+b.server.APIKey())
	req.Header.Set("Content-Type", "application/json")
	res, err := b.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusCreated {
		t.Fatalf("%s: %s", path, res.Status)
	}
}
