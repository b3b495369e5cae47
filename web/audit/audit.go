// Package audit shows who changed what, when.
package audit

import (
	"context"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/store"
	"github.com/skyferry/skyferry/web/respond"
)

// Store is what the screen needs of the database.
type Store interface {
	Audit(ctx context.Context, f store.AuditFilter) (store.AuditPage, error)
}

// Screen is the audit trail.
type Screen struct{ Store Store }

// Routes mounts the page.
func (s *Screen) Routes(r chi.Router) { r.Get("/", s.list) }

func (s *Screen) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	filter := store.AuditFilter{Search: q.Get("q"), Kind: q.Get("kind"), Actor: q.Get("actor"), After: q.Get("after"), Limit: 50}
	page, err := s.Store.Audit(r.Context(), filter)
	if err != nil {
		respond.Fault(w, r, err)
		return
	}
	respond.Page(w, r, http.StatusOK, listPage(page, filter, q))
}
