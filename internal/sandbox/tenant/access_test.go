package tenant

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// jwtIssuer is the issuer of the JWT identity provider.
const jwtIssuer = "myorganization.example"

// withJWT makes a JWT identity provider in the manner of Qlik's own sample, and gives its id.
func (f *fixture) withJWT(pem string) string {
	f.Helper()
	return text(f.want(201, call{method: "POST", path: "/api/v1/identity-providers", token: testKey, body: jwtSample(f.server.TenantID(), pem)}), "id")
}

func jwtSample(tenantID, pem string) map[string]any {
	return map[string]any{"tenantIds": []string{tenantID}, "provider": "external", "protocol": "jwtAuth", "interactive": false, "active": true,
		"description": "JWT", "options": map[string]any{"jwtLoginEnabled": true, "issuer": jwtIssuer,
			"staticKeys": []map[string]string{{"kid": "k1", "pem": pem}}}}
}

// ticket signs a token for /login/jwt-session; change may spoil it.
func (f *fixture) ticket(change func(c jwt.MapClaims)) string {
	return f.jwt(func(_ *jwt.Token, c jwt.MapClaims) {
		c["iss"], c["aud"], c["sub"], c["subType"] = jwtIssuer, "qlik.api/login/jwt-session", `corp\ann`, "user"
		c["name"], c["email"], c["email_verified"], c["groups"] = "Ann", "ann@corp.example", true, []string{"Finance", "Sales"}
		if change != nil {
			change(c)
		}
	})
}

// login makes a session and gives its cookies in one header.
func (f *fixture) login(ticket string) string {
	f.Helper()
	got := f.do(call{method: "POST", path: "/login/jwt-session", token: ticket})
	if got.status != 200 {
		f.Fatalf("login: %d %s", got.status, got.body)
	}
	var names, sent []string
	for _, cookie := range (&http.Response{Header: got.header}).Cookies() {
		names, sent = append(names, cookie.Name), append(sent, cookie.Name+"="+cookie.Value)
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"_csrfToken", "_csrfToken.sig", "eas.sid", "eas.sid.sig"}) {
		f.Errorf("cookies %v", names)
	}
	return strings.Join(sent, "; ")
}

func TestJWTProviders(t *testing.T) {
	f := newFixture(t)
	path := "/api/v1/identity-providers/" + f.withJWT(strings.ReplaceAll(certificatePEM(t), "\n", ""))
	got := f.want(200, call{path: path, token: testKey})
	if text(got, "protocol") != "jwtAuth" || text(got, "provider") != "external" || text(got, "options.issuer") != jwtIssuer {
		t.Errorf("provider = %v", got)
	}
	replace := func(path, value string) map[string]any {
		return map[string]any{"op": "replace", "path": path, "value": value}
	}
	f.want(204, call{method: "PATCH", path: path, token: testKey, body: []any{replace("/description", "Renamed")}})
	f.want(400, call{method: "PATCH", path: path, token: testKey, body: []any{replace("/description", "Half"), replace("/options/issuer", "x")}})
	f.want(400, call{method: "PATCH", path: path, token: testKey, body: replace("/description", "no list")})
	f.want(404, call{method: "PATCH", path: path + "0", token: testKey, body: []any{replace("/description", "x")}})
	if got := f.want(200, call{path: path, token: testKey}); text(got, "description") != "Renamed" {
		t.Errorf("a patch that fails half way changed %q", got["description"])
	}
	status := f.want(200, call{path: "/api/v1/identity-providers/status", token: testKey})
	if status["active_interactive_idps_count"] != 0.0 || len(status["idps_metadata"].([]any)) != 1 {
		t.Errorf("status = %v", status)
	}
	f.want(200, call{path: "/api/v1/identity-providers/me/meta", token: testKey})
	f.want(200, call{path: "/api/v1/identity-providers/.well-known/metadata.json", token: testKey})

	refused := func(name string, change func(body, options map[string]any)) {
		t.Helper()
		body := jwtSample(f.server.TenantID(), publicPEM(siteKey()))
		change(body, body["options"].(map[string]any))
		answer := f.want(400, call{method: "POST", path: "/api/v1/identity-providers", token: testKey, body: body})
		if status := answer["errors"].([]any)[0].(map[string]any)["status"]; status != 400.0 {
			t.Errorf("%s: the status is %v, and this service has a number", name, status)
		}
	}
	refused("same issuer", func(_, _ map[string]any) {})
	refused("no issuer", func(_, o map[string]any) { delete(o, "issuer") })
	refused("two keys", func(_, o map[string]any) {
		o["issuer"], o["staticKeys"] = "other", append(o["staticKeys"].([]map[string]string), map[string]string{"kid": "b", "pem": "x"})
	})
	refused("private key", func(_, o map[string]any) {
		o["issuer"], o["staticKeys"] = "other", []map[string]string{{"kid": "b", "pem": privatePEM()}}
	})
	refused("interactive", func(b, o map[string]any) { b["interactive"], o["issuer"] = true, "other" })
	refused("OIDC", func(b, o map[string]any) { b["protocol"], o["issuer"] = "OIDC", "other" })
	f.want(204, call{method: "DELETE", path: path, token: testKey})
	f.want(404, call{path: path, token: testKey})
}

