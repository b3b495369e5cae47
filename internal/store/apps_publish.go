package store

import (
	"context"
	"strings"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
)

// PublishApp publishes an app to a stream, under a new name unless it is empty.
func (s *Store) PublishApp(ctx context.Context, id, streamID, name string) error {
	return s.changeApp(ctx, id, "published", site.Published, "published", func(tx *tx, before site.App) error {
		if before.Published() {
			return fault.New(fault.Conflict, "The app %q is published already, to %q. Use Replace to publish new data, or Move for another stream.", before.Name, before.Stream.Name)
		}
		if name = strings.TrimSpace(name); name == "" {
			name = before.Name
		}
		if err := tx.setAppStream(ctx, id, streamID); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `UPDATE apps SET name = ?, name_key = ?, published_at = ?, generation = generation + 1 WHERE id = ?`,
			name, nameKey(name), micros(tx.now), id)
		return err
	})
}

// UnpublishApp takes an app out of its stream. What tenants hold of it stays there.
func (s *Store) UnpublishApp(ctx context.Context, id string) error {
	return s.changeApp(ctx, id, "unpublished", site.Unpublished, "unpublished", func(tx *tx, before site.App) error {
		if err := mustBePublished(before); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `UPDATE apps SET stream_id = NULL, stream_key = '', published_at = 0 WHERE id = ?`, id)
		return err
	})
}

// DeleteApp deletes an app from the site. What tenants hold of it stays there.
func (s *Store) DeleteApp(ctx context.Context, id string) error {
	return s.writeEmbedded(ctx, func(tx *tx) error {
		before, err := tx.app(ctx, id)
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `DELETE FROM apps WHERE id = ?`, id); err != nil {
			return err
		}
		if err := tx.recordApp(ctx, "deleted", &before, nil); err != nil || !before.Published() {
			return err
		}
		return s.emitApp(ctx, tx, site.Deleted, before, "deleted")
	})
}

// RequestDistribution asks for a send of an app, whether or not its data differs from what was sent.
func (s *Store) RequestDistribution(ctx context.Context, appID string) error {
	return s.write(ctx, func(tx *tx) error {
		app, err := tx.app(ctx, appID)
		if err != nil {
			return err
		}
		if err := mustBePublished(app); err != nil {
			return err
		}
		err = tx.record(ctx, account.Record{Action: "requested distribution", ObjectKind: "app", ObjectID: app.ID, ObjectName: app.Name})
		if err != nil {
			return err
		}
		return s.emitApp(ctx, tx, site.Requested, app, "requested by "+tx.actor.Name)
	})
}
