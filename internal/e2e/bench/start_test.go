package bench

import (
	"testing"
	"time"
)

const starts = 11

// BenchmarkStart measures from the start of the process to its ready line, with the database of 10,000 apps.
func BenchmarkStart(b *testing.B) {
	folder := tenThousand(b)
	serve(b, folder).Stop()
	var took []time.Duration
	for range starts {
		p := serve(b, folder)
		took = append(took, p.Ready)
		p.Stop()
	}
	report(b, percentile(took, 0.5), "ms/start", "Start to ready, existing database, median of 11", "<= 300 ms")
	report(b, percentile(took, 1), "ms/start-max", "  slowest", "")
}

// BenchmarkIdleMemory looks at the resident size after somebody has signed in and looked around, and has then left.
func BenchmarkIdleMemory(b *testing.B) {
	c := signIn(b, serve(b, tenThousand(b)))
	for _, path := range []string{"/", "/apps", "/status", "/policies", "/deployments", "/audit"} {
		_, err := c.Get(b.Context(), path)
		good(b, err)
	}
	report(b, memory(b, c.Pid(), "VmRSS"), "MiB/after-sign-in", "Memory right after a sign-in and six pages", "")
	time.Sleep(20 * time.Second) // idle
	report(b, memory(b, c.Pid(), "VmRSS"), "MiB/idle", "Idle memory, 20 s later", "<= 60 MiB")
	c.Stop()

	p := serve(b, b.TempDir())
	time.Sleep(5 * time.Second)
	report(b, memory(b, p.Pid(), "VmRSS"), "MiB/first-start", "Idle memory after the first start ever", "<= 60 MiB")
}
