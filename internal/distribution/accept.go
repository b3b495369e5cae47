package distribution

import (
	"context"

	"github.com/skyferry/skyferry/internal/deployment"
)

// LookAgain tries the sign-in of a deployment that is paused because its tenant refused it, and ends the pause when the tenant accepts
// it again: a short outage of the sign-in at night must not hold everything until somebody comes. It says whether the pause has ended.
// What still is refused, or does not answer, is no error: that is known.
func (e *Engine) LookAgain(ctx context.Context, d deployment.Deployment) (bool, error) {
	if d.Disabled || d.Pause == nil || d.Pause.Cause != string(TokenRefused) {
		return false, nil
	}
	id := ""
	t, err := e.Tenants.Tenant(ctx, d)
	if err == nil {
		id, err = t.TenantID(ctx)
	}
	if _, told := asTenant(err); told || err == nil && d.TenantID != "" && id != d.TenantID {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, e.Store.EndPause(ctx, d.ID, TokenRefused)
}
