package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/skyferry/skyferry/internal/distribution"
)

// figures is what the metrics read of the database at each scrape.
type figures interface {
	Summaries(ctx context.Context) ([]distribution.Summary, error)
	Causes(ctx context.Context) ([]distribution.Fold, error)
}

// newMetrics serves /metrics from a registry of our own.
func newMetrics(f figures) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &collector{f})
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: scrapeLimit})
}

const scrapeLimit = 10 * time.Second

// collector reads the figures when they are asked for, so that they are never older than the scrape.
type collector struct{ figures figures }

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("skyferry_"+name, help, labels, nil)
}

var (
	deliveries    = describe("deliveries", "Deliveries now, by state.", "deployment", "state")
	placements    = describe("placements", "Apps in the tenant.", "deployment")
	left          = describe("placements_left", "Apps left in the tenant and no longer refreshed.", "deployment")
	behind        = describe("behind_seconds_max", "By how much the oldest data in the tenant is behind the site.", "deployment")
	oldestWaiting = describe("oldest_waiting_seconds", "Age of the oldest open delivery.", "deployment")
	pausedNow     = describe("deployment_paused", "1 while the deployment is paused.", "deployment")
	failures      = describe("failures", "Deliveries that need attention now, by cause.", "deployment", "cause")
)

// Describe names the metrics.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{deliveries, placements, left, behind, oldestWaiting, pausedNow, failures} {
		out <- d
	}
}

// Collect reads them.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeLimit)
	defer cancel()
	summaries, err := c.figures.Summaries(ctx)
	if err == nil {
		err = c.collectCauses(ctx, out)
	}
	if err != nil {
		slog.WarnContext(ctx, "metrics are incomplete", "error", err)
		out <- prometheus.NewInvalidMetric(deliveries, err)
		return
	}
	for _, s := range summaries {
		collectOne(out, s)
	}
}

func collectOne(out chan<- prometheus.Metric, s distribution.Summary) {
	name := s.Deployment.Name
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, append([]string{name}, labels...)...)
	}
	for state, n := range map[string]int{"waiting": s.Waiting, "working": s.Working, "retrying": s.Retrying, "paused": s.Paused, "failed": s.Failed} {
		gauge(deliveries, float64(n), state)
	}
	gauge(placements, float64(s.InTenant))
	gauge(left, float64(s.Left))
	gauge(behind, s.OldestData.Seconds())
	waiting := 0.0
	if !s.WaitingFrom.IsZero() {
		waiting = time.Since(s.WaitingFrom).Seconds()
	}
	gauge(oldestWaiting, waiting)
	paused := 0.0
	if s.Deployment.Pause != nil {
		paused = 1
	}
	gauge(pausedNow, paused)
}

// collectCauses counts what needs attention. One deployment may have one cause in two states, so they are added up.
func (c *collector) collectCauses(ctx context.Context, out chan<- prometheus.Metric) error {
	folds, err := c.figures.Causes(ctx)
	if err != nil {
		return err
	}
	counts := map[[2]string]int{}
	for _, f := range folds {
		counts[[2]string{f.Deployment.Name, string(f.Cause)}] += f.Count
	}
	for labels, n := range counts {
		out <- prometheus.MustNewConstMetric(failures, prometheus.GaugeValue, float64(n), labels[0], labels[1])
	}
	return nil
}
