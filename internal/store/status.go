package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/skyferry/skyferry/internal/distribution"
)

// StatusPage gives one page of the status page: its lines, the folds, and the counts of all tabs under the same filter.
// Lines that a fold stands for are not among Rows, apart from a filter on a cause or an app; Total counts them.
func (s *Store) StatusPage(ctx context.Context, f distribution.StatusFilter) (page distribution.StatusPage, err error) {
	l, err := newListing(f)
	if err != nil {
		return page, err
	}
	err = s.read(ctx, func(tx *tx) error {
		refs, err := tx.refs(ctx)
		if err != nil {
			return err
		}
		if page.Counts, err = tx.counts(ctx, l.filter); err != nil {
			return err
		}
		page.Total = page.Counts[l.filter.Tab]
		chosen := ofDeliveries(l.filter).with(tabs[l.filter.Tab])
		var folds []distribution.Fold
		if l.folds() {
			if folds, err = tx.folds(ctx, chosen, foldFrom); err != nil {
				return err
			}
		}
		if l.after == nil {
			page.Folds = folds
			if err := tx.fillFolds(ctx, folds, chosen, refs); err != nil {
				return err
			}
		}
		picks, err := tx.picks(ctx, l, unfolded(chosen, folds))
		if err != nil {
			return err
		}
		if len(picks) > l.limit {
			picks = picks[:l.limit]
			last := picks[l.limit-1]
			page.Next = cursor{last.key, last.id}.String()
		}
		page.Rows, err = tx.statusRows(ctx, picks, refs)
		return err
	})
	return page, err
}

// counts gives the number of lines in each tab.
func (tx *tx) counts(ctx context.Context, f distribution.StatusFilter) (map[distribution.Tab]int, error) {
	chosen := ofDeliveries(f)
	rows, err := tx.query(ctx, `SELECT d.shown, SUM(CASE WHEN d.tries >= 3 THEN 1 ELSE 0 END), COUNT(*) FROM deliveries d`+chosen.where()+` GROUP BY d.shown`, chosen.args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	counts := map[distribution.Tab]int{}
	for rows.Next() {
		var state distribution.State
		var often, n int
		if err := rows.Scan(&state, &often, &n); err != nil {
			return nil, err
		}
		for _, tab := range tabsOf(state) {
			counts[tab] += n
		}
		if state == distribution.Retrying {
			counts[distribution.TabAttention] += often
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	lone, alone := 0, ofPlacements(f)
	if err := tx.row(ctx, `SELECT COUNT(*) FROM placements p`+alone.where(), alone.args...).Scan(&lone); err != nil {
		return nil, err
	}
	counts[distribution.TabLeft] += lone
	counts[distribution.TabAll] += lone
	return counts, nil
}

// tabsOf is tabs, for a line that was read; retrying ones may stand on the tab Attention besides.
func tabsOf(shown distribution.State) []distribution.Tab {
	all := []distribution.Tab{distribution.TabAll}
	switch {
	case shown.Working():
		return append(all, distribution.TabProgress)
	case shown == distribution.Failed, shown == distribution.Paused:
		return append(all, distribution.TabAttention)
	case shown == distribution.Waiting, shown == distribution.Retrying:
		return append(all, distribution.TabWaiting)
	case shown == distribution.Distributed:
		return append(all, distribution.TabDistributed)
	case shown == distribution.LeftInTenant:
		return append(all, distribution.TabLeft)
	default:
		return all
	}
}

// pick is a line that is chosen but not read yet. Lone placements have an app and a tenant instead of a delivery.
type pick struct {
	key      any
	id       string // a delivery's id, or alone + app + / + tenant
	lone     bool
	app      string
	tenantID string
}

// picks chooses one line more than the page has, from the index that the sort has.
func (tx *tx) picks(ctx context.Context, l listing, deliveries choice) ([]pick, error) {
	rest, args := l.paged(deliveries, l.sort.ofDelivery, `d.id`)
	chosen, err := list(ctx, tx, scanPick, `SELECT `+l.sort.ofDelivery+`, d.id FROM deliveries d`+l.join(`d`)+rest, args...)
	if err != nil || !l.showsPlacements() {
		return chosen, err
	}
	const id = `'/' || p.app_id || '/' || p.tenant_id`
	rest, args = l.paged(ofPlacements(l.filter), l.sort.ofPlacement, id)
	lone, err := list(ctx, tx, scanLone, `SELECT `+l.sort.ofPlacement+`, `+id+`, p.app_id, p.tenant_id FROM placements p`+l.join(`p`)+rest, args...)
	if err != nil {
		return nil, err
	}
	chosen = append(chosen, lone...)
	slices.SortFunc(chosen, func(a, b pick) int {
		if l.descending {
			a, b = b, a
		}
		return cmp.Or(compareKeys(a.key, b.key), cmp.Compare(a.id, b.id))
	})
	return chosen[:min(len(chosen), l.limit+1)], nil
}

// join adds the deployments where the sort needs them.
func (l listing) join(table string) string {
	if l.filter.Sort != "deployment" {
		return ""
	}
	return ` LEFT JOIN deployments dep ON dep.id = ` + table + `.deployment_id`
}

func scanPick(row scanner) (pick, error) {
	var p pick
	err := row.Scan(&p.key, &p.id)
	return p, err
}

func scanLone(row scanner) (pick, error) {
	p := pick{lone: true}
	err := row.Scan(&p.key, &p.id, &p.app, &p.tenantID)
	return p, err
}

func compareKeys(a, b any) int {
	if n, ok := a.(int64); ok {
		m, _ := b.(int64)
		return cmp.Compare(n, m)
	}
	x, _ := a.(string)
	y, _ := b.(string)
	return cmp.Compare(x, y)
}
