package store

import (
	"context"
	"slices"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/site"
)

// valueTable is where the custom property values of one kind of things stand.
type valueTable struct {
	table, column string
	kind          string // for people
	takes         func(site.Property) bool
}

var (
	appValues    = valueTable{"app_properties", "app_id", "apps", func(p site.Property) bool { return p.ForApps }}
	streamValues = valueTable{"stream_properties", "stream_id", "streams", func(p site.Property) bool { return p.ForStreams }}
)

type propertyValue struct{ id, name, value string }

func scanValue(row scanner) (v propertyValue, err error) {
	err = row.Scan(&v.id, &v.name, &v.value)
	return v, err
}

// values reads the values of many things at once: by id, then by the property's name. It is for at most a batch of ids.
func (tx *tx) values(ctx context.Context, t valueTable, ids []string) (map[string]map[string][]string, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	all, err := list(ctx, tx, scanValue, `
		SELECT v.`+t.column+`, p.name, v.value FROM `+t.table+` v JOIN properties p ON p.id = v.property_id
		WHERE v.`+t.column+` IN (`+marks(len(ids))+`) ORDER BY v.`+t.column+`, v.property_id, v.position`, anys(ids)...)
	if err != nil {
		return nil, err
	}
	values := map[string]map[string][]string{}
	for _, v := range all {
		if values[v.id] == nil {
			values[v.id] = map[string][]string{}
		}
		values[v.id][v.name] = append(values[v.id][v.name], v.value)
	}
	return values, nil
}

// setValues replaces the values of one thing. Only properties that the site has, and values that they offer, are taken.
func (tx *tx) setValues(ctx context.Context, t valueTable, id string, values map[string][]string) error {
	if _, err := tx.exec(ctx, `DELETE FROM `+t.table+` WHERE `+t.column+` = ?`, id); err != nil || len(values) == 0 {
		return err
	}
	properties, err := tx.properties(ctx)
	if err != nil {
		return err
	}
	for name, chosen := range values {
		if len(chosen) == 0 {
			continue
		}
		property, err := t.check(properties, name, chosen)
		if err != nil {
			return err
		}
		for i, value := range chosen {
			_, err := tx.exec(ctx, `INSERT INTO `+t.table+` (`+t.column+`, property_id, position, value) VALUES (?, ?, ?, ?)`, id, property.ID, i, value)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (t valueTable) check(properties []site.Property, name string, chosen []string) (site.Property, error) {
	i := slices.IndexFunc(properties, func(p site.Property) bool { return p.Name == name && t.takes(p) })
	if i < 0 {
		return site.Property{}, fault.Field(fault.Invalid, "properties", "There is no custom property %q for %s. Load the page again.", name, t.kind)
	}
	for _, value := range chosen {
		if !slices.Contains(properties[i].Values, value) {
			return site.Property{}, fault.Field(fault.Invalid, "properties", "The custom property %q does not offer the value %q. Load the page again.", name, value)
		}
	}
	return properties[i], nil
}
