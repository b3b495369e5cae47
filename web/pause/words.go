package pause

import (
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/web/ui"
)

// totals are the deliveries and apps of all deployments.
type totals struct{ Deployments, Running, Waiting, InTenant int }

func add(rows []distribution.Summary) totals {
	t := totals{Deployments: len(rows)}
	for _, s := range rows {
		t.Running += s.Working
		t.Waiting += s.Waiting + s.Retrying
		t.InTenant += s.InTenant
	}
	return t
}

// sentences are all that a pause will do.
func (t totals) sentences() []string {
	words := []string{"Nothing is sent to any of the " + ui.Plural(t.Deployments, "deployment", "deployments") + " until somebody resumes, also after a restart."}
	if t.Running > 0 {
		words = append(words, ui.Plural(t.Running, "running delivery stops", "running deliveries stop")+" at the next slice; what is uploaded is kept.")
	}
	if t.Waiting > 0 {
		words = append(words, ui.Plural(t.Waiting, "waiting delivery is", "waiting deliveries are")+" paused at once.")
	}
	if t.Running+t.Waiting == 0 {
		words = append(words, "No delivery runs or waits.")
	}
	if t.InTenant > 0 {
		words = append(words, ui.Plural(t.InTenant, "app in the tenants stays as it is.", "apps in the tenants stay as they are."))
	}
	return append(words, "New publish events are kept and decided; their deliveries wait.")
}
