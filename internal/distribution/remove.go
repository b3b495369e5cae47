package distribution

import (
	"context"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/tenant"
)

// removeLimit bounds the call that removes an app.
const removeLimit = 12 * time.Second

// Remove deletes in its tenant an app that was left there: somebody asked for it (design.md section 3). The tenant's own id
// is compared first, and an outcome that is not known is read back. Without an error the app is surely not there.
// The errors are a fault.Conflict for another tenant, and a fault.Unavailable when the app is still there or nobody knows.
func Remove(ctx context.Context, t Tenant, p Placement) error {
	id, err := t.TenantID(ctx)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "Nothing was removed: the tenant did not answer. %s", sentence(err.Error()))
	}
	if id != p.TenantID {
		return fault.New(fault.Conflict, "Nothing was removed: the address is another tenant (%s) than the one that holds the app (%s).", id, p.TenantID)
	}
	bounded, cancel := context.WithTimeout(ctx, removeLimit) // and time is left to read back
	defer cancel()
	err = t.DeleteApp(bounded, p.RemoteID)
	if err == nil || tenant.CauseOf(err) == tenant.NotFound {
		return nil
	}
	return stillThere(ctx, t, p, err)
}

// stillThere looks once whether an app went away by a call that gave an error.
func stillThere(ctx context.Context, t Tenant, p Placement, cause error) error {
	_, err := t.App(ctx, p.RemoteID)
	switch {
	case tenant.CauseOf(err) == tenant.NotFound:
		return nil
	case err != nil:
		return fault.Wrap(cause, fault.Unavailable, "It is not known whether %q was removed: the tenant does not answer. Ask again in a minute. %s", p.RemoteName, sentence(cause.Error()))
	default:
		return fault.Wrap(cause, fault.Unavailable, "%q is still in the tenant. %s", p.RemoteName, sentence(cause.Error()))
	}
}
