package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/distribution"
)

const deliveryColumns = `d.id, d.app_id, d.app_name, d.stream_name, d.deployment_id, d.state, d.stage, d.metadata_only, d.forced,
	d.generation, d.last_reload, d.meta_hash, d.why, d.event_id, d.ticket, d.tries, d.next_try, d.cause, d.message, d.status,
	d.trace_id, d.size, d.sha256, d.upload_url, d.uploaded, d.file_id, d.import_started, d.intermediate, d.sent_name, d.published_id,
	d.collections, d.before_import, d.naming, d.created, d.changed, d.finished, d.hold_id, d.section_access, d.first_import,
	d.warnings, d.unwanted, d.unwanted_cause, d.overdue`

// deliveryFields are the places for deliveryColumns.
func deliveryFields(d *distribution.Delivery) []any {
	return []any{&d.ID, &d.AppID, &d.AppName, &d.StreamName, &d.DeploymentID, &d.State, &d.Stage, &d.MetadataOnly, &d.Forced,
		&d.Version.Generation, moment(&d.Version.LastReload), &d.MetaHash, fromJSON(&d.Why), &d.EventID, &d.Ticket, &d.Tries,
		moment(&d.NextTry), &d.Cause, &d.Message, &d.Status, &d.TraceID, &d.Size, &d.SHA256, &d.UploadURL, &d.Uploaded, &d.FileID,
		moment(&d.ImportStarted), &d.Intermediate, &d.SentName, &d.PublishedID, fromJSON(&d.Collections), fromJSON(&d.Before), fromJSON(&d.Naming),
		moment(&d.Created), moment(&d.Changed), moment(&d.Finished), &d.HoldID, &d.SectionAccess, moment(&d.FirstImport),
		fromJSON(&d.Warnings), &d.Unwanted, &d.UnwantedCause, &d.Overdue}
}

func scanDelivery(row scanner) (distribution.Delivery, error) {
	var d distribution.Delivery
	err := row.Scan(deliveryFields(&d)...)
	return d, err
}

func (tx *tx) delivery(ctx context.Context, id string) (distribution.Delivery, error) {
	d, err := scanDelivery(tx.row(ctx, `SELECT `+deliveryColumns+` FROM deliveries d WHERE d.id = ?`, id))
	return d, missing(err, "This delivery is not there any more.")
}

// held reads a delivery for a run: it must be open and held by this ticket.
func (tx *tx) held(ctx context.Context, id string, ticket int64) (distribution.Delivery, error) {
	d, err := scanDelivery(tx.row(ctx, `SELECT `+deliveryColumns+` FROM deliveries d WHERE d.id = ? AND d.ticket = ?`, id, ticket))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !d.State.Open() {
		return distribution.Delivery{}, distribution.ErrLost
	}
	return d, err
}

// Save writes a run's delivery and attempt; see distribution.Store. What comes back by itself gets a new ticket with its job,
// so that a run that is repeated after a crash cannot be at it twice.
func (s *Store) Save(ctx context.Context, d distribution.Delivery, a distribution.Attempt) error {
	return s.write(ctx, func(tx *tx) error { return s.save(ctx, tx, d, a) })
}

func (s *Store) save(ctx context.Context, tx *tx, d distribution.Delivery, a distribution.Attempt) error {
	was, err := tx.held(ctx, d.ID, d.Ticket)
	if err != nil {
		return err
	}
	if d.Unwanted != "" && was.Unwanted == "" {
		return distribution.ErrWanted
	}
	later := comesBack(d)
	if later {
		d.Ticket++
	}
	if err := tx.change(ctx, was, d, d.Message); err != nil {
		return err
	}
	if err := tx.saveAttempt(ctx, a); err != nil {
		return err
	}
	if !later {
		return nil
	}
	return s.deliver(ctx, tx, d)
}

// comesBack says whether a delivery that a run ends gets a job for its next try.
func comesBack(d distribution.Delivery) bool {
	return d.State == distribution.Retrying || d.State == distribution.Paused && d.Cause.LooksAgain()
}

// deliver stores the job of an open delivery, for its next try where it has one.
func (s *Store) deliver(ctx context.Context, tx *tx, d distribution.Delivery) error {
	if s.queue == nil {
		return errors.New("the store has no queue")
	}
	return s.queue.Deliver(ctx, tx.Tx, d.DeploymentID, d.ID, d.Ticket, d.NextTry)
}

// shownNow is what the status page shows for a delivery in a new state: closed ones whose app stays behind in the tenant
// show that. It takes the arguments closed and Delivery.ShownAs.
const shownNow = `CASE WHEN ? AND EXISTS (
		SELECT 1 FROM deployments dep JOIN placements p ON p.tenant_id = dep.tenant_id
		WHERE dep.id = deliveries.deployment_id AND dep.tenant_id <> '' AND p.app_id = deliveries.app_id AND p.left_at <> 0)
	THEN 'left in tenant' ELSE ? END`

