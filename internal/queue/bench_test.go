package queue_test

import (
	"context"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/queue"
)

// BenchmarkPickUp tells how long a job waits for its worker: a part of "publish to first uploaded byte".
func BenchmarkPickUp(b *testing.B) {
	got := make(chan string, 1)
	db := openDB(b, file(b))
	q := newQueue(b, db, queue.Handlers{Decide: noDecide, Deliver: func(_ context.Context, id string, _ int64) (*time.Duration, error) {
		got <- id
		return nil, nil
	}})
	start(b, q, "eu")
	var took []time.Duration
	for b.Loop() {
		begin := time.Now()
		deliver(b, db, q, "eu", "d", time.Time{})
		next(b, got)
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Milliseconds()), "p99-ms")
}

// BenchmarkIdle tells the processor share of a queue with five deployments that has nothing to do. Run it with
// -benchtime 1x.
func BenchmarkIdle(b *testing.B) {
	db := openDB(b, file(b))
	q := newQueue(b, db, queue.Handlers{Decide: noDecide, Deliver: noDeliver})
	start(b, q, "a", "b", "c", "d", "e")
	for b.Loop() {
		before, begin := cpu(), time.Now()
		time.Sleep(10 * time.Second)
		b.ReportMetric(100*float64(cpu()-before)/float64(time.Since(begin)), "%cpu")
	}
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
