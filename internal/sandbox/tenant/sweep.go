package tenant

import (
	"context"
	"errors"
	"time"

	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// Expired uploads answer 410 for a while before they are forgotten and answer 404.
const (
	sweepEvery   = time.Minute
	goneFor      = 24 * time.Hour
	sweepAtATime = 1000
)

// sweepUntil removes what has expired, from time to time, until the context ends.
func (s *Server) sweepUntil(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := s.sweep(); err != nil {
				s.log.ErrorContext(ctx, "sweep failed", "error", err)
			}
		}
	}
}

// sweep removes the bytes of expired uploads, and the records of what nobody needs any more.
func (s *Server) sweep() error {
	now := s.now()
	var expired []state.Upload
	err := s.db.Read(func(tx *state.Tx) (err error) {
		expired, err = state.Uploads.All(tx, func(u state.Upload) bool { return !now.Before(u.Expires()) })
		return err
	})
	for _, upload := range expired {
		err = errors.Join(err, s.contents.Discard(upload.ID))
	}
	return errors.Join(err, s.db.Write(func(tx *state.Tx) error { return forgetExpired(tx, now) }))
}

func forgetExpired(tx *state.Tx, now time.Time) error {
	return errors.Join(
		forget(tx, state.Events, func(e state.Event) bool { return now.After(e.Time.Add(eventLife)) }, func(e state.Event) string { return e.ID }),
		forget(tx, state.Sendings, func(d state.Sending) bool { return now.After(d.Triggered.Add(sendingLife)) }, func(d state.Sending) string { return d.ID }),
		state.Events.Trim(tx, keptEvents), state.Sendings.Trim(tx, keptSendings),
		forget(tx, state.Uploads, func(u state.Upload) bool { return now.After(u.Expires().Add(goneFor)) }, func(u state.Upload) string { return u.ID }),
		forget(tx, state.Tokens, func(t state.Token) bool { return now.After(t.Expires) }, func(t state.Token) string { return t.Hash }),
		forget(tx, state.Logins, func(l state.Login) bool { return now.After(l.Expires) }, func(l state.Login) string { return l.Hash }),
		forget(tx, state.SpentIDs, func(i state.SpentID) bool { return now.After(i.Expires) }, func(i state.SpentID) string { return i.Hash }),
		forget(tx, state.Sessions, func(x state.Session) bool { return now.After(x.Expires) }, func(x state.Session) string { return x.Hash }))
}

// forget deletes some of the records that are old; the rest has its turn at the next sweep.
func forget[T any](tx *state.Tx, table state.Table[T], old func(T) bool, key func(T) string) error {
	records, err := table.All(tx, old)
	for _, record := range records[:min(len(records), sweepAtATime)] {
		err = errors.Join(err, table.Delete(tx, key(record)))
	}
	return err
}

// sweepLeftovers removes files that no record refers to: a killed process may leave some.
func (s *Server) sweepLeftovers() error {
	apps, uploads := map[string]bool{}, map[string]bool{}
	err := s.db.Read(func(tx *state.Tx) error {
		all, err := state.Apps.All(tx, nil)
		for _, app := range all {
			apps[app.SHA256] = true
		}
		live, liveErr := state.Uploads.All(tx, func(u state.Upload) bool { return s.now().Before(u.Expires()) })
		for _, upload := range live {
			uploads[upload.ID] = true
		}
		return errors.Join(err, liveErr)
	})
	if err != nil {
		return err
	}
	return s.contents.Sweep(func(name string) bool { return apps[name] }, func(name string) bool { return uploads[name] })
}
