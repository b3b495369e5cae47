package store

import (
	"context"
	"time"

	"github.com/skyferry/skyferry/internal/secret"
	"github.com/skyferry/skyferry/internal/site"
)

const siteRow = "site"

var (
	siteKeyColumn = sealedColumn{"site_connection", "key_pem"}
	siteJWTColumn = sealedColumn{"site_connection", "jwt"}
)

const siteColumns = `kind, way, host, port, client_pem, client_file, key_file, root_pem, root_file, user_directory, user_id, prefix, jwt_file,
	callback, look, sweep, exports, window_from, window_to, acting, fixed`

func sitePlaces(c *site.Connection) []any {
	return []any{
		&c.Kind, &c.Way, &c.Host, &c.Port, &c.ClientPEM, &c.ClientFile, &c.KeyFile, &c.RootPEM, &c.RootFile, &c.UserDirectory, &c.UserID, &c.Prefix, &c.JWTFile,
		&c.Callback, &c.Look, &c.Sweep, &c.Exports, &c.Window.From, &c.Window.To, &c.Acting, &c.Fixed,
	}
}

func siteValues(c site.Connection) []any {
	return []any{
		c.Kind, c.Way, c.Host, c.Port, c.ClientPEM, c.ClientFile, c.KeyFile, c.RootPEM, c.RootFile, c.UserDirectory, c.UserID, c.Prefix, c.JWTFile,
		c.Callback, c.Look, c.Sweep, c.Exports, c.Window.From, c.Window.To, c.Acting, c.Fixed,
	}
}

// SiteConnection says where the apps of the site come from, with its secrets opened. Its kind is site.Unset when nobody has said.
func (s *Store) SiteConnection(ctx context.Context) (c site.Connection, err error) {
	err = s.read(ctx, func(tx *tx) error {
		c, err = s.siteConnection(ctx, tx)
		return err
	})
	return c, err
}

func (s *Store) siteConnection(ctx context.Context, tx *tx) (c site.Connection, err error) {
	var key, jwt string
	var observed time.Time
	err = tx.row(ctx, `SELECT `+siteColumns+`, key_pem, jwt, observe_since, version, modified, modified_by FROM site_connection`).
		Scan(append(sitePlaces(&c), &key, &jwt, moment(&observed), &c.Version, moment(&c.Modified), &c.ModifiedBy)...)
	if isGone(err) {
		return site.Connection{}, nil
	}
	if err != nil {
		return c, err
	}
	c.ObserveOnly = !observed.IsZero()
	if c.KeyPEM, err = s.opened(siteKeyColumn, key); err != nil {
		return c, err
	}
	c.JWT, err = s.opened(siteJWTColumn, jwt)
	return c, err
}

func (s *Store) opened(column sealedColumn, sealed string) (string, error) {
	plain, err := s.unseal(column, siteRow, sealed)
	return plain.Reveal(), err
}

// siteHead is what the changes of apps need to know of the connection, without its secrets.
type siteHead struct {
	kind  site.Kind
	host  string
	taken bool
}

func (tx *tx) siteHead(ctx context.Context) (h siteHead, err error) {
	var taken int64
	err = tx.row(ctx, `SELECT kind, host, taken FROM site_connection`).Scan(&h.kind, &h.host, &taken)
	if isGone(err) {
		return siteHead{}, nil
	}
	h.taken = taken != 0
	return h, err
}

// putSite writes the connection, with its secrets sealed.
func (s *Store) putSite(ctx context.Context, tx *tx, c site.Connection) error {
	key, err := s.seal(siteKeyColumn, siteRow, secret.Text(c.KeyPEM))
	if err != nil {
		return err
	}
	jwt, err := s.seal(siteJWTColumn, siteRow, secret.Text(c.JWT))
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, `INSERT INTO site_connection (id, kind, version, modified, modified_by) VALUES (?, '', 0, 0, '') ON CONFLICT (id) DO NOTHING`, siteRow); err != nil {
		return err
	}
	_, err = tx.exec(ctx, `UPDATE site_connection SET (`+siteColumns+`) = (`+marks(len(siteValues(c)))+`), key_pem = ?, jwt = ?,
		version = version + 1, modified = ?, modified_by = ?`, append(siteValues(c), key, jwt, micros(tx.now), tx.actor.Name)...)
	return err
}
