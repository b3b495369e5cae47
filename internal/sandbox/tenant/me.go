package tenant

import (
	"net/http"

	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

type userBody struct {
	ID            string `json:"id"`
	TenantID      string `json:"tenantId"`
	Subject       string `json:"subject"`
	Name          string `json:"name"`
	Email         string `json:"email"`
	Status        string `json:"status"`
	AssignedRoles []role `json:"assignedRoles"`
	CreatedAt     string `json:"createdAt"`
	LastUpdatedAt string `json:"lastUpdatedAt"`
	Links         links  `json:"links"`
}

type role struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Type  string `json:"type"`
	Level string `json:"level"`
}

// getMe is GET /api/v1/users/me.
func (s *Server) getMe(w http.ResponseWriter, r *http.Request) error {
	who := callerOf(r)
	body := userBody{ID: who.ID, TenantID: s.id, Subject: who.Subject, Name: who.Name, Email: who.Email,
		Status: "active", AssignedRoles: []role{}, CreatedAt: stamp(s.created), LastUpdatedAt: stamp(s.created),
		Links: links{Self: linkTo(baseURL(r) + "/api/v1/users/" + who.ID)}}
	if who.Admin {
		body.AssignedRoles = append(body.AssignedRoles, role{userIDOf("role TenantAdmin"), "TenantAdmin", "default", "admin"})
	}
	writeJSON(w, http.StatusOK, body)
	return nil
}

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

// getTenant is GET /api/v1/tenants/me.
func (s *Server) getTenant(w http.ResponseWriter, r *http.Request) error {
	writeJSON(w, http.StatusOK, tenantBody{ID: s.id, Name: s.name, Hostnames: []string{r.Host}, Region: "sandbox",
		Datacenter: "sandbox", Status: "active", Created: stamp(s.created), LastUpdated: stamp(s.created),
		CreatedByUser: userIDOf("sandbox administrator"), Links: links{Self: linkTo(selfURL(r))}})
	return nil
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
