package store

import (
	"context"

	"github.com/skyferry/skyferry/internal/deployment"
)

const admissionColumns = `d.section_access, d.largest_app`

// admissionFields are the places for admissionColumns.
func admissionFields(a *deployment.Admission) []any { return []any{&a.SectionAccess, &a.LargestApp} }

func (tx *tx) setAdmission(ctx context.Context, id string, a deployment.Admission) error {
	_, err := tx.exec(ctx, `UPDATE deployments SET section_access = ?, largest_app = ? WHERE id = ?`, a.SectionAccess, a.LargestApp, id)
	return err
}

// admissionDiff gives what the history shows of an admission.
func admissionDiff(a deployment.Admission) []field {
	rules := map[deployment.AccessRule]string{deployment.HoldAccess: "Hold", deployment.SendAccess: "Send", deployment.NeverAccess: "Never"}
	return []field{{"Apps with section access", rules[a.SectionAccess]}, {"Largest app", deployment.SizeText(a.LargestApp)}}
}
