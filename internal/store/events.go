package store

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
)

// decidePage is how many apps one transaction decides; others write in between.
const decidePage = 200

// emit stores an event together with its job (invariant I1). The id, the time and the actor are given here.
func (s *Store) emit(ctx context.Context, tx *tx, e distribution.Event) error {
	if s.queue == nil {
		return errors.New("the store has no queue")
	}
	e.ID = uuid.NewString()
	if e.Actor == "" {
		e.Actor = tx.actor.Name
	}
	_, err := tx.exec(ctx, `INSERT INTO events (id, kind, app_id, app_name, note, actor, position, created, decided)
		VALUES (?, ?, ?, ?, ?, ?, '', ?, 0)`, e.ID, e.Kind, e.AppID, e.AppName, e.Note, e.Actor, micros(tx.now))
	if err != nil {
		return err
	}
	return s.queue.Decide(ctx, tx.Tx, e.ID)
}

func (tx *tx) event(ctx context.Context, id string) (distribution.Event, error) {
	var e distribution.Event
	err := tx.row(ctx, `SELECT id, kind, app_id, app_name, note, actor, position, created, decided FROM events WHERE id = ?`, id).
		Scan(&e.ID, &e.Kind, &e.AppID, &e.AppName, &e.Note, &e.Actor, &e.Cursor, moment(&e.Created), moment(&e.Decided))
	return e, missing(err, "This event is not there any more.")
}

// DecideEvent plans the next apps of an event; see distribution.Store. What it reads, what plan says and what is written
// are one transaction, so no decision is ever based on what has changed meanwhile.
func (s *Store) DecideEvent(ctx context.Context, eventID string, plan func(distribution.Situation) distribution.Plan) (more bool, err error) {
	err = s.write(ctx, func(tx *tx) error {
		event, err := tx.event(ctx, eventID)
		if err != nil || !event.Decided.IsZero() {
			return err
		}
		ids := []string{event.AppID}
		if event.AppID == "" {
			if ids, err = tx.appsAfter(ctx, event.Cursor); err != nil {
				return err
			}
			more = len(ids) == decidePage
		}
		holds, err := s.holdBack(ctx, tx, event, ids, plan)
		if err != nil {
			return err
		}
		if err := s.decide(ctx, tx, event, ids, plan, holds); err != nil {
			return err
		}
		return tx.decided(ctx, event, ids, more)
	})
	return more && err == nil, err
}

// appsAfter gives the next page of all apps that are published, placed or on their way.
func (tx *tx) appsAfter(ctx context.Context, id string) ([]string, error) {
	return list(ctx, tx, scanText, `
		SELECT id FROM (SELECT id FROM apps WHERE stream_id IS NOT NULL AND id > ? ORDER BY id LIMIT ?)
		UNION SELECT app_id FROM (SELECT DISTINCT app_id FROM placements WHERE app_id > ? ORDER BY app_id LIMIT ?)
		UNION SELECT app_id FROM (SELECT DISTINCT app_id FROM deliveries WHERE finished = 0 AND app_id > ? ORDER BY app_id LIMIT ?)
		ORDER BY 1 LIMIT ?`, id, decidePage, id, decidePage, id, decidePage, decidePage)
}

func (tx *tx) decided(ctx context.Context, e distribution.Event, ids []string, more bool) error {
	done := micros(tx.now)
	if more {
		e.Cursor, done = ids[len(ids)-1], 0
	}
	_, err := tx.exec(ctx, `UPDATE events SET position = ?, decided = ? WHERE id = ?`, e.Cursor, done, e.ID)
	return err
}

func (s *Store) decide(ctx context.Context, tx *tx, event distribution.Event, ids []string, plan planner, holds map[string]heldBy) error {
	if len(ids) == 0 {
		return nil
	}
	situations, err := s.situations(ctx, tx, event, ids)
	if err != nil {
		return err
	}
	for _, situation := range situations {
		if err := s.carryOut(ctx, tx, situation, plan(situation), holds); err != nil {
			return err
		}
	}
	return tx.recordDecisions(ctx, situations)
}

