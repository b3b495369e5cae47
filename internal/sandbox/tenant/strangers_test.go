package tenant

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// What clients do that were written without a look at this sandbox.

// A user's uploader, as QlikView's: the appId is an MD5, the app his own, and replaced by the next upload.
func TestAutoreplaceByAUser(t *testing.T) {
	f := newFixture(t).withSite()
	const md5 = "0cc175b9c0f1b6a831c399e269772661"
	imports := func(status int, token, appID, content string) map[string]any {
		t.Helper()
		id := f.upload(token, qvf(content))
		return f.want(status, call{method: "POST", path: "/api/v1/apps/import?mode=autoreplace&fallbackName=Sales&appId=" + appID + "&fileId=" + id, token: token})
	}
	first := imports(200, testKey, md5, "one")
	id := text(first, "attributes.id")
	if at(first, "attributes.published") != false || text(first, "attributes.ownerId") == "" {
		t.Errorf("not an app of the user: %v", first["attributes"])
	}
	if again := imports(200, testKey, md5, "two"); text(again, "attributes.id") != id {
		t.Errorf("id %q, then %q", id, text(again, "attributes.id"))
	}
	if got := f.contentOf(id); got != string(qvf("two")) {
		t.Errorf("content %q", got)
	}
	if staged := f.autoreplace(md5, "three"); text(staged, "attributes.id") == id || at(staged, "attributes.published") != true {
		t.Errorf("the site's app is the user's: %v", staged["attributes"])
	}
	imports(403, f.tokenOf("other"), md5, "four") // two users cannot upload the same document
	space := f.space("Finance", "managed")
	published := f.want(200, call{method: "POST", path: "/api/v1/apps/" + id + "/publish", token: testKey, body: map[string]string{"spaceId": space}})
	if again := imports(200, testKey, md5, "five"); text(again, "attributes.id") != id || f.contentOf(text(published, "attributes.id")) != string(qvf("two")) {
		t.Errorf("the published app was replaced: %v", again["attributes"])
	}
}

// Qlik's example script sends autoreplace with a space and without an appId.
func TestAutoreplaceWithoutAppIDIsANewApp(t *testing.T) {
	f := newFixture(t)
	space := f.space("Work", "shared")
	first := f.imported("mode=autoreplace&name=a&spaceId="+space, "one")
	second := f.imported("mode=autoreplace&name=a&spaceId="+space, "one")
	if text(first, "attributes.id") == text(second, "attributes.id") || text(first, "attributes.spaceId") != space {
		t.Errorf("%v and %v", first["attributes"], second["attributes"])
	}
}

func TestAddressesOfTheSameThing(t *testing.T) {
	f := newFixture(t)
	id := text(f.imported("name=x", "x"), "attributes.id")
	for _, path := range []string{strings.ReplaceAll(id, "-", "%2D"), strings.ToUpper(id)} {
		if got := f.want(200, call{path: "/api/v1/apps/" + path, token: testKey}); text(got, "attributes.id") != id {
			t.Errorf("%s: %v", path, got)
		}
	}
	upload := f.do(call{method: "POST", path: "/api/v1/temp-contents", token: testKey, body: []byte("as it says")}).header.Get("Location")
	if got := f.do(call{path: upload, token: testKey}); got.status != 200 || string(got.body) != "as it says" {
		t.Errorf("GET %s: %d %s", upload, got.status, got.body)
	}
	if got := f.do(call{path: "/api/v1/items?limit=1&resourceType=app", token: testKey}); !strings.Contains(string(got.body), "limit=1&resourceType=app\"") {
		t.Errorf("links are escaped: %s", got.body)
	}
}

func TestLinksOfACallWithoutHost(t *testing.T) {
	f := newFixture(t)
	got := f.raw("GET /api/v1/items HTTP/1.0\r\nAuthorization: Bearer " + testKey + "\r\n\r\n")
	if !strings.Contains(got, `"href":"`+f.http.URL+"/api/v1/items") {
		t.Errorf("%s", got)
	}
	got = f.raw("POST " + tusPath + " HTTP/1.0\r\nAuthorization: Bearer " + testKey + "\r\nTus-Resumable: 1.0.0\r\nUpload-Length: 5\r\n\r\n")
	if !strings.Contains(got, "Location: "+f.http.URL+tusPath) {
		t.Errorf("%s", got)
	}
}

