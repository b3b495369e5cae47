package distribution

import (
	"context"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/fault"
)

func (s *fakeStore) BindTenant(_ context.Context, id, tenantID string) error {
	for _, d := range s.deployments {
		if d.ID != id && d.TenantID == tenantID {
			return fault.New(fault.Conflict, "Deployment %q is the same tenant.", d.Name)
		}
	}
	s.deployment(id).TenantID = tenantID
	return nil
}

func (s *fakeStore) SavePaused(ctx context.Context, d Delivery, a Attempt, p deployment.Pause) error {
	err := s.Save(ctx, d, a)
	if err == nil {
		s.deployment(d.DeploymentID).Pause = &p
	}
	return err
}

func (s *fakeStore) EndPause(_ context.Context, id string, cause Cause) error {
	if d := s.deployment(id); d.Pause != nil && d.Pause.Cause == string(cause) {
		d.Pause = nil
	}
	for _, d := range s.deliveries {
		if d.State == Paused && d.Cause == cause {
			d.State, d.Cause, d.Message, d.NextTry = Waiting, NoCause, "", time.Time{}
		}
	}
	return nil
}

func (s *fakeStore) BeginSpace(_ context.Context, _, name string) error {
	s.unfinished[name] = true
	return nil
}

func (s *fakeStore) UnfinishedSpace(_ context.Context, _, name string) (bool, error) {
	return s.unfinished[name], nil
}

func (s *fakeStore) FinishSpace(_ context.Context, _, _, name string, _ bool) error {
	delete(s.unfinished, name)
	return nil
}

func (s *fakeStore) OpenDeliveries(_ context.Context, ids []string) (map[string]bool, error) {
	open := map[string]bool{}
	for _, id := range ids {
		open[id] = s.deliveries[id] != nil && s.deliveries[id].State.Open()
	}
	return open, nil
}
