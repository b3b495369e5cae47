package start

import (
	"strings"
	"testing"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
)

func TestShortages(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	of := func(name string, plan deployment.Plan, used, open int) distribution.Summary {
		return distribution.Summary{Deployment: deployment.Deployment{Name: name, Limits: deployment.Limits{Plan: plan}}, Imports: distribution.Imports{Used: used, Open: open}}
	}
	paused, told := of("paused", deployment.Starter, 400, 0), of("told", deployment.UnknownPlan, 3, 0)
	paused.Deployment.Pause = &deployment.Pause{}
	told.Imports.SpentUntil = noon.Add(time.Hour)
	var got []string
	for _, s := range shortages([]distribution.Summary{of("enough", deployment.Starter, 200, 100), of("short", deployment.Starter, 200, 101), of("unknown", deployment.UnknownPlan, 9999, 9999), paused, told}, noon) {
		got = append(got, s.of.Name+": "+s.words+" "+s.then)
	}
	want := "short: About 301 imports expected today, 300 allowed. 200 used so far. What is left over waits for 00:00 UTC; kept for apps that are not in the tenant yet: the last 30.; " +
		"told: The tenant takes no more imports today. Deliveries wait for its next day; the newest version of each app goes then."
	if text := strings.Join(got, "; "); text != want {
		t.Errorf("got %s\nwant %s", text, want)
	}
}
