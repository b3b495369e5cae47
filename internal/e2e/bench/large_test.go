package bench

import (
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/e2e/driver"
)

const (
	large = 1 << 30
	chunk = 256 << 20
)

// BenchmarkLargeApp distributes an app of 1 GiB, and uploads the same file to the same tenant without a console.
func BenchmarkLargeApp(b *testing.B) {
	file := largeFile(b)
	at := tenant(b)
	c := signIn(b, serve(b, b.TempDir()))
	c.setUp(b, at.Base, at)
	f, err := os.Open(file)
	good(b, err)
	defer f.Close()
	good(b, c.Upload(b.Context(), "Large.qvf", f))
	report(b, memory(b, c.Pid(), "VmHWM"), "MiB/taking", "Peak memory while 1 GiB is uploaded to the console", "")
	id, _, err := c.FindApp(b.Context(), "Large")
	good(b, err)

	before := bare(b, at, file)
	forgetPeak(b, c.Pid())
	took := distribute(b, c, id)
	report(b, memory(b, c.Pid(), "VmHWM"), "MiB/distributing", "Peak memory while 1 GiB is distributed", "<= 128 MiB")
	after := bare(b, at, file)
	mean := (before + after) / 2
	report(b, large/float64(1<<20)/took.Seconds(), "MiB/s", "Distribution of 1 GiB, from publish to distributed, per second", "")
	report(b, large/float64(1<<20)/mean.Seconds(), "MiB/s-bare", "Bare upload of the same file, mean of one before and one after, per second", "")
	report(b, mean.Seconds()/took.Seconds(), "ratio", "Distribution against bare upload", ">= 0.8")
	b.Logf("bare %s, distribution %s, bare %s", before, took, after)
}

// distribute publishes the app and waits until the console says that it is in the tenant.
func distribute(b *testing.B, c console, id string) time.Duration {
	b.Helper()
	good(b, c.Publish(b.Context(), id, "Finance"))
	started := time.Now()
	await(b, 50*time.Millisecond, "the distribution", func() bool {
		counts, err := c.Counts(b.Context())
		return err == nil && counts["Distributed"] == 1
	})
	return time.Since(started)
}

// bare uploads a file as a program would that knows nothing but tus.
func bare(b *testing.B, at driver.Tenant, file string) time.Duration {
	b.Helper()
	f, err := os.Open(file)
	good(b, err)
	defer f.Close()
	started := time.Now()
	response, err := at.Call(b.Context(), http.MethodPost, at.Base+"/api/v1/temp-contents/files", "", nil,
		"Tus-Resumable", "1.0.0", "Upload-Length", strconv.Itoa(large))
	good(b, err)
	response.Body.Close()
	to, err := response.Request.URL.Parse(response.Header.Get("Location"))
	good(b, err)
	for offset := 0; offset < large; offset += chunk {
		response, err := at.Call(b.Context(), http.MethodPatch, to.String(), "application/offset+octet-stream",
			io.LimitReader(f, chunk), "Tus-Resumable", "1.0.0", "Upload-Offset", strconv.Itoa(offset))
		good(b, err)
		response.Body.Close()
	}
	return time.Since(started)
}

// largeFile writes 1 GiB that no disk and no network can shrink.
func largeFile(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "Large.qvf")
	f, err := os.Create(path)
	good(b, err)
	defer f.Close()
	head := []byte{0xff, 0xff, 0x01, 0x00, 0xc1, 0x06}
	_, err = f.Write(head)
	good(b, err)
	_, err = io.CopyN(f, rand.NewChaCha8([32]byte{1}), large-int64(len(head)))
	good(b, err)
	return path
}
