package start

import (
	"slices"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
)

// ending is a key, secret or certificate that ends soon, or is over.
type ending struct {
	of    deployment.Deployment
	what  deployment.Expiry
	state string // of ui.StateText
	words string
}

// endings gives what ends within 30 days, the nearest first. A disabled deployment needs nothing.
func endings(summaries []distribution.Summary, now time.Time) []ending {
	var all []ending
	for _, s := range summaries {
		if s.Deployment.Disabled {
			continue
		}
		for _, e := range s.Deployment.Due(now) {
			state := "warning"
			if e.Notice(now) == 1 {
				state = "failed"
			}
			all = append(all, ending{s.Deployment, e, state, e.Words(now)})
		}
	}
	slices.SortStableFunc(all, func(a, b ending) int { return a.what.At.Compare(b.what.At) })
	return all
}
