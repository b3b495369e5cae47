package store

import (
	"cmp"
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/site"
)

// taking is one transaction that keeps what was read from a repository, with what it knows of the things that others name.
type taking struct {
	store      *Store
	tx         *tx
	host       string
	quiet      bool // a first sweep: nothing makes an event or a record of its own
	apps       map[string]knownApp
	former     map[string]site.App
	owners     map[string]site.Owner
	streams    map[string]StreamRow
	properties []site.Property
	decides    []string // what makes all apps be decided anew
}

func (s *Store) taking(ctx context.Context, tx *tx, head siteHead, quiet bool) (*taking, error) {
	t := &taking{store: s, tx: tx, host: head.host, quiet: quiet, apps: map[string]knownApp{}, former: map[string]site.App{}, owners: map[string]site.Owner{}, streams: map[string]StreamRow{}}
	streams, err := tx.streams(ctx, `ORDER BY st.id`)
	if err != nil {
		return nil, err
	}
	for _, st := range streams {
		t.streams[st.ID] = st
	}
	t.properties, err = tx.properties(ctx)
	return t, err
}

// end makes the one event for all that makes the apps be decided anew.
func (t *taking) end(ctx context.Context) error {
	if len(t.decides) == 0 || t.quiet {
		return nil
	}
	note := t.decides[0]
	if more := len(t.decides) - 1; more > 0 {
		note += fmt.Sprintf(", and %d more", more)
	}
	return t.store.emit(ctx, t.tx, distribution.Event{Kind: distribution.SiteChanged, Note: note})
}

// owner keeps an owner as another thing names it: what it does not tell stays.
func (t *taking) owner(ctx context.Context, o site.Owner) (site.Owner, error) {
	if o.ID == "" {
		return site.Owner{}, nil
	}
	was, known := t.owners[o.ID]
	if !known {
		var err error
		was, err = t.tx.owner(ctx, o.ID)
		if known = !isGone(err); known && err != nil {
			return o, err
		}
	}
	return t.putOwner(ctx, was, known, site.Owner{ID: o.ID, UserID: cmp.Or(o.UserID, was.UserID), Directory: cmp.Or(o.Directory, was.Directory),
		Name: cmp.Or(o.Name, was.Name), Email: cmp.Or(o.Email, was.Email)})
}

func (t *taking) putOwner(ctx context.Context, was site.Owner, known bool, o site.Owner) (site.Owner, error) {
	t.owners[o.ID] = o
	if known && was == o {
		return o, nil
	}
	if err := t.tx.putOwner(ctx, o); err != nil || !known || t.quiet {
		return o, err
	}
	t.decides = append(t.decides, "owner "+quoted(o.Name)+" changed")
	return o, t.tx.recordOwner(ctx, "changed", ownerFields(was), ownerFields(o), o)
}

// stream keeps the name of a stream as an app tells it: its owner and its custom properties stay.
func (t *taking) stream(ctx context.Context, st site.Stream) (site.Stream, error) {
	row, known := t.streams[st.ID]
	if known && (row.Name == st.Name || st.Name == "") {
		return row.Stream, nil
	}
	now := row
	now.ID, now.Name = st.ID, st.Name
	return now.Stream, t.putStream(ctx, row, known, now)
}

// putStream writes a stream's name and owner.
func (t *taking) putStream(ctx context.Context, was StreamRow, known bool, now StreamRow) error {
	t.streams[now.ID] = now
	_, err := t.tx.exec(ctx, `INSERT INTO streams (id, name, name_key, owner_id) VALUES (?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, owner_id = excluded.owner_id`,
		now.ID, now.Name, nameKey(now.Name), nullable(now.Owner.ID))
	if err != nil || !known {
		return err
	}
	if _, err := t.tx.exec(ctx, `UPDATE apps SET stream_key = ? WHERE stream_id = ?`, nameKey(now.Name), now.ID); err != nil || t.quiet {
		return err
	}
	t.decides = append(t.decides, "stream "+quoted(now.Name)+" changed")
	return t.tx.recordStream(ctx, "changed", &was, &now)
}

// putValues writes values as the repository has them: whether a definition offers them, or is known at all, is its own matter.
func (t *taking) putValues(ctx context.Context, table valueTable, id string, values map[string][]string) error {
	if _, err := t.tx.exec(ctx, `DELETE FROM `+table.table+` WHERE `+table.column+` = ?`, id); err != nil {
		return err
	}
	for name, chosen := range values {
		property, err := t.propertyID(ctx, name)
		if err != nil {
			return err
		}
		for i, value := range chosen {
			_, err := t.tx.exec(ctx, `INSERT INTO `+table.table+` (`+table.column+`, property_id, position, value) VALUES (?, ?, ?, ?)`, id, property, i, value)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// propertyID gives the definition of a name, and makes one where none is known yet: TakeProperties puts the true one in its place.
func (t *taking) propertyID(ctx context.Context, name string) (string, error) {
	for _, p := range t.properties {
		if p.Name == name {
			return p.ID, nil
		}
	}
	p := site.Property{ID: uuid.NewString(), Name: name, ForApps: true, ForStreams: true}
	t.properties = append(t.properties, p)
	return p.ID, t.tx.putProperty(ctx, p)
}
