package store

import (
	"context"
	"time"

	"github.com/skyferry/skyferry/internal/distribution"
)

// closing gives the time at which a delivery was finished, zero while it is open.
func closing(d distribution.Delivery, tx *tx) time.Time {
	switch {
	case d.State.Open():
		return time.Time{}
	case d.Finished.IsZero():
		return tx.now
	default:
		return d.Finished
	}
}

// saveAttempt writes an attempt under its number; number 0 is none.
func (tx *tx) saveAttempt(ctx context.Context, a distribution.Attempt) error {
	if a.Number == 0 {
		return nil
	}
	_, err := tx.exec(ctx, `INSERT INTO attempts (delivery_id, number, started, ended, stage, bytes, status, trace_id, error)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (delivery_id, number) DO UPDATE SET ended = excluded.ended, stage = excluded.stage, bytes = excluded.bytes,
			status = excluded.status, trace_id = excluded.trace_id, error = excluded.error`,
		a.DeliveryID, a.Number, micros(a.Started), micros(a.Ended), a.Stage, a.Bytes, a.Status, a.TraceID, a.Error)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `UPDATE deliveries SET attempts = ? WHERE id = ? AND attempts < ?`, a.Number, a.DeliveryID, a.Number)
	return err
}

const attemptColumns = `delivery_id, number, started, ended, stage, bytes, status, trace_id, error`

func scanAttempt(row scanner) (distribution.Attempt, error) {
	var a distribution.Attempt
	err := row.Scan(&a.DeliveryID, &a.Number, moment(&a.Started), moment(&a.Ended), &a.Stage, &a.Bytes, &a.Status, &a.TraceID, &a.Error)
	return a, err
}

// openAttempt gives the attempt that has not ended, or one with Number 0.
func (tx *tx) openAttempt(ctx context.Context, deliveryID string) (distribution.Attempt, error) {
	all, err := list(ctx, tx, scanAttempt, `SELECT `+attemptColumns+` FROM attempts
		WHERE delivery_id = ? AND ended = 0 ORDER BY number DESC LIMIT 1`, deliveryID)
	if err != nil || len(all) == 0 {
		return distribution.Attempt{}, err
	}
	return all[0], nil
}

const shownAttempts = 100 // newest ones, on the page of a delivery

func (tx *tx) attempts(ctx context.Context, deliveryID string) ([]distribution.Attempt, error) {
	return list(ctx, tx, scanAttempt, `SELECT `+attemptColumns+` FROM attempts
		WHERE delivery_id = ? ORDER BY number DESC LIMIT ?`, deliveryID, shownAttempts)
}

const shownTransitions = 200 // newest ones, on the page of a delivery

func (tx *tx) transitions(ctx context.Context, deliveryID string) ([]distribution.Transition, error) {
	scan := func(row scanner) (distribution.Transition, error) {
		var t distribution.Transition
		err := row.Scan(moment(&t.At), &t.From, &t.To, &t.By, &t.Note, &t.Cause)
		return t, err
	}
	return list(ctx, tx, scan, `SELECT at, from_state, to_state, by_whom, note, cause FROM transitions
		WHERE delivery_id = ? ORDER BY number DESC LIMIT ?`, deliveryID, shownTransitions)
}
