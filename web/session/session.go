// Package session keeps sign-in sessions: gorilla/sessions over a store on SQL, so that a session can be revoked, is
// rotated at sign-in, and dies with its user.
package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"time"

	"github.com/gorilla/sessions"

	"github.com/skyferry/skyferry/internal/account"
	"github.com/skyferry/skyferry/internal/fault"
)

// Life is how long a sign-in lasts.
const Life = 12 * time.Hour

// Rows is what the sessions need of the database. Ids are hashes: the cookie's value stands nowhere.
type Rows interface {
	CreateSession(ctx context.Context, s account.Session, data []byte) error
	Session(ctx context.Context, idHash string) (account.Session, []byte, error)
	TouchSession(ctx context.Context, idHash string, data []byte) error
	DeleteSession(ctx context.Context, idHash string) error
}

// Store is a sessions.Store whose sessions are rows. Sessions without a user are never stored.
type Store struct {
	rows   Rows
	name   string
	secure bool
	now    func() time.Time
}

// NewStore makes a store. The cookie's name carries the server's identity, because cookies ignore ports and several
// consoles and sandboxes live on one host. Secure is set when people reach the console by https.
func NewStore(rows Rows, serverID string, secure bool, now func() time.Time) *Store {
	return &Store{rows: rows, name: "skyferry_" + serverID[:8], secure: secure, now: now}
}

type key string

// The values of a session.
const (
	userKey   key = "user"
	noticeKey key = "notice"
)

// Get gives the request's session, read once for each request.
func (s *Store) Get(r *http.Request, name string) (*sessions.Session, error) {
	return sessions.GetRegistry(r).Get(s, name)
}

// New reads the session that the cookie names, or makes an empty one.
func (s *Store) New(r *http.Request, name string) (*sessions.Session, error) {
	session := sessions.NewSession(s, name)
	session.Options = s.options()
	session.IsNew = true
	cookie, err := r.Cookie(name)
	if errors.Is(err, http.ErrNoCookie) {
		return session, nil // nobody is signed in
	}
	if err != nil {
		return session, err
	}
	row, data, err := s.rows.Session(r.Context(), hash(cookie.Value))
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			return session, nil
		}
		return session, err
	}
	if !row.Expires.After(s.now()) {
		return session, nil
	}
	decode(data, session.Values)
	session.ID, session.IsNew = cookie.Value, false
	session.Values[userKey] = row.UserID
	return session, nil
}

// Save writes the session's values back; a negative MaxAge ends the session.
func (s *Store) Save(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	if session.Options.MaxAge < 0 {
		http.SetCookie(w, sessions.NewCookie(session.Name(), "", session.Options))
		return s.rows.DeleteSession(r.Context(), hash(session.ID))
	}
	if session.ID == "" {
		return s.create(r, w, session)
	}
	return s.rows.TouchSession(r.Context(), hash(session.ID), encode(session.Values))
}

func (s *Store) create(r *http.Request, w http.ResponseWriter, session *sessions.Session) error {
	user, ok := session.Values[userKey].(string)
	if !ok || user == "" {
		return nil
	}
	session.ID = rand.Text()
	now := s.now()
	row := account.Session{
		ID: hash(session.ID), UserID: user, Created: now, Seen: now, Expires: now.Add(Life),
		Address: account.ActorOf(r.Context()).Address, Agent: shorten(r.UserAgent(), 200),
	}
	if err := s.rows.CreateSession(r.Context(), row, encode(session.Values)); err != nil {
		return err
	}
	http.SetCookie(w, sessions.NewCookie(session.Name(), session.ID, session.Options))
	return nil
}

func (s *Store) options() *sessions.Options {
	return &sessions.Options{
		Path: "/", MaxAge: int(Life.Seconds()), HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	}
}

// hash is what the database knows of a session's id.
func hash(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

// encode writes what a session holds besides its user: the notice that waits for the next page.
func encode(values map[any]any) []byte {
	notice, _ := values[noticeKey].(string) // none: empty
	return []byte(notice)
}

func decode(data []byte, values map[any]any) {
	if len(data) > 0 {
		values[noticeKey] = string(data)
	}
}

func shorten(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return text[:limit]
}
