package repository

import (
	"context"
	"hash/fnv"
	"net/http"
	"strings"

	"github.com/skyferry/skyferry/internal/sandbox/repository/faults"
)

// The faults by rights: what one user, or everybody, may not do or see for a while.

// byRights refuses a caller or makes it blind, as the faults of the moment say. It stands behind the sign-in.
func (s *Server) byRights(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := callerOf(r)
		if _, met := s.faults.MeetFor(faults.Forbidden, who.user.Account()); met {
			writeText(w, http.StatusForbidden, "Forbidden")
			return
		}
		if _, met := s.faults.MeetFor(faults.NoRights, who.user.Account()); met {
			who = caller{user: who.user, blind: true}
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey, who)))
	})
}

// hiding says which apps faults hide from a caller, in lists of apps and of what belongs to them: for one percentage always the same.
// It is nil when nothing is hidden.
func (s *Server) hiding(schema string, who caller) func(id string) bool {
	if schema != appKind.schema && schema != objectKind.schema && schema != taskKind.schema {
		return nil
	}
	laid := s.faults.MeetAll(faults.HiddenRows, who.user.Account())
	if len(laid) == 0 {
		return nil
	}
	percent, ids := 0, map[string]bool{}
	for _, f := range laid {
		percent = max(percent, f.Percent)
		for _, id := range f.IDs {
			ids[strings.ToLower(id)] = true
		}
	}
	return func(id string) bool {
		h := fnv.New32a()
		_, _ = h.Write([]byte(id)) // never fails
		return ids[id] || int(h.Sum32()%100) < percent
	}
}
