package tenant_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skyferry/skyferry/internal/tenant"
)

const fileID = "669aa30d65f8f5ff38d1522e"

// uploadAt is the address of an upload in the client's tenant.
func uploadAt(c *tenant.Client) string { return c.Origin() + "/api/v1/temp-contents/files/" + fileID }

// tusTenant is a hand-written tus 1.0.0 server for one upload. Before a PATCH is handled, the next trouble has its turn.
type tusTenant struct {
	mu      sync.Mutex
	data    bytes.Buffer
	created http.Header
	trouble []func(w http.ResponseWriter, r *http.Request) (handled bool)
}

func (s *tusTenant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Tus-Resumable", "1.0.0")
	switch r.Method {
	case http.MethodPost:
		s.created = r.Header.Clone()
		w.Header().Set("Location", "/api/v1/temp-contents/files/"+fileID)
		w.WriteHeader(http.StatusCreated)
	case http.MethodHead:
		w.Header().Set("Upload-Offset", strconv.Itoa(s.data.Len()))
	case http.MethodPatch:
		s.patch(w, r)
	}
}

func (s *tusTenant) patch(w http.ResponseWriter, r *http.Request) {
	if len(s.trouble) > 0 {
		next := s.trouble[0]
		s.trouble = s.trouble[1:]
		if next(w, r) {
			return
		}
	}
	if r.Header.Get("Upload-Offset") != strconv.Itoa(s.data.Len()) {
		w.WriteHeader(http.StatusConflict)
		return
	}
	if r.ContentLength < 0 || r.Header.Get("Content-Type") != "application/offset+octet-stream" {
		w.WriteHeader(http.StatusUnsupportedMediaType)
		return
	}
	_, _ = io.Copy(&s.data, r.Body)
	w.Header().Set("Upload-Offset", strconv.Itoa(s.data.Len()))
	w.WriteHeader(http.StatusNoContent)
}

// keepAndCut takes n bytes and closes the connection.
func (s *tusTenant) keepAndCut(n int64) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		_, _ = io.CopyN(&s.data, r.Body, n)
		conn, _, _ := w.(http.Hijacker).Hijack()
		_ = conn.Close()
		return true
	}
}

// answer refuses one PATCH without reading it.
func answer(status int) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool { w.WriteHeader(status); return true }
}

// takeAndAnswer reads the part and then refuses it.
func takeAndAnswer(status int) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		return true
	}
}

func pattern(n int) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(i * 7 >> 3)
	}
	return data
}

func TestUploadGoesOnAfterTrouble(t *testing.T) {
	want := pattern(1 << 20)
	s := &tusTenant{}
	s.trouble = []func(http.ResponseWriter, *http.Request) bool{
		s.keepAndCut(300_000), answer(423), answer(503), takeAndAnswer(500), s.keepAndCut(0), answer(429),
	}
	c, _ := client(t, s.ServeHTTP)
	at, err := c.CreateUpload(t.Context(), "Sälés.qvf", int64(len(want)), 2*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	failed := send(t, c, at, want, 200_000)
	if diff := cmp.Diff([]tenant.Cause{tenant.Busy, tenant.Locked, tenant.Busy, tenant.Busy, tenant.Busy, tenant.RateLimited}, failed); diff != "" {
		t.Error(diff)
	}
	if !bytes.Equal(want, s.data.Bytes()) {
		t.Error("the tenant holds other bytes")
	}
	meta := "filename U8OkbMOpcy5xdmY=,ttl NzIwMA=="
	if s.created.Get("Upload-Metadata") != meta || s.created.Get("Upload-Length") != "1048576" {
		t.Errorf("created with %v", s.created)
	}
	if tenant.FileID(at) != fileID {
		t.Errorf("file id %q", tenant.FileID(at))
	}
}

// send uploads all the data in parts and gives the causes of the parts that failed.
func send(t *testing.T, c *tenant.Client, at string, data []byte, part int) (failed []tenant.Cause) {
	t.Helper()
	for range 100 {
		offset, err := c.UploadOffset(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		if offset == int64(len(data)) {
			return failed
		}
		slice := data[offset:min(int(offset)+part, len(data))]
		if _, err := c.UploadChunk(t.Context(), at, offset, bytes.NewReader(slice), int64(len(slice))); err != nil {
			failed = append(failed, tenant.CauseOf(err))
		}
	}
	t.Fatal("the upload does not come to an end")
	return nil
}

func TestTokenRefusedInUpload(t *testing.T) {
	want := pattern(100_000)
	for name, c := range map[string]struct {
		trouble func(http.ResponseWriter, *http.Request) bool
		body    io.Reader
		cause   tenant.Cause
	}{
		"before the bytes":               {answer(401), io.MultiReader(bytes.NewReader(want)), ""},
		"after the bytes, can be reread": {takeAndAnswer(401), bytes.NewReader(want), ""},
		"after the bytes, cannot":        {takeAndAnswer(401), io.MultiReader(bytes.NewReader(want)), tenant.Unauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			s := &tusTenant{trouble: []func(http.ResponseWriter, *http.Request) bool{c.trouble}}
			cl, tokens := client(t, s.ServeHTTP)
			_, err := cl.UploadChunk(t.Context(), uploadAt(cl), 0, c.body, int64(len(want)))
			if tenant.CauseOf(err) != c.cause || tokens.drops != 1 {
				t.Fatalf("got %v, %d drops", err, tokens.drops)
			}
			if c.cause == "" && !bytes.Equal(want, s.data.Bytes()) {
				t.Error("the tenant holds other bytes")
			}
		})
	}
}

func TestUploadThatDoesNotMoveIsStalled(t *testing.T) {
	release := make(chan struct{})
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.CopyN(io.Discard, r.Body, 1)
		<-release
	})
	t.Cleanup(func() { close(release) })
	c.SetPatience(100*time.Millisecond, time.Minute)
	size := int64(64 << 20) // more than the buffers between the two take
	_, err := c.UploadChunk(t.Context(), uploadAt(c), 0, io.LimitReader(zeros{}, size), size)
	if e, ok := errors.AsType[*tenant.Error](err); !ok || e.Cause != tenant.Stalled || !e.Temporary() {
		t.Errorf("got %v", err)
	}
}

