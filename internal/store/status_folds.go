package store

import (
	"context"

	"github.com/skyferry/skyferry/internal/distribution"
)

const (
	foldFrom  = 3  // fewer equal causes are shown as lines
	foldLimit = 50 // the largest ones; the rest is shown as lines
)

// Causes gives all causes that need attention, the most frequent first, also those of a single delivery.
func (s *Store) Causes(ctx context.Context) (folds []distribution.Fold, err error) {
	err = s.read(ctx, func(tx *tx) error {
		refs, err := tx.refs(ctx)
		if err != nil {
			return err
		}
		chosen := ofDeliveries(distribution.StatusFilter{})
		if folds, err = tx.folds(ctx, chosen, 1); err != nil {
			return err
		}
		return tx.fillFolds(ctx, folds, chosen, refs)
	})
	return folds, err
}

// folds groups what needs attention by deployment, state and cause.
func (tx *tx) folds(ctx context.Context, chosen choice, from int) ([]distribution.Fold, error) {
	chosen = chosen.with(needsAttention)
	scan := func(row scanner) (distribution.Fold, error) {
		var f distribution.Fold
		err := row.Scan(&f.Deployment.ID, &f.State, &f.Cause, &f.Count, moment(&f.Since))
		return f, err
	}
	return list(ctx, tx, scan, `SELECT d.deployment_id, d.shown, d.cause, COUNT(*), MIN(d.changed) FROM deliveries d`+chosen.where()+`
		GROUP BY d.deployment_id, d.shown, d.cause HAVING COUNT(*) >= ? ORDER BY COUNT(*) DESC, d.deployment_id, d.cause LIMIT ?`,
		append(chosen.args, from, foldLimit)...)
}

// folded chooses the deliveries of one fold.
const folded = `d.deployment_id = ? AND d.shown = ? AND d.cause = ? AND ` + needsAttention

// fillFolds reads the names, the two newest lines and the newest message of each fold.
func (tx *tx) fillFolds(ctx context.Context, folds []distribution.Fold, chosen choice, refs map[string]deploymentRef) error {
	for i := range folds {
		f := &folds[i]
		one := chosen.with(folded, f.Deployment.ID, f.State, f.Cause)
		picks, err := list(ctx, tx, scanPick, `SELECT d.changed, d.id FROM deliveries d`+one.where()+` ORDER BY d.changed DESC, d.id DESC LIMIT 2`, one.args...)
		if err != nil {
			return err
		}
		if f.Rows, err = tx.statusRows(ctx, picks, refs); err != nil {
			return err
		}
		f.Deployment = refs[f.Deployment.ID].named(f.Deployment.ID)
		if len(f.Rows) > 0 {
			f.Message = f.Rows[0].Delivery.Message
		}
	}
	return nil
}

// unfolded leaves out the lines that folds stand for.
func unfolded(chosen choice, folds []distribution.Fold) choice {
	for _, f := range folds {
		chosen = chosen.with(`NOT (`+folded+`)`, f.Deployment.ID, f.State, f.Cause)
	}
	return chosen
}
