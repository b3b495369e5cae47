package tenant

import (
	"context"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/faults"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// caller is who made an API call.
type caller struct {
	state.User

	Issuer  string // of the multi-cloud identity provider; empty for the others
	KeyHash string // of the API key; empty for the others
	CSRF    string // the token that a session's changing calls must send; empty for bearer tokens
	Admin   bool   // has the role TenantAdmin
	Owner   bool   // holds the sandbox administrator's key: may act in every space
}

func callerFor(user state.User) caller {
	return caller{User: user, Admin: slices.Contains(user.Roles, tenantAdmin)}
}

// authenticated lets only calls with a good bearer token, or with a session, through.
func (s *Server) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := s.identifyCaller(r)
		if err == nil {
			err = checkCSRF(r, who)
		}
		if err == nil {
			err = s.meet(who.User)
		}
		if err != nil {
			s.writeError(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey, who)))
	})
}

// callerOf gives who makes the call; every route behind authenticated has one.
func callerOf(r *http.Request) caller {
	who, _ := r.Context().Value(callerKey).(caller)
	return who
}

// adminOnly refuses callers without the role TenantAdmin.
func (s *Server) adminOnly(answer apiFunc) http.HandlerFunc {
	return s.api(func(w http.ResponseWriter, r *http.Request) error {
		if !callerOf(r).Admin {
			return fault.New(fault.Forbidden, "This call needs the role TenantAdmin, which the caller does not have.")
		}
		return answer(w, r)
	})
}

// keyHolderOnly refuses everybody but the holders of an administrator's API key.
func (s *Server) keyHolderOnly(answer apiFunc) http.HandlerFunc {
	return s.api(func(w http.ResponseWriter, r *http.Request) error {
		if who := callerOf(r); who.KeyHash == "" || !who.Admin {
			return fault.New(fault.Forbidden, "This part of the sandbox is for the administrator's API key only.")
		}
		return answer(w, r)
	})
}

// identifyCaller takes the bearer token; where that is none of this tenant's, the session counts: scripts go on sending the token by
// which they have signed in beside its cookies, as Qlik's own sample does.
func (s *Server) identifyCaller(r *http.Request) (who caller, err error) {
	token, bearer := bearerOf(r)
	now := s.now().Add(faults.Skew(r.Context()))
	err = s.db.Read(func(tx *state.Tx) (err error) {
		if bearer {
			who, err = s.callerOfToken(tx, token, now)
			if !fault.Is(err, fault.Unauthorized) || !hasLogin(r) {
				return err
			}
		}
		who, err = s.callerOfLogin(tx, r)
		return err
	})
	return who, err
}

func bearerOf(r *http.Request) (string, bool) {
	scheme, token, found := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	return token, found && strings.EqualFold(scheme, "Bearer") && token != ""
}

// callerOfToken tries the three ways of signing in: API key, access token of an OAuth client, signed token.
func (s *Server) callerOfToken(tx *state.Tx, token string, now time.Time) (caller, error) {
	if who, found, err := s.callerOfKey(tx, token); err != nil || found {
		return who, err
	}
	if access, found, err := state.Tokens.Get(tx, hashOf(token)); err != nil || found {
		return s.callerOfAccess(tx, access, now, err)
	}
	if strings.Count(token, ".") != 2 {
		return caller{}, fault.New(fault.Unauthorized, "The bearer token is none that this tenant knows.")
	}
	return callerOfJWT(tx, token, now)
}

// callerOfKey finds the API key of a text: the administrator's or one made since. A key that has ended is an error.
func (s *Server) callerOfKey(tx *state.Tx, text string) (caller, bool, error) {
	hash := hashOf(text)
	if subtle.ConstantTimeCompare([]byte(hash), []byte(hashOf(s.apiKey))) == 1 {
		return s.keyCaller(hash), true, nil
	}
	key, found, err := state.Keys.Get(tx, hash)
	if err != nil || !found {
		return caller{}, false, err
	}
	if state := s.statusOfKey(key); state != keyActive {
		return caller{}, true, fault.New(fault.Unauthorized, "The API key %q is %s.", key.Description, state)
	}
	if key.UserID == "" || key.UserID == adminID() {
		return s.keyCaller(hash), true, nil
	}
	who, err := callerOfUser(tx, key.UserID)
	who.KeyHash = hash
	return who, true, err
}

// callerOfUser is a user of the tenant who calls by a key, a session or an OAuth client.
func callerOfUser(tx *state.Tx, id string) (caller, error) {
	user, found, err := state.Users.Get(tx, id)
	if err == nil && (!found || user.Status == "disabled") {
		err = fault.New(fault.Unauthorized, "The user of this sign-in was deleted or disabled.")
	}
	return callerFor(user), err
}

// keyCaller is the sandbox administrator.
func (s *Server) keyCaller(hash string) caller {
	who := callerFor(s.administrator())
	who.KeyHash, who.Owner = hash, true
	return who
}

// callerOfAccess checks an access token that /oauth/token gave; its client may have been deleted since.
func (s *Server) callerOfAccess(tx *state.Tx, access state.Token, now time.Time, err error) (caller, error) {
	if err != nil {
		return caller{}, err
	}
	if !now.Before(access.Expires) {
		return caller{}, fault.New(fault.Unauthorized, "The access token has expired. Get a new one at /oauth/token.")
	}
	client, found, err := state.Clients.Get(tx, access.ClientID)
	if err != nil {
		return caller{}, err
	}
	if !found {
		return caller{}, fault.New(fault.Unauthorized, "The OAuth client of this access token was deleted.")
	}
	if access.UserID != "" {
		return callerOfUser(tx, access.UserID)
	}
	return callerFor(s.botOf(client)), nil
}
