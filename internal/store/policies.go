package store

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/distribution"
	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/policy"
)

// maxReason is the longest reason of an Apply, in characters.
const maxReason = 500

const selectPolicies = `
	SELECT id, effect, name, description, template, resource_filter, actions, conditions, tests, disabled, tags, version, created, modified, modified_by, origin
	FROM policies `

func scanPolicy(row scanner) (p policy.Policy, err error) {
	err = row.Scan(&p.ID, &p.Effect, &p.Name, &p.Description, &p.Template, &p.ResourceFilter, &p.Actions, &p.Conditions, &p.Tests, &p.Disabled,
		fromJSON(&p.Tags), &p.Version, moment(&p.Created), moment(&p.Modified), &p.ModifiedBy, &p.Origin)
	return p, err
}

// enabledPolicies gives the policies that decide, by name.
func (tx *tx) enabledPolicies(ctx context.Context) ([]policy.Policy, error) {
	return list(ctx, tx, scanPolicy, selectPolicies+`WHERE disabled = FALSE ORDER BY name_key`)
}

// Policies gives the enabled policies, by name.
func (s *Store) Policies(ctx context.Context) (policies []policy.Policy, err error) {
	err = s.read(ctx, func(tx *tx) error {
		policies, err = tx.enabledPolicies(ctx)
		return err
	})
	return policies, err
}

// AllPolicies gives all policies, disabled ones too, by name.
func (s *Store) AllPolicies(ctx context.Context) (policies []policy.Policy, err error) {
	err = s.read(ctx, func(tx *tx) error {
		policies, err = list(ctx, tx, scanPolicy, selectPolicies+`ORDER BY name_key`)
		return err
	})
	return policies, err
}

func (tx *tx) policy(ctx context.Context, id string) (policy.Policy, error) {
	p, err := scanPolicy(tx.row(ctx, selectPolicies+`WHERE id = ?`, id))
	return p, missing(err, "The policy is not there any more. Somebody has deleted it.")
}

// Policy gives one policy.
func (s *Store) Policy(ctx context.Context, id string) (p policy.Policy, err error) {
	err = s.read(ctx, func(tx *tx) error {
		p, err = tx.policy(ctx, id)
		return err
	})
	return p, err
}

// CreatePolicy adds a policy or a guard, gives its id, and decides about all apps anew.
func (s *Store) CreatePolicy(ctx context.Context, p policy.Policy) (id string, err error) {
	err = s.write(ctx, func(tx *tx) error {
		if id, err = tx.createPolicy(ctx, p); err != nil {
			return err
		}
		return s.emitPolicies(ctx, tx, kindOf(p)+" "+quoted(p.Name)+" applied")
	})
	return id, err
}

// MoveIn adds policies that were rules of the site, all or none, and decides about all apps anew, once. A rule that is a policy already
// is a fault.Conflict.
func (s *Store) MoveIn(ctx context.Context, policies []policy.Policy) error {
	return s.write(ctx, func(tx *tx) error {
		var names []string
		for _, p := range policies {
			if err := tx.notMovedIn(ctx, p); err != nil {
				return err
			}
			if _, err := tx.createPolicy(ctx, p); err != nil {
				return err
			}
			names = append(names, "policy "+quoted(strings.TrimSpace(p.Name)))
		}
		return s.emitPolicies(ctx, tx, "moved in: "+firstOf(names))
	})
}

// firstOf names the first few, and counts the rest.
func firstOf(names []string) string {
	const most = 5
	if n := len(names) - most; n > 0 {
		return strings.Join(names[:most], ", ") + " and " + countText(int64(n)) + " more"
	}
	return strings.Join(names, ", ")
}

// notMovedIn refuses a rule that is a policy already; the unique index stands behind it.
func (tx *tx) notMovedIn(ctx context.Context, p policy.Policy) error {
	have, err := list(ctx, tx, scanPolicy, selectPolicies+`WHERE origin = ?`, p.Origin)
	if err == nil && len(have) > 0 {
		return fault.New(fault.Conflict, "The site's rule for %q is the policy %q already.", strings.TrimSpace(p.Name), have[0].Name)
	}
	return err
}

// createPolicy writes a policy with its first version and its record, and gives its id.
func (tx *tx) createPolicy(ctx context.Context, p policy.Policy) (string, error) {
	p.ID = uuid.NewString()
	if err := within(maxReason, "reason", p.Reason); err != nil {
		return "", err
	}
	if err := tx.freeName(ctx, "policies", "policy or guard", p.Name, p.ID); err != nil {
		return "", err
	}
	_, err := tx.exec(ctx, `
		INSERT INTO policies (id, effect, name, name_key, description, template, resource_filter, actions, conditions, tests, disabled, tags, version, created, modified, modified_by, origin)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?)`,
		p.ID, p.Effect, strings.TrimSpace(p.Name), nameKey(p.Name), p.Description, p.Template, p.ResourceFilter, p.Actions, p.Conditions,
		p.Tests, p.Disabled, asJSON(tagList(p.Tags)), micros(tx.now), micros(tx.now), tx.actor.Name, p.Origin)
	if err != nil {
		return "", err
	}
	if err := tx.keepVersion(ctx, p.ID, p.Reason); err != nil {
		return "", err
	}
	return p.ID, tx.recordPolicy(ctx, creation(p), nil, &p)
}

