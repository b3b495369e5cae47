package store

import (
	"context"

	"github.com/skyferry/skyferry/internal/site"
)

// TakeOwners keeps what the site's users are called, of those that own something here: the others are nobody's business.
func (m *Mirror) TakeOwners(ctx context.Context, owners []site.Owner) error {
	return m.takeThings(ctx, func(t *taking) error {
		rows, err := list(ctx, t.tx, scanOwner, selectOwners+`ORDER BY id`)
		if err != nil {
			return err
		}
		known := map[string]site.Owner{}
		for _, o := range rows {
			known[o.ID] = o
		}
		for _, o := range owners {
			was, ours := known[o.ID]
			if !ours {
				continue
			}
			if _, err := t.putOwner(ctx, was, true, o); err != nil {
				return err
			}
		}
		_, err = t.tx.exec(ctx, `DELETE FROM owners WHERE NOT EXISTS (SELECT 1 FROM apps a WHERE a.owner_id = owners.id)
			AND NOT EXISTS (SELECT 1 FROM streams st WHERE st.owner_id = owners.id)`)
		return err
	})
}
