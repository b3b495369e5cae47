package tenant

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// A sandbox has a licence that always holds; its numbers are invented and say so.
const (
	licenseProduct = "Sandbox"
	licenseValid   = "2020-01-01/2099-12-31"
)

// getLicenseOverview is GET /api/v1/licenses/overview.
func (s *Server) getLicenseOverview(w http.ResponseWriter, _ *http.Request) error {
	var users int
	body, err := s.readPlan()
	if err == nil {
		err = s.db.Read(func(tx *state.Tx) error {
			users = state.Users.Count(tx)
			return nil
		})
	}
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"licenseKey": "none: a sandbox tenant", "licenseNumber": "0000000000000000", "secondaryNumber": "", "version": "SANDBOX",
		"product": licenseProduct + " " + body.Plan, "status": "Ok", "origin": "Internal", "trial": false, "valid": licenseValid,
		"licenseType": body.Plan, "updated": stamp(s.created), "latestValidTime": "", "changeTime": stamp(s.created),
		"allotments": []map[string]any{{"name": "professional", "units": noLimit, "unitsUsed": users, "overage": 0, "usageClass": "assigned"},
			{"name": "analyzer", "units": noLimit, "unitsUsed": 0, "overage": 0, "usageClass": "assigned"}},
		"parameters": []map[string]any{{"name": "multiCloud", "valid": licenseValid, "values": map[string]any{"enabled": true}}},
	})
	return nil
}

// getLicenseStatus is GET /api/v1/licenses/status.
func (s *Server) getLicenseStatus(w http.ResponseWriter, _ *http.Request) error {
	writeJSON(w, http.StatusOK, map[string]any{"product": licenseProduct, "status": "Ok", "type": "Signed", "trial": false,
		"deactivated": false, "extensionStatus": "Unavailable", "origin": "Internal", "valid": licenseValid})
	return nil
}

// quotaBody is one quota of qlik-cloud-api.md section 5; -1 is no limit.
type quotaBody struct {
	ID         string          `json:"id"`
	Type       string          `json:"type"`
	Attributes quotaAttributes `json:"attributes"`
}

type quotaAttributes struct {
	Quota             int64     `json:"quota"`
	Unit              string    `json:"unit"`
	Usage             *int64    `json:"usage,omitempty"`
	WarningThresholds []float64 `json:"warningThresholds"`
}

// quotas gives the known quotas; how much is used only when it is asked for.
func (s *Server) quotas(usage bool) (list []quotaBody, err error) {
	err = s.db.Read(func(tx *state.Tx) error {
		plan, err := currentPlan(tx)
		if err != nil {
			return err
		}
		spaces := int64(state.Spaces.CountIn(tx, state.ByType, state.Shared+"\x00"))
		list = []quotaBody{
			quota("app_mem_size", plan.AppMemory, "bytes", nil),
			quota("app_upload_disk_size", plan.UploadSize, "bytes", nil),
			quota("shared_spaces", int64(plan.SharedSpaces), "spaces", &spaces),
		}
		return nil
	})
	for i := range list {
		if !usage {
			list[i].Attributes.Usage = nil
		}
	}
	return list, err
}

func quota(id string, most int64, unit string, used *int64) quotaBody {
	return quotaBody{id, "quotas", quotaAttributes{Quota: most, Unit: unit, Usage: used, WarningThresholds: []float64{}}}
}

// listQuotas is GET /api/v1/quotas?reportUsage=true.
func (s *Server) listQuotas(w http.ResponseWriter, r *http.Request) error {
	usage := flag(r, "reportUsage")
	list, err := s.quotas(usage != nil && *usage)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"data": list})
	return nil
}

// getQuota is GET /api/v1/quotas/{id}: a list of one.
func (s *Server) getQuota(w http.ResponseWriter, r *http.Request) error {
	usage := flag(r, "reportUsage")
	list, err := s.quotas(usage != nil && *usage)
	if err != nil {
		return err
	}
	for _, one := range list {
		if one.ID == chi.URLParam(r, "id") {
			writeJSON(w, http.StatusOK, map[string]any{"data": []quotaBody{one}})
			return nil
		}
	}
	return fault.New(fault.NotFound, "There is no quota %q.", chi.URLParam(r, "id"))
}
