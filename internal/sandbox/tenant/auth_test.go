package tenant

import (
	"crypto/rsa"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func TestSignedTokens(t *testing.T) {
	other := newRSA(2048)
	tests := map[string]struct {
		spoil  func(f *fixture) string
		status int
		says   string
	}{
		"good":           {func(f *fixture) string { return f.site() }, 200, ""},
		"only iat":       {claims(func(c jwt.MapClaims) { delete(c, "nbf") }), 200, ""},
		"only nbf":       {claims(func(c jwt.MapClaims) { delete(c, "iat") }), 200, ""},
		"one hour":       {claims(func(c jwt.MapClaims) { c["exp"] = c["nbf"].(int64) + 3600 }), 200, ""},
		"clock ahead":    {claims(func(c jwt.MapClaims) { shift(c, 50*time.Second) }), 200, ""},
		"clock behind":   {claims(func(c jwt.MapClaims) { shift(c, -630*time.Second) }), 200, ""},
		"two audiences":  {claims(func(c jwt.MapClaims) { c["aud"] = []string{"x", "qlik.api"} }), 200, ""},
		"too far ahead":  {claims(func(c jwt.MapClaims) { shift(c, 2*time.Minute) }), 401, "before"},
		"expired":        {claims(func(c jwt.MapClaims) { shift(c, -time.Hour) }), 401, "expired"},
		"never expires":  {claims(func(c jwt.MapClaims) { delete(c, "exp") }), 401, "exp"},
		"no begin":       {claims(func(c jwt.MapClaims) { delete(c, "nbf"); delete(c, "iat") }), 401, "nbf"},
		"lives too long": {claims(func(c jwt.MapClaims) { c["exp"] = c["nbf"].(int64) + 3601 }), 401, "one hour"},
		"other audience": {claims(func(c jwt.MapClaims) { c["aud"] = "qlik.api/login" }), 401, "aud"},
		"unknown issuer": {claims(func(c jwt.MapClaims) { c["iss"] = "https://elsewhere" }), 401, "https://elsewhere"},
		"other kid":      {header("kid", "k2"), 401, "key id"},
		"no kid":         {header("kid", nil), 401, "key id"},
		"other key":      {func(f *fixture) string { return signedBy(f, other) }, 401, "signature"},
		"unsigned": {func(f *fixture) string {
			text, _ := jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"iss": testIssuer}).SignedString(jwt.UnsafeAllowNoneSignatureType)
			return text
		}, 401, "signing method"},
		"hmac with the public key": {func(f *fixture) string {
			token := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": testIssuer})
			token.Header["kid"] = "k1"
			text, _ := token.SignedString([]byte(publicPEM(siteKey())))
			return text
		}, 401, "signing method"},
		"no token":      {func(*fixture) string { return "" }, 401, "no bearer token"},
		"unknown token": {func(*fixture) string { return "abc" }, 401, "none that this tenant knows"},
	}
	f := newFixture(t).withSite()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			body := f.want(test.status, call{path: "/api/v1/users/me", token: test.spoil(f)})
			if test.status == 200 {
				return
			}
			first := body["errors"].([]any)[0].(map[string]any)
			if first["code"] != "HTTP-401" || first["status"] != "401" || text(body, "traceId") == "" {
				t.Errorf("not the documented error body: %v", body)
			}
			if !strings.Contains(text(first, "detail"), test.says) {
				t.Errorf("detail %q does not say %q", first["detail"], test.says)
			}
		})
	}
}

func claims(change func(jwt.MapClaims)) func(*fixture) string {
	return func(f *fixture) string { return f.jwt(func(_ *jwt.Token, c jwt.MapClaims) { change(c) }) }
}

func header(name string, value any) func(*fixture) string {
	return func(f *fixture) string { return f.jwt(func(t *jwt.Token, _ jwt.MapClaims) { t.Header[name] = value }) }
}

func shift(c jwt.MapClaims, by time.Duration) {
	for _, name := range []string{"iat", "nbf", "exp"} {
		c[name] = c[name].(int64) + int64(by.Seconds())
	}
}

func signedBy(f *fixture, key *rsa.PrivateKey) string {
	now := f.now().Unix()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"iss": testIssuer, "aud": "qlik.api", "nbf": now, "exp": now + 60})
	token.Header["kid"] = "k1"
	text, err := token.SignedString(key)
	if err != nil {
		f.Fatal(err)
	}
	return text
}