// change writes a delivery over what was read before in this transaction: it refuses moves that are not legal, compares
// the ticket, and records the transition.
func (tx *tx) change(ctx context.Context, was, d distribution.Delivery, note string) error {
	if !was.State.MayBecome(d.State) {
		return fmt.Errorf("delivery %s is %s and may not become %s", was.ID, was.State, d.State)
	}
	seq, err := tx.nextSeq(ctx)
	if err != nil {
		return err
	}
	d.Changed, d.Finished = tx.now, closing(d, tx)
	if standsStill(was, d) {
		d.Changed = was.Changed
	}
	n, err := tx.exec(ctx, `UPDATE deliveries SET state = ?, shown = `+shownNow+`, stage = ?, metadata_only = ?, forced = ?, generation = ?,
		last_reload = ?, meta_hash = ?, ticket = ?, tries = ?, next_try = ?, cause = ?, message = ?, status = ?, trace_id = ?, size = ?,
		sha256 = ?, upload_url = ?, uploaded = ?, file_id = ?, import_started = ?, intermediate = ?,
		sent_name = ?, published_id = ?, collections = ?, before_import = ?, naming = ?, section_access = ?, first_import = ?, warnings = ?, changed = ?, finished = ?, seq = ?
		WHERE id = ? AND ticket = ?`,
		d.State, !d.State.Open(), d.ShownAs(), d.Stage, d.MetadataOnly, d.Forced, d.Version.Generation,
		micros(d.Version.LastReload), d.MetaHash, d.Ticket, d.Tries, micros(d.NextTry), d.Cause, d.Message, d.Status, d.TraceID, d.Size,
		d.SHA256, d.UploadURL, d.Uploaded, d.FileID, micros(d.ImportStarted), d.Intermediate,
		d.SentName, d.PublishedID, asJSON(append([]distribution.Collection{}, d.Collections...)), asJSON(d.Before), asJSON(d.Naming),
		d.SectionAccess, micros(d.FirstImport), asJSON(append([]string{}, d.Warnings...)), micros(d.Changed), micros(d.Finished), seq,
		was.ID, was.Ticket)
	if err != nil {
		return err
	}
	if n == 0 {
		return distribution.ErrLost
	}
	return tx.transition(ctx, was.State, d, note)
}

// standsStill says that a paused delivery was looked at again and found as it was: it has been so since then, and not since the look.
func standsStill(was, d distribution.Delivery) bool {
	return was.State == distribution.Paused && d.State == distribution.Paused && was.Cause == d.Cause
}

// start inserts a planned delivery, makes it the current one, and stores its job, unless it is held for review.
func (s *Store) start(ctx context.Context, tx *tx, event distribution.Event, d distribution.Delivery) error {
	d.ID, d.EventID, d.Ticket, d.State, d.Created, d.Changed = uuid.NewString(), event.ID, 1, orWaiting(d.State), tx.now, tx.now
	if _, err := tx.exec(ctx, `UPDATE deliveries SET is_current = FALSE WHERE app_id = ? AND deployment_id = ? AND is_current`, d.AppID, d.DeploymentID); err != nil {
		return err
	}
	if err := tx.insert(ctx, d); err != nil {
		return err
	}
	if err := tx.transition(ctx, "", d, event.Note); err != nil {
		return err
	}
	if d.HoldID != "" {
		return nil
	}
	return s.deliver(ctx, tx, d)
}

func orWaiting(s distribution.State) distribution.State {
	if s == "" {
		return distribution.Waiting
	}
	return s
}

func (tx *tx) insert(ctx context.Context, d distribution.Delivery) error {
	seq, err := tx.nextSeq(ctx)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `INSERT INTO deliveries (id, app_id, app_name, app_key, stream_name, stream_key, deployment_id, is_current,
		state, shown, stage, metadata_only, forced, generation, last_reload, meta_hash, why, event_id, ticket, tries, attempts, next_try,
		cause, message, status, trace_id, size, sha256, upload_url, uploaded, file_id, import_started, intermediate,
		created, changed, finished, seq, hold_id, overdue)
		VALUES (?, ?, ?, ?, ?, ?, ?, TRUE, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?, ?, 0, '', 0, '', '', 0, '', 0, '', ?, ?, 0, ?, ?, ?)`,
		d.ID, d.AppID, d.AppName, nameKey(d.AppName), d.StreamName, nameKey(d.StreamName), d.DeploymentID,
		d.State, d.State, d.Stage, d.MetadataOnly, d.Forced, d.Version.Generation, micros(d.Version.LastReload), d.MetaHash,
		asJSON(d.Why), d.EventID, d.Ticket, d.Cause, d.Message, micros(d.Created), micros(d.Changed), seq, d.HoldID, d.Overdue)
	return err
}

// transition records a change of state; no change records nothing.
func (tx *tx) transition(ctx context.Context, from distribution.State, d distribution.Delivery, note string) error {
	if from == d.State {
		return nil
	}
	by := tx.actor.Name
	_, err := tx.exec(ctx, `INSERT INTO transitions (delivery_id, number, at, from_state, to_state, by_whom, note, cause)
		SELECT ?, COALESCE(MAX(number), 0) + 1, ?, ?, ?, ?, ?, ? FROM transitions WHERE delivery_id = ?`,
		d.ID, micros(tx.now), from, d.State, by, note, d.Cause, d.ID)
	return err
}

// nextSeq takes the next number of the status page's changes.
func (tx *tx) nextSeq(ctx context.Context) (n int64, err error) {
	err = tx.row(ctx, `UPDATE change_counter SET value = value + 1 WHERE name = 'status' RETURNING value`).Scan(&n)
	return n, err
}
