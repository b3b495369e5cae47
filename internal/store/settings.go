package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/google/uuid"
)

// The keys of the settings table.
const (
	siteIDKey     = "site_id"
	keyCheckKey   = "key_check"
	setupTokenKey = "setup_token"
)

// SiteID gives the identity of this console's site, a UUID made once. The keys that make deliveries happen exactly once
// and the issuers of signing keys are made from it.
func (s *Store) SiteID(context.Context) string { return s.siteID }

// Setting gives a setting's value, empty when it was never set.
func (s *Store) Setting(ctx context.Context, key string) (value string, err error) {
	err = s.read(ctx, func(tx *tx) error {
		value, err = tx.setting(ctx, key)
		return err
	})
	return value, err
}

// SetSetting keeps a setting.
func (s *Store) SetSetting(ctx context.Context, key, value string) error {
	return s.write(ctx, func(tx *tx) error { return tx.setSetting(ctx, key, value) })
}

// setting gives a setting's value, empty when it was never set.
func (tx *tx) setting(ctx context.Context, key string) (string, error) {
	var value string
	err := tx.row(ctx, `SELECT value FROM settings WHERE key = ?`, key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

// setSetting keeps a setting; an empty value forgets it.
func (tx *tx) setSetting(ctx context.Context, key, value string) error {
	if value == "" {
		_, err := tx.exec(ctx, `DELETE FROM settings WHERE key = ?`, key)
		return err
	}
	_, err := tx.exec(ctx, `INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return err
}

func ensureSiteID(ctx context.Context, tx *tx) (string, error) {
	id, err := tx.setting(ctx, siteIDKey)
	if err != nil || id != "" {
		return id, err
	}
	id = uuid.NewString()
	return id, tx.setSetting(ctx, siteIDKey, id)
}

// checkKey refuses a key other than the one that sealed what is stored; a new database gets its check value.
func (s *Store) checkKey(ctx context.Context, tx *tx) error {
	sealed, err := tx.setting(ctx, keyCheckKey)
	if err != nil {
		return err
	}
	if sealed == "" {
		return tx.setSetting(ctx, keyCheckKey, s.box.Check())
	}
	return s.box.Verify(sealed)
}
