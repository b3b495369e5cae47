package tenant

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/faults"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// caller is who made an API call.
type caller struct {
	ID      string // user id in the tenant
	Subject string
	Name    string
	Email   string
	Issuer  string // of the multi-cloud identity provider; empty for the others
	KeyHash string // of the API key; empty for the others
	Admin   bool   // has the role TenantAdmin
}

// authenticated lets only calls with a good bearer token through.
func (s *Server) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := s.identifyCaller(r)
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
			return fault.New(fault.Forbidden, "This call needs the role TenantAdmin, which a multi-cloud token does not have.")
		}
		return answer(w, r)
	})
}

func (s *Server) identifyCaller(r *http.Request) (caller, error) {
	token, ok := bearerOf(r)
	if !ok {
		return caller{}, fault.New(fault.Unauthorized, "The call has no bearer token in its Authorization header.")
	}
	var who caller
	now := s.now().Add(faults.Skew(r.Context()))
	err := s.db.Read(func(tx *state.Tx) (err error) {
		who, err = s.callerOfToken(tx, token, now)
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
		return callerOfAccess(tx, access, now, err)
	}
	if strings.Count(token, ".") != 2 {
		return caller{}, fault.New(fault.Unauthorized, "The bearer token is none that this tenant knows.")
	}
	return callerOfJWT(tx, token, now)
}

// callerOfKey finds the API key of a text: the administrator's or one made on the pages.
func (s *Server) callerOfKey(tx *state.Tx, text string) (caller, bool, error) {
	hash := hashOf(text)
	if subtle.ConstantTimeCompare([]byte(hash), []byte(hashOf(s.apiKey))) == 1 {
		return keyCaller(hash, "Administrator"), true, nil
	}
	key, found, err := state.Keys.Get(tx, hash)
	return keyCaller(hash, key.Description), found, err
}

func keyCaller(hash, name string) caller {
	return caller{ID: userIDOf("sandbox administrator"), Subject: `sandbox\administrator`, Name: name,
		Email: "administrator@sandbox.invalid", KeyHash: hash, Admin: true}
}

// callerOfAccess checks an access token that /oauth/token gave; its client may have been deleted since.
func callerOfAccess(tx *state.Tx, access state.Token, now time.Time, err error) (caller, error) {
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
	return caller{ID: userIDOf("oauth " + client.ID), Subject: `qlikbot\` + client.ID, Name: client.Name,
		Email: client.ID + "@sandbox.invalid", Admin: true}, nil
}
