package policies

import (
	"context"
	"sync"

	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
)

// catalogue keeps the site's published apps and the stored policies ready for deciding, so that the result of a rule comes
// while somebody types. It is made anew when anything has changed since.
type catalogue struct {
	mu   sync.Mutex
	mark int64
	now  *standing
}

// standing is everything that decides, as of one moment. It is never changed.
type standing struct {
	apps   *policy.Apps
	stored []policy.Policy
	set    *policy.Set
	values map[string][]string    // what is known of the apps, by path
	marked map[string]policy.Bits // apps whose copy in the tenant stays as it is, by the deployment's id; absent: none
}

// standing gives what decides now. The mark is read first: what changes while the rest is read is seen by the next one.
func (s *Screen) standing(ctx context.Context) (*standing, error) {
	c := &s.catalogue
	mark, err := s.Store.Mark(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now != nil && c.mark == mark {
		return c.now, nil
	}
	now, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	c.mark, c.now = mark, now
	return now, nil
}

func (s *Screen) read(ctx context.Context) (*standing, error) {
	stored, err := s.Store.AllPolicies(ctx)
	if err != nil {
		return nil, err
	}
	var apps []site.App
	err = s.Store.EachPublishedApp(ctx, func(a site.App) error {
		apps = append(apps, a)
		return nil
	})
	if err != nil {
		return nil, err
	}
	now := &standing{policy.NewApps(apps), stored, policy.Compile(stored), valuesIn(apps), map[string]policy.Bits{}}
	marked, err := s.Store.MarkedApps(ctx)
	for id, apps := range marked {
		now.marked[id] = now.apps.Of(apps)
	}
	return now, err
}