func TestJWTSession(t *testing.T) {
	f := newFixture(t)
	f.withJWT(publicPEM(siteKey()))
	cookies := map[string]string{"Cookie": f.login(f.ticket(nil))}
	me := f.want(200, call{path: "/api/v1/users/me", header: cookies})
	if text(me, "subject") != `corp\ann` || text(me, "email") != "ann@corp.example" || len(me["assignedGroups"].([]any)) != 2 || len(me["assignedRoles"].([]any)) != 0 {
		t.Errorf("users/me = %v", me)
	}
	space := map[string]string{"name": "Ann's", "type": "shared"}
	refused := f.want(403, call{method: "POST", path: "/api/v1/spaces", header: cookies, body: space})
	if text(refused["errors"].([]any)[0].(map[string]any), "code") != "CSRF-TOKEN-2" {
		t.Errorf("without the token: %v", refused)
	}
	csrf := f.do(call{path: "/api/v1/csrf-token", header: cookies})
	if csrf.status != 204 || csrf.header.Get("qlik-csrf-token") == "" {
		t.Fatalf("csrf-token: %d %v", csrf.status, csrf.header)
	}
	cookies["qlik-csrf-token"] = csrf.header.Get("qlik-csrf-token")
	f.want(201, call{method: "POST", path: "/api/v1/spaces", header: cookies, body: space})
	f.want(403, call{method: "POST", path: "/api/v1/identity-providers", header: cookies, body: space})

	again := f.login(f.ticket(func(c jwt.MapClaims) { c["name"], c["jti"] = "Ann B.", 17 }))
	second := f.want(200, call{path: "/api/v1/users/me", header: map[string]string{"Cookie": again}})
	if text(second, "id") != text(me, "id") || text(second, "name") != "Ann B." {
		t.Errorf("a second login is another user, or keeps the old name: %v", second)
	}
	provider := f.want(200, call{path: "/api/v1/identity-providers", token: testKey})["data"].([]any)[0].(map[string]any)
	f.want(204, call{method: "DELETE", path: "/api/v1/identity-providers/" + text(provider, "id"), token: testKey})
	f.want(401, call{path: "/api/v1/users/me", header: cookies})
}

