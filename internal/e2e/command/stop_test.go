package command

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/e2e/driver"
	"github.com/skyferry/skyferry/internal/e2e/program"
)

// stopLimit is what the documentation promises.
const stopLimit = 10 * time.Second

// endsWell stops a process and looks how it ended.
func endsWell(t *testing.T, p *program.Process) {
	t.Helper()
	if took := p.Stop(); took > stopLimit {
		t.Errorf("the stop took %s", took)
	}
	if code := p.ExitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for line := range strings.Lines(p.Log()) {
		if strings.HasPrefix(line, "skyferry: ") || strings.HasPrefix(line, "panic") || strings.Contains(line, "level=ERROR") {
			t.Errorf("at the end: %s", line)
		}
	}
}

func TestStopEndsLivePagesAndUploads(t *testing.T) {
	c := serve(t, t.TempDir(), "--site-kind", "embedded")
	d := c.signedIn(t)
	live := openStream(t, d)
	began, uploaded := make(chan struct{}), make(chan error, 1)
	go func() {
		uploaded <- d.Upload(t.Context(), "Endless.qvf", &endless{head: []byte{0xff, 0xff, 0x01, 0x00, 0xc1, 0x06}, began: began, ctx: t.Context()})
	}()
	select {
	case <-began:
	case err := <-uploaded:
		t.Fatal("the upload did not begin: ", err)
	}
	endsWell(t, c.Process)
	if err := <-uploaded; err == nil {
		t.Error("half an upload was acknowledged")
	}
	if _, err := io.Copy(io.Discard, live); err != nil {
		t.Errorf("the live page was cut, not ended: %v", err)
	}
	again := serve(t, c.folder, "--site-kind", "embedded").signedIn(t)
	if _, found, err := again.FindApp(t.Context(), "Endless"); found || err != nil {
		t.Errorf("half an upload became an app (%v)", err)
	}
}

// openStream opens a live status page and reads its beginning.
func openStream(t *testing.T, d *driver.Console) io.Reader {
	t.Helper()
	response, err := d.Open(t.Context(), "/status/events?tab=all")
	good(t, err)
	t.Cleanup(func() { response.Body.Close() })
	if response.StatusCode != http.StatusOK {
		t.Fatalf("live page: %s", response.Status)
	}
	return response.Body
}

// endless is a file whose bytes trickle; began is closed when a good part of it was taken.
type endless struct {
	head  []byte
	began chan struct{}
	ctx   context.Context
	given int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.given < 4<<20 {
		n := copy(p, e.head)
		e.head = e.head[n:]
		n = max(n, len(p))
		e.given += n
		return n, nil
	}
	select {
	case <-e.began:
	default:
		close(e.began)
	}
	select {
	case <-e.ctx.Done():
		return 0, e.ctx.Err()
	case <-time.After(50 * time.Millisecond):
		return min(1, len(p)), nil
	}
}