// creation is the word of the audit trail for how a policy came to be.
func creation(p policy.Policy) string {
	if p.Origin != "" {
		return "moved in"
	}
	return "created"
}

// UpdatePolicy changes a policy that is still in the version of p, and decides about all apps anew.
func (s *Store) UpdatePolicy(ctx context.Context, p policy.Policy) error {
	return s.write(ctx, func(tx *tx) error {
		changed, err := tx.updatePolicy(ctx, p)
		if err != nil || !changed {
			return err
		}
		return s.emitPolicies(ctx, tx, kindOf(p)+" "+quoted(p.Name)+" applied")
	})
}

// updatePolicy writes a policy with its version and its record; where nothing differs it does nothing.
func (tx *tx) updatePolicy(ctx context.Context, p policy.Policy) (changed bool, err error) {
	before, err := tx.policy(ctx, p.ID)
	if err != nil {
		return false, err
	}
	if err := tx.mayBecome(ctx, before, p); err != nil {
		return false, err
	}
	if len(diff(policyFields(&before), policyFields(&p))) == 0 {
		return false, nil
	}
	_, err = tx.exec(ctx, `
		UPDATE policies SET name = ?, name_key = ?, description = ?, template = ?, resource_filter = ?, actions = ?, conditions = ?,
		       tests = ?, disabled = ?, tags = ?, version = version + 1, modified = ?, modified_by = ?
		WHERE id = ? AND version = ?`,
		strings.TrimSpace(p.Name), nameKey(p.Name), p.Description, p.Template, p.ResourceFilter, p.Actions, p.Conditions,
		p.Tests, p.Disabled, asJSON(tagList(p.Tags)), micros(tx.now), tx.actor.Name, p.ID, p.Version)
	if err != nil {
		return false, err
	}
	if err := tx.keepVersion(ctx, p.ID, p.Reason); err != nil {
		return false, err
	}
	return true, tx.recordPolicy(ctx, "changed", &before, &p)
}

// mayBecome refuses a change that is based on an older version, or that no policy can make.
func (tx *tx) mayBecome(ctx context.Context, before, p policy.Policy) error {
	if before.Version != p.Version {
		return stale(before.ModifiedBy)
	}
	if before.Effect != p.Effect {
		return fault.New(fault.Invalid, "A policy never becomes a guard, nor a guard a policy. Create a new one, and delete this.")
	}
	if err := within(maxReason, "reason", p.Reason); err != nil {
		return err
	}
	return tx.freeName(ctx, "policies", "policy or guard", p.Name, p.ID)
}

// DeletePolicies deletes policies, and decides about all apps anew. Those that are gone already are passed over, unless all
// of them are.
func (s *Store) DeletePolicies(ctx context.Context, ids []string) error {
	return s.write(ctx, func(tx *tx) error {
		var names []string
		for _, id := range ids {
			p, err := tx.policy(ctx, id)
			if fault.Is(err, fault.NotFound) && len(ids) > 1 {
				continue
			}
			if err != nil {
				return err
			}
			if err := tx.deletePolicy(ctx, p); err != nil {
				return err
			}
			names = append(names, kindOf(p)+" "+quoted(p.Name))
		}
		if len(names) == 0 {
			return fault.New(fault.NotFound, "These policies are not there any more. Somebody has deleted them.")
		}
		return s.emitPolicies(ctx, tx, "deleted: "+strings.Join(names, ", "))
	})
}

func (tx *tx) deletePolicy(ctx context.Context, p policy.Policy) error {
	if _, err := tx.exec(ctx, `DELETE FROM policies WHERE id = ?`, p.ID); err != nil {
		return err
	}
	return tx.recordPolicy(ctx, "deleted", &p, nil)
}

func (s *Store) emitPolicies(ctx context.Context, tx *tx, note string) error {
	return s.emit(ctx, tx, distribution.Event{Kind: distribution.PolicyChanged, Note: note})
}

func (tx *tx) recordPolicy(ctx context.Context, action string, before, after *policy.Policy) error {
	named := after
	if named == nil {
		named = before
	}
	return tx.record(ctx, account.Record{Action: action, ObjectKind: kindOf(*named), ObjectID: named.ID, ObjectName: strings.TrimSpace(named.Name),
		Changes: diff(policyFields(before), policyFields(after))})
}

// kindOf is the word that the audit and the events have for it.
func kindOf(p policy.Policy) string {
	if p.Effect == policy.Never {
		return "guard"
	}
	return "policy"
}

func policyFields(p *policy.Policy) []field {
	if p == nil {
		return nil
	}
	return []field{
		{"Name", strings.TrimSpace(p.Name)}, {"Description", p.Description}, {"Template", p.Template}, {"Resource filter", p.ResourceFilter},
		{"Actions", actionsText(p.Actions)}, {"Conditions", p.Conditions}, {"Tests", p.Tests}, {"Disabled", yesNo(p.Disabled)}, {"Tags", strings.Join(tagList(p.Tags), ", ")},
	}
}

func actionsText(actions int) string {
	switch actions {
	case 0:
		return ""
	case policy.ActionDistribute:
		return "Distribute"
	default:
		return countText(int64(actions))
	}
}
