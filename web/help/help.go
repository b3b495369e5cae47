// Package help is the page behind the question mark: what the console does, and what to do when something is wrong.
package help

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/web/respond"
)

// Routes mounts the page.
func Routes(r chi.Router) {
	r.Get("/help", func(w http.ResponseWriter, r *http.Request) { respond.Page(w, r, http.StatusOK, page()) })
}
