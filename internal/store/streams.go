package store

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
)

// StreamRow is a stream with the number of apps in it.
type StreamRow struct {
	site.Stream
	Apps int
}

const selectStreams = `
	SELECT st.id, st.name, COALESCE(o.id, ''), COALESCE(o.user_id, ''), COALESCE(o.directory, ''), COALESCE(o.name, ''), COALESCE(o.email, ''),
	       (SELECT COUNT(*) FROM apps a WHERE a.stream_id = st.id)
	FROM streams st LEFT JOIN owners o ON o.id = st.owner_id `

func scanStream(row scanner) (s StreamRow, err error) {
	err = row.Scan(&s.ID, &s.Name, &s.Owner.ID, &s.Owner.UserID, &s.Owner.Directory, &s.Owner.Name, &s.Owner.Email, &s.Apps)
	return s, err
}

// Streams gives all streams, by name.
func (s *Store) Streams(ctx context.Context) (rows []StreamRow, err error) {
	err = s.read(ctx, func(tx *tx) error {
		rows, err = tx.streams(ctx, `ORDER BY st.name_key, st.id`)
		return err
	})
	return rows, err
}

func (tx *tx) streams(ctx context.Context, rest string, args ...any) ([]StreamRow, error) {
	rows, err := list(ctx, tx, scanStream, selectStreams+rest, args...)
	if err != nil {
		return nil, err
	}
	for part := range slices.Chunk(rows, batch) {
		if err := tx.addStreamProperties(ctx, part); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// addStreamProperties reads the custom properties of a batch of streams, in one query.
func (tx *tx) addStreamProperties(ctx context.Context, rows []StreamRow) error {
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	values, err := tx.values(ctx, streamValues, ids)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Properties = values[rows[i].ID]
	}
	return nil
}

func (tx *tx) stream(ctx context.Context, id string) (StreamRow, error) {
	rows, err := tx.streams(ctx, `WHERE st.id = ?`, id)
	if err != nil {
		return StreamRow{}, err
	}
	if len(rows) == 0 {
		return StreamRow{}, fault.Field(fault.NotFound, "stream", "The stream is not there any more. Choose another one.")
	}
	return rows[0], nil
}

// Stream gives one stream.
func (s *Store) Stream(ctx context.Context, id string) (row StreamRow, err error) {
	err = s.read(ctx, func(tx *tx) error {
		row, err = tx.stream(ctx, id)
		return err
	})
	return row, err
}

// CreateStream adds a stream and gives its id. An owner that is given whole is added or changed with it.
func (s *Store) CreateStream(ctx context.Context, st site.Stream) (string, error) {
	if st.ID == "" {
		st.ID = uuid.NewString()
	}
	err := s.writeEmbedded(ctx, func(tx *tx) error {
		if err := tx.freeName(ctx, "streams", "stream", st.Name, st.ID); err != nil {
			return err
		}
		if st.Owner.UserID != "" {
			if err := s.keepOwner(ctx, tx, st.Owner); err != nil {
				return err
			}
		}
		_, err := tx.exec(ctx, `INSERT INTO streams (id, name, name_key, owner_id) VALUES (?, ?, ?, ?)`,
			st.ID, strings.TrimSpace(st.Name), nameKey(st.Name), nullable(st.Owner.ID))
		if err != nil {
			return err
		}
		if err := tx.setValues(ctx, streamValues, st.ID, st.Properties); err != nil {
			return err
		}
		after, err := tx.stream(ctx, st.ID)
		if err != nil {
			return err
		}
		return tx.recordStream(ctx, "created", nil, &after)
	})
	return st.ID, err
}

// UpdateStream changes a stream's name, owner and custom properties, and decides about the apps anew.
func (s *Store) UpdateStream(ctx context.Context, st site.Stream) error {
	return s.writeEmbedded(ctx, func(tx *tx) error {
		before, err := tx.stream(ctx, st.ID)
		if err != nil {
			return err
		}
		if err := tx.updateStream(ctx, st); err != nil {
			return err
		}
		after, err := tx.stream(ctx, st.ID)
		if err != nil || len(diff(streamFields(&before), streamFields(&after))) == 0 {
			return err
		}
		if err := tx.recordStream(ctx, "changed", &before, &after); err != nil {
			return err
		}
		return s.emit(ctx, tx, distribution.Event{Kind: distribution.SiteChanged, Note: "stream " + quoted(after.Name) + " changed"})
	})
}

func (tx *tx) updateStream(ctx context.Context, st site.Stream) error {
	if err := tx.freeName(ctx, "streams", "stream", st.Name, st.ID); err != nil {
		return err
	}
	_, err := tx.exec(ctx, `UPDATE streams SET name = ?, name_key = ?, owner_id = ? WHERE id = ?`,
		strings.TrimSpace(st.Name), nameKey(st.Name), nullable(st.Owner.ID), st.ID)
	if err != nil {
		return err
	}
	if _, err := tx.exec(ctx, `UPDATE apps SET stream_key = ? WHERE stream_id = ?`, nameKey(st.Name), st.ID); err != nil {
		return err
	}
	return tx.setValues(ctx, streamValues, st.ID, st.Properties)
}

// DeleteStream deletes an empty stream.
func (s *Store) DeleteStream(ctx context.Context, id string) error {
	return s.writeEmbedded(ctx, func(tx *tx) error {
		before, err := tx.stream(ctx, id)
		if err != nil {
			return err
		}
		if before.Apps > 0 {
			return fault.New(fault.Conflict, "Apps are still in the stream %q: %d. Move, unpublish or delete them first.", before.Name, before.Apps)
		}
		if _, err := tx.exec(ctx, `DELETE FROM streams WHERE id = ?`, id); err != nil {
			return err
		}
		return tx.recordStream(ctx, "deleted", &before, nil)
	})
}

func (tx *tx) recordStream(ctx context.Context, action string, before, after *StreamRow) error {
	named := after
	if named == nil {
		named = before
	}
	return tx.record(ctx, account.Record{Action: action, ObjectKind: "stream", ObjectID: named.ID, ObjectName: named.Name,
		Changes: diff(streamFields(before), streamFields(after))})
}

func streamFields(s *StreamRow) []field {
	if s == nil {
		return nil
	}
	return []field{{"Name", s.Name}, {"Owner", s.Owner.Name}, {"Custom properties", valuesText(s.Properties)}}
}
