package tenant

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestTusTellsWhatItCanDo(t *testing.T) {
	f := newFixture(t)
	got := f.do(call{method: "OPTIONS", path: tusPath})
	if got.status != 204 || got.header.Get("Tus-Extension") != "creation" || got.header.Get("Tus-Version") != "1.0.0" ||
		got.header.Get("Tus-Resumable") != "1.0.0" {
		t.Errorf("%d %v", got.status, got.header)
	}
}

// chunk is a PATCH of the table below.
func chunk(f *fixture, token, id, content string, header map[string]string) answer {
	all := map[string]string{"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": tusChunk}
	for name, value := range header {
		all[name] = value
	}
	return f.do(call{method: "PATCH", path: tusPath + "/" + id, token: token, header: all, body: []byte(content)})
}

func TestTusProtocol(t *testing.T) {
	f := newFixture(t).withSite()
	token := f.site()
	create := func(header map[string]string) answer {
		all := map[string]string{"Tus-Resumable": "1.0.0", "Upload-Length": "10"}
		for name, value := range header {
			all[name] = value
		}
		return f.do(call{method: "POST", path: tusPath, token: token, header: all})
	}
	patch := func(content string, header map[string]string) func() answer {
		return func() answer { return chunk(f, token, f.create(token, 10, ""), content, header) }
	}
	with := func(name, value string) map[string]string { return map[string]string{name: value} }
	tests := map[string]struct {
		do     func() answer
		status int
	}{
		"create":                 {func() answer { return create(nil) }, 201},
		"create without version": {func() answer { return create(with("Tus-Resumable", "0.2.2")) }, 412},
		"create too large":       {func() answer { return create(with("Upload-Length", "99999999999999")) }, 413},
		"create without length":  {func() answer { return create(with("Upload-Length", "")) }, 400},
		"create deferred":        {func() answer { return create(with("Upload-Defer-Length", "1")) }, 400},
		"create bad ttl":         {func() answer { return create(with("Upload-Metadata", "ttl MjU5MjAx")) }, 400}, // 259201
		"chunk":                  {patch("12345", nil), 204},
		"chunk at other offset":  {patch("12345", with("Upload-Offset", "3")), 409},
		"chunk without offset":   {patch("12345", with("Upload-Offset", "")), 400},
		"chunk of other type":    {patch("12345", with("Content-Type", "application/octet-stream")), 415},
		"chunk without version":  {patch("12345", with("Tus-Resumable", "")), 412},
		"chunk too long":         {patch("12345678901", nil), 413},
		"chunk to nothing":       {func() answer { return chunk(f, token, "0123456789abcdef01234567", "1", nil) }, 404},
		"download":               {func() answer { return f.do(call{path: tusPath + "/" + f.create(token, 10, ""), token: token}) }, 405},
		"terminate": {func() answer {
			return f.do(call{method: "DELETE", path: tusPath + "/" + f.create(token, 10, ""), token: token, header: with("Tus-Resumable", "1.0.0")})
		}, 405},
		"terminate by override": {func() answer {
			return f.do(call{method: "POST", path: tusPath + "/" + f.create(token, 10, ""), token: token,
				header: map[string]string{"Tus-Resumable": "1.0.0", "X-HTTP-Method-Override": "DELETE"}})
		}, 405},
		"without token": {func() answer { return f.do(call{method: "POST", path: tusPath}) }, 401},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := test.do()
			if got.status != test.status {
				t.Fatalf("status %d, want %d: %s", got.status, test.status, got.body)
			}
			if got.status >= 400 {
				var body map[string]any
				if err := json.Unmarshal(got.body, &body); err != nil || text(body, "traceId") == "" {
					t.Errorf("not the documented error body: %s", got.body)
				}
			}
			if got.status == 412 && got.header.Get("Tus-Version") != "1.0.0" {
				t.Error("412 does not say Tus-Version")
			}
		})
	}
}

