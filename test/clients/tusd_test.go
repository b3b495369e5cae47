package clients

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/e2e/line"
	"github.com/skyferry/skyferry/internal/e2e/program"
	"github.com/skyferry/skyferry/internal/tenant"
)

const (
	middle = 48 << 20 // the size of a file here
	chunk  = 8 << 20
)

// tusd is the reference tus server as a program of its own. It knows nothing of Qlik: no sign-in, no ttl.
type tusd struct {
	*testing.T
	path, folder, address string
	command               *exec.Cmd
}

func startTusd(t *testing.T) *tusd {
	t.Helper()
	s := &tusd{T: t, path: built(t, "tusd", "github.com/tus/tusd/v2/cmd/tusd"), folder: t.TempDir(), address: program.FreeAddress(t)}
	s.start()
	t.Cleanup(s.kill)
	return s
}

func (s *tusd) start() {
	s.Helper()
	host, port, err := net.SplitHostPort(s.address)
	good(s.T, err)
	s.command = exec.Command(s.path, "-host", host, "-port", port, "-upload-dir", s.folder, "-base-path", "/api/v1/temp-contents/files/",
		"-acquire-lock-timeout", "200ms", "-filelock-acquirer-poll-interval", "20ms", "-filelock-holder-poll-interval", "20ms")
	good(s.T, s.command.Start())
	s.await("tusd to answer", func() bool {
		answer, err := http.Get("http://" + s.address)
		return err == nil && answer.Body.Close() == nil
	})
}

// kill is kill -9.
func (s *tusd) kill() {
	_ = s.command.Process.Kill()
	_ = s.command.Wait()
}

func (s *tusd) await(what string, holds func() bool) {
	s.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			s.Fatalf("waited in vain for %s", what)
		}
	}
}

