package store

import (
	"context"
	"fmt"
	"time"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
)

// writeEmbedded runs do in a transaction that changes the embedded site. It is refused where the apps come from a repository: they
// are changed there. The first thing that is made while nobody has said where they come from makes the site the embedded one.
func (s *Store) writeEmbedded(ctx context.Context, do func(tx *tx) error) error {
	return s.write(ctx, func(tx *tx) error {
		head, err := tx.siteHead(ctx)
		switch {
		case err != nil:
			return err
		case head.kind == site.Repository:
			return fault.New(fault.Conflict, "This comes from the site at %s and is changed there, in the QMC or the hub.", head.host)
		case head.kind == site.Unset:
			if err := s.embed(ctx, tx); err != nil {
				return err
			}
		}
		return do(tx)
	})
}

func (s *Store) embed(ctx context.Context, tx *tx) error {
	c := site.Connection{Kind: site.Embedded}
	if err := s.putSite(ctx, tx, c); err != nil {
		return err
	}
	return tx.recordSite(ctx, "changed", siteName(c), siteChanges(site.Connection{}, c)...)
}

// leaveSite forgets the apps, streams, owners and custom properties of a site, and decides about what they placed. It is refused
// while deliveries are open.
func (s *Store) leaveSite(ctx context.Context, tx *tx, before, c site.Connection) error {
	if before.Kind == site.Unset {
		return nil
	}
	if err := tx.nothingUnderWay(ctx); err != nil {
		return err
	}
	why := "the console's site changed from " + siteName(before) + " to " + siteName(c)
	if err := s.leaveTenants(ctx, tx, why); err != nil {
		return err
	}
	if err := tx.rememberApps(ctx, `1 = 1`); err != nil {
		return err
	}
	for _, table := range []string{"apps", "streams", "properties", "owners"} {
		if _, err := tx.exec(ctx, `DELETE FROM `+table); err != nil {
			return err
		}
	}
	if _, err := tx.exec(ctx, `UPDATE site_connection SET taken = 0`); err != nil {
		return err
	}
	if err := tx.setSetting(ctx, shrunkKey, ""); err != nil {
		return err
	}
	return s.emit(ctx, tx, distribution.Event{Kind: distribution.SiteChanged, Note: why})
}

// leaveTenants ends what every deployment has under way, and leaves in the tenants what is there.
func (s *Store) leaveTenants(ctx context.Context, tx *tx, why string) error {
	ids, err := list(ctx, tx, scanText, `SELECT id FROM deployments ORDER BY id`)
	if err != nil {
		return err
	}
	for _, id := range ids {
		h, err := tx.head(ctx, id)
		if err != nil {
			return err
		}
		if _, err := s.breakOff(ctx, tx, h, why); err != nil {
			return err
		}
	}
	return nil
}

// nothingUnderWay refuses while deliveries are open. Those that were only observed have sent nothing, and end with their apps.
func (tx *tx) nothingUnderWay(ctx context.Context) error {
	var open int
	err := tx.row(ctx, `SELECT COUNT(*) FROM deliveries WHERE finished = 0 AND NOT (state = 'paused' AND cause = ? AND stage = '')`, distribution.ObserveOnly).Scan(&open)
	if err != nil || open == 0 {
		return err
	}
	what := fmt.Sprintf("%d deliveries are", open)
	if open == 1 {
		what = "1 delivery is"
	}
	return fault.New(fault.Conflict, "%s open, and would be of apps that are not there any more. Pause distribution and cancel them, or let them end; those that are in the middle of their import end after it is resumed. Then change the site.", what)
}

// rememberApps keeps what apps were, so that one that comes back unchanged is known by its data version.
func (tx *tx) rememberApps(ctx context.Context, where string, args ...any) error {
	_, err := tx.exec(ctx, `
		INSERT INTO former_apps (id, size, last_reload, published_at, generation, gone)
		SELECT id, size, last_reload, published_at, generation, ? FROM apps WHERE `+where+`
		ON CONFLICT (id) DO UPDATE SET size = excluded.size, last_reload = excluded.last_reload, published_at = excluded.published_at,
			generation = excluded.generation, gone = excluded.gone`, append([]any{micros(tx.now)}, args...)...)
	return err
}

func (tx *tx) recordSite(ctx context.Context, action, name string, changes ...account.Change) error {
	return tx.record(ctx, account.Record{Action: action, ObjectKind: "site", ObjectID: siteRow, ObjectName: name, Changes: changes})
}

func limitNumber(n int) string {
	if n == 0 {
		return ""
	}
	return countText(int64(n))
}

func lengthText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func windowText(w site.Window) string {
	if w.Always() {
		return ""
	}
	return fmt.Sprintf("from %02d:%02d to %02d:%02d", w.From/60, w.From%60, w.To/60, w.To%60)
}
