package tenant

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

func TestStateSurvivesAReopen(t *testing.T) {
	dir := t.TempDir()
	f := openFixture(t, Options{Dir: dir}).withSite()
	key, id := f.server.APIKey(), f.server.TenantID()
	upload := f.create(f.site(), 12, "")
	chunk(f, f.site(), upload, string(qvf("half"))[:8], nil)
	f.autoreplace(testAppID, "one")
	f.close()

	f = openFixture(t, Options{Dir: dir})
	if f.server.APIKey() != key || f.server.TenantID() != id {
		t.Error("the tenant is another one after a reopen")
	}
	got := f.do(call{path: "/sandbox/v1/apps/" + testAppID + "/content", token: key})
	if string(got.body) != string(qvf("one")) {
		t.Errorf("content %q", got.body)
	}
	chunk(f, f.site(), upload, "half", map[string]string{"Upload-Offset": "8"})
	f.want(200, call{method: "POST", path: "/api/v1/apps/import?mode=autoreplace&appId=half&fileId=" + upload, token: f.site()})
	apps, err := f.server.listApps()
	if err != nil {
		t.Fatal(err)
	}
	for _, app := range apps {
		if app.SourceID == "half" && app.SHA256 != sumOf(qvf("half")) {
			t.Errorf("SHA-256 of an upload that survived a restart = %s", app.SHA256)
		}
	}
}

func TestSecondProcessIsRefusedInWords(t *testing.T) {
	f := newFixture(t)
	_, err := Open(Options{Dir: f.dir})
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Of(err).Text, "Another process") {
		t.Errorf("error = %v", err)
	}
	_, err = Open(Options{Dir: f.dir + "/tenant.db/x"})
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("error = %v", err)
	}
}

func TestLeftoversAreSwept(t *testing.T) {
	f := newFixture(t)
	id := text(f.imported("name=a", "kept"), "attributes.id")
	orphans := []string{f.dir + "/content/app/" + strings.Repeat("a", 64), f.dir + "/content/upload/0123456789abcdef01234567"}
	for _, name := range orphans {
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f.close()
	f = openFixture(t, Options{Dir: f.dir, APIKey: testKey})
	for _, name := range orphans {
		if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there", name)
		}
	}
	if f.contentOf(id) != string(qvf("kept")) {
		t.Error("a content in use was swept")
	}
}

func (s *Server) listApps() (apps []state.App, err error) {
	err = s.db.Read(func(tx *state.Tx) error {
		apps, err = state.Apps.All(tx, nil)
		return err
	})
	return apps, err
}

// serveDir makes this test binary a tenant that is there to be killed.
const serveDir = "SANDBOX_TENANT_TEST_DIR"

func TestServeToBeKilled(t *testing.T) {
	dir := os.Getenv(serveDir)
	if dir == "" {
		t.Skip("only as the child of TestKilledTenantHasOldOrNewState")
	}
	server, err := Open(Options{Dir: dir, APIKey: testKey})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("ready", httptest.NewServer(server.Handler()).URL)
	select {}
}

func TestKilledTenantHasOldOrNewState(t *testing.T) {
	dir := t.TempDir()
	openFixture(t, Options{Dir: dir, APIKey: testKey}).withSite().close()
	for round := range 4 {
		process, address := startTenant(t, dir)
		f := &fixture{T: t, now: time.Now, dir: dir}
		acknowledged := importUntilKilled(f, process, address, round)

		f = openFixture(t, Options{Dir: dir, APIKey: testKey})
		apps, err := f.server.listApps()
		if err != nil {
			t.Fatal(err)
		}
		if len(apps) != 1 {
			t.Fatalf("round %d: %d apps, want 1", round, len(apps))
		}
		content := f.contentOf(testAppID)
		if sumOf([]byte(content)) != apps[0].SHA256 || apps[0].Size != int64(len(content)) {
			t.Errorf("round %d: bytes and record do not fit", round)
		}
		if last := fmt.Sprintf("%d/%d", round, acknowledged); content < string(qvf(last)) {
			t.Errorf("round %d: content %q is older than the acknowledged %q", round, content, last)
		}
		if f.files() != 1 {
			t.Errorf("round %d: %d files, want 1", round, f.files())
		}
		f.close()
	}
}

// startTenant runs a tenant in a process of its own.
func startTenant(t *testing.T, dir string) (*exec.Cmd, string) {
	t.Helper()
	process := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestServeToBeKilled$")
	process.Env = append(os.Environ(), serveDir+"="+dir)
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "ready ") {
		t.Fatalf("tenant said %q, %v", line, err)
	}
	return process, strings.TrimSpace(strings.TrimPrefix(line, "ready "))
}

// importUntilKilled imports one version after the other, kills the tenant in the midst, and gives the last version that
// was acknowledged.
func importUntilKilled(f *fixture, process *exec.Cmd, address string, round int) int {
	f.Helper()
	acknowledged := 100
	killed := make(chan struct{})
	for version := 100; ; version++ {
		if version == 104+round {
			go func() {
				_ = process.Process.Kill()
				_ = process.Wait() // says that it was killed
				close(killed)
			}()
		}
		request, err := http.NewRequestWithContext(f.Context(), "POST", address+"/api/v1/apps/import?mode=autoreplace&appId="+testAppID,
			bodyFor(qvf(fmt.Sprintf("%d/%d", round, version))))
		if err != nil {
			f.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+f.site())
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			<-killed
			return acknowledged
		}
		response.Body.Close()
		if response.StatusCode == 200 {
			acknowledged = version
		}
	}
}
