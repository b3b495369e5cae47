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

// PropertyRow is a custom property with the number of apps and streams that have a value of it.
type PropertyRow struct {
	site.Property
	Apps, Streams int
}

const selectProperties = `
	SELECT p.id, p.name, p.description, p.choice_values, p.for_apps, p.for_streams,
	       (SELECT COUNT(DISTINCT v.app_id) FROM app_properties v WHERE v.property_id = p.id),
	       (SELECT COUNT(DISTINCT v.stream_id) FROM stream_properties v WHERE v.property_id = p.id)
	FROM properties p `

func scanProperty(row scanner) (p PropertyRow, err error) {
	err = row.Scan(&p.ID, &p.Name, &p.Description, fromJSON(&p.Values), &p.ForApps, &p.ForStreams, &p.Apps, &p.Streams)
	return p, err
}

// Properties gives all custom properties, by name.
func (s *Store) Properties(ctx context.Context) (rows []PropertyRow, err error) {
	err = s.read(ctx, func(tx *tx) error {
		rows, err = list(ctx, tx, scanProperty, selectProperties+`ORDER BY p.name_key, p.id`)
		return err
	})
	return rows, err
}

// properties gives the definitions alone.
func (tx *tx) properties(ctx context.Context) ([]site.Property, error) {
	return list(ctx, tx, func(row scanner) (p site.Property, err error) {
		err = row.Scan(&p.ID, &p.Name, fromJSON(&p.Values), &p.ForApps, &p.ForStreams)
		return p, err
	}, `SELECT id, name, choice_values, for_apps, for_streams FROM properties ORDER BY name_key, id`)
}

func (tx *tx) property(ctx context.Context, id string) (PropertyRow, error) {
	p, err := scanProperty(tx.row(ctx, selectProperties+`WHERE p.id = ?`, id))
	return p, missing(err, "The custom property is not there any more. Somebody has deleted it.")
}

// Property gives one custom property.
func (s *Store) Property(ctx context.Context, id string) (row PropertyRow, err error) {
	err = s.read(ctx, func(tx *tx) error {
		row, err = tx.property(ctx, id)
		return err
	})
	return row, err
}

// CreateProperty adds a custom property and gives its id.
func (s *Store) CreateProperty(ctx context.Context, p site.Property) (string, error) {
	if p.ID == "" {
		p.ID = uuid.NewString()
	}
	err := s.writeEmbedded(ctx, func(tx *tx) error {
		if err := tx.checkProperty(ctx, p); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `
			INSERT INTO properties (id, name, name_key, description, choice_values, for_apps, for_streams) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			p.ID, strings.TrimSpace(p.Name), nameKey(p.Name), p.Description, asJSON(choices(p.Values)), p.ForApps, p.ForStreams)
		if err != nil {
			return err
		}
		after, err := tx.property(ctx, p.ID)
		if err != nil {
			return err
		}
		return tx.recordProperty(ctx, "created", nil, &after)
	})
	return p.ID, err
}

// UpdateProperty changes a custom property. Values that it does not offer any more go from the apps and streams that have
// them, as in the QMC; and the apps are decided about anew.
func (s *Store) UpdateProperty(ctx context.Context, p site.Property) error {
	return s.writeEmbedded(ctx, func(tx *tx) error {
		before, err := tx.property(ctx, p.ID)
		if err != nil {
			return err
		}
		if err := tx.updateProperty(ctx, p); err != nil {
			return err
		}
		after, err := tx.property(ctx, p.ID)
		if err != nil || len(diff(propertyFields(&before), propertyFields(&after))) == 0 {
			return err
		}
		if err := tx.recordProperty(ctx, "changed", &before, &after); err != nil {
			return err
		}
		return s.emitProperty(ctx, tx, after, "changed")
	})
}

func (tx *tx) updateProperty(ctx context.Context, p site.Property) error {
	if err := tx.checkProperty(ctx, p); err != nil {
		return err
	}
	_, err := tx.exec(ctx, `
		UPDATE properties SET name = ?, name_key = ?, description = ?, choice_values = ?, for_apps = ?, for_streams = ? WHERE id = ?`,
		strings.TrimSpace(p.Name), nameKey(p.Name), p.Description, asJSON(choices(p.Values)), p.ForApps, p.ForStreams, p.ID)
	if err != nil {
		return err
	}
	if err := tx.dropValues(ctx, appValues, p); err != nil {
		return err
	}
	return tx.dropValues(ctx, streamValues, p)
}

// dropValues takes away the values that a property does not offer (any more).
func (tx *tx) dropValues(ctx context.Context, t valueTable, p site.Property) error {
	query, args := `DELETE FROM `+t.table+` WHERE property_id = ?`, []any{p.ID}
	if offered := choices(p.Values); t.takes(p) && len(offered) > 0 {
		query += ` AND value NOT IN (` + marks(len(offered)) + `)`
		args = append(args, anys(offered)...)
	}
	_, err := tx.exec(ctx, query, args...)
	return err
}

// DeleteProperty deletes a custom property with all its values, and decides about the apps anew.
func (s *Store) DeleteProperty(ctx context.Context, id string) error {
	return s.writeEmbedded(ctx, func(tx *tx) error {
		before, err := tx.property(ctx, id)
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `DELETE FROM properties WHERE id = ?`, id); err != nil {
			return err
		}
		if err := tx.recordProperty(ctx, "deleted", &before, nil); err != nil {
			return err
		}
		return s.emitProperty(ctx, tx, before, "deleted")
	})
}

func (tx *tx) checkProperty(ctx context.Context, p site.Property) error {
	const most = 500 // more would not fit into one choice list, nor into the parameters of one statement
	if len(p.Values) > most {
		return fault.Field(fault.Invalid, "values", "A custom property offers at most %d values.", most)
	}
	if err := within(maxName, "values", p.Values...); err != nil {
		return err
	}
	if err := within(maxText, "description", p.Description); err != nil {
		return err
	}
	return tx.freeName(ctx, "properties", "custom property", p.Name, p.ID)
}

// choices gives the values without blanks and repetitions, in the order in which they were written.
func choices(values []string) []string {
	list := []string{}
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

func (s *Store) emitProperty(ctx context.Context, tx *tx, p PropertyRow, what string) error {
	return s.emit(ctx, tx, distribution.Event{Kind: distribution.SiteChanged, Note: "custom property " + quoted(p.Name) + " " + what})
}

func (tx *tx) recordProperty(ctx context.Context, action string, before, after *PropertyRow) error {
	named := after
	if named == nil {
		named = before
	}
	return tx.record(ctx, account.Record{Action: action, ObjectKind: "property", ObjectID: named.ID, ObjectName: named.Name,
		Changes: diff(propertyFields(before), propertyFields(after))})
}

func propertyFields(p *PropertyRow) []field {
	if p == nil {
		return nil
	}
	return []field{
		{"Name", p.Name}, {"Description", p.Description}, {"Values", strings.Join(p.Values, ", ")},
		{"For apps", yesNo(p.ForApps)}, {"For streams", yesNo(p.ForStreams)}, {"Apps with a value", countText(int64(p.Apps))},
		{"Streams with a value", countText(int64(p.Streams))},
	}
}