func TestJWTSessionIsRefused(t *testing.T) {
	f := newFixture(t).withSite()
	f.withJWT(publicPEM(siteKey()))
	without := func(name string) func(jwt.MapClaims) { return func(c jwt.MapClaims) { delete(c, name) } }
	spent := f.ticket(nil)
	f.login(spent)
	f.login(f.ticket(without("subType"))) // Qlik's own sample has none
	f.login(f.ticket(func(c jwt.MapClaims) { shift(c, 50*time.Second) }))
	for name, test := range map[string]struct {
		ticket string
		status int
		says   string
	}{
		"no nbf":         {f.ticket(without("nbf")), 400, "JWT_LOGIN_VALIDATIONS Missing required claim: nbf"},
		"no jti":         {f.ticket(without("jti")), 400, "Missing required claim: jti"},
		"no email":       {f.ticket(without("email")), 400, "Missing required claim: email"},
		"not verified":   {f.ticket(func(c jwt.MapClaims) { c["email_verified"] = false }), 400, "email_verified"},
		"another kind":   {f.ticket(func(c jwt.MapClaims) { c["subType"] = "bot" }), 400, "subType"},
		"lives too long": {f.ticket(func(c jwt.MapClaims) { c["exp"] = c["nbf"].(int64) + 3601 }), 400, "one hour"},
		"used before":    {spent, 401, "jti may be used once"},
		"other audience": {f.ticket(func(c jwt.MapClaims) { c["aud"] = "qlik.api" }), 401, "aud"},
		"expired":        {f.ticket(func(c jwt.MapClaims) { shift(c, -2*time.Hour) }), 401, "expired"},
		"other issuer":   {f.ticket(func(c jwt.MapClaims) { c["iss"] = "elsewhere" }), 401, "elsewhere"},
		"multi-cloud":    {f.site(), 401, "jwtAuth"},
		"no token":       {"", 401, "no bearer token"},
	} {
		t.Run(name, func(t *testing.T) {
			got := f.want(test.status, call{method: "POST", path: "/login/jwt-session", token: test.ticket})
			one := got["errors"].([]any)[0].(map[string]any)
			if !strings.Contains(text(one, "detail"), test.says) || one["status"] != jsonNumber(test.status) || (one["code"] == "INTERNAL-TOKEN-1") != (test.status == 400) {
				t.Errorf("%v", one)
			}
		})
	}
	f.want(401, call{path: "/api/v1/users/me", token: f.ticket(nil)}) // such a token makes sessions, and is none itself
}

func TestOAuthTokensAreLikeQliks(t *testing.T) {
	f := newFixture(t)
	f.want(403, call{method: "POST", path: "/sandbox/v1/oauth-clients", token: f.withSite().site(), body: map[string]string{"name": "x"}})
	client := f.want(201, call{method: "POST", path: "/sandbox/v1/oauth-clients", token: testKey, body: map[string]string{"name": "Bot"}})
	user := f.want(201, call{method: "POST", path: "/api/v1/users", token: testKey, body: map[string]string{"subject": "ann", "email": "Ann@corp.example"}})
	grant := func(status int, kind string, more map[string]any) map[string]any {
		t.Helper()
		body := map[string]any{"client_id": client["clientId"], "client_secret": client["clientSecret"], "grant_type": kind}
		for name, value := range more {
			body[name] = value
		}
		return f.want(status, call{method: "POST", path: "/oauth/token", body: body})
	}
	token := text(grant(200, "client_credentials", nil), "access_token")
	header, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])
	if err != nil || strings.Count(token, ".") != 2 || !strings.Contains(string(header), `"ES384"`) {
		t.Errorf("token %q has the header %s", token, header)
	}
	lookup := func(field, value string) map[string]any {
		return map[string]any{"user_lookup": map[string]string{"field": field, "value": value}}
	}
	const impersonate = "urn:qlik:oauth:user-impersonation"
	for field, value := range map[string]string{"subject": "ann", "userId": text(user, "id"), "email": "ann@corp.example"} {
		as := text(grant(200, impersonate, lookup(field, value)), "access_token")
		if me := f.want(200, call{path: "/api/v1/users/me", token: as}); text(me, "id") != text(user, "id") {
			t.Errorf("by %s: %v", field, me)
		}
	}
	grant(401, impersonate, lookup("subject", "nobody"))
	grant(400, impersonate, lookup("name", "x"))
	grant(400, "authorization_code", nil)
	grant(400, "client_credentials", map[string]any{"client_assertion": "x"})
	refused := grant(401, "client_credentials", map[string]any{"client_secret": "x"})
	if len(refused["errors"].([]any)) != 1 || refused["error"] != nil {
		t.Errorf("wrong secret: %v", refused)
	}
	f.want(200, call{method: "POST", path: "/oauth/revoke", body: map[string]string{"token": token}})
	f.want(401, call{path: "/api/v1/users/me", token: token})
	about := f.want(200, call{path: "/.well-known/oauth-authorization-server"})
	if text(about, "token_endpoint") != f.http.URL+"/oauth/token" {
		t.Errorf("metadata = %v", about)
	}
	keys := f.want(200, call{path: strings.TrimPrefix(text(about, "jwks_uri"), f.http.URL)})["keys"].([]any)
	if len(keys) != 1 || text(keys[0].(map[string]any), "crv") != "P-384" {
		t.Errorf("keys = %v", keys)
	}
}

