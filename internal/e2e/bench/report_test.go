// Package bench measures the real program from outside, and prints the figures beside what was aimed at. It judges
// nothing: a slow machine fails no test.
package bench

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/skyferry/skyferry/internal/e2e/program"
)

// figure is a line of the report.
type figure struct{ name, value, aim string }

var figures []figure

// report notes a figure for the table, and for the tools that read benchmarks.
func report(b *testing.B, value float64, unit, name, aim string) {
	b.ReportMetric(value, unit)
	word, _, _ := strings.Cut(unit, "/")
	figures = append(figures, figure{name, fmt.Sprintf("%.4g %s", value, word), aim})
}

func TestMain(m *testing.M) {
	var err error
	if parent, err = os.MkdirTemp("", "skyferry-bench-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(parent)
	if len(figures) > 0 {
		fmt.Printf("\n%s, %d cores, %s %s/%s, %s\n\n", processor(), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, time.Now().Format(time.DateOnly))
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 3, ' ', 0)
		for _, f := range figures {
			fmt.Fprintf(w, "%s\t%s\t%s\n", f.name, f.value, f.aim)
		}
		w.Flush()
	}
	program.Clean()
	os.Exit(code)
}

// processor names the machine; its model is no secret and the figures mean nothing without it.
func processor() string {
	raw, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(raw)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

// percentile of durations, in milliseconds.
func percentile(all []time.Duration, p float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return ms(sorted[min(int(p*float64(len(sorted))), len(sorted)-1)])
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func good(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