func TestRefusedMethodsAreNamed(t *testing.T) {
	f := newFixture(t)
	upload := f.create(testKey, 5, "")
	for _, path := range []string{"/api/v1/items", "/oauth/token", tusPath + "/" + upload, "/api/v1/temp-contents/" + upload} {
		got := f.do(call{method: "DELETE", path: path, token: testKey, header: map[string]string{"Tus-Resumable": tusVersion}})
		if got.status != 405 || !strings.Contains(string(got.body), "This path does not take DELETE.") {
			t.Errorf("DELETE %s: %d %s", path, got.status, got.body)
		}
	}
}

// HEAD has the status and the headers of GET, also at the roots of services.
func TestHeadIsAnsweredWhereGetIs(t *testing.T) {
	f := newFixture(t)
	f.imported("name=x", "x")
	for _, path := range []string{"/spaces", "/items", "/collections", "/users", "/groups", "/identity-providers", "/api-keys", "/webhooks", "/audits",
		"/users/me", "/apps/privileges", "/spaces/types"} {
		get := f.do(call{path: "/api/v1" + path, token: testKey})
		head := f.do(call{method: "HEAD", path: "/api/v1" + path, token: testKey})
		if head.status != 200 || head.status != get.status || len(head.body) != 0 || head.header.Get("Content-Length") != get.header.Get("Content-Length") {
			t.Errorf("%s: GET %d %v, HEAD %d %v", path, get.status, get.header, head.status, head.header)
		}
	}
}

