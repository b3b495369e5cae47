package queue

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/riverqueue/river"
)

type decideArgs struct {
	EventID string `json:"eventId"`
}

// Kind names the job in the database.
func (decideArgs) Kind() string { return "decide" }

type deliverArgs struct {
	DeliveryID string `json:"deliveryId"`
	Ticket     int64  `json:"ticket"`
	// NotBefore is when the first run is due, in Unix microseconds. River's scheduler looks only every 5 s at jobs of the
	// future, so a job that is due sooner is fetched at once and sent back for the rest of its time.
	NotBefore int64 `json:"notBefore"`
}

// Kind names the job in the database.
func (deliverArgs) Kind() string { return "deliver" }

// schedulerPace is River's, and not to be set.
const schedulerPace = 5 * time.Second

// Decide stores a job that decides an event, in the transaction that stores the event.
func (q *Queue) Decide(ctx context.Context, tx *sql.Tx, eventID string) error {
	_, err := q.client.InsertTx(ctx, tx, decideArgs{eventID}, &river.InsertOpts{Queue: decideQueue})
	if err != nil {
		return fmt.Errorf("store the job of event %s: %w", eventID, err)
	}
	return nil
}

// Deliver stores a job that moves a delivery at a time (zero: now), in the transaction that changes the delivery.
func (q *Queue) Deliver(ctx context.Context, tx *sql.Tx, deploymentID, deliveryID string, ticket int64, at time.Time) error {
	args := deliverArgs{DeliveryID: deliveryID, Ticket: ticket}
	opts := &river.InsertOpts{Queue: queueOf(deploymentID)}
	if wait := at.Sub(q.now()); wait > 0 {
		args.NotBefore = at.UnixMicro()
		if wait > schedulerPace {
			opts.ScheduledAt = at
		}
	}
	if _, err := q.client.InsertTx(ctx, tx, args, opts); err != nil {
		return fmt.Errorf("store the job of delivery %s: %w", deliveryID, err)
	}
	return nil
}

type decideWorker struct {
	river.WorkerDefaults[decideArgs]
	queue *Queue
}

// decideSlice is how long one run goes on with the pages of an event before others have their turn.
const decideSlice = 10 * time.Second

// Work decides pages of an event. It does not go back to the queue after each: a snoozed job waits for a poll, and a
// large site has many pages.
func (w *decideWorker) Work(ctx context.Context, job *river.Job[decideArgs]) error {
	ctx = withJob(ctx, job.ID)
	for end := w.queue.now().Add(decideSlice); w.queue.now().Before(end); {
		more, err := w.queue.handlers.Decide(ctx, job.Args.EventID)
		if err != nil || !more {
			return err
		}
	}
	return river.JobSnooze(0)
}

type deliverWorker struct {
	river.WorkerDefaults[deliverArgs]
	queue *Queue
}

// Work moves one slice of a delivery.
func (w *deliverWorker) Work(ctx context.Context, job *river.Job[deliverArgs]) error {
	if wait := time.UnixMicro(job.Args.NotBefore).Sub(w.queue.now()); wait > 0 {
		return river.JobSnooze(wait)
	}
	again, err := w.queue.handlers.Deliver(withJob(ctx, job.ID), job.Args.DeliveryID, job.Args.Ticket)
	if err == nil && again != nil {
		return river.JobSnooze(max(0, *again))
	}
	return err
}

type jobKey struct{}

func withJob(ctx context.Context, id int64) context.Context {
	return context.WithValue(ctx, jobKey{}, id)
}

// JobID gives the id of the job that a context belongs to, for the log.
func JobID(ctx context.Context) (int64, bool) {
	id, ok := ctx.Value(jobKey{}).(int64)
	return id, ok
}
