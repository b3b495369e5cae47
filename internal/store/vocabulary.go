package store

import (
	"context"
	"slices"
	"strings"

	"github.com/skyferry/skyferry/internal/rule"
)

// Vocabulary gives what conditions can name: deployments, streams, custom properties with their choices, and how many
// published apps lack a property.
func (s *Store) Vocabulary(ctx context.Context) (known rule.Vocabulary, err error) {
	targets, err := s.Targets(ctx)
	if err != nil {
		return known, err
	}
	streams, err := s.Streams(ctx)
	if err != nil {
		return known, err
	}
	properties, err := s.Properties(ctx)
	if err != nil {
		return known, err
	}
	for _, t := range targets {
		known.Deployments = append(known.Deployments, t.Name)
	}
	for _, st := range streams { // of a repository, several may have one name
		if !slices.Contains(known.Streams, st.Name) {
			known.Streams = append(known.Streams, st.Name)
		}
	}
	known.Choices = map[string][]string{}
	for _, p := range properties {
		key := strings.ToLower(p.Name)
		if _, twice := known.Choices[key]; !twice {
			known.CustomProperties = append(known.CustomProperties, p.Name)
		}
		known.Choices[key] = choices(append(slices.Clone(known.Choices[key]), p.Values...))
	}
	known.Lacking, err = s.lacking(ctx)
	return known, err
}

// lacking counts the published apps without a custom property of their own.
func (s *Store) lacking(ctx context.Context) (func(path string) (lacking, all int), error) {
	having, all := map[string]int{}, 0
	err := s.read(ctx, func(tx *tx) error {
		if err := tx.row(ctx, `SELECT COUNT(*) FROM apps WHERE stream_id IS NOT NULL`).Scan(&all); err != nil {
			return err
		}
		rows, err := tx.query(ctx, `SELECT MIN(p.name), COUNT(DISTINCT v.app_id) FROM properties p
			LEFT JOIN app_properties v ON v.property_id = p.id AND v.value <> '' AND v.app_id IN (SELECT id FROM apps WHERE stream_id IS NOT NULL)
			GROUP BY p.name_key`)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var name string
			var n int
			if err := rows.Scan(&name, &n); err != nil {
				return err
			}
			having["resource.@"+strings.ToLower(name)] = n
		}
		return rows.Err()
	})
	return func(path string) (int, int) {
		if n, known := having[path]; known {
			return all - n, all
		}
		return 0, all
	}, err
}
