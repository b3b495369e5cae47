package store

import (
	"context"
	"slices"

	"github.com/skyferry/skyferry/internal/site"
)

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
	if err := t.tx.putProperty(ctx, p); err != nil || !known || t.quiet {
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
		for _, table := range []valueTable{appValues, streamValues} {
			if err := t.tx.giveValues(ctx, table, id, properties[at].ID); err != nil {
				return nil, err
			}
		}
	}
	return gone, nil
}

// giveValues gives the values of one definition to another one. What has values of that already keeps them.
func (tx *tx) giveValues(ctx context.Context, t valueTable, from, to string) error {
	_, err := tx.exec(ctx, `DELETE FROM `+t.table+` WHERE property_id = ? AND `+t.column+` IN (SELECT `+t.column+` FROM `+t.table+` WHERE property_id = ?)`, from, to)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `UPDATE `+t.table+` SET property_id = ? WHERE property_id = ?`, to, from)
	return err
}

func (tx *tx) putProperty(ctx context.Context, p site.Property) error {
	_, err := tx.exec(ctx, `
		INSERT INTO properties (id, name, name_key, description, choice_values, for_apps, for_streams) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, name_key = excluded.name_key, description = excluded.description,
			choice_values = excluded.choice_values, for_apps = excluded.for_apps, for_streams = excluded.for_streams`,
		p.ID, p.Name, nameKey(p.Name), p.Description, asJSON(append([]string{}, p.Values...)), p.ForApps, p.ForStreams)
	return err
}