func TestAPIKeysByTheAPI(t *testing.T) {
	now := time.Now()
	f := openFixture(t, Options{Dir: t.TempDir(), APIKey: testKey, Now: func() time.Time { return now }})
	f.withJWT(publicPEM(siteKey()))
	const path = "/api/v1/api-keys"
	made := f.want(201, call{method: "POST", path: path, token: testKey, body: map[string]string{"description": "script", "expiry": "P7D"}})
	secret, id := text(made, "token"), text(made, "id")
	if strings.Count(secret, ".") != 2 || text(made, "status") != "active" || text(made, "expiry") != stamp(now.Add(7*24*time.Hour)) {
		t.Errorf("made = %v", made)
	}
	f.want(200, call{path: "/api/v1/users/me", token: secret})
	f.want(400, call{method: "POST", path: path, token: testKey, body: map[string]string{"description": "x", "expiry": "a week"}})
	f.want(400, call{method: "POST", path: path, token: testKey, body: map[string]string{"description": "x", "expiry": "P999D"}})
	f.want(204, call{method: "PATCH", path: path + "/" + id, token: testKey, body: []map[string]string{{"op": "replace", "path": "/description", "value": "renamed"}}})
	if got := f.want(200, call{path: path + "/" + id, token: testKey}); text(got, "description") != "renamed" || got["token"] != nil {
		t.Errorf("key = %v", got)
	}
	now = now.Add(7 * 24 * time.Hour)
	f.want(401, call{path: "/api/v1/users/me", token: secret})
	if list := f.want(200, call{path: path + "?status=expired", token: testKey})["data"].([]any); len(list) != 1 {
		t.Errorf("%d expired keys", len(list))
	}

	cookies := map[string]string{"Cookie": f.login(f.ticket(nil))}
	cookies["qlik-csrf-token"] = f.do(call{path: "/api/v1/csrf-token", header: cookies}).header.Get("qlik-csrf-token")
	hers := f.want(201, call{method: "POST", path: path, header: cookies, body: map[string]string{"description": "ann's"}})
	if me := f.want(200, call{path: "/api/v1/users/me", token: text(hers, "token")}); text(me, "subject") != `corp\ann` {
		t.Errorf("her key calls as %v", me["subject"])
	}
	f.want(403, call{path: "/sandbox/v1/plan", token: text(hers, "token")})
	f.want(204, call{method: "DELETE", path: path + "/" + text(hers, "id"), token: testKey})
	f.want(401, call{path: "/api/v1/users/me", token: text(hers, "token")})
	if got := f.want(200, call{path: path + "/" + text(hers, "id"), token: testKey}); text(got, "status") != "revoked" {
		t.Errorf("a key that an administrator deletes is %v", got["status"])
	}
	f.want(204, call{method: "DELETE", path: path + "/" + id, token: testKey})
	f.want(404, call{path: path + "/" + id, token: testKey})

	config := path + "/configs/" + f.server.TenantID()
	f.want(204, call{method: "PATCH", path: config, token: testKey, body: []map[string]any{{"op": "replace", "path": "/max_keys_per_user", "value": 1}}})
	f.want(400, call{method: "PATCH", path: config, token: testKey, body: []map[string]any{{"op": "replace", "path": "/max_api_key_expiry", "value": "x"}}})
	if got := f.want(200, call{path: config, token: testKey}); got["max_keys_per_user"] != 1.0 || got["max_api_key_expiry"] != "P365D" {
		t.Errorf("configuration = %v", got)
	}
	f.want(201, call{method: "POST", path: path, token: testKey, body: map[string]string{"description": "one"}})
	f.want(400, call{method: "POST", path: path, token: testKey, body: map[string]string{"description": "two"}})
	f.want(404, call{path: path + "/configs/other", token: testKey})
}

