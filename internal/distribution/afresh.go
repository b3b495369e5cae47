package distribution

import (
	"context"
	"time"

	"github.com/skyferry/skyferry/internal/tenant"
)

// afresh looks at the deployment anew when the tenant refused the sign-in. A run signs in with what there was when it began:
// that key or secret were replaced meanwhile is no reason to stop all.
func (r *run) afresh(ctx context.Context, err error) error {
	if tenant.CauseOf(err) != tenant.Unauthorized {
		return err
	}
	if failed := r.reload(ctx); failed != nil {
		return failed
	}
	if r.means == meansOf(r.w) {
		return err
	}
	return &halt{state: Retrying, cause: TokenRefused, message: "The tenant refused a key or secret that was replaced meanwhile. It goes on with the present one.", wait: time.Second, free: true}
}

// means are what a run signs in with: the deployment's version, which stands for its secrets, and the ids of its keys.
type means struct {
	version   int64
	key, next string
}

func meansOf(w Work) means {
	m := means{version: w.Deployment.Version}
	if w.Deployment.Key != nil {
		m.key = w.Deployment.Key.ID
	}
	if w.Deployment.Next != nil {
		m.next = w.Deployment.Next.ID
	}
	return m
}
