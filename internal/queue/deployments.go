package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// removeWait is how long RemoveDeployment waits for the deployment's running jobs. River holds a lock meanwhile that a
// stop of the whole queue needs too.
const removeWait = 2 * time.Second

// queueOf names the queue of a deployment. Each has its own with its own workers, so that a dead or slow tenant does not
// slow another (invariant I8).
func queueOf(deploymentID string) string { return "deployment-" + deploymentID }

// AddDeployment begins to work on a deployment's deliveries: at start for all there are, later for each new one. It may
// be called before Start, and again for a deployment that is there already. While the queue stops it does nothing: River
// keeps its set of queues locked until the last job has ended, and a job that waited for that lock would never end.
func (q *Queue) AddDeployment(id string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stopping || q.lanes[id] {
		return nil
	}
	err := q.client.Queues().Add(queueOf(id), river.QueueConfig{MaxWorkers: deploymentWorkers})
	if _, there := errors.AsType[*river.QueueAlreadyAddedError](err); err != nil && !there {
		return fmt.Errorf("add the queue of deployment %s: %w", id, err)
	}
	q.lanes[id] = true
	return nil
}

// RemoveDeployment ends work on a deleted deployment and drops its waiting jobs. Jobs that still run are waited for, but
// not longer than 2 s: they find out by their ticket and take no further job.
func (q *Queue) RemoveDeployment(ctx context.Context, id string) error {
	if err := q.removeLane(ctx, id); err != nil {
		return err
	}
	return q.dropJobs(context.WithoutCancel(ctx), queueOf(id))
}

func (q *Queue) removeLane(ctx context.Context, id string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if delete(q.lanes, id); q.stopping {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, removeWait)
	defer cancel()
	err := q.client.Queues().Remove(ctx, queueOf(id))
	if _, gone := errors.AsType[*river.QueueNotFoundError](err); err != nil && !gone && ctx.Err() == nil {
		return fmt.Errorf("remove the queue of deployment %s: %w", id, err)
	}
	return nil
}

// setStopping waits until nobody changes the set of queues.
func (q *Queue) setStopping(stopping bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stopping = stopping
}

const dropAtOnce = 1000

func (q *Queue) dropJobs(ctx context.Context, queue string) error {
	ctx, cancel := context.WithTimeout(ctx, removeWait)
	defer cancel()
	for {
		some := river.NewJobDeleteManyParams().Queues(queue).First(dropAtOnce).States(
			rivertype.JobStateAvailable, rivertype.JobStateScheduled, rivertype.JobStateRetryable)
		gone, err := q.client.JobDeleteMany(ctx, some)
		if err != nil {
			return fmt.Errorf("drop the jobs of %s: %w", queue, err)
		}
		if len(gone.Jobs) < dropAtOnce {
			return nil
		}
	}
}
