package store

import "context"

// Mark is a number that grows with every change of the site and of the configuration: each writes its audit record in the
// same transaction. Who keeps something made of them compares it, and makes it anew when it differs.
func (s *Store) Mark(ctx context.Context) (mark int64, err error) {
	err = s.read(ctx, func(tx *tx) error {
		return tx.row(ctx, `SELECT COALESCE(MAX(seq), 0) FROM audit`).Scan(&mark)
	})
	return mark, err
}
