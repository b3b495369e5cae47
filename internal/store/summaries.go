package store

import (
	"context"
	"time"

	"github.com/skyferry/skyferry/internal/distribution"
)

// Attention counts what failed and what is paused, for the badge on every page.
func (s *Store) Attention(ctx context.Context) (failed, paused int, err error) {
	err = s.read(ctx, func(tx *tx) error {
		return tx.row(ctx, `SELECT
			(SELECT COUNT(*) FROM deliveries WHERE is_current AND shown = 'failed'),
			(SELECT COUNT(*) FROM deliveries WHERE is_current AND shown = 'paused')`).Scan(&failed, &paused)
	})
	return failed, paused, err
}

// Summaries answers "is all well?" for each deployment, by name.
func (s *Store) Summaries(ctx context.Context) (all []distribution.Summary, err error) {
	err = s.read(ctx, func(tx *tx) error {
		deployments, err := s.deployments(ctx, tx)
		if err != nil {
			return err
		}
		byID := map[string]*distribution.Summary{}
		all = make([]distribution.Summary, len(deployments))
		for i, d := range deployments {
			all[i].Deployment = d
			byID[d.ID] = &all[i]
		}
		for _, add := range []func(context.Context, map[string]*distribution.Summary) error{tx.addStates, tx.addPlacements, tx.addLags, tx.addSent, tx.addImports} {
			if err := add(ctx, byID); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// each runs a query whose first column is a deployment, and lets the deployment's summary take the others.
func (tx *tx) each(ctx context.Context, byID map[string]*distribution.Summary, columns func() []any, take func(*distribution.Summary), query string, args ...any) error {
	rows, err := tx.query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		if err := rows.Scan(append([]any{&id}, columns()...)...); err != nil {
			return err
		}
		if s := byID[id]; s != nil {
			take(s)
		}
	}
	return rows.Err()
}

func (tx *tx) addStates(ctx context.Context, byID map[string]*distribution.Summary) error {
	var state distribution.State
	var n int
	return tx.each(ctx, byID, func() []any { return []any{&state, &n} }, func(s *distribution.Summary) { count(s, state, n) },
		`SELECT deployment_id, shown, COUNT(*) FROM deliveries WHERE is_current GROUP BY shown, deployment_id`)
}

func count(s *distribution.Summary, state distribution.State, n int) {
	switch {
	case state.Working():
		s.Working += n
	case state == distribution.Waiting:
		s.Waiting = n
	case state == distribution.Retrying:
		s.Retrying = n
	case state == distribution.Paused:
		s.Paused = n
	case state == distribution.Failed:
		s.Failed = n
	}
}

func (tx *tx) addPlacements(ctx context.Context, byID map[string]*distribution.Summary) error {
	var kept, left int
	return tx.each(ctx, byID, func() []any { return []any{&kept, &left} },
		func(s *distribution.Summary) { s.InTenant, s.Left = kept, left },
		`SELECT dep.id, SUM(CASE WHEN p.left_at = 0 THEN 1 ELSE 0 END), SUM(CASE WHEN p.left_at = 0 THEN 0 ELSE 1 END)
		FROM deployments dep JOIN placements p ON p.tenant_id = dep.tenant_id WHERE dep.tenant_id <> '' GROUP BY dep.id`)
}

// addLags finds the oldest data. Only apps whose delivery has not arrived can be behind, so that those that are up to
// date, which are nearly all, are not looked at.
func (tx *tx) addLags(ctx context.Context, byID map[string]*distribution.Summary) error {
	var r distribution.StatusRow
	var p distribution.Placement
	var app siteFact
	var placed bool
	columns := func() []any {
		r, p = distribution.StatusRow{}, distribution.Placement{}
		return []any{&r.Delivery.State, moment(&r.Delivery.Created), &app.version.Generation, moment(&app.version.LastReload), moment(&app.published),
			&placed, &p.Version.Generation, moment(&p.Version.LastReload), moment(&p.Refreshed)}
	}
	take := func(s *distribution.Summary) {
		if placed {
			r.Placement = &p
		}
		s.OldestData = max(s.OldestData, behind(app, r, tx.now))
		if created := r.Delivery.Created; r.Delivery.State.Open() && (s.WaitingFrom.IsZero() || created.Before(s.WaitingFrom)) {
			s.WaitingFrom = created
		}
	}
	return tx.each(ctx, byID, columns, take, `
		SELECT d.deployment_id, d.state, d.created, a.generation, a.last_reload, a.published_at,
			p.app_id IS NOT NULL, COALESCE(p.generation, 0), COALESCE(p.last_reload, 0), COALESCE(p.refreshed, 0)
		FROM deliveries d
		JOIN deployments dep ON dep.id = d.deployment_id
		JOIN apps a ON a.id = d.app_id
		LEFT JOIN placements p ON p.app_id = d.app_id AND p.tenant_id = dep.tenant_id
		WHERE d.is_current AND d.shown IN ('waiting', 'exporting', 'uploading', 'importing', 'placing', 'retrying', 'paused', 'failed', 'cancelled')`)
}

// addSent counts what arrived since midnight, in the console's time zone.
func (tx *tx) addSent(ctx context.Context, byID map[string]*distribution.Summary) error {
	var n int
	var bytes int64
	return tx.each(ctx, byID, func() []any { return []any{&n, &bytes} },
		func(s *distribution.Summary) { s.SentToday, s.BytesToday = n, bytes },
		`SELECT deployment_id, COUNT(*), SUM(uploaded) FROM deliveries WHERE state = 'distributed' AND finished >= ? GROUP BY deployment_id`,
		micros(midnight(tx.now)))
}

func midnight(t time.Time) time.Time {
	y, m, d := t.Local().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.Local)
}
