package store

import (
	"context"

	"github.com/skyferry/skyferry/internal/policy"
)

// keptVersions is how many versions of a policy are kept, the newest ones.
const keptVersions = 200

const selectVersions = `
	SELECT policy_id, effect, name, description, template, resource_filter, actions, conditions, tests, disabled, tags, version, created, modified, modified_by, reason
	FROM policy_versions `

func scanVersion(row scanner) (p policy.Policy, err error) {
	err = row.Scan(&p.ID, &p.Effect, &p.Name, &p.Description, &p.Template, &p.ResourceFilter, &p.Actions, &p.Conditions, &p.Tests, &p.Disabled,
		fromJSON(&p.Tags), &p.Version, moment(&p.Created), moment(&p.Modified), &p.ModifiedBy, &p.Reason)
	return p, err
}

// PolicyVersions gives what a policy said after each Apply, newest first. A deleted policy still has its versions.
func (s *Store) PolicyVersions(ctx context.Context, id string) (versions []policy.Policy, err error) {
	err = s.read(ctx, func(tx *tx) error {
		versions, err = list(ctx, tx, scanVersion, selectVersions+`WHERE policy_id = ? ORDER BY version DESC LIMIT ?`, id, keptVersions)
		return err
	})
	return versions, err
}

// PolicyAt gives a policy as it was in a version, also when it is deleted.
func (s *Store) PolicyAt(ctx context.Context, id string, version int64) (p policy.Policy, err error) {
	err = s.read(ctx, func(tx *tx) error {
		p, err = scanVersion(tx.row(ctx, selectVersions+`WHERE policy_id = ? AND version = ?`, id, version))
		return missing(err, "Version %d of this policy is not there. The newest %d versions are kept.", version, keptVersions)
	})
	return p, err
}

// keepVersion keeps what the policy says now, and drops what is too old.
func (tx *tx) keepVersion(ctx context.Context, id, reason string) error {
	_, err := tx.exec(ctx, `
		INSERT INTO policy_versions (policy_id, version, reason, effect, name, description, template, resource_filter, actions, conditions, tests,
		       disabled, tags, created, modified, modified_by)
		SELECT id, version, ?, effect, name, description, template, resource_filter, actions, conditions, tests,
		       disabled, tags, created, modified, modified_by
		FROM policies WHERE id = ?`, reason, id)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `DELETE FROM policy_versions WHERE policy_id = ? AND version <= (SELECT version FROM policies WHERE id = ?) - ?`, id, id, keptVersions)
	return err
}
