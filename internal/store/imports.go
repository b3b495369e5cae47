package store

import (
	"context"
	"time"

	"github.com/skyferry/skyferry/internal/distribution"
)

// dayOf names the UTC day of a moment.
func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// BeginImport is Save for a delivery whose import is sent next; see distribution.Store.
func (s *Store) BeginImport(ctx context.Context, d distribution.Delivery, a distribution.Attempt, tenantID string, allowed int) (begun bool, err error) {
	err = s.write(ctx, func(tx *tx) error {
		if begun, err = tx.countImport(ctx, tenantID, d.ImportStarted, allowed); err != nil || !begun {
			return err
		}
		return s.save(ctx, tx, d, a)
	})
	return begun && err == nil, err
}

// countImport takes one of the day's imports, unless they are spent.
func (tx *tx) countImport(ctx context.Context, tenantID string, at time.Time, allowed int) (bool, error) {
	if allowed == 0 {
		return false, nil
	}
	var spent bool
	err := tx.row(ctx, `SELECT EXISTS (SELECT 1 FROM import_days WHERE tenant_id = ? AND spent_until > ?)`, tenantID, micros(at)).Scan(&spent)
	if err != nil || spent {
		return false, err
	}
	n, err := tx.exec(ctx, `INSERT INTO import_days (tenant_id, day, used, spent_until) VALUES (?, ?, 1, 0)
		ON CONFLICT (tenant_id, day) DO UPDATE SET used = import_days.used + 1 WHERE ? < 0 OR import_days.used < ?`,
		tenantID, dayOf(at), allowed, allowed)
	return n > 0, err
}

// TakeBackImport uncounts an import that the tenant surely did not make; see distribution.Store.
func (s *Store) TakeBackImport(ctx context.Context, tenantID string, at, spentUntil time.Time) error {
	return s.write(ctx, func(tx *tx) error {
		_, err := tx.exec(ctx, `UPDATE import_days SET used = CASE WHEN used > 0 THEN used - 1 ELSE 0 END,
			spent_until = CASE WHEN spent_until < ? THEN ? ELSE spent_until END WHERE tenant_id = ? AND day = ?`,
			micros(spentUntil), micros(spentUntil), tenantID, dayOf(at))
		return err
	})
}

// askAgain forgets that a tenant called its day spent: somebody who has had its plan changed need not wait for midnight.
func (tx *tx) askAgain(ctx context.Context, deploymentID string) error {
	_, err := tx.exec(ctx, `UPDATE import_days SET spent_until = 0 WHERE spent_until <> 0
		AND tenant_id = (SELECT tenant_id FROM deployments WHERE id = ?)`, deploymentID)
	return err
}

// importsOf gives what a run needs to know of the day's imports.
func (tx *tx) importsOf(ctx context.Context, tenantID string) (i distribution.Imports, err error) {
	err = tx.row(ctx, `SELECT COALESCE(SUM(CASE WHEN day = ? THEN used ELSE 0 END), 0), COALESCE(MAX(spent_until), 0) FROM import_days
		WHERE tenant_id = ? AND day >= ?`, dayOf(tx.now), tenantID, dayOf(tx.now.AddDate(0, 0, -1))).Scan(&i.Used, moment(&i.SpentUntil))
	return i, err
}

// pastDays is over how many days before today the forecast looks.
const pastDays = 7

// addImports counts the imports of today and of the days before, and the deliveries that still need one today.
func (tx *tx) addImports(ctx context.Context, byID map[string]*distribution.Summary) error {
	today, from := dayOf(tx.now), dayOf(tx.now.AddDate(0, 0, -pastDays))
	var i distribution.Imports
	var past int
	var first string
	take := func(s *distribution.Summary) {
		if i.PerDay = 0; first < today {
			i.PerDay = float64(past) / float64(daysBetween(first, today))
		}
		s.Imports = i
	}
	err := tx.each(ctx, byID, func() []any { return []any{&i.Used, &past, moment(&i.SpentUntil), &first} }, take, `
		SELECT dep.id, SUM(CASE WHEN i.day = ? THEN i.used ELSE 0 END), SUM(CASE WHEN i.day < ? THEN i.used ELSE 0 END), MAX(i.spent_until), MIN(i.day)
		FROM deployments dep JOIN import_days i ON i.tenant_id = dep.tenant_id WHERE dep.tenant_id <> '' AND i.day >= ? GROUP BY dep.id`,
		today, today, from)
	if err != nil {
		return err
	}
	var open int
	return tx.each(ctx, byID, func() []any { return []any{&open} }, func(s *distribution.Summary) { s.Imports.Open = open }, `
		SELECT deployment_id, COUNT(*) FROM deliveries WHERE finished = 0 AND NOT metadata_only AND import_started = 0 AND intermediate = ''
		AND state <> 'paused' GROUP BY deployment_id`)
}

// ImportsLeft gives how many imports tenants still take today, by the ids of the deployments whose limit is known.
func (s *Store) ImportsLeft(ctx context.Context) (left map[string]int, err error) {
	left = map[string]int{}
	err = s.read(ctx, func(tx *tx) error {
		all, err := s.deployments(ctx, tx)
		if err != nil {
			return err
		}
		byID := map[string]*distribution.Summary{}
		for _, d := range all {
			if d.Limits.Imports() >= 0 {
				byID[d.ID] = &distribution.Summary{Deployment: d}
			}
		}
		if len(byID) == 0 {
			return nil
		}
		if err := tx.addImports(ctx, byID); err != nil {
			return err
		}
		for id, sum := range byID {
			left[id] = sum.Imports.Left(sum.Deployment.Limits.Imports(), tx.now)
		}
		return nil
	})
	return left, err
}

// daysBetween counts the days from one to another, at least one.
func daysBetween(from, to string) int {
	a, _ := time.Parse(time.DateOnly, from) // both were written by dayOf
	b, _ := time.Parse(time.DateOnly, to)
	return max(int(b.Sub(a)/(24*time.Hour)), 1)
}

// sweepImports deletes the days that no forecast looks at any more.
func (s *Store) sweepImports(ctx context.Context) error {
	return s.write(ctx, func(tx *tx) error {
		_, err := tx.exec(ctx, `DELETE FROM import_days WHERE day < ?`, dayOf(tx.now.AddDate(0, 0, -10*pastDays)))
		return err
	})
}
