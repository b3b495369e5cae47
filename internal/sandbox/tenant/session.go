package tenant

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// sessionLife is how long a browser stays signed in.
const sessionLife = 12 * time.Hour

// cookieName carries the tenant's identity, since cookies ignore ports and several tenants share one host.
func (s *Server) cookieName() string { return "sandbox_" + s.id[:8] }

// signIn makes a session for the holder of an API key and gives its cookie; nothing when the key is wrong.
func (s *Server) signIn(key string, secure bool) (*http.Cookie, error) {
	token := randomText(33)
	var good bool
	err := s.db.Write(func(tx *state.Tx) error {
		who, found, err := s.callerOfKey(tx, key)
		if fault.Is(err, fault.Unauthorized) || err == nil && !who.Admin { // ended, or of somebody who administers nothing
			return nil
		}
		if err != nil || !found {
			return err
		}
		good = true
		session := state.Session{Hash: hashOf(token), KeyHash: who.KeyHash, KeyTail: tailOf(key), Expires: s.now().UTC().Add(sessionLife)}
		return state.Sessions.Put(tx, session.Hash, session)
	})
	if err != nil || !good {
		return nil, err
	}
	return &http.Cookie{ //nolint:gosec // secure where it is https
		Name: s.cookieName(), Value: token, Path: "/", MaxAge: int(sessionLife.Seconds()),
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}, nil
}

// tailOf gives the end of a key, by which people tell keys apart; nothing of a short one.
func tailOf(key string) string {
	if len(key) < 16 {
		return ""
	}
	return key[len(key)-4:]
}

// sessionOf finds the session of a browser. It ends with its time and with its API key.
func (s *Server) sessionOf(r *http.Request) (session state.Session, found bool, err error) {
	cookie, err := r.Cookie(s.cookieName())
	if err != nil {
		return session, false, nil
	}
	err = s.db.Read(func(tx *state.Tx) error {
		session, found, err = state.Sessions.Get(tx, hashOf(cookie.Value))
		if err != nil || !found || session.KeyHash == hashOf(s.apiKey) {
			return err
		}
		key, there, err := state.Keys.Get(tx, session.KeyHash)
		found = there && s.statusOfKey(key) == keyActive
		return err
	})
	return session, found && s.now().Before(session.Expires), err
}

// signedIn lets browsers with a session through; the others go to the sign-in page.
func (s *Server) signedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session, found, err := s.sessionOf(r)
		if err != nil {
			s.showError(w, r, err)
			return
		}
		if !found {
			http.Redirect(w, r, signInPath(r), http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), sessionKey, session)))
	})
}

func signInPath(r *http.Request) string {
	if r.Method != http.MethodGet || r.URL.Path == "/" {
		return "/signin"
	}
	return "/signin?next=" + url.QueryEscape(r.URL.RequestURI())
}

// localPath accepts only paths of this server, so that nobody is led away after signing in.
func localPath(path string) string {
	target, err := url.Parse(path)
	if err != nil || target.IsAbs() || target.Host != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

func session(r *http.Request) state.Session {
	session, _ := r.Context().Value(sessionKey).(state.Session)
	return session
}

// pageCaller is who acts on the pages: always an administrator.
func (s *Server) pageCaller(r *http.Request) caller { return s.keyCaller(session(r).KeyHash) }