func TestTusUploadGoesOnWhereItStopped(t *testing.T) {
	f := newFixture(t).withSite()
	token, content := f.site(), string(qvf("a file in three parts"))
	id := f.create(token, len(content), "60")
	if !regexp.MustCompile(`^[0-9a-f]{24}$`).MatchString(id) {
		t.Errorf("id %q is not 24 hex digits", id)
	}
	f.want(204, call{path: "/api/v1/temp-contents/" + id, token: token})
	for at := 0; at < len(content); {
		head := f.do(call{method: "HEAD", path: tusPath + "/" + id, token: token, header: map[string]string{"Tus-Resumable": "1.0.0"}})
		if head.header.Get("Upload-Offset") != fmt.Sprint(at) || head.header.Get("Upload-Length") != fmt.Sprint(len(content)) ||
			head.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("HEAD at %d: %d %v", at, head.status, head.header)
		}
		to := min(at+11, len(content))
		got := chunk(f, token, id, content[at:to], map[string]string{"Upload-Offset": fmt.Sprint(at)})
		if got.status != 204 || got.header.Get("Upload-Offset") != fmt.Sprint(to) {
			t.Fatalf("PATCH at %d: %d %v", at, got.status, got.header)
		}
		at = to
	}
	got := f.do(call{path: "/api/v1/temp-contents/" + id, token: token, header: map[string]string{"Range": "bytes=8-13"}})
	if got.status != 206 || string(got.body) != "a file" {
		t.Errorf("range: %d %q", got.status, got.body)
	}
	details := f.want(200, call{path: "/api/v1/temp-contents/" + id + "/details", token: token})
	if details["Size"] != fmt.Sprint(len(content)) || details["TTLSeconds"] != 60.0 || details["Name"] != "a.qvf" {
		t.Errorf("details = %v", details)
	}
}

func TestTusUploadIsLockedWhileAChunkArrives(t *testing.T) {
	f := newFixture(t).withSite()
	token := f.site()
	id := f.create(token, 10, "")
	conn, err := net.Dial("tcp", strings.TrimPrefix(f.http.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "PATCH %s/%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"+
		"Content-Type: %s\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n", tusPath, id, token, tusChunk)
	// The server asks for the body when it holds the lock: a HEAD before that would take the lock itself.
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100") {
		t.Fatalf("no 100 Continue: %q %v", line, err)
	}
	fmt.Fprint(conn, "12345")
	head := func() answer { return f.do(call{method: "HEAD", path: tusPath + "/" + id, token: token}) }
	eventually(t, "locked", func() bool { return head().status == http.StatusLocked })
	conn.Close()
	eventually(t, "free again, with what had arrived", func() bool {
		got := head()
		return got.status == 200 && got.header.Get("Upload-Offset") == "5"
	})
	if got := chunk(f, token, id, "67890", map[string]string{"Upload-Offset": "5"}); got.status != 204 {
		t.Errorf("the rest: %d %s", got.status, got.body)
	}
	whole := f.do(call{path: "/api/v1/temp-contents/" + id, token: token})
	if string(whole.body) != "1234567890" {
		t.Errorf("content %q", whole.body)
	}
}

// eventually asks until it is so; the bound only ends a failing test.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !so(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never %s", what)
		}
	}
}

func TestExpiredUploadIsGone(t *testing.T) {
	now := time.Now()
	f := openFixture(t, Options{Dir: t.TempDir(), APIKey: testKey, Now: func() time.Time { return now }}).withSite()
	id := f.create(testKey, 10, "100")
	now = now.Add(100 * time.Second)
	for _, got := range []answer{
		f.do(call{method: "HEAD", path: tusPath + "/" + id, token: testKey}),
		chunk(f, testKey, id, "1", nil),
		f.do(call{path: "/api/v1/temp-contents/" + id, token: testKey}),
		f.do(call{method: "POST", path: "/api/v1/apps/import?fileId=" + id, token: testKey}),
	} {
		if got.status != http.StatusGone {
			t.Errorf("status %d, want 410: %s", got.status, got.body)
		}
	}
	if err := f.server.sweep(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.server.contents.Offset(id); err == nil {
		t.Error("the bytes are still there")
	}
	f.want(410, call{path: "/api/v1/temp-contents/" + id, token: testKey})
	now = now.Add(25 * time.Hour)
	if err := f.server.sweep(); err != nil {
		t.Fatal(err)
	}
	f.want(404, call{path: "/api/v1/temp-contents/" + id, token: testKey})
}

func TestTempContentInOneGo(t *testing.T) {
	f := newFixture(t)
	got := f.do(call{method: "POST", path: "/api/v1/temp-contents?filename=b.qvf&ttl=10", token: testKey, body: qvf("b")})
	location := got.header.Get("Location")
	if got.status != 201 || len(got.body) != 0 || !strings.HasPrefix(location, "/v1/temp-contents/") {
		t.Fatalf("%d %q %s", got.status, location, got.body)
	}
	back := f.do(call{path: "/api" + location, token: testKey})
	if string(back.body) != string(qvf("b")) || !strings.Contains(back.header.Get("Content-Disposition"), "b.qvf") {
		t.Errorf("%q %v", back.body, back.header)
	}
	for _, query := range []string{"ttl=0", "ttl=x", "ttl=259201", "filename=%00"} {
		f.want(400, call{method: "POST", path: "/api/v1/temp-contents?" + query, token: testKey, body: qvf("b")})
	}
	f.want(404, call{path: "/api/v1/temp-contents/0123456789abcdef01234567", token: testKey})
}
