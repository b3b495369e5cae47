package start

import (
	"fmt"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/web/ui"
)

// shortage is a tenant whose plan allows fewer imports than the day is expected to need.
type shortage struct {
	of    deployment.Deployment
	words string
	then  string
}

// shortages gives the tenants whose imports will not do for today. A deployment that stands still needs none.
func shortages(summaries []distribution.Summary, now time.Time) []shortage {
	var all []shortage
	for _, s := range summaries {
		allowed, expected := s.Deployment.Limits.Imports(), s.Imports.Expected(now)
		switch {
		case s.Deployment.Disabled || s.Deployment.Pause != nil:
		case s.Imports.Spent(now):
			all = append(all, shortage{s.Deployment, "The tenant takes no more imports today.", "Deliveries wait for its next day; the newest version of each app goes then."})
		case allowed >= 0 && expected > allowed:
			all = append(all, shortage{s.Deployment,
				fmt.Sprintf("About %s imports expected today, %s allowed.", ui.Number(expected), ui.Number(allowed)),
				fmt.Sprintf("%s used so far. What is left over waits for 00:00 UTC; kept for apps that are not in the tenant yet: the last %s.",
					ui.Number(s.Imports.Used), ui.Number(deployment.Reserve(allowed)))})
		}
	}
	return all
}

// attentions is how many lines stand under Needs attention.
func (v view) attentions() int { return len(v.sites) + len(v.causes) + len(v.ends) + len(v.short) }
