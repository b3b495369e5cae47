package store

import (
	"context"

	"github.com/skyferry/skyferry/internal/distribution"
)

// SpoolEntries lists the index of the spool, the longest unused first.
func (s *Store) SpoolEntries(ctx context.Context) (entries []distribution.SpoolEntry, err error) {
	scan := func(row scanner) (distribution.SpoolEntry, error) {
		var e distribution.SpoolEntry
		err := row.Scan(&e.Key, &e.Node, &e.Path, &e.Size, &e.SHA256, moment(&e.Used))
		return e, err
	}
	err = s.read(ctx, func(tx *tx) error {
		entries, err = list(ctx, tx, scan, `SELECT entry_key, node, path, size, sha256, used FROM spool ORDER BY used, entry_key`)
		return err
	})
	return entries, err
}

// PutSpoolEntry keeps an entry, in place of one with the same key.
func (s *Store) PutSpoolEntry(ctx context.Context, e distribution.SpoolEntry) error {
	return s.write(ctx, func(tx *tx) error {
		_, err := tx.exec(ctx, `INSERT INTO spool (entry_key, node, path, size, sha256, used) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (entry_key) DO UPDATE SET node = excluded.node, path = excluded.path, size = excluded.size,
				sha256 = excluded.sha256, used = excluded.used`,
			e.Key, e.Node, e.Path, e.Size, e.SHA256, micros(e.Used))
		return err
	})
}

// ExportWanted says whether a delivery of the app is open.
func (s *Store) ExportWanted(ctx context.Context, appID string) (wanted bool, err error) {
	err = s.read(ctx, func(tx *tx) error {
		found, err := list(ctx, tx, scanText, `SELECT id FROM deliveries WHERE app_id = ? AND finished = 0 LIMIT 1`, appID)
		wanted = len(found) > 0
		return err
	})
	return wanted, err
}

// DropSpoolEntry forgets an entry; one that is not there is no error.
func (s *Store) DropSpoolEntry(ctx context.Context, key string) error {
	return s.write(ctx, func(tx *tx) error {
		_, err := tx.exec(ctx, `DELETE FROM spool WHERE entry_key = ?`, key)
		return err
	})
}
