package tenant

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/sandbox/tenant/faults"
)

// faultRoutes are /sandbox/v1/faults, for holders of an API key. No fault touches them.
func (s *Server) faultRoutes(r chi.Router) {
	r.Get("/", s.keyHolderOnly(s.listFaults))
	r.Post("/", s.keyHolderOnly(s.postFault))
	r.Delete("/", s.keyHolderOnly(s.deleteFaults))
	r.Delete("/{id}", s.keyHolderOnly(s.deleteFault))
}

// listFaults is GET /sandbox/v1/faults: the active ones, and the latest that have ended.
func (s *Server) listFaults(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, http.StatusOK, map[string]any{"data": s.faults.All()})
	return nil
}

// postFault is POST /sandbox/v1/faults.
func (s *Server) postFault(w http.ResponseWriter, r *http.Request) error {
	var f faults.Fault
	if err := readJSON(w, r, &f); err != nil {
		return err
	}
	added, err := s.faults.Add(f)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, added)
	return nil
}

// deleteFaults is DELETE /sandbox/v1/faults: the tenant is healthy again.
func (s *Server) deleteFaults(w http.ResponseWriter, _ *http.Request) error {
	s.faults.StopAll()
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// deleteFault is DELETE /sandbox/v1/faults/{id}.
func (s *Server) deleteFault(w http.ResponseWriter, r *http.Request) error {
	if err := s.faults.Stop(chi.URLParam(r, "id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
