// Package queue runs the console's work in the background, durably: a job is stored in the caller's transaction, and it
// survives a crash. It is River behind a small interface; the traps named here are those of go-libraries.md section 2.
//
// A job carries ids only. What it is about stands in the store's own rows, and the retry schedule that people see does too.
package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

// Times of the queue. A run must be shorter than jobTimeout; it moves a slice of some minutes and asks to go on.
const (
	jobTimeout  = 10 * time.Minute
	rescueAfter = 15 * time.Minute // a run without a sign of life, for databases with several nodes
	softStop    = 8 * time.Second  // after that the contexts of running jobs are cancelled
	wholeStop   = 10 * time.Second
	keepDone    = time.Hour

	// A new job is noticed by the driver's look at its outbox every 50 ms, one look for all queues. The poll of each queue
	// only catches what a notice missed (a second job within the cooldown, a short snooze), so it may be slow: it is a
	// write transaction per queue. Measured with five deployments (BenchmarkIdle): 1 s costs 2 % of a processor.
	fetchCooldown = 10 * time.Millisecond
	fetchPoll     = time.Second

	maxAttempts = 1_000_000 // a job is never given up; the delivery's own row says when to stop
)

const (
	decideQueue       = "decide"
	decideWorkers     = 1 // decisions of one app must not overtake each other
	deploymentWorkers = 2
)

// Handlers does the work. Both are called again when they fail, so they must be safe to repeat.
type Handlers struct {
	// Decide plans the next page of an event and says whether there is more.
	Decide func(ctx context.Context, eventID string) (more bool, err error)
	// Deliver moves one slice of a delivery. Again is the time until the next run of the same job, nil for none.
	Deliver func(ctx context.Context, deliveryID string, ticket int64) (again *time.Duration, err error)
}

// Options are the settings of a Queue.
type Options struct {
	Log *slog.Logger // nil: discard
	Now func() time.Time
}

// Queue holds the jobs. Give it its handlers, then start it.
type Queue struct {
	db       *sql.DB
	log      *slog.Logger
	now      func() time.Time
	client   *river.Client[*sql.Tx]
	handlers Handlers

	mu       sync.Mutex // held while River's set of queues changes
	lanes    map[string]bool
	stopping bool
}

// New makes a queue in a database. The pool is the one that the callers' transactions come from; on SQLite that is the
// pool with a single connection.
func New(db *sql.DB, o Options) (*Queue, error) {
	q := &Queue{db: db, log: o.Log, now: o.Now, lanes: map[string]bool{}}
	if q.log == nil {
		q.log = slog.New(slog.DiscardHandler)
	}
	if q.now == nil {
		q.now = time.Now
	}
	client, err := river.NewClient(riversqlite.New(db), q.config())
	if err != nil {
		return nil, fmt.Errorf("set up the queue: %w", err)
	}
	q.client = client
	return q, nil
}

func (q *Queue) config() *river.Config {
	workers := river.NewWorkers()
	river.AddWorker(workers, &decideWorker{queue: q})
	river.AddWorker(workers, &deliverWorker{queue: q})
	return &river.Config{
		CompletedJobRetentionPeriod: keepDone,
		CancelledJobRetentionPeriod: keepDone,
		ErrorHandler:                faultLog{q.log},
		FetchCooldown:               fetchCooldown,
		FetchPollInterval:           fetchPoll,
		JobTimeout:                  jobTimeout,
		Logger:                      slog.New(quiet{q.log.Handler()}),
		MaxAttempts:                 maxAttempts,
		Queues:                      map[string]river.QueueConfig{decideQueue: {MaxWorkers: decideWorkers}},
		RescueStuckJobsAfter:        rescueAfter,
		RetryPolicy:                 backoff{q.now},
		SoftStopTimeout:             softStop,
		Workers:                     workers,
	}
}

// Handle gives the queue its handlers, before Start.
func (q *Queue) Handle(h Handlers) { q.handlers = h }

// Migrate brings the queue's own tables up to date, so that jobs can be stored before Start.
func (q *Queue) Migrate(ctx context.Context) error {
	m, err := rivermigrate.New(riversqlite.New(q.db), &rivermigrate.Config{Logger: slog.New(quiet{q.log.Handler()})})
	if err != nil {
		return fmt.Errorf("set up the queue's tables: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("bring the queue's tables up to date: %w", err)
	}
	return nil
}

// Start takes up what an earlier process left and begins to work. The context's end does not stop the queue; Stop does.
func (q *Queue) Start(ctx context.Context) error {
	if q.handlers.Decide == nil || q.handlers.Deliver == nil {
		return errors.New("the queue has no handlers")
	}
	if err := q.Migrate(ctx); err != nil {
		return err
	}
	if err := q.sweep(ctx); err != nil {
		return err
	}
	q.setStopping(false)
	if err := q.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the queue: %w", err)
	}
	return nil
}

// Stop lets running jobs finish for 8 s, then cancels them, and returns within 10 s. What did not finish runs again at
// the next start, without loss of an attempt.
func (q *Queue) Stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, wholeStop)
	defer cancel()
	q.setStopping(true)
	if err := q.client.Stop(ctx); err != nil {
		return fmt.Errorf("stop the queue: %w", err)
	}
	return nil
}
