package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/distribution"
)

// Move is one placed app that the space rule would have elsewhere.
type Move struct {
	AppID, AppName string
	From, To       string // names of the spaces
	Asked          bool   // somebody has confirmed it already
}

// Moves gives the apps that a deployment placed by its space rule and would place elsewhere now: the rule has changed, or the
// stream or the property that it goes by. What was set in the tenant by hand, and what is left there, is not among them.
func (s *Store) Moves(ctx context.Context, deploymentID string) (moves []Move, err error) {
	err = s.read(ctx, func(tx *tx) error {
		moves, err = s.moves(ctx, tx, deploymentID)
		return err
	})
	return moves, err
}

func (s *Store) moves(ctx context.Context, tx *tx, deploymentID string) ([]Move, error) {
	d, err := s.deployment(ctx, tx, deploymentID)
	if err != nil || !d.Managed() || d.TenantID == "" {
		return nil, err
	}
	placed, err := tx.ruled(ctx, d)
	if err != nil {
		return nil, err
	}
	var moves []Move
	for part := range slices.Chunk(placed, batch) {
		found, err := tx.movesOf(ctx, d, part)
		if err != nil {
			return nil, err
		}
		moves = append(moves, found...)
	}
	return moves, nil
}

// ruled gives the placements whose space the rule chose. With one space for all, those that are in it already are passed over.
func (tx *tx) ruled(ctx context.Context, d deployment.Deployment) ([]distribution.Placement, error) {
	only := ""
	if d.Landing.By == deployment.ByOne {
		only = d.Landing.Space
	}
	return list(ctx, tx, scanPlacement, `SELECT `+placementColumns+` FROM placements p
		WHERE p.tenant_id = ? AND p.left_at = 0 AND p.space_rule NOT IN ('', ?) AND (? = '' OR p.space_name <> ?) ORDER BY p.app_key, p.app_id`,
		d.TenantID, distribution.SetInTenant, only, only)
}

func (tx *tx) movesOf(ctx context.Context, d deployment.Deployment, placed []distribution.Placement) (moves []Move, err error) {
	ids := make([]string, 0, len(placed))
	for _, p := range placed {
		ids = append(ids, p.AppID)
	}
	apps, err := tx.apps(ctx, `WHERE a.id IN (`+marks(len(ids))+`)`, anys(ids)...)
	if err != nil {
		return nil, err
	}
	wanted := map[string]string{}
	for _, app := range apps {
		wanted[app.ID] = distribution.LandingOf(d, app).Space
	}
	for _, p := range placed {
		if to := wanted[p.AppID]; to != "" && to != p.SpaceName {
			moves = append(moves, Move{p.AppID, p.AppName, p.SpaceName, to, p.MoveTo == to})
		}
	}
	return moves, nil
}

// MoveApps confirms moves that Moves gave: a delivery of each app brings it to its space, without data. What has changed since
// is passed over; it tells how many are moved.
func (s *Store) MoveApps(ctx context.Context, deploymentID string, confirmed []Move) (n int, err error) {
	err = s.write(ctx, func(tx *tx) error {
		d, err := s.deployment(ctx, tx, deploymentID)
		if err != nil {
			return err
		}
		now, err := s.moves(ctx, tx, deploymentID)
		if err != nil {
			return err
		}
		to := map[string]int{}
		for _, m := range now {
			m.Asked = false
			if !slices.ContainsFunc(confirmed, m.same) {
				continue
			}
			if _, err := tx.exec(ctx, `UPDATE placements SET move_to = ? WHERE app_id = ? AND tenant_id = ?`, m.To, m.AppID, d.TenantID); err != nil {
				return err
			}
			to[m.To]++
			n++
		}
		if n == 0 {
			return nil
		}
		return s.announceMoves(ctx, tx, d, to, n)
	})
	return n, err
}

func (m Move) same(o Move) bool { return m.AppID == o.AppID && m.From == o.From && m.To == o.To }

func (s *Store) announceMoves(ctx context.Context, tx *tx, d deployment.Deployment, to map[string]int, n int) error {
	var changes []account.Change
	for _, space := range slices.Sorted(maps.Keys(to)) {
		changes = append(changes, account.Change{Field: "Apps moved to " + quoted(space), After: countText(int64(to[space]))})
	}
	err := tx.record(ctx, account.Record{Action: "moved apps", ObjectKind: "deployment", ObjectID: d.ID, ObjectName: d.Name, Changes: changes})
	if err != nil {
		return err
	}
	return s.emitDeployment(ctx, tx, d, fmt.Sprintf("moves %d apps", n))
}

// wake lets the deliveries of a deployment look again that wait for somebody: its landing, what it takes or its key may have changed.
func (s *Store) wake(ctx context.Context, tx *tx, deploymentID string) error {
	resting, err := list(ctx, tx, scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries d
		WHERE d.finished = 0 AND d.deployment_id = ? AND (d.state = 'paused' AND d.cause IN ('name-taken', 'space-missing', 'no-space', 'over-limit', 'access-held') OR d.state = 'retrying' AND d.cause IN ('day-spent', 'token-refused'))`, deploymentID)
	if err != nil {
		return err
	}
	for _, was := range resting {
		if err := s.restart(ctx, tx, was, "the deployment was changed"); err != nil {
			return err
		}
	}
	return nil
}
