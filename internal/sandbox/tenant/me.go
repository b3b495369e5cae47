package tenant

import (
	"net/http"

	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

type tenantBody struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	Hostnames     []string `json:"hostnames"`
	Region        string   `json:"region"`
	Datacenter    string   `json:"datacenter"`
	Status        string   `json:"status"`
	Created       string   `json:"created"`
	LastUpdated   string   `json:"lastUpdated"`
	CreatedByUser string   `json:"createdByUser"`
	Links         links    `json:"links"`
}

// getMyTenant is GET /api/v1/tenants/me.
func (s *Server) getMyTenant(w http.ResponseWriter, r *http.Request) error {
	writeJSON(w, http.StatusOK, tenantBody{ID: s.id, Name: s.name, Hostnames: []string{r.Host}, Region: "sandbox",
		Datacenter: "sandbox", Status: "active", Created: stamp(s.created), LastUpdated: stamp(s.created),
		CreatedByUser: adminID(), Links: links{Self: linkTo(baseURL(r) + "/api/v1/tenants/" + s.id)}})
	return nil
}

// getTenant is GET /api/v1/tenants/{id}: there is only this one.
func (s *Server) getTenant(w http.ResponseWriter, r *http.Request) error {
	if err := s.ownTenant(r); err != nil {
		return err
	}
	return s.getMyTenant(w, r)
}

// getProductInfo tells clients that ask before the first call that this speaks the cloud's API (section 8).
func (s *Server) getProductInfo(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, http.StatusOK, map[string]any{
		"composition":  map[string]string{"deploymentType": "qlikcloudservices"},
		"externalUrls": map[string]string{},
	})
	return nil
}

// getHealth answers as long as the process does.
func getHealth(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// getReady answers whether the state can be read.
func (s *Server) getReady(w http.ResponseWriter, r *http.Request) {
	if err := s.db.Read(func(*state.Tx) error { return nil }); err != nil {
		writeErrorBody(w, r, http.StatusServiceUnavailable, "The tenant's state is closed.")
		return
	}
	getHealth(w, r)
}
