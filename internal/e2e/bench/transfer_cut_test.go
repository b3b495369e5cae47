package bench

import (
	"math/rand/v2"
	"net/url"
	"testing"

	"github.com/skyferry/skyferry/internal/e2e/line"
)

// tlsRecord and tlsExtra are what TLS 1.3 makes of a full record: 5 bytes of header, 1 of type, 16 of tag.
const (
	tlsRecord = 16 << 10
	tlsExtra  = 22
)

// BenchmarkTransferCut drops the connection at a random byte and counts what went over the line twice.
func BenchmarkTransferCut(b *testing.B) {
	s := newTransfer(b)
	at := s.tenant()
	base, err := url.Parse(at.Base)
	good(b, err)
	l := line.Open(b, base.Host)
	s.deploy("cut", "https://"+l.Address, at)
	cut := rand.Int64N(huge)
	l.CutAfter(cut)
	took := s.distribute("To cut", `((subject.name="cut"))`, 1)
	if l.Cuts() != 1 {
		b.Fatalf("%d cuts", l.Cuts())
	}
	once := huge + huge/tlsRecord*tlsExtra
	b.Logf("cut after %d bytes; %d bytes went over the line, %d at least would without a cut; %s", cut, l.Sent(), once, took)
	report(b, float64(cut)/(1<<20), "MiB/cut", "Cut of the connection after", "")
	report(b, float64(l.Sent()-once)/(1<<20), "MiB/twice", "  bytes that went over the line twice, headers and small TLS records included", "<= 256 MiB, one chunk")
	s.end(at)
}
