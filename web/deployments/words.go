package deployments

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/ui"
)

// namedBy says which policies name a deployment: "2 policies name it: A, B." At most ten are listed.
func namedBy(named []policy.Policy) string {
	if len(named) == 0 {
		return "No policy names it."
	}
	var names []string
	for _, p := range named[:min(len(named), 10)] {
		names = append(names, p.Name)
	}
	more := ""
	if len(named) > 10 {
		more = fmt.Sprintf(" and %d more", len(named)-10)
	}
	return fmt.Sprintf("%s it: %s%s.", ui.Plural(len(named), "policy names", "policies name"), strings.Join(names, ", "), more)
}

// cancelled says what ends with the deployment.
func cancelled(c store.Consequences) string {
	switch n := c.Running + c.Waiting; n {
	case 0:
		return "No delivery runs or waits."
	case 1:
		return "1 delivery is cancelled."
	default:
		return ui.Number(n) + " deliveries are cancelled."
	}
}

// lookedUp says what becomes of imports that have begun when a deployment is disabled.
func lookedUp(c store.Consequences) string {
	if len(c.Begun) == 0 {
		return ""
	}
	return ui.Plural(len(c.Begun), "app has begun its import and is", "apps have begun their import and are") +
		" looked up there until it is known what that made: nothing is sent for that. "
}

// lost says what nobody learns any more when a deployment is deleted, and what to do to learn it.
func lost(c store.Consequences) string {
	if len(c.Begun) == 0 {
		return ""
	}
	return perhapsThere(c) + " To know it, disable the deployment first: then they are looked up, and what is there is shown as left in the tenant. "
}

// perhapsThere names the apps that may be in the tenant without a trace on the console. At most ten are listed.
func perhapsThere(c store.Consequences) string {
	if len(c.Begun) == 0 {
		return ""
	}
	more := ""
	if len(c.Begun) > 10 {
		more = fmt.Sprintf(" and %d more; the audit names them", len(c.Begun)-10)
	}
	return "In the middle of their import, and perhaps in the tenant without being shown here: " + strings.Join(c.Begun[:min(len(c.Begun), 10)], ", ") + more + "."
}

// stay says what happens to the apps in the tenant: nothing but standing still.
func stay(c store.Consequences) string {
	switch c.InTenant {
	case 0:
		return "No app is in the tenant."
	case 1:
		return "The app in the tenant stays there and is no longer refreshed."
	default:
		return "The " + ui.Number(c.InTenant) + " apps in the tenant stay there and are no longer refreshed."
	}
}

// untouched says that a pause changes nothing in the tenant.
func untouched(c store.Consequences) string {
	if c.InTenant == 0 {
		return "No app is in the tenant."
	}
	return ui.Plural(c.InTenant, "app in the tenant stays as it is.", "apps in the tenant stay as they are.")
}

// halted says what a pause stops.
func halted(c store.Consequences) string {
	if c.Running+c.Waiting == 0 {
		return "No delivery runs or waits."
	}
	var parts []string
	if c.Running > 0 {
		parts = append(parts, ui.Plural(c.Running, "running delivery stops at the next slice and keeps", "running deliveries stop at the next slice and keep")+" what is uploaded.")
	}
	if c.Waiting > 0 {
		parts = append(parts, ui.Plural(c.Waiting, "waiting delivery is", "waiting deliveries are")+" paused at once.")
	}
	return strings.Join(parts, " ")
}

// goesOn says what a pause holds back.
func goesOn(c store.Consequences) string {
	if c.Running+c.Waiting == 0 {
		return "No delivery waits."
	}
	return ui.Plural(c.Running+c.Waiting, "delivery goes on where it stopped.", "deliveries go on where they stopped.")
}

// takenUp says what happens to apps that were left in the tenant.
func takenUp(c store.Consequences) string {
	if c.Left == 0 {
		return "No app is left in the tenant."
	}
	return "Of " + ui.Plural(c.Left, "app", "apps") + " left in the tenant, those that a policy sends there are taken up and refreshed again; the others stay as they are."
}

// sentence gives a reason, as somebody typed it, its full stop.
func sentence(reason string) string {
	if reason == "" || strings.ContainsAny(reason[len(reason)-1:], ".!?") {
		return reason
	}
	return reason + "."
}

// added tells what happens now that a deployment was made.
func (s *Screen) added(ctx context.Context, d deployment.Deployment) string {
	return "Successfully added. " + s.effect(ctx, d)
}

// updated tells what happens now that a deployment was changed.
func (s *Screen) updated(ctx context.Context, before, after deployment.Deployment, rewritten int) string {
	words := []string{"Successfully updated."}
	if rewritten > 0 {
		words = append(words, ui.Plural(rewritten, "policy was", "policies were")+" rewritten.")
	}
	if before.Endpoint != after.Endpoint {
		words = append(words, "The address is another one: the next contact binds the tenant that answers there, and what is in the old tenant stays there.")
	}
	return strings.Join(append(words, s.effect(ctx, after)), " ")
}

// effect says how many policies send apps to the deployment.
func (s *Screen) effect(ctx context.Context, d deployment.Deployment) string {
	named, err := s.naming(ctx, d.Name)
	if err != nil {
		slog.WarnContext(ctx, "the policies of a deployment were not counted", "error", err)
		return ""
	}
	if len(named) == 0 {
		return "No policy names it: only a policy that names no deployment at all, and so means every one, sends apps there."
	}
	return namedBy(named)
}

func these(n int) string {
	if n == 1 {
		return "it"
	}
	return "they"
}

func verbS(n int) string {
	if n == 1 {
		return "s"
	}
	return ""
}
