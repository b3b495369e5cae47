package store

import (
	"context"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/site"
)

// TakeGone forgets apps that were deleted on the site. What tenants hold of them stays there.
func (m *Mirror) TakeGone(ctx context.Context, ids []string) error {
	for part := range slices.Chunk(lower(ids), takeAtOnce) {
		err := m.take(ctx, func(tx *tx, _ siteHead) error { return m.store.takeGone(ctx, tx, part) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) takeGone(ctx context.Context, tx *tx, ids []string) error {
	in, args := `id IN (`+marks(len(ids))+`)`, anys(ids)
	gone, err := tx.apps(ctx, `WHERE a.`+in+` ORDER BY a.id`, args...)
	if err != nil {
		return err
	}
	if err := tx.rememberApps(ctx, in, args...); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, `DELETE FROM apps WHERE `+in, args...); err != nil {
		return err
	}
	for _, a := range gone {
		if err := tx.recordApp(ctx, "deleted", &a, nil); err != nil {
			return err
		}
		if !a.Published() {
			continue
		}
		if err := s.emitApp(ctx, tx, site.Deleted, a, "deleted"); err != nil {
			return err
		}
	}
	return nil
}

// lower gives ids as they are stored.
func lower(ids []string) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = strings.ToLower(id)
	}
	return all
}
