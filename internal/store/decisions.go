package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/site"
)

// ruleRef names a policy in a version.
type ruleRef struct {
	ID      string `json:"id"`
	Version int64  `json:"version"`
}

// recordDecisions keeps what the decisions of a page were made of.
func (tx *tx) recordDecisions(ctx context.Context, situations []distribution.Situation) error {
	if len(situations) == 0 {
		return nil
	}
	set, err := tx.ruleSet(ctx, situations[0].Policies)
	if err != nil {
		return err
	}
	targets := asJSON(enabledTargets(situations[0]))
	for _, s := range situations {
		if err := tx.recordOne(ctx, s, set, targets); err != nil {
			return err
		}
	}
	return nil
}

func (tx *tx) recordOne(ctx context.Context, s distribution.Situation, set, targets string) error {
	_, err := tx.exec(ctx, `INSERT INTO decisions (app_id, event_id, at, rule_set_id, app, targets) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (app_id, event_id) DO UPDATE SET at = excluded.at, rule_set_id = excluded.rule_set_id, app = excluded.app, targets = excluded.targets`,
		s.AppID, s.Event.ID, micros(tx.now), set, asJSON(s.App), targets)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `DELETE FROM decisions WHERE app_id = ? AND event_id <> ?
		AND event_id NOT IN (SELECT event_id FROM deliveries WHERE app_id = ? AND is_current)`, s.AppID, s.Event.ID, s.AppID)
	return err
}

// ruleSet keeps which policies decide, once for each set.
func (tx *tx) ruleSet(ctx context.Context, policies []policy.Policy) (id string, err error) {
	refs := make([]ruleRef, len(policies))
	for i, p := range policies {
		refs[i] = ruleRef{p.ID, p.Version}
	}
	rules, err := json.Marshal(refs)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(rules)
	id = hex.EncodeToString(sum[:])
	_, err = tx.exec(ctx, `INSERT INTO rule_sets (id, rules) VALUES (?, ?) ON CONFLICT (id) DO NOTHING`, id, string(rules))
	return id, err
}

func enabledTargets(s distribution.Situation) []policy.Target {
	targets := []policy.Target{}
	for _, d := range s.Deployments {
		if !d.Disabled {
			targets = append(targets, policy.Target{ID: d.ID, Name: d.Name})
		}
	}
	return targets
}

// Decision gives what a decision about an app was made of: the one of an event, or with an empty event the newest. A
// fault.NotFound says that none is kept.
func (s *Store) Decision(ctx context.Context, appID, eventID string) (d distribution.Decision, err error) {
	err = s.read(ctx, func(tx *tx) error {
		var app *site.App
		var refs []ruleRef
		err := tx.row(ctx, `SELECT c.at, COALESCE(e.note, ''), c.app, c.targets, r.rules FROM decisions c JOIN rule_sets r ON r.id = c.rule_set_id
			LEFT JOIN events e ON e.id = c.event_id WHERE c.app_id = ? AND (? = '' OR c.event_id = ?) ORDER BY c.at DESC LIMIT 1`, appID, eventID, eventID).
			Scan(moment(&d.At), &d.Note, fromJSON(&app), fromJSON(&d.Targets), fromJSON(&refs))
		if err != nil {
			return missing(err, "No decision about this app is kept.")
		}
		d.App = app
		return tx.rulesOf(ctx, refs, &d)
	})
	return d, err
}

// rulesOf reads policies in the versions of a decision.
func (tx *tx) rulesOf(ctx context.Context, refs []ruleRef, d *distribution.Decision) error {
	for _, ref := range refs {
		p, err := scanVersion(tx.row(ctx, selectVersions+`WHERE policy_id = ? AND version = ?`, ref.ID, ref.Version))
		switch err = missing(err, "This version is not kept."); {
		case fault.Is(err, fault.NotFound):
			d.Lost++
		case err != nil:
			return err
		default:
			d.Policies = append(d.Policies, p)
		}
	}
	return nil
}

// sweepDecisions drops the old decisions about apps that are gone, and the sets that no decision names any more.
func (tx *tx) sweepDecisions(ctx context.Context, before time.Time) error {
	_, err := tx.exec(ctx, `DELETE FROM decisions WHERE at < ? AND app_id NOT IN (SELECT id FROM apps)
		AND event_id NOT IN (SELECT event_id FROM deliveries WHERE is_current)`, micros(before))
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `DELETE FROM rule_sets WHERE id NOT IN (SELECT rule_set_id FROM decisions)`)
	return err
}
