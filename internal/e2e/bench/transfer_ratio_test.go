package bench

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/e2e/driver"
)

// rounds are run in turn, each in the other order than the one before, so that what else the machine does meets all alike.
const rounds = 4

// spent is what one way of sending the app took: by the clock, and of the processor on the sending side.
type spent struct{ clock, cpu []time.Duration }

func (p *spent) add(clock, cpu time.Duration) {
	p.clock, p.cpu = append(p.clock, clock), append(p.cpu, cpu)
}

func middleOf(all []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(all))[len(all)/2]
}

func (p *spent) report(b *testing.B, unit, name string) {
	b.Helper()
	report(b, mibps(middleOf(p.clock)), "MiB/s-"+unit, name+", per second, median of "+strconv.Itoa(rounds), "")
	report(b, middleOf(p.cpu).Seconds()/float64(huge>>20)*1024, "s/cpu-"+unit, "  processor time of the sender for a GiB", "")
}

// BenchmarkTransferRatio sends the app to a tenant by a bare relay, by curl and by the console, and compares.
func BenchmarkTransferRatio(b *testing.B) {
	s := newTransfer(b)
	var relay, curl, serve spent
	var ratios []float64
	for round := range rounds {
		var relayed, sent time.Duration
		ways := []func(secureTenant){
			func(at secureTenant) {
				before := cpu(b, os.Getpid())
				relayed = s.relay(at.Tenant)
				relay.add(relayed, cpu(b, os.Getpid())-before)
			},
			func(at secureTenant) {
				name := "ratio" + strconv.Itoa(round)
				s.deploy(name, at.Base, at)
				flush()
				before := cpu(b, s.Pid())
				sent = s.distribute("To "+name, fmt.Sprintf(`((subject.name=%q))`, name), 1)
				serve.add(sent, cpu(b, s.Pid())-before)
			},
			func(at secureTenant) { curl.add(s.curl(at.Tenant)) },
		}
		if round%2 == 1 {
			ways[0], ways[1] = ways[1], ways[0]
		}
		for _, way := range ways {
			s.aside(way)
		}
		ratios = append(ratios, relayed.Seconds()/sent.Seconds())
		b.Logf("round %d: relay %s, curl %s, serve %s", round+1, relayed, curl.clock[round], sent)
	}
	report(b, float64(huge>>20), "MiB/app", "Size of the large app", "")
	relay.report(b, "relay", "Bare io.Copy relay with TLS and SHA-256")
	curl.report(b, "curl", "curl with TLS, without a hash")
	serve.report(b, "serve", "serve with TLS and SHA-256, from Apply of the policy to distributed")
	slices.Sort(ratios)
	report(b, ratios[rounds/2], "ratio", "serve against the relay, median of the rounds", ">= 0.95")
	report(b, ratios[0], "ratio-worst", "  worst", "")
	report(b, ratios[rounds-1], "ratio-best", "  best", "")
}

// aside does something with a tenant of its own, so that every way finds as much disk and memory.
func (s *transfer) aside(do func(secureTenant)) {
	at := s.tenant()
	defer s.end(at)
	flush()
	do(at)
}

// flush lets the disk write what came before, so that nobody pays for those who went first.
func flush() { syscall.Sync() }

// open makes an upload in a tenant.
func (s *transfer) open(at driver.Tenant) *url.URL {
	s.Helper()
	response, err := at.Call(s.Context(), http.MethodPost, at.Base+"/api/v1/temp-contents/files", "", nil,
		"Tus-Resumable", "1.0.0", "Upload-Length", strconv.FormatInt(huge, 10))
	good(s.B, err)
	response.Body.Close()
	to, err := response.Request.URL.Parse(response.Header.Get("Location"))
	good(s.B, err)
	return to
}

// headers are those of a PATCH that brings the whole file.
func headers() []string {
	return []string{"Authorization: Bearer " + apiKey, "Tus-Resumable: 1.0.0", "Upload-Offset: 0", "Content-Type: application/offset+octet-stream"}
}

// relay is as little as a program can do: one io.Copy of the file, hashed, into one TLS connection.
func (s *transfer) relay(at driver.Tenant) time.Duration {
	s.Helper()
	f, err := os.Open(s.file)
	good(s.B, err)
	defer f.Close()
	started := time.Now()
	to := s.open(at)
	conn, err := tls.Dial("tcp", to.Host, s.tls())
	good(s.B, err)
	defer conn.Close()
	fmt.Fprintf(conn, "PATCH %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", to.Path, to.Host, huge)
	for _, h := range headers() {
		fmt.Fprintf(conn, "%s\r\n", h)
	}
	fmt.Fprint(conn, "\r\n")
	_, err = io.Copy(io.MultiWriter(conn, sha256.New()), f)
	good(s.B, err)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	good(s.B, err)
	answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent {
		s.Fatalf("the relay was answered %s", answer.Status)
	}
	return time.Since(started)
}

// curl is a process of its own; it also gives its processor time.
func (s *transfer) curl(at driver.Tenant) (clock, cpu time.Duration) {
	s.Helper()
	started := time.Now()
	args := []string{"--silent", "--show-error", "--fail", "--cacert", s.cert, "--request", "PATCH", "--upload-file", s.file}
	for _, h := range headers() {
		args = append(args, "--header", h)
	}
	command := exec.CommandContext(s.Context(), "curl", append(args, s.open(at).String())...)
	out, err := command.CombinedOutput()
	if err != nil {
		s.Fatalf("curl: %v\n%s", err, out)
	}
	return time.Since(started), command.ProcessState.UserTime() + command.ProcessState.SystemTime()
}