func TestDeletedProviderIsRefusedAtOnce(t *testing.T) {
	f := newFixture(t)
	body := map[string]any{"provider": "qlik", "protocol": "qsefw-local-bearer-token", "interactive": false, "tenantIds": []string{f.server.TenantID()},
		"description": "Automatic", "base64Encoded": defined(testIssuer, publicPEM(siteKey()))}
	made := f.want(201, call{method: "POST", path: "/api/v1/identity-providers", token: testKey, body: body})
	f.want(400, call{method: "POST", path: "/api/v1/identity-providers", token: testKey, body: body}) // the contract has no 409 here
	token, path := f.site(), "/api/v1/identity-providers/"+text(made, "id")
	f.want(200, call{path: "/api/v1/users/me", token: token})
	f.want(403, call{method: "DELETE", path: path, token: token})
	got := f.want(200, call{path: path, token: testKey})
	if text(got, "options.issuer") != testIssuer || text(got, "protocol") != "qsefw-local-bearer-token" {
		t.Errorf("identity provider = %v", got)
	}
	f.want(204, call{method: "DELETE", path: path, token: testKey})
	f.want(401, call{path: "/api/v1/users/me", token: token})
	f.want(404, call{method: "DELETE", path: path, token: testKey})
	if n := len(f.want(200, call{path: "/api/v1/identity-providers", token: testKey})["data"].([]any)); n != 0 {
		t.Errorf("%d identity providers left", n)
	}
}

func TestOAuthClientCredentials(t *testing.T) {
	now := time.Now()
	clock := func() time.Time { return now }
	f := openFixture(t, Options{Dir: t.TempDir(), APIKey: testKey, Now: clock})
	client, secret, err := f.server.addClient("Skyferry")
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"client_id": {client.ID}, "client_secret": {secret}, "grant_type": {"client_credentials"}}
	f.want(200, call{method: "POST", path: "/oauth/token", kind: "application/x-www-form-urlencoded", body: strings.NewReader(form.Encode())})
	asked := map[string]string{"client_id": client.ID, "client_secret": secret, "grant_type": "client_credentials", "scope": "user_default"}
	got := f.want(200, call{method: "POST", path: "/oauth/token", kind: "application/json", body: asked})
	if got["token_type"] != "bearer" || got["expires_in"] != 21600.0 || got["scope"] != "user_default" ||
		got["expires_at"] != stamp(now.Add(6*time.Hour)) {
		t.Errorf("token answer = %v", got)
	}
	me := f.want(200, call{path: "/api/v1/users/me", token: text(got, "access_token")})
	if text(me, "name") != "Skyferry" || text(me, "tenantId") != f.server.TenantID() {
		t.Errorf("users/me = %v", me)
	}
	for name, change := range map[string][3]string{
		"wrong secret":   {"client_secret", "x", "401"},
		"unknown client": {"client_id", "x", "401"},
		"other grant":    {"grant_type", "password", "400"},
	} {
		t.Run(name, func(t *testing.T) {
			asked := map[string]string{"client_id": client.ID, "client_secret": secret, "grant_type": "client_credentials", change[0]: change[1]}
			got := f.do(call{method: "POST", path: "/oauth/token", kind: "application/json", body: asked})
			if jsonNumber(got.status) != change[2] || !strings.Contains(string(got.body), `"errors":[`) {
				t.Errorf("%d %s", got.status, got.body)
			}
		})
	}
	now = now.Add(6 * time.Hour)
	f.want(401, call{path: "/api/v1/users/me", token: text(got, "access_token")})
	now = now.Add(-time.Hour)
	f.want(200, call{path: "/api/v1/users/me", token: text(got, "access_token")})
	if err := f.server.deleteClient(client.ID); err != nil {
		t.Fatal(err)
	}
	f.want(401, call{path: "/api/v1/users/me", token: text(got, "access_token")})
}

func TestAPIKeys(t *testing.T) {
	f := newFixture(t)
	key, secret, err := f.server.addKey(f.server.keyCaller(""), "script", "")
	if err != nil {
		t.Fatal(err)
	}
	f.want(200, call{path: "/api/v1/users/me", token: secret})
	if err := f.server.deleteKey(key.ID); err != nil {
		t.Fatal(err)
	}
	f.want(401, call{path: "/api/v1/users/me", token: secret})
}
