package distribution

import (
	"context"
	"time"
)

// itemWait is how long a placed app may take to show in the catalogue before its memory counts as not told.
const itemWait = 10 * time.Second

// weigh holds what the placed app takes in memory against what the tenant allows. It costs two cheap calls, and nothing
// comes of a tenant that does not tell: the app is placed all the same.
func (r *run) weigh(ctx context.Context, appID string) error {
	old := r.w.Placement
	if r.d.MetadataOnly && old != nil {
		r.memory, r.memoryLimit = old.Memory, old.MemoryLimit
	} else if err := r.askMemory(ctx, appID); err != nil {
		return err
	}
	if r.memoryLimit > 0 && r.memory > r.memoryLimit {
		r.warnf("It needs %s in memory, the tenant allows %s: it may not open", amount(r.memory), amount(r.memoryLimit))
	}
	return nil
}

func (r *run) askMemory(ctx context.Context, appID string) error {
	limit, err := r.t.AppMemory(ctx)
	if err != nil || limit == 0 {
		return r.untold(ctx, err)
	}
	item, found, err := r.t.Item(ctx, appID)
	switch {
	case err != nil:
		return r.untold(ctx, err)
	case !found && r.e.Now().Before(r.d.ImportStarted.Add(min(itemWait, r.e.Settle(r.w.Deployment)))):
		return errLags
	}
	r.memory, r.memoryLimit = item.Memory, limit
	return nil
}

// untold goes on without the figure.
func (r *run) untold(ctx context.Context, err error) error {
	if err != nil {
		r.e.Log.InfoContext(ctx, "the tenant does not tell what the app takes in memory", "delivery", r.d.ID, "error", err)
	}
	return nil
}
