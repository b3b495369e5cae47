package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/skyferry/skyferry/internal/distribution"
)

type appStateRow struct {
	appID, deploymentID string
	state               distribution.State
}

func scanAppState(row scanner) (r appStateRow, err error) {
	err = row.Scan(&r.appID, &r.deploymentID, &r.state)
	return r, err
}

// appStates gives where apps stand in the deployments, by app id and ordered by the deployment's name: what the status page
// shows, copies that lone placements stand for included. It is for at most a batch of ids.
func (tx *tx) appStates(ctx context.Context, ids []string) (map[string][]AppState, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	in := `app_id IN (` + marks(len(ids)) + `)`
	rows, err := list(ctx, tx, scanAppState, `
		SELECT app_id, deployment_id, shown FROM deliveries WHERE is_current AND `+in+`
		UNION ALL
		SELECT app_id, deployment_id, CASE WHEN left_at = 0 THEN 'distributed' ELSE 'left in tenant' END FROM placements WHERE orphan AND `+in,
		append(anys(ids), anys(ids)...)...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	refs, err := tx.refs(ctx)
	if err != nil {
		return nil, err
	}
	states := map[string][]AppState{}
	for _, r := range rows {
		states[r.appID] = append(states[r.appID], AppState{Deployment: refs[r.deploymentID].named(r.deploymentID), State: r.state})
	}
	for _, of := range states {
		slices.SortFunc(of, func(a, b AppState) int { return cmp.Compare(nameKey(a.Deployment.Name), nameKey(b.Deployment.Name)) })
	}
	return states, nil
}
