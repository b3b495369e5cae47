package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const eight = 8

// BenchmarkTransferMany sends the app to eight tenants at once, and again by a console that has little memory.
func BenchmarkTransferMany(b *testing.B) {
	s := newTransfer(b)
	for _, limit := range []string{"", "128MiB"} {
		name := "without a limit"
		if limit != "" {
			name = "with GOMEMLIMIT=" + limit
			s.start("GOMEMLIMIT=" + limit)
		}
		s.toMany(name, "many"+limit)
	}
}

// toMany reports how much memory eight deliveries take, and of how many exports they live.
func (s *transfer) toMany(how, prefix string) {
	s.Helper()
	tenants := make([]secureTenant, eight)
	for n := range tenants {
		tenants[n] = s.tenant()
		s.deploy(fmt.Sprintf("%s%d", prefix, n), tenants[n].Base, tenants[n])
	}
	time.Sleep(10 * time.Second) // idle
	idle := memory(s.B, s.Pid(), "VmRSS")
	forgetPeak(s.B, s.Pid())
	exports := s.watchSpool()
	took := s.distribute("To "+prefix, fmt.Sprintf(`((subject.name like "%s*"))`, prefix), eight)
	peak := memory(s.B, s.Pid(), "VmHWM")
	report(s.B, eight*mibps(took), "MiB/s-eight", "To eight tenants at once, "+how+", all together, per second", "")
	report(s.B, idle, "MiB/idle", "  memory of serve before", "")
	report(s.B, peak-idle, "MiB/above-idle", "  peak above that", "<= 64 MiB")
	report(s.B, float64(exports()), "files/exports", "  files that were in the spool for it", "1")
	for _, at := range tenants {
		s.end(at)
	}
}

// watchSpool notes the files of the spool until it is asked how many there were.
func (s *transfer) watchSpool() func() int {
	seen, stop, done := map[string]bool{}, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			files, _ := filepath.Glob(filepath.Join(s.folder, "spool", "*")) // the pattern is a good one
			for _, f := range files {
				if info, err := os.Stat(f); err == nil && info.Mode().IsRegular() {
					seen[f] = true
				}
			}
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	return func() int { close(stop); <-done; return len(seen) }
}