func TestUsersAndGroups(t *testing.T) {
	f := newFixture(t).withSite()
	f.want(200, call{path: "/api/v1/users/me", token: f.site()})
	made := f.want(201, call{method: "POST", path: "/api/v1/users", token: testKey, body: map[string]any{"subject": `corp\bob`, "name": "Bob",
		"email": "bob@corp.example", "tenantId": f.server.TenantID(), "status": "invited", "assignedRoles": []map[string]string{{"name": "TenantAdmin"}}}})
	id := text(made, "id")
	if text(made, "status") != "invited" || len(made["assignedRoles"].([]any)) != 1 || len(id) != 32 {
		t.Errorf("made = %v", made)
	}
	taken := f.want(409, call{method: "POST", path: "/api/v1/users", token: testKey, body: map[string]string{"subject": `corp\bob`}})
	if text(taken, "traceId") == "" {
		t.Errorf("no trace id: %v", taken)
	}
	f.want(400, call{method: "POST", path: "/api/v1/users", token: testKey, body: map[string]string{"name": "x"}})
	f.want(403, call{method: "POST", path: "/api/v1/users", token: f.site(), body: map[string]string{"subject": "x"}})
	found := func(filter string) int {
		t.Helper()
		return len(f.want(200, call{path: "/api/v1/users?filter=" + strings.ReplaceAll(strings.ReplaceAll(filter, " ", "%20"), `"`, "%22"), token: testKey})["data"].([]any))
	}
	for filter, want := range map[string]int{`subject eq "corp\\bob"`: 1, `email eq "bob@corp.example"`: 1, `id eq "` + id + `"`: 1, `name co "BO" or subject eq "skyferry"`: 1,
		`(name eq "Bob" or name eq "Alice") and (status eq "active" or status eq "disabled")`: 0, `assignedRoles.name eq "TenantAdmin"`: 2, `subject eq "site"`: 1} {
		if got := found(filter); got != want {
			t.Errorf("%s: %d users, want %d", filter, got, want)
		}
	}
	f.want(400, call{path: "/api/v1/users?filter=subject%20is%20x", token: testKey})
	f.want(400, call{path: "/api/v1/users?filter=" + strings.Repeat("(", 200), token: testKey})
	if all := f.want(200, call{path: "/api/v1/users?limit=1&totalResults=true", token: testKey}); all["totalResults"] != 3.0 || text(all, "links.next.href") == "" {
		t.Errorf("page = %v", all)
	}
	if n := f.want(200, call{path: "/api/v1/users/actions/count", token: testKey})["total"]; n != 3.0 {
		t.Errorf("%v users", n)
	}
	byBody := f.want(200, call{method: "POST", path: "/api/v1/users/actions/filter", token: testKey, body: map[string]string{"filter": `name eq "bob"`}})
	if len(byBody["data"].([]any)) != 1 {
		t.Errorf("filter in the body: %v", byBody)
	}
	path := "/api/v1/users/" + id
	f.want(204, call{method: "PATCH", path: path, token: testKey, body: []map[string]any{{"op": "replace", "path": "/name", "value": "Robert"}, {"op": "replace", "path": "/assignedRoles", "value": []any{}}}})
	f.want(400, call{method: "PATCH", path: path, token: testKey, body: []map[string]any{{"op": "replace", "path": "/name", "value": "X"}, {"op": "add", "path": "/shoe", "value": 1}}})
	if got := f.want(200, call{path: path, token: testKey}); text(got, "name") != "Robert" || len(got["assignedRoles"].([]any)) != 0 {
		t.Errorf("after the patch: %v", got)
	}
	f.want(204, call{method: "DELETE", path: path, token: testKey})
	missing := f.want(404, call{path: path, token: testKey})
	if one := missing["errors"].([]any)[0].(map[string]any); one["code"] != "USERS-7" || one["status"] != 404.0 {
		t.Errorf("missing user: %v", missing)
	}

	group := f.want(201, call{method: "POST", path: "/api/v1/groups", token: testKey, body: map[string]string{"name": "Finance"}})
	f.want(409, call{method: "POST", path: "/api/v1/groups", token: testKey, body: map[string]string{"name": "finance"}})
	if list := f.want(200, call{path: "/api/v1/groups?filter=name%20eq%20%22Finance%22", token: testKey})["data"].([]any); len(list) != 1 {
		t.Errorf("%d groups", len(list))
	}
	f.want(200, call{path: "/api/v1/groups/" + text(group, "id"), token: testKey})
	f.want(204, call{method: "DELETE", path: "/api/v1/groups/" + text(group, "id"), token: testKey})
	if roles := f.want(200, call{path: "/api/v1/roles?filter=name%20eq%20%22TenantAdmin%22", token: testKey})["data"].([]any); len(roles) != 1 {
		t.Errorf("%d roles", len(roles))
	}
	f.want(200, call{path: "/api/v1/tenants/" + f.server.TenantID(), token: testKey})
	f.want(404, call{path: "/api/v1/tenants/" + rand.Text(), token: testKey})
}
