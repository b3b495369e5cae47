package session

import (
	"net/http"
)

// UserID gives the id of the user who is signed in, or "".
func (s *Store) UserID(r *http.Request) (string, error) {
	session, err := s.Get(r, s.name)
	if err != nil {
		return "", err
	}
	id, _ := session.Values[userKey].(string)
	return id, nil
}

// CurrentID gives the hash under which the request's session is stored, or "" when nobody is signed in.
func (s *Store) CurrentID(r *http.Request) string {
	session, err := s.Get(r, s.name)
	if err != nil || session.ID == "" {
		return ""
	}
	return hash(session.ID)
}

// SignIn starts a new session for a user. An older session of the same browser ends: the id is never taken over.
func (s *Store) SignIn(w http.ResponseWriter, r *http.Request, userID string) error {
	session, err := s.Get(r, s.name)
	if err != nil {
		return err
	}
	if session.ID != "" {
		if err := s.rows.DeleteSession(r.Context(), hash(session.ID)); err != nil {
			return err
		}
	}
	session.ID = ""
	clear(session.Values)
	session.Values[userKey] = userID
	return session.Save(r, w)
}

// SignOut ends the session.
func (s *Store) SignOut(w http.ResponseWriter, r *http.Request) error {
	session, err := s.Get(r, s.name)
	if err != nil || session.ID == "" {
		return err
	}
	session.Options.MaxAge = -1
	return session.Save(r, w)
}

// SetNotice keeps a sentence for the next page.
func (s *Store) SetNotice(w http.ResponseWriter, r *http.Request, text string) error {
	session, err := s.Get(r, s.name)
	if err != nil || session.ID == "" {
		return err
	}
	session.Values[noticeKey] = text
	return session.Save(r, w)
}

// TakeNotice gives the sentence that waits for this page, once.
func (s *Store) TakeNotice(w http.ResponseWriter, r *http.Request) (string, error) {
	session, err := s.Get(r, s.name)
	if err != nil {
		return "", err
	}
	text, _ := session.Values[noticeKey].(string)
	if text == "" {
		return "", nil
	}
	delete(session.Values, noticeKey)
	return text, session.Save(r, w)
}
