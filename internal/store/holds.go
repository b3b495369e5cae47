package store

import (
	"context"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/distribution"
)

// heldBy is the hold that a new delivery begins with.
type heldBy struct{ id, message string }

// planner is what decides about one app; see distribution.Planner.
type planner = func(distribution.Situation) distribution.Plan

// holdBack counts what an event newly places in each deployment before the first of it starts, and holds it for review where
// it is more than the deployment takes unseen. It gives the holds of the event by deployment.
func (s *Store) holdBack(ctx context.Context, tx *tx, event distribution.Event, ids []string, plan planner) (map[string]heldBy, error) {
	limits, err := tx.countBy(ctx, `SELECT id, hold_above FROM deployments WHERE hold_above IS NOT NULL`)
	if err != nil || len(limits) == 0 {
		return nil, err
	}
	counted, mark := int64(0), int64(0)
	err = tx.row(ctx, `SELECT e.counted, (SELECT COALESCE(MAX(seq), 0) FROM audit) + 1 FROM events e WHERE e.id = ?`, event.ID).Scan(&counted, &mark)
	if err != nil {
		return nil, err
	}
	if counted != mark { // the first page, or something has changed since: the rest may be more than was counted
		if err := s.countNew(ctx, tx, event, ids, plan, limits); err != nil {
			return nil, err
		}
		if _, err := tx.exec(ctx, `UPDATE events SET counted = ? WHERE id = ?`, mark, event.ID); err != nil {
			return nil, err
		}
	}
	return tx.holdsOf(ctx, event.ID)
}

// countNew plans the rest of an event without writing anything, and makes the holds.
func (s *Store) countNew(ctx context.Context, tx *tx, event distribution.Event, ids []string, plan planner, limits map[string]int) error {
	fresh, err := tx.startedBy(ctx, event.ID)
	if err != nil {
		return err
	}
	for len(ids) > 0 {
		situations, err := s.situations(ctx, tx, event, ids)
		if err != nil {
			return err
		}
		for _, situation := range situations {
			for _, d := range plan(situation).Newly(situation) {
				fresh[d.DeploymentID]++
			}
		}
		if event.AppID != "" || len(ids) < decidePage {
			break
		}
		if ids, err = tx.appsAfter(ctx, ids[len(ids)-1]); err != nil {
			return err
		}
	}
	return tx.makeHolds(ctx, event, fresh, limits)
}

// startedBy counts what the event has started already for tenants that hold nothing of it yet.
func (tx *tx) startedBy(ctx context.Context, eventID string) (map[string]int, error) {
	return tx.countBy(ctx, `SELECT d.deployment_id, COUNT(*) FROM deliveries d JOIN deployments dep ON dep.id = d.deployment_id
		WHERE d.event_id = ? AND d.hold_id = '' AND NOT EXISTS (SELECT 1 FROM placements p WHERE p.app_id = d.app_id AND p.tenant_id = dep.tenant_id)
		GROUP BY d.deployment_id`, eventID)
}

// countBy reads counts by a text.
func (tx *tx) countBy(ctx context.Context, query string, args ...any) (map[string]int, error) {
	rows, err := tx.query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	counts := map[string]int{}
	for rows.Next() {
		var key string
		var n int
		if err := rows.Scan(&key, &n); err != nil {
			return nil, err
		}
		counts[key] = n
	}
	return counts, rows.Err()
}

func (tx *tx) makeHolds(ctx context.Context, event distribution.Event, fresh, limits map[string]int) error {
	for id, limit := range limits {
		if fresh[id] <= limit {
			continue
		}
		_, err := tx.exec(ctx, `INSERT INTO holds (id, event_id, deployment_id, note, actor, created) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (event_id, deployment_id) DO NOTHING`, uuid.NewString(), event.ID, id, event.Note, event.Actor, micros(tx.now))
		if err != nil {
			return err
		}
	}
	return nil
}

func (tx *tx) holdsOf(ctx context.Context, eventID string) (map[string]heldBy, error) {
	rows, err := tx.query(ctx, `SELECT h.deployment_id, h.id, h.note, h.actor, dep.name FROM holds h JOIN deployments dep ON dep.id = h.deployment_id
		WHERE h.event_id = ?`, eventID)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	holds := map[string]heldBy{}
	for rows.Next() {
		var deployment, id, note, actor, name string
		if err := rows.Scan(&deployment, &id, &note, &actor, &name); err != nil {
			return nil, err
		}
		holds[deployment] = heldBy{id, "Held for review: " + note + " by " + actor + " brings many new apps to " + name + "."}
	}
	return holds, rows.Err()
}

// inherited gives the holds of deliveries that something newer is about to overtake: it stays held in their place.
func (tx *tx) inherited(ctx context.Context, overtaken []string) (map[string]heldBy, error) {
	holds := map[string]heldBy{}
	for _, id := range overtaken {
		was, err := tx.delivery(ctx, id)
		if err != nil {
			return nil, err
		}
		if was.Cause == distribution.HeldForReview {
			holds[was.DeploymentID] = heldBy{was.HoldID, was.Message}
		}
	}
	return holds, nil
}

// withHolds gives the deliveries of a plan with the holds that they begin with.
func withHolds(plan distribution.Plan, situation distribution.Situation, made, inherited map[string]heldBy) []distribution.Delivery {
	fresh := map[string]bool{}
	for _, d := range plan.Newly(situation) {
		fresh[d.DeploymentID] = true
	}
	list := make([]distribution.Delivery, len(plan.Start))
	for i, d := range plan.Start {
		hold, ok := inherited[d.DeploymentID]
		if !ok && fresh[d.DeploymentID] {
			hold = made[d.DeploymentID]
		}
		if hold.id != "" {
			d.State, d.Cause, d.Message, d.HoldID = distribution.Paused, distribution.HeldForReview, hold.message, hold.id
		}
		list[i] = d
	}
	return list
}