// situations reads what the plans of a page are made of, with a handful of queries for all of its apps.
func (s *Store) situations(ctx context.Context, tx *tx, event distribution.Event, ids []string) ([]distribution.Situation, error) {
	in, args := `IN (`+marks(len(ids))+`)`, anys(ids)
	apps, err := tx.apps(ctx, `WHERE a.id `+in, args...)
	if err != nil {
		return nil, err
	}
	deliveries, err := list(ctx, tx, scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries d
		WHERE d.app_id `+in+` AND (d.is_current OR d.finished = 0) ORDER BY d.app_id, d.created, d.id`, args...)
	if err != nil {
		return nil, err
	}
	placements, err := list(ctx, tx, scanPlacement, `SELECT `+placementColumns+` FROM placements p
		WHERE p.app_id `+in+` ORDER BY p.app_id, p.tenant_id`, args...)
	if err != nil {
		return nil, err
	}
	policies, deployments, err := s.rules(ctx, tx)
	if err != nil {
		return nil, err
	}
	byID := map[string]*distribution.Situation{}
	for _, id := range ids {
		byID[id] = &distribution.Situation{Event: event, AppID: id, Policies: policies, Deployments: deployments, Now: tx.now}
	}
	fill(byID, apps, deliveries, placements)
	all := make([]distribution.Situation, 0, len(ids))
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		all = append(all, *byID[id])
	}
	return all, nil
}

func fill(byID map[string]*distribution.Situation, apps []site.App, deliveries []distribution.Delivery, placements []distribution.Placement) {
	for i := range apps {
		byID[apps[i].ID].App = &apps[i]
	}
	for _, d := range deliveries {
		byID[d.AppID].Deliveries = append(byID[d.AppID].Deliveries, d)
	}
	for _, p := range placements {
		byID[p.AppID].Placements = append(byID[p.AppID].Placements, p)
	}
}

// rules gives the enabled policies and all deployments, as a decision needs them.
func (s *Store) rules(ctx context.Context, tx *tx) ([]policy.Policy, []deployment.Deployment, error) {
	policies, err := tx.enabledPolicies(ctx)
	if err != nil {
		return nil, nil, err
	}
	deployments, err := s.deployments(ctx, tx)
	return policies, deployments, err
}

// carryOut writes what a plan says for one app. What is overtaken goes before what is started takes its place.
func (s *Store) carryOut(ctx context.Context, tx *tx, situation distribution.Situation, plan distribution.Plan, holds map[string]heldBy) error {
	inherited, err := tx.inherited(ctx, plan.Supersede)
	if err != nil {
		return err
	}
	for _, id := range plan.Supersede {
		if err := tx.closeDelivery(ctx, id, distribution.Superseded, distribution.NoCause, "overtaken by something newer"); err != nil {
			return err
		}
	}
	if err := s.giveUpOrSpare(ctx, tx, plan); err != nil {
		return err
	}
	for _, l := range plan.Leave {
		if err := tx.leave(ctx, situation.AppID, l); err != nil {
			return err
		}
	}
	for _, tenantID := range plan.TakeUp {
		if err := tx.takeUp(ctx, situation.AppID, tenantID); err != nil {
			return err
		}
	}
	for _, d := range withHolds(plan, situation, holds, inherited) {
		if err := s.start(ctx, tx, situation.Event, d); err != nil {
			return err
		}
	}
	if len(plan.Leave)+len(plan.TakeUp)+len(plan.Start) == 0 {
		return nil
	}
	return tx.showApp(ctx, situation.AppID)
}

// closeDelivery ends a delivery from outside of its run: the ticket grows, so that a run that is under way loses it.
func (tx *tx) closeDelivery(ctx context.Context, id string, state distribution.State, cause distribution.Cause, why string) error {
	was, err := tx.delivery(ctx, id)
	if err != nil {
		return err
	}
	d := was
	d.State, d.Cause, d.Message = state, cause, why
	d.Ticket++
	if err := tx.change(ctx, was, d, why); err != nil {
		return err
	}
	return tx.endAttempts(ctx, id, why)
}

// endAttempts ends what a lost run cannot end itself any more.
func (tx *tx) endAttempts(ctx context.Context, deliveryID, why string) error {
	_, err := tx.exec(ctx, `UPDATE attempts SET ended = ?, error = ? WHERE delivery_id = ? AND ended = 0`, micros(tx.now), why, deliveryID)
	return err
}