func TestUploadWithoutAnswerIsStalled(t *testing.T) {
	release := make(chan struct{})
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); <-release })
	t.Cleanup(func() { close(release) })
	c.SetPatience(time.Minute, 50*time.Millisecond)
	if _, err := c.UploadChunk(t.Context(), uploadAt(c), 0, zeros{}, 10); tenant.CauseOf(err) != tenant.Stalled {
		t.Errorf("got %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// trickle gives one byte at a time, with a pause before each.
type trickle struct{ pause time.Duration }

func (s trickle) Read(p []byte) (int, error) {
	time.Sleep(s.pause)
	return copy(p, "x"), nil
}

func TestSlowIsNotDead(t *testing.T) {
	s := &tusTenant{}
	c, _ := client(t, s.ServeHTTP)
	c.SetPatience(250*time.Millisecond, time.Minute)
	next, err := c.UploadChunk(t.Context(), uploadAt(c), 0, trickle{10 * time.Millisecond}, 40)
	if err != nil || next != 40 {
		t.Errorf("got %d, %v", next, err)
	}
}

func TestFaultOfTheSourceIsNotTheTenants(t *testing.T) {
	c, _ := client(t, (&tusTenant{}).ServeHTTP)
	broken := errors.New("disk is broken")
	_, err := c.UploadChunk(t.Context(), uploadAt(c), 0, io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)), 10)
	if !errors.Is(err, broken) || tenant.CauseOf(err) != "" {
		t.Errorf("got %v", err)
	}
	c, _ = client(t, (&tusTenant{}).ServeHTTP)
	_, err = c.UploadChunk(t.Context(), uploadAt(c), 0, strings.NewReader("abc"), 10)
	if !errors.Is(err, io.ErrUnexpectedEOF) || tenant.CauseOf(err) != "" {
		t.Errorf("too short: got %v", err)
	}
}

func TestUploadLocations(t *testing.T) {
	path := "/api/v1/temp-contents/files/" + fileID
	for name, c := range map[string]struct {
		location string
		good     bool
	}{
		"path":           {path, true},
		"whole address":  {"http://HOST" + path, true},
		"other host":     {"http://evil.example" + path, false},
		"other port":     {"http://127.0.0.1:1" + path, false},
		"no scheme":      {"//evil.example" + path, false},
		"no upload":      {"/api/v1/apps/1", false},
		"no id":          {"/api/v1/temp-contents/files/", false},
		"none":           {"", false},
		"not an address": {"http://[", false},
	} {
		t.Run(name, func(t *testing.T) {
			cl, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
				if c.location != "" {
					w.Header().Set("Location", strings.Replace(c.location, "HOST", r.Host, 1))
				}
				w.WriteHeader(201)
			})
			at, err := cl.CreateUpload(t.Context(), "f", 1, time.Hour)
			if c.good && (err != nil || at != cl.Origin()+path) {
				t.Errorf("got %q, %v", at, err)
			}
			if !c.good && tenant.CauseOf(err) != tenant.BadAnswer {
				t.Errorf("got %q, %v", at, err)
			}
		})
	}
}

func TestUploadOfAnotherHostIsNotCalled(t *testing.T) {
	c, _ := client(t, func(http.ResponseWriter, *http.Request) { t.Error("called") })
	if _, err := c.UploadOffset(t.Context(), "http://127.0.0.1:1/api/v1/temp-contents/files/x"); tenant.CauseOf(err) != tenant.NotFound {
		t.Errorf("got %v", err)
	}
}

func TestOffsetsMustMakeSense(t *testing.T) {
	for _, offset := range []string{"", "x", "-1", "0", "4"} {
		c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Upload-Offset", offset)
			w.WriteHeader(204)
		})
		if _, err := c.UploadChunk(t.Context(), uploadAt(c), 0, strings.NewReader("abc"), 3); tenant.CauseOf(err) != tenant.BadAnswer {
			t.Errorf("offset %q: got %v", offset, err)
		}
	}
}
