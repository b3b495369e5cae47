package store

import (
	"context"
	"time"

	"github.com/skyferry/skyferry/internal/account"
)

const selectSessions = `SELECT s.id, s.user_id, s.created, s.seen, s.expires, s.address, s.agent FROM sessions s `

func scanSession(row scanner) (s account.Session, err error) {
	err = row.Scan(&s.ID, &s.UserID, moment(&s.Created), moment(&s.Seen), moment(&s.Expires), &s.Address, &s.Agent)
	return s, err
}

// CreateSession keeps a sign-in: its user was seen now, and the audit trail says so.
func (s *Store) CreateSession(ctx context.Context, n account.Session, data []byte) error {
	return s.write(ctx, func(tx *tx) error {
		u, err := tx.user(ctx, n.UserID)
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, `INSERT INTO sessions (id, user_id, created, seen, expires, address, agent, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			n.ID, n.UserID, micros(n.Created), micros(n.Seen), micros(n.Expires), n.Address, n.Agent, notNil(data))
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `UPDATE users SET last_seen = ? WHERE id = ?`, micros(n.Created), n.UserID); err != nil {
			return err
		}
		return tx.record(ctx, account.Record{Actor: u.Name, Action: "signed-in", ObjectKind: "user", ObjectID: u.ID, ObjectName: u.Name})
	})
}

// Session gives a session with its data. One that has ended, or whose user may not sign in any more, is not found.
func (s *Store) Session(ctx context.Context, idHash string) (found account.Session, data []byte, err error) {
	err = s.read(ctx, func(tx *tx) error {
		row := tx.row(ctx, `
			SELECT s.id, s.user_id, s.created, s.seen, s.expires, s.address, s.agent, s.data
			FROM sessions s JOIN users u ON u.id = s.user_id
			WHERE s.id = ? AND s.expires > ? AND u.disabled = FALSE`, idHash, micros(tx.now))
		err := row.Scan(&found.ID, &found.UserID, moment(&found.Created), moment(&found.Seen), moment(&found.Expires), &found.Address, &found.Agent, &data)
		return missing(err, "The session has ended. Sign in again.")
	})
	return found, data, err
}

// TouchSession keeps a session's data and that it was seen now. A session that has ended stays ended.
func (s *Store) TouchSession(ctx context.Context, idHash string, data []byte) error {
	return s.write(ctx, func(tx *tx) error {
		_, err := tx.exec(ctx, `UPDATE sessions SET data = ?, seen = ? WHERE id = ?`, notNil(data), micros(tx.now), idHash)
		return err
	})
}

// DeleteSession ends a session, and the audit trail says so. One that has ended already is no error.
func (s *Store) DeleteSession(ctx context.Context, idHash string) error {
	return s.write(ctx, func(tx *tx) error {
		users, err := list(ctx, tx, scanText, `SELECT user_id FROM sessions WHERE id = ?`, idHash)
		if err != nil || len(users) == 0 {
			return err
		}
		if _, err := tx.exec(ctx, `DELETE FROM sessions WHERE id = ?`, idHash); err != nil {
			return err
		}
		u, err := tx.user(ctx, users[0])
		if err != nil {
			return err
		}
		actor := tx.actor.Name
		if tx.actor.UserID == "" { // sign-out: nobody is known yet but the session itself
			actor = u.Name
		}
		return tx.record(ctx, account.Record{Actor: actor, Action: "signed-out", ObjectKind: "user", ObjectID: u.ID, ObjectName: u.Name})
	})
}

// refusedAtMost is how often the audit trail tells of refused sign-ins by one name from one address.
const refusedAtMost = time.Minute

// RefusedSignIn records that somebody could not sign in under a name, at most once a minute for a name and an address. A name
// that no user has is not kept: it may be a password in the wrong field.
func (s *Store) RefusedSignIn(ctx context.Context, name string) error {
	return s.write(ctx, func(tx *tx) error {
		names, err := list(ctx, tx, scanText, `SELECT name FROM users WHERE name_key = ?`, nameKey(name))
		if err != nil {
			return err
		}
		if name = "(unknown name)"; len(names) > 0 {
			name = names[0]
		}
		n := 0
		err = tx.row(ctx, `SELECT COUNT(*) FROM audit WHERE at > ? AND action = 'sign-in refused' AND object_name = ? AND address = ?`,
			micros(tx.now.Add(-refusedAtMost)), name, tx.actor.Address).Scan(&n)
		if err != nil || n > 0 {
			return err
		}
		return tx.record(ctx, account.Record{Actor: "Skyferry", Action: "sign-in refused", ObjectKind: "user", ObjectName: name})
	})
}

// DeleteSessionsOf signs a user out everywhere.
func (s *Store) DeleteSessionsOf(ctx context.Context, userID string) error {
	return s.write(ctx, func(tx *tx) error { return tx.endSessions(ctx, userID) })
}

func (tx *tx) endSessions(ctx context.Context, userID string) error {
	_, err := tx.exec(ctx, `DELETE FROM sessions WHERE user_id = ?`, userID)
	return err
}

// Sessions gives a user's sessions, the one seen last first, at most 200.
func (s *Store) Sessions(ctx context.Context, userID string) (sessions []account.Session, err error) {
	err = s.read(ctx, func(tx *tx) error {
		sessions, err = list(ctx, tx, scanSession, selectSessions+`WHERE s.user_id = ? AND s.expires > ? ORDER BY s.seen DESC, s.id LIMIT ?`,
			userID, micros(tx.now), maxPageSize)
		return err
	})
	return sessions, err
}

// SweepSessions deletes the sessions that have ended.
func (s *Store) SweepSessions(ctx context.Context) error {
	return s.write(ctx, func(tx *tx) error {
		_, err := tx.exec(ctx, `DELETE FROM sessions WHERE expires <= ?`, micros(tx.now))
		return err
	})
}

// notNil keeps an empty value from becoming NULL.
func notNil(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}
