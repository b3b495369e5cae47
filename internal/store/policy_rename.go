package store

import (
	"context"

	"github.com/skyferry/skyferry/internal/policy"
)

// rewritePolicies writes the policies that a deployment's new name changed. Tests follow the name in all policies: a line
// means the deployment, whatever it is called.
func (tx *tx) rewritePolicies(ctx context.Context, from, to string, rewrite []policy.Policy) error {
	reason := "The deployment " + quoted(from) + " is now " + quoted(to)
	for _, p := range rewrite {
		p.Tests, _ = policy.RenameTests(p.Tests, from, to)
		p.Reason = reason
		if _, err := tx.updatePolicy(ctx, p); err != nil {
			return err
		}
	}
	if from == to {
		return nil
	}
	all, err := list(ctx, tx, scanPolicy, selectPolicies+`WHERE tests <> '' ORDER BY name_key`)
	for _, p := range all {
		var changed bool
		if p.Tests, changed = policy.RenameTests(p.Tests, from, to); !changed {
			continue
		}
		p.Reason = reason
		if _, err := tx.updatePolicy(ctx, p); err != nil {
			return err
		}
	}
	return err
}
