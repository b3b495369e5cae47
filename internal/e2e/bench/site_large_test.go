package bench

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/e2e/driver"
	"github.com/skyferry/skyferry/internal/e2e/program"
)

const siteRounds = 4

// BenchmarkSiteLarge exports an app of 1 GiB from the repository and uploads it to a tenant, by the console and by a bare relay
// that hashes and keeps nothing, with TLS on both sides. Who goes first alternates.
func BenchmarkSiteLarge(b *testing.B) {
	site := openSite(b, b.TempDir())
	file := largeFile(b)
	s := &transfer{B: b, folder: b.TempDir()}
	s.cert, s.key = program.Certificate(b)
	s.console = signIn(b, site.serveSite(b, s.folder, time.Second, false, "--ca-file", s.cert))
	var ratios []float64
	var relays, consoles []time.Duration
	for round := range siteRounds {
		name := fmt.Sprintf("large%d", round)
		id := site.put(b, name, file)
		at := s.tenant()
		good(b, s.SetUpDeployment(b.Context(), name, at.Base, at.Tenant, driver.Text("Kind", "Sandbox")))
		await(b, 50*time.Millisecond, "the app on the console", func() bool { _, found, err := s.FindApp(b.Context(), name); return err == nil && found })
		ways := []func(){
			func() { relays = append(relays, site.relay(b, id, at.Tenant)) },
			func() {
				consoles = append(consoles, s.distribute("To "+name, fmt.Sprintf(`((subject.name=%q) and (resource.name=%q))`, name, name), 1))
			},
		}
		if round%2 == 1 {
			slices.Reverse(ways)
		}
		forgetPeak(b, s.Pid())
		for _, way := range ways {
			flush()
			way()
		}
		ratios = append(ratios, relays[round].Seconds()/consoles[round].Seconds())
		b.Logf("round %d: relay %s, console %s, peak %.0f MiB", round+1, relays[round], consoles[round], memory(b, s.Pid(), "VmHWM"))
		s.end(at)
	}
	const mib = float64(large >> 20)
	report(b, mib/middleOf(relays).Seconds(), "MiB/s-relay", "Repository to tenant, 1 GiB: a bare relay with TLS and SHA-256 that keeps nothing, per second", "")
	report(b, mib/middleOf(consoles).Seconds(), "MiB/s-console", "  by the console, from Apply of the policy to distributed", "")
	slices.Sort(ratios)
	report(b, (ratios[siteRounds/2-1]+ratios[siteRounds/2])/2, "ratio", "  against the relay, median of 4 rounds", "")
	report(b, ratios[0], "ratio-worst", "  worst", "")
	report(b, memory(b, s.Pid(), "VmHWM"), "MiB/distributing", "  peak memory of the console", "<= 128 MiB")
}

// put makes an app of the file and publishes it.
func (s qrs) put(b *testing.B, name, file string) string {
	b.Helper()
	f, err := os.Open(file)
	good(b, err)
	defer f.Close()
	app, err := s.Upload(b.Context(), name, f)
	good(b, err)
	good(b, s.publish(b.Context(), app.ID))
	return app.ID
}

// relay exports the app and hands its bytes on to an upload while they come, hashed.
func (s qrs) relay(b *testing.B, id string, at driver.Tenant) time.Duration {
	b.Helper()
	client := s.client(b)
	started := time.Now()
	answer := s.ask(b, client, http.MethodPost, "/qrs/app/"+id+"/export/"+uuid.NewString()+"?exportScope=published&xrfkey=0123456789abcdef")
	var exported struct{ DownloadPath string }
	good(b, json.NewDecoder(answer.Body).Decode(&exported))
	answer.Body.Close()
	from := s.ask(b, client, http.MethodGet, exported.DownloadPath)
	defer from.Body.Close()
	response, err := at.Call(b.Context(), http.MethodPost, at.Base+"/api/v1/temp-contents/files", "", nil,
		"Tus-Resumable", "1.0.0", "Upload-Length", strconv.FormatInt(from.ContentLength, 10))
	good(b, err)
	response.Body.Close()
	to, err := response.Request.URL.Parse(response.Header.Get("Location"))
	good(b, err)
	body := &io.LimitedReader{R: io.TeeReader(from.Body, sha256.New()), N: from.ContentLength}
	response, err = at.Call(b.Context(), http.MethodPatch, to.String(), "application/offset+octet-stream", body, "Tus-Resumable", "1.0.0", "Upload-Offset", "0")
	good(b, err)
	response.Body.Close()
	return time.Since(started)
}

// ask calls the repository as its clients do.
func (s qrs) ask(b *testing.B, client *http.Client, method, path string) *http.Response {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), method, "https://"+s.address+path, nil)
	good(b, err)
	request.Header.Set("X-Qlik-User", `UserDirectory=SERVICE; UserId=skyferry`)
	request.Header.Set("X-Qlik-Xrfkey", "0123456789abcdef")
	response, err := client.Do(request)
	good(b, err)
	if response.StatusCode/100 != 2 {
		b.Fatalf("%s %s: %s", method, path, response.Status)
	}
	return response
}
