package queue_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"
	"go.uber.org/goleak"

	"github.com/skyferry/skyferry/internal/queue"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
}

// patience is the end of every wait; a good run comes nowhere near it.
const patience = 20 * time.Second

func openDB(t testing.TB, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+file+"?_busy_timeout=5000&_journal_mode=WAL&_synchronous=FULL&_foreign_keys=1&_txlock=immediate&_stmt_cache_size=100")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

func newQueue(t testing.TB, db *sql.DB, h queue.Handlers) *queue.Queue {
	t.Helper()
	q, err := queue.New(db, queue.Options{})
	if err != nil {
		t.Fatal(err)
	}
	q.Handle(h)
	if err := q.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return q
}

func start(t testing.TB, q *queue.Queue, deployments ...string) {
	t.Helper()
	for _, d := range deployments {
		if err := q.AddDeployment(d); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

func within(t testing.TB, db *sql.DB, commit bool, do func(tx *sql.Tx) error) {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := do(tx); err != nil {
		t.Fatal(err)
	}
	if commit {
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
}

func deliver(t testing.TB, db *sql.DB, q *queue.Queue, deployment, delivery string, at time.Time) {
	t.Helper()
	within(t, db, true, func(tx *sql.Tx) error { return q.Deliver(t.Context(), tx, deployment, delivery, 7, at) })
}

func next(t testing.TB, c <-chan string) string {
	t.Helper()
	select {
	case s := <-c:
		return s
	case <-time.After(patience):
		t.Fatal("nothing came")
		return ""
	}
}

func noDecide(context.Context, string) (bool, error) { return false, nil }

func noDeliver(context.Context, string, int64) (*time.Duration, error) { return nil, nil }

func file(t testing.TB) string { return filepath.Join(t.TempDir(), "queue.db") }

func TestJobsLiveAndDieWithTheirTransaction(t *testing.T) {
	got := make(chan string, 10)
	db := openDB(t, file(t))
	q := newQueue(t, db, queue.Handlers{
		Decide: func(ctx context.Context, id string) (bool, error) { got <- id; return false, nil },
		Deliver: func(ctx context.Context, id string, ticket int64) (*time.Duration, error) {
			if _, ok := queue.JobID(ctx); !ok || ticket != 7 {
				t.Errorf("ticket %d, job id in context: %v", ticket, ok)
			}
			got <- id
			return nil, nil
		},
	})
	start(t, q, "eu")
	within(t, db, false, func(tx *sql.Tx) error {
		return errors.Join(q.Decide(t.Context(), tx, "rolled back"), q.Deliver(t.Context(), tx, "eu", "rolled back", 7, time.Time{}))
	})
	within(t, db, true, func(tx *sql.Tx) error { return q.Decide(t.Context(), tx, "event") })
	if s := next(t, got); s != "event" {
		t.Fatalf("decided %q", s)
	}
	deliver(t, db, q, "eu", "delivery", time.Time{})
	if s := next(t, got); s != "delivery" {
		t.Fatalf("delivered %q", s)
	}
	var jobs int
	if err := db.QueryRow(`SELECT COUNT(*) FROM river_job`).Scan(&jobs); err != nil || jobs != 2 {
		t.Fatalf("%d jobs are stored, %v; want 2", jobs, err)
	}
}

func TestAJobGoesOnUntilItIsDone(t *testing.T) {
	got := make(chan string, 10)
	pages, slices := 0, 0
	db := openDB(t, file(t))
	q := newQueue(t, db, queue.Handlers{
		Decide: func(context.Context, string) (bool, error) {
			pages++
			got <- "page"
			return pages < 3, nil
		},
		Deliver: func(context.Context, string, int64) (*time.Duration, error) {
			slices++
			got <- "slice"
			if slices == 2 {
				return nil, nil
			}
			wait := 10 * time.Millisecond
			return &wait, nil
		},
	})
	start(t, q, "eu")
	within(t, db, true, func(tx *sql.Tx) error { return q.Decide(t.Context(), tx, "event") })
	for range 3 {
		next(t, got)
	}
	deliver(t, db, q, "eu", "delivery", time.Time{})
	for range 2 {
		next(t, got)
	}
}

func TestAJobWaitsForItsTime(t *testing.T) {
	got := make(chan string, 10)
	db := openDB(t, file(t))
	q := newQueue(t, db, queue.Handlers{Decide: noDecide, Deliver: func(_ context.Context, id string, _ int64) (*time.Duration, error) {
		got <- id
		return nil, nil
	}})
	start(t, q, "eu")
	due := time.Now().Add(700 * time.Millisecond)
	deliver(t, db, q, "eu", "later", due)
	deliver(t, db, q, "eu", "much later", time.Now().Add(time.Hour))
	deliver(t, db, q, "eu", "now", time.Time{})
	if s := next(t, got); s != "now" {
		t.Fatalf("first came %q", s)
	}
	if s := next(t, got); s != "later" || time.Now().Before(due.Truncate(time.Microsecond)) {
		t.Fatalf("then %q, %v before its time", s, time.Until(due))
	}
}

func TestAFailureOrAPanicIsLoggedAndTriedAgain(t *testing.T) {
	got := make(chan string, 10)
	var log safeBuffer
	db := openDB(t, file(t))
	q, err := queue.New(db, queue.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	tries := 0
	q.Handle(queue.Handlers{
		Deliver: noDeliver,
		Decide: func(context.Context, string) (bool, error) {
			tries++
			if tries == 1 {
				panic("upside down")
			}
			got <- "done"
			return false, nil
		},
	})
	start(t, q)
	within(t, db, true, func(tx *sql.Tx) error { return q.Decide(t.Context(), tx, "event") })
	next(t, got)
	if text := log.String(); !strings.Contains(text, "upside down") || !strings.Contains(text, "job=") {
		t.Errorf("the log lacks the panic: %s", text)
	}
}

func TestABlockedDeploymentHoldsUpNoOther(t *testing.T) {
	got := make(chan string, 10)
	release := make(chan struct{})
	db := openDB(t, file(t))
	q := newQueue(t, db, queue.Handlers{Decide: noDecide, Deliver: func(_ context.Context, id string, _ int64) (*time.Duration, error) {
		if id == "stuck" {
			got <- id
			<-release
		}
		got <- id
		return nil, nil
	}})
	start(t, q, "dead", "eu")
	for range 6 { // more than a deployment has workers
		deliver(t, db, q, "dead", "stuck", time.Time{})
	}
	for range 2 {
		next(t, got)
	}
	deliver(t, db, q, "eu", "free", time.Time{})
	if s := next(t, got); s != "free" {
		t.Fatalf("got %q", s)
	}
	if err := q.AddDeployment("new"); err != nil {
		t.Fatal(err)
	}
	deliver(t, db, q, "new", "also free", time.Time{})
	if s := next(t, got); s != "also free" {
		t.Fatalf("got %q", s)
	}
	if err := q.RemoveDeployment(t.Context(), "new"); err != nil {
		t.Error(err)
	}
	close(release)
	if err := q.RemoveDeployment(t.Context(), "dead"); err != nil {
		t.Error(err)
	}
	var left int
	if err := db.QueryRow(`SELECT COUNT(*) FROM river_job WHERE state IN ('available', 'scheduled')`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d jobs of a deleted deployment are left, %v", left, err)
	}
}

// A process that is killed leaves its jobs marked as running: the next one runs them at once, and is leader at once.
func TestWhatAKilledProcessRanIsTakenUp(t *testing.T) {
	got := make(chan string, 10)
	name := file(t)
	db := openDB(t, name)
	q := newQueue(t, db, queue.Handlers{Decide: noDecide, Deliver: noDeliver})
	deliver(t, db, q, "eu", "interrupted", time.Time{})
	for _, statement := range []string{
		`UPDATE river_job SET state = 'running', attempt = 1, attempted_at = datetime('now', 'subsec')`,
		`INSERT INTO river_leader (elected_at, expires_at, leader_id, name) VALUES (datetime('now'), datetime('now', '+1 hour'), 'killed', 'default')`,
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()

	db = openDB(t, name)
	q = newQueue(t, db, queue.Handlers{Decide: noDecide, Deliver: func(_ context.Context, id string, _ int64) (*time.Duration, error) {
		got <- id
		return nil, nil
	}})
	start(t, q, "eu")
	if s := next(t, got); s != "interrupted" {
		t.Fatalf("got %q", s)
	}
	deadline := time.Now().Add(patience)
	for leader := "killed"; leader == "killed"; {
		if err := db.QueryRow(`SELECT COALESCE(MAX(leader_id), 'none') FROM river_leader`).Scan(&leader); err != nil || time.Now().After(deadline) {
			t.Fatalf("leader %q, %v", leader, err)
		}
	}
}

func TestStartWithoutHandlersIsRefused(t *testing.T) {
	q, err := queue.New(openDB(t, file(t)), queue.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if q.Start(t.Context()) == nil {
		t.Error("started")
	}
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}
func (s *safeBuffer) String() string { s.mu.Lock(); defer s.mu.Unlock(); return s.b.String() }

func TestStoredJobsAreKnown(t *testing.T) {
	db := openDB(t, file(t))
	q := newQueue(t, db, queue.Handlers{Decide: noDecide, Deliver: noDeliver})
	within(t, db, true, func(tx *sql.Tx) error {
		return errors.Join(q.Decide(t.Context(), tx, "event"),
			q.Deliver(t.Context(), tx, "eu", "delivery", 3, time.Now().Add(time.Hour)),
			q.Deliver(t.Context(), tx, "eu", "delivery", 2, time.Time{}))
	})
	within(t, db, true, func(tx *sql.Tx) error { // as a killed process leaves it; Start gives such jobs back
		_, err := tx.ExecContext(t.Context(), `UPDATE river_job SET state = 'running' WHERE kind = 'decide'`)
		return err
	})
	within(t, db, false, func(tx *sql.Tx) error {
		events, deliveries, err := q.Stored(t.Context(), tx)
		if !events["event"] || len(events) != 1 || deliveries["delivery"] != 3 || len(deliveries) != 1 {
			t.Errorf("stored: %v %v", events, deliveries)
		}
		return err
	})
}