// sum is the hash of what the server holds of an upload.
func (s *tusd) sum(at string) string {
	s.Helper()
	raw, err := os.ReadFile(filepath.Join(s.folder, tenant.FileID(at)))
	good(s.T, err)
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// open gives our client for a server, and an upload of the file there.
func open(t *testing.T, address string, file appFile) (*tenant.Client, string) {
	t.Helper()
	hc, err := tenant.NewHTTPClient(tenant.Guard{AllowTargets: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	good(t, err)
	t.Cleanup(hc.CloseIdleConnections)
	c := tenant.New("http://"+address, tenant.APIKey(apiKey), hc)
	at, err := c.CreateUpload(t.Context(), "Sales.qvf", file.size, time.Hour)
	good(t, err)
	return c, at
}

// finish sends what the server does not have yet, and gives the causes of the parts that failed.
func finish(t *testing.T, c *tenant.Client, at string, file appFile) (failed []tenant.Cause) {
	t.Helper()
	f, err := os.Open(file.path)
	good(t, err)
	defer f.Close()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		offset, err := c.UploadOffset(t.Context(), at)
		for err == nil && offset < file.size {
			n := min(chunk, file.size-offset)
			offset, err = c.UploadChunk(t.Context(), at, offset, io.NewSectionReader(f, offset, n), n)
		}
		if err == nil {
			return failed
		}
		failed = append(failed, tenant.CauseOf(err))
	}
	t.Fatalf("the upload does not come to an end: %v", failed)
	return nil
}

// TestOwnUploadOverACutLine loses the connection in the middle of a part, and sends no more than that part twice.
func TestOwnUploadOverACutLine(t *testing.T) {
	s, file := startTusd(t), newFile(t, middle)
	l := line.Open(t, s.address)
	c, at := open(t, l.Address, file)
	l.CutAfter(middle/2 + chunk/3)
	failed := finish(t, c, at, file)
	if len(failed) == 0 || failed[0] != tenant.Busy || s.sum(at) != file.sha256 {
		t.Errorf("failed: %v; the server holds the file: %v", failed, s.sum(at) == file.sha256)
	}
	if l.Cuts() != 1 || l.Sent() > middle+chunk+1<<20 {
		t.Errorf("%d cuts, %d bytes for a file of %d", l.Cuts(), l.Sent(), middle)
	}
}

// TestOwnUploadSurvivesTheServer goes on where the server was when it was killed in the middle of a part.
func TestOwnUploadSurvivesTheServer(t *testing.T) {
	s, file := startTusd(t), newFile(t, middle)
	c, at := open(t, s.address, file)
	f, err := os.Open(file.path)
	good(t, err)
	defer f.Close()
	body := &noticed{Reader: io.NewSectionReader(f, 0, middle), at: middle / 2, then: s.kill}
	if _, err := c.UploadChunk(t.Context(), at, 0, body, middle); !temporary(err) {
		t.Fatalf("the server was killed: %v", err)
	}
	if _, err := c.UploadOffset(t.Context(), at); tenant.CauseOf(err) != tenant.Unreachable {
		t.Errorf("while the server is gone: %v", err)
	}
	s.start()
	offset, err := c.UploadOffset(t.Context(), at)
	if err != nil || offset == 0 || offset > middle/2+1 {
		t.Errorf("goes on at %d: %v", offset, err)
	}
	if failed := finish(t, c, at, file); len(failed) > 0 || s.sum(at) != file.sha256 {
		t.Errorf("failed: %v; the server holds the file: %v", failed, s.sum(at) == file.sha256)
	}
}

// noticed does something when so many bytes were read.
type noticed struct {
	io.Reader
	read, at int64
	then     func()
}

func (n *noticed) Read(p []byte) (int, error) {
	got, err := n.Reader.Read(p[:min(len(p), 64<<10)])
	if before := n.read; before < n.at && before+int64(got) >= n.at {
		n.then()
	}
	n.read += int64(got)
	return got, err
}

func temporary(err error) bool {
	e, ok := err.(interface{ Temporary() bool })
	return ok && e.Temporary()
}

// TestOwnUploadStopsAndGoesOn is ended from our side, as when the console stops.
func TestOwnUploadStopsAndGoesOn(t *testing.T) {
	s, file := startTusd(t), newFile(t, middle)
	c, at := open(t, s.address, file)
	f, err := os.Open(file.path)
	good(t, err)
	defer f.Close()
	ctx, stop := context.WithCancel(t.Context())
	body := &noticed{Reader: io.NewSectionReader(f, 0, middle), at: middle / 2, then: stop}
	if _, err := c.UploadChunk(ctx, at, 0, body, middle); tenant.CauseOf(err) != tenant.Interrupted {
		t.Errorf("ended by us: %v", err)
	}
	finish(t, c, at, file)
	if s.sum(at) != file.sha256 {
		t.Error("the server holds other bytes")
	}
}

// TestOwnUploadAtAWrongOffset is refused before a byte counts, and goes on at the right one.
func TestOwnUploadAtAWrongOffset(t *testing.T) {
	s, file := startTusd(t), newFile(t, 1<<20)
	c, at := open(t, s.address, file)
	for _, wrong := range []int64{1, 1 << 19} {
		if _, err := c.UploadChunk(t.Context(), at, wrong, bytes.NewReader(make([]byte, 1000)), 1000); tenant.CauseOf(err) != tenant.OffsetConflict {
			t.Errorf("at %d: %v", wrong, err)
		}
	}
	if failed := finish(t, c, at, file); len(failed) > 0 || s.sum(at) != file.sha256 {
		t.Errorf("failed: %v; the server holds the file: %v", failed, s.sum(at) == file.sha256)
	}
	if _, err := c.UploadOffset(t.Context(), at+"0"); tenant.CauseOf(err) != tenant.NotFound {
		t.Errorf("an upload that is not there: %v", err)
	}
}

// TestOwnUploadThatIsLocked waits for whoever works on the upload. tusd v2 says 500 for that, where Qlik says 423: both
// are temporary for us.
func TestOwnUploadThatIsLocked(t *testing.T) {
	s, file := startTusd(t), newFile(t, 1<<20)
	c, at := open(t, s.address, file)
	lock := filepath.Join(s.folder, tenant.FileID(at)+".lock")
	good(t, os.WriteFile(lock, fmt.Appendln(nil, os.Getpid()), 0o600)) // a process that lives has the lock
	if _, err := c.UploadOffset(t.Context(), at); !temporary(err) {
		t.Errorf("locked: %v", err)
	}
	good(t, os.Remove(lock))
	if failed := finish(t, c, at, file); len(failed) > 0 || s.sum(at) != file.sha256 {
		t.Errorf("failed: %v; the server holds the file: %v", failed, s.sum(at) == file.sha256)
	}
}

// TestOwnUploadWhileAPartArrives meets 423 in the sandbox: it neither waits nor interrupts, as Qlik's contract says.
func TestOwnUploadWhileAPartArrives(t *testing.T) {
	base, err := url.Parse(startTenant(t).Base)
	good(t, err)
	file := newFile(t, 1<<20)
	c, at := open(t, base.Host, file)
	slow, release := io.Pipe()
	started, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		body := &noticed{Reader: io.MultiReader(bytes.NewReader(head), slow), at: 1, then: func() { close(started) }}
		_, _ = c.UploadChunk(t.Context(), at, 0, body, 1000) // it breaks off below
	}()
	<-started // the body is asked for when the sandbox has the upload in its hands
	for end := time.Now().Add(patience); err == nil && time.Now().Before(end); {
		_, err = c.UploadOffset(t.Context(), at)
	}
	if tenant.CauseOf(err) != tenant.Locked || !temporary(err) {
		t.Errorf("while a part arrives: %v", err)
	}
	release.CloseWithError(io.ErrUnexpectedEOF)
	<-done
	for failed := finish(t, c, at, file); len(failed) > 0; failed = failed[1:] {
		if failed[0] != tenant.Locked {
			t.Errorf("after it: %v", failed[0])
		}
	}
}
