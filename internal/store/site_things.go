package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/account"
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
	if err := t.tx.putOwner(ctx, o); err != nil || !known {
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
	if _, err := t.tx.exec(ctx, `UPDATE apps SET stream_key = ? WHERE stream_id = ?`, nameKey(now.Name), now.ID); err != nil {
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

func (tx *tx) putProperty(ctx context.Context, p site.Property) error {
	_, err := tx.exec(ctx, `
		INSERT INTO properties (id, name, name_key, description, choice_values, for_apps, for_streams) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, description = excluded.description,
			choice_values = excluded.choice_values, for_apps = excluded.for_apps, for_streams = excluded.for_streams`,
		p.ID, p.Name, nameKey(p.Name), p.Description, asJSON(append([]string{}, p.Values...)), p.ForApps, p.ForStreams)
	return err
}

// TakeStreams keeps the streams of the site, all of them. One that the site does not answer any more goes when no app is in it.
func (m *Mirror) TakeStreams(ctx context.Context, streams []site.Stream) error {
	return m.takeThings(ctx, func(t *taking) error {
		gone := map[string]bool{}
		for id, row := range t.streams {
			gone[id] = row.Apps == 0
		}
		fresh := []string(nil)
		for _, st := range streams {
			delete(gone, st.ID)
			if _, known := t.streams[st.ID]; !known {
				fresh = append(fresh, st.Name)
			}
			if err := t.takeStream(ctx, st); err != nil {
				return err
			}
		}
		return t.tidyUp(ctx, "streams", fresh, gone)
	})
}

func (t *taking) takeStream(ctx context.Context, st site.Stream) (err error) {
	was, known := t.streams[st.ID]
	if st.Owner, err = t.owner(ctx, st.Owner); err != nil {
		return err
	}
	st.Properties = settledValues(st.Properties)
	values := sameValues(settledValues(was.Properties), st.Properties)
	if known && was.Name == st.Name && was.Owner.ID == st.Owner.ID && values {
		return nil
	}
	if err := t.putStream(ctx, was, known, StreamRow{Stream: st, Apps: was.Apps}); err != nil || values {
		return err
	}
	return t.putValues(ctx, streamValues, st.ID, st.Properties)
}

// TakeProperties keeps the custom property definitions of the site, all of them. One that the site does not answer any more goes when
// nothing has a value of it, and gives its values to one of the same name.
func (m *Mirror) TakeProperties(ctx context.Context, properties []site.Property) error {
	return m.takeThings(ctx, func(t *taking) error {
		rows, err := list(ctx, t.tx, scanProperty, selectProperties+`ORDER BY p.id`)
		if err != nil {
			return err
		}
		known, missing, fresh := map[string]PropertyRow{}, map[string]PropertyRow{}, []string(nil)
		for _, row := range rows {
			known[row.ID], missing[row.ID] = row, row
		}
		for _, p := range properties {
			delete(missing, p.ID)
			was, there := known[p.ID]
			if !there {
				fresh = append(fresh, p.Name)
			}
			if err := t.takeProperty(ctx, was, there, p); err != nil {
				return err
			}
		}
		gone, err := t.replaceProperties(ctx, missing, properties)
		if err != nil {
			return err
		}
		return t.tidyUp(ctx, "properties", fresh, gone)
	})
}

func (t *taking) takeProperty(ctx context.Context, was PropertyRow, known bool, p site.Property) error {
	now := PropertyRow{Property: p, Apps: was.Apps, Streams: was.Streams}
	changes := diff(propertyFields(&was), propertyFields(&now))
	if known && len(changes) == 0 && slices.Equal(was.Values, p.Values) {
		return nil
	}
	if err := t.tx.putProperty(ctx, p); err != nil || !known {
		return err
	}
	if was.Name != p.Name && was.Apps+was.Streams > 0 {
		t.decides = append(t.decides, "custom property "+quoted(p.Name)+" changed")
	}
	return t.tx.recordProperty(ctx, "changed", &was, &now)
}

// replaceProperties lets definitions that the site answers take the values of those that it does not, by name. It gives those that go.
func (t *taking) replaceProperties(ctx context.Context, missing map[string]PropertyRow, properties []site.Property) (map[string]bool, error) {
	gone := map[string]bool{}
	for id, row := range missing {
		at := slices.IndexFunc(properties, func(p site.Property) bool { return p.Name == row.Name })
		gone[id] = at >= 0 || row.Apps+row.Streams == 0
		if at < 0 {
			continue
		}
		for _, table := range []string{"app_properties", "stream_properties"} {
			if _, err := t.tx.exec(ctx, `UPDATE `+table+` SET property_id = ? WHERE property_id = ?`, properties[at].ID, id); err != nil {
				return nil, err
			}
		}
	}
	return gone, nil
}

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

// takeThings runs do, quietly as long as the site has not been read once.
func (m *Mirror) takeThings(ctx context.Context, do func(t *taking) error) error {
	return m.take(ctx, func(tx *tx, head siteHead) error {
		t, err := m.store.taking(ctx, tx, head, !head.taken)
		if err != nil {
			return err
		}
		if err := do(t); err != nil {
			return err
		}
		return t.end(ctx)
	})
}

// tidyUp takes away what has gone, and records it together with what is new.
func (t *taking) tidyUp(ctx context.Context, table string, fresh []string, gone map[string]bool) error {
	var names []string
	for id, goes := range gone {
		if !goes {
			continue
		}
		var name string
		if err := t.tx.row(ctx, `DELETE FROM `+table+` WHERE id = ? RETURNING name`, id).Scan(&name); err != nil {
			return err
		}
		names = append(names, name)
	}
	if len(fresh)+len(names) == 0 {
		return nil
	}
	what := map[string]string{"streams": "Streams", "properties": "Custom properties"}[table]
	return t.tx.recordSite(ctx, "read", t.host, account.Change{Field: what, Before: someNames(names), After: someNames(fresh)})
}

// someNames names a few things and counts the rest, for one line of the history.
func someNames(names []string) string {
	const shown = 20
	slices.Sort(names)
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:shown], ", ") + fmt.Sprintf(" and %d more", len(names)-shown)
}