// A client that cannot send PATCH sends POST and names the method in a header (tus 1.0.0, X-HTTP-Method-Override).
func TestUploadByANamedMethod(t *testing.T) {
	f := newFixture(t)
	id := f.create(testKey, 5, "")
	as := func(method, path, offset, body string) answer {
		return f.do(call{method: "POST", path: path, token: testKey, kind: tusChunk, body: []byte(body),
			header: map[string]string{"X-HTTP-Method-Override": method, "Tus-Resumable": tusVersion, "Upload-Offset": offset}})
	}
	if got := as("PATCH", tusPath+"/"+id, "0", "12345"); got.status != 204 || got.header.Get("Upload-Offset") != "5" {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	if got := as("DELETE", tusPath+"/"+id, "", ""); got.status != 405 || !strings.Contains(string(got.body), "This path does not take DELETE.") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := as("DELETE", "/api/v1/spaces", "", `{"name":"x","type":"shared"}`); got.status != 201 {
		t.Errorf("only resumable uploads take the method from a header: %d %s", got.status, got.body)
	}
}

// Files that were written on Windows begin with a byte order mark.
func TestBodyWithAByteOrderMark(t *testing.T) {
	f := newFixture(t)
	f.want(201, call{method: "POST", path: "/api/v1/spaces", token: testKey, body: []byte("\ufeff" + `{"name":"marked","type":"shared"}`)})
	f.want(400, call{method: "POST", path: "/api/v1/spaces", token: testKey, body: []byte("\ufeff")})
}

// Qlik's own sample signs in by a token and goes on sending it beside the cookies of the session that it has made.
func TestSessionCountsBesideTheTokenThatMadeIt(t *testing.T) {
	f := newFixture(t)
	provider := f.withJWT(publicPEM(siteKey()))
	ticket := f.ticket(nil)
	cookies := map[string]string{"Cookie": f.login(ticket)}
	me := f.want(200, call{path: "/api/v1/users/me", token: ticket, header: cookies})
	if text(me, "subject") != `corp\ann` {
		t.Errorf("me: %v", me)
	}
	space := map[string]string{"name": "Ann's", "type": "shared"}
	f.want(403, call{method: "POST", path: "/api/v1/spaces", token: ticket, header: cookies, body: space})
	cookies["qlik-csrf-token"] = f.do(call{path: "/api/v1/csrf-token", token: ticket, header: cookies}).header.Get("qlik-csrf-token")
	f.want(201, call{method: "POST", path: "/api/v1/spaces", token: ticket, header: cookies, body: space})
	if admin := f.want(200, call{path: "/api/v1/users/me", token: testKey, header: cookies}); text(admin, "id") == text(me, "id") {
		t.Error("a good bearer token does not count where there is a session")
	}
	f.want(204, call{method: "DELETE", path: "/api/v1/identity-providers/" + provider, token: testKey})
	f.want(401, call{path: "/api/v1/users/me", token: ticket, header: cookies})
}

// Another sample of Qlik's reads the cookies joined by commas: it finds those that stand behind an attribute without a value.
func TestSessionCookiesCanBeReadJoined(t *testing.T) {
	f := newFixture(t)
	f.withJWT(publicPEM(siteKey()))
	joined := strings.Join(f.do(call{method: "POST", path: "/login/jwt-session", token: f.ticket(nil)}).header.Values("Set-Cookie"), ", ")
	found := map[string]string{}
	for part := range strings.SplitSeq(joined, ";") {
		name, value, _ := strings.Cut(part, "=")
		found[strings.TrimSpace(name[strings.LastIndex(name, ",")+1:])] = value
	}
	if found["eas.sid"] == "" || found["eas.sid.sig"] == "" || found["_csrfToken"] == "" {
		t.Fatalf("%s", joined)
	}
	f.want(200, call{path: "/api/v1/users/me", header: map[string]string{"Cookie": "eas.sid=" + found["eas.sid"] + "; eas.sid.sig=" + found["eas.sid.sig"]}})
}

// Whoever sets up a tenant by a script switches on that sign-ins make groups and take licences.
func TestSettingsOfGroupsAndLicences(t *testing.T) {
	f := newFixture(t)
	f.withJWT(publicPEM(siteKey()))
	patch := func(status int, path string, value any) {
		t.Helper()
		f.want(status, call{method: "PATCH", path: "/api/v1/groups/settings", token: testKey, body: []map[string]any{{"op": "replace", "path": path, "value": value}}})
	}
	groups := func() int {
		return len(f.want(200, call{path: "/api/v1/groups", token: testKey})["data"].([]any))
	}
	patch(204, "/autoCreateGroups", false)
	patch(400, "/autoCreateGroups", "yes")
	patch(400, "/other", true)
	f.login(f.ticket(nil))
	if got := f.want(200, call{path: "/api/v1/groups/settings", token: testKey}); got["autoCreateGroups"] != false || groups() != 0 {
		t.Errorf("%v, %d groups", got, groups())
	}
	patch(204, "/syncIdpGroups", true) // the older name
	f.login(f.ticket(nil))
	if groups() != 2 {
		t.Errorf("%d groups", groups())
	}
	put := f.want(200, call{method: "PUT", path: "/api/v1/licenses/settings", token: testKey, body: map[string]bool{"autoAssignProfessional": true}})
	if got := f.want(200, call{path: "/api/v1/licenses/settings", token: testKey}); got["autoAssignProfessional"] != true || got["autoAssignAnalyzer"] != false || len(put) != 2 {
		t.Errorf("%v, then %v", put, got)
	}
	user := f.tokenOf("ann")
	f.want(403, call{method: "PATCH", path: "/api/v1/groups/settings", token: user, body: []map[string]any{{"op": "replace", "path": "/autoCreateGroups", "value": true}}})
	f.want(403, call{method: "PUT", path: "/api/v1/licenses/settings", token: user, body: map[string]bool{}})
}

// Scripts of Qlik's take an app for one in a space when it has the attribute spaceId at all.
func TestAppOutsideSpacesHasNoSpaceID(t *testing.T) {
	f := newFixture(t)
	space := f.space("Work", "shared")
	for query, want := range map[string]bool{"name=mine": false, "name=ours&spaceId=" + space: true} {
		attributes, _ := f.imported(query, "x")["attributes"].(map[string]any)
		if _, has := attributes["spaceId"]; has != want {
			t.Errorf("%s: %v", query, attributes)
		}
	}
	f.want(201, call{method: "POST", path: "/api/v1/spaces/" + space + "/assignments", token: testKey, body: map[string]any{"type": "user", "assigneeId": adminID(), "roles": []string{"consumer"}}})
	again := f.want(409, call{method: "POST", path: "/api/v1/spaces/" + space + "/assignments", token: testKey, body: map[string]any{"type": "user", "assigneeId": adminID(), "roles": []string{"consumer"}}})
	if again["code"] != "AssignmentConflict" || again["detail"] != "assignment of assignee already exists in space" {
		t.Errorf("a second assignment: %v", again)
	}
}

func TestRefusedRangeHasTheBodyOfItsService(t *testing.T) {
	f := newFixture(t)
	place := "/api/v1/temp-contents/" + f.upload(testKey, qvf("x"))
	got := f.do(call{path: place, token: testKey, header: map[string]string{"Range": "bytes=90-"}})
	if got.status != 416 || got.header.Get("Content-Type") != "application/json" || got.header.Get("Content-Range") != "bytes */9" {
		t.Errorf("%d %v %s", got.status, got.header, got.body)
	}
	body := f.want(416, call{path: place, token: testKey, header: map[string]string{"Range": "bytes=90-"}})
	if body["errors"] == nil || body["traceId"] == nil {
		t.Errorf("%v", body)
	}
}

func TestRolesAreWhole(t *testing.T) {
	f := newFixture(t)
	list := f.want(200, call{path: "/api/v1/roles", token: testKey})
	role, _ := list["data"].([]any)[0].(map[string]any)
	for _, key := range []string{"id", "name", "type", "level", "description", "tenantId", "createdAt", "lastUpdatedAt", "links"} {
		if _, there := role[key]; !there {
			t.Errorf("a role has no %s: %v", key, role)
		}
	}
	one := f.want(200, call{path: "/api/v1/roles/" + text(role, "id"), token: testKey})
	if text(one, "links.self.href") != text(role, "links.self.href") || text(one, "tenantId") == "" {
		t.Errorf("%v", one)
	}
}

func TestRepublishTakesNoOtherData(t *testing.T) {
	f := newFixture(t)
	source := text(f.imported("name=x", "x"), "attributes.id")
	target := text(f.want(200, call{method: "POST", path: "/api/v1/apps/" + source + "/publish", token: testKey,
		body: map[string]string{"spaceId": f.space("Finance", "managed")}}), "attributes.id")
	for data, status := range map[string]int{"": 200, "source": 200, "target": 200, "both": 400} {
		f.want(status, call{method: "PUT", path: "/api/v1/apps/" + source + "/publish", token: testKey, body: map[string]string{"targetId": target, "data": data}})
	}
}

// A body that stands still ends its call, whether somebody reads it or not.
func TestBodyThatStandsStill(t *testing.T) {
	f := newFixture(t)
	f.server.idle = 50 * time.Millisecond
	for name, start := range map[string]string{
		"read":     "POST /api/v1/spaces HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + testKey + "\r\nContent-Length: 1000\r\n\r\n{",
		"file":     "POST /api/v1/temp-contents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + testKey + "\r\nContent-Length: 1000\r\n\r\nxx",
		"chunk":    f.chunkThatStandsStill(),
		"not read": "POST /api/v1/spaces HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{",
		"form":     "POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\na=",
	} {
		status := map[bool]string{true: "HTTP/1.1 500", false: "HTTP/1.1 4"}[name == "chunk"] // at 5xx, tus clients go on from the offset
		if got := f.raw(start); !strings.HasPrefix(got, status) {                             // raw waits for the end of the connection
			t.Errorf("%s: %q", name, got)
		}
	}
	got := f.raw("POST /api/v1/spaces HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + testKey + "\r\nContent-Length: 31\r\n\r\n" + `{"name":"slow","type":"shared"}`)
	if !strings.HasPrefix(got, "HTTP/1.1 201") {
		t.Errorf("%q", got)
	}
}

// chunkThatStandsStill is the beginning of a PATCH.
func (f *fixture) chunkThatStandsStill() string {
	return "PATCH " + tusPath + "/" + f.create(testKey, 1000, "") + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + testKey +
		"\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: " + tusChunk + "\r\nContent-Length: 1000\r\n\r\nxx"
}

// A file that nobody reads any more ends its call, too; a connection that goes on is not hurt by it.
func TestFileThatNobodyReads(t *testing.T) {
	log := &watchedLog{}
	f := openFixture(t, Options{Dir: t.TempDir(), APIKey: testKey, Logger: slog.New(slog.NewTextHandler(log, nil))})
	f.server.idle = 200 * time.Millisecond
	place := "/api/v1/temp-contents/" + f.upload(testKey, qvf(strings.Repeat("x", 32<<20)))
	line := func() string { return "method=GET path=" + place }
	connection, err := net.Dial("tcp", f.http.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	fmt.Fprintf(connection, "GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", place, testKey)
	for deadline := time.Now().Add(20 * time.Second); !log.has(line()); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the call goes on for ever")
		}
	}
	answers := bufio.NewReader(connection)
	response, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, response.Body); err == nil {
		t.Errorf("the whole file came, %d bytes", n)
	}
}

// The secret as Basic authentication, in JSON and as a form, with and without the client id in the body.
func TestTokenByBasicAuthentication(t *testing.T) {
	f := newFixture(t)
	client := f.want(201, call{method: "POST", path: "/sandbox/v1/oauth-clients", token: testKey, body: map[string]string{"name": "x"}})
	id, secret := text(client, "clientId"), text(client, "clientSecret")
	ask := func(status int, secret, kind, body string) {
		t.Helper()
		basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
		f.want(status, call{method: "POST", path: "/oauth/token", kind: kind, body: []byte(body), header: map[string]string{"Authorization": basic}})
	}
	const form = "application/x-www-form-urlencoded"
	ask(200, secret, "application/json", `{"grant_type":"client_credentials","client_id":"`+id+`"}`)
	ask(200, secret, "application/json", `{"grant_type":"client_credentials"}`)
	ask(200, secret, form, "grant_type=client_credentials&client_id="+id)
	ask(200, secret, form, "grant_type=client_credentials")
	ask(401, "wrong", "application/json", `{"grant_type":"client_credentials"}`)
	ask(401, secret, "application/json", `{"grant_type":"client_credentials","client_id":"another"}`)
}

// tokenOf makes a user without any role and gives an access token of his.
func (f *fixture) tokenOf(subject string) string {
	f.Helper()
	f.want(201, call{method: "POST", path: "/api/v1/users", token: testKey, body: map[string]string{"subject": subject, "name": subject}})
	client := f.want(201, call{method: "POST", path: "/sandbox/v1/oauth-clients", token: testKey, body: map[string]string{"name": "for " + subject}})
	return text(f.want(200, call{method: "POST", path: "/oauth/token", body: map[string]any{"client_id": text(client, "clientId"),
		"client_secret": text(client, "clientSecret"), "grant_type": grantImpersonate, "user_lookup": map[string]string{"field": "subject", "value": subject}}}), "access_token")
}

// watchedLog is a log that can be looked at while it is written.
type watchedLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write serves slog.
func (l *watchedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *watchedLog) has(part string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(strings.Split(l.text.String(), "\n"), func(line string) bool { return strings.Contains(line, part) })
}

// raw sends bytes as they are and gives what comes until the server ends the connection.
func (f *fixture) raw(request string) string {
	f.Helper()
	connection, err := net.Dial("tcp", f.http.Listener.Addr().String())
	if err != nil {
		f.Fatal(err)
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		f.Fatal(err)
	}
	if _, err := io.WriteString(connection, request); err != nil {
		f.Fatal(err)
	}
	got, err := io.ReadAll(connection)
	if err != nil {
		f.Fatalf("the connection stays open after %q: %v", got, err)
	}
	return string(got)
}
