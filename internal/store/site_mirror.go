package store

import (
	"context"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
)

// takeAtOnce is how many apps one transaction takes; others write in between.
const takeAtOnce = 200

// Mirror keeps what a connector reads from one repository. When the console's site is another one meanwhile, it refuses with a
// fault.Conflict, so that what is read late from the old site never stands among what comes from the new one.
type Mirror struct {
	store *Store
	of    site.Connection
}

// Mirror gives the place where what is read by this connection is kept.
func (s *Store) Mirror(c site.Connection) *Mirror {
	tidySite(&c)
	return &Mirror{store: s, of: c}
}

// take runs do in a transaction that keeps what was read. Who acted through the console is named; else it is the repository.
func (m *Mirror) take(ctx context.Context, do func(tx *tx, head siteHead) error) error {
	return m.store.write(ctx, func(tx *tx) error {
		if tx.actor == account.System {
			tx.actor = account.Repository
		}
		head, err := tx.siteHead(ctx)
		if err != nil {
			return err
		}
		if !m.of.SameSite(site.Connection{Kind: head.kind, Host: head.host}) {
			return fault.New(fault.Conflict, "The site was changed meanwhile; what was read at %s is not kept.", m.of.Host)
		}
		return do(tx, head)
	})
}

// SitePrints gives the print of each app as it was last taken, by id.
func (m *Mirror) SitePrints(ctx context.Context) (prints map[string]string, err error) {
	prints = map[string]string{}
	err = m.store.read(ctx, func(tx *tx) error {
		rows, err := tx.query(ctx, `SELECT id, site_print FROM apps`)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var id, seen string
			if err := rows.Scan(&id, &seen); err != nil {
				return err
			}
			prints[id] = seen
		}
		return rows.Err()
	})
	return prints, err
}

// SiteKnown says whether all apps of the site have been read once: whether SiteTaken was called since it became the site.
func (m *Mirror) SiteKnown(ctx context.Context) (known bool, err error) {
	err = m.store.read(ctx, func(tx *tx) error {
		head, err := tx.siteHead(ctx)
		known = head.taken
		return err
	})
	return known, err
}

// SiteTaken ends a first sweep, whose apps made no events of their own: all of them are decided by one event.
func (m *Mirror) SiteTaken(ctx context.Context, apps int) error {
	return m.take(ctx, func(tx *tx, head siteHead) error { return m.store.siteTaken(ctx, tx, head, apps) })
}

func (s *Store) siteTaken(ctx context.Context, tx *tx, head siteHead, apps int) error {
	if _, err := tx.exec(ctx, `UPDATE site_connection SET taken = ?`, micros(tx.now)); err != nil {
		return err
	}
	err := tx.recordSite(ctx, "read in full", head.host, account.Change{Field: "Apps", After: countText(int64(apps))})
	if err != nil {
		return err
	}
	return s.emit(ctx, tx, distribution.Event{Kind: distribution.SiteChanged, Note: "site " + quoted(head.host) + " read in full"})
}

// AskedSite records who of ours asks the site to change an app, before it is asked: how the site answers may never be known. What comes of
// it is taken like everything else.
func (m *Mirror) AskedSite(ctx context.Context, what string, now, wanted site.App) error {
	return m.take(ctx, func(tx *tx, _ siteHead) error {
		return tx.recordApp(ctx, "asked the site to "+what, &now, &wanted)
	})
}
