package tenant

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// The words under which settings of the tenant are kept.
const (
	keySettings     = "api key configuration"
	groupSettings   = "group settings"
	licenseSettings = "license settings"
)

// groupBehaviour is what /api/v1/groups/settings keeps: whether a sign-in makes the groups that it names. A new tenant does.
type groupBehaviour struct {
	AutoCreate bool `json:"autoCreateGroups"`
}

// licenseBehaviour is what /api/v1/licenses/settings keeps. It has no effect: this sandbox gives every user a licence.
type licenseBehaviour struct {
	Analyzer     bool `json:"autoAssignAnalyzer"`
	Professional bool `json:"autoAssignProfessional"`
}

// readSettings gives kept settings, else the first ones.
func readSettings[T any](tx *state.Tx, word string, first T) (T, error) {
	text, found, err := state.Meta.Get(tx, word)
	if err != nil || !found {
		return first, err
	}
	return first, json.Unmarshal([]byte(text), &first)
}

func putSettings(tx *state.Tx, word string, settings any) error {
	text, err := json.Marshal(settings)
	if err != nil {
		return fmt.Errorf("write the %s: %w", word, err)
	}
	return state.Meta.Put(tx, word, string(text))
}

func readGroupSettings(tx *state.Tx) (groupBehaviour, error) {
	return readSettings(tx, groupSettings, groupBehaviour{AutoCreate: true})
}

// getGroupSettings is GET /api/v1/groups/settings.
func (s *Server) getGroupSettings(w http.ResponseWriter, r *http.Request) error {
	var settings groupBehaviour
	err := s.db.Read(func(tx *state.Tx) (err error) {
		settings, err = readGroupSettings(tx)
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"tenantId": s.id, "autoCreateGroups": settings.AutoCreate, "syncIdpGroups": settings.AutoCreate,
		"links": links{Self: linkTo(baseURL(r) + "/api/v1/groups/settings")}})
	return nil
}

// patchGroupSettings is PATCH /api/v1/groups/settings: all or nothing, 204.
func (s *Server) patchGroupSettings(w http.ResponseWriter, r *http.Request) error {
	patch, err := readPatch(w, r)
	if err != nil {
		return err
	}
	return s.noContent(w, func(tx *state.Tx) error {
		settings, err := readGroupSettings(tx)
		for _, op := range patch {
			switch {
			case err != nil:
				return err
			case op.Op != "replace" || op.Path != "/autoCreateGroups" && op.Path != "/syncIdpGroups": // the second is the older name of the first
				return op.unknown()
			}
			err = op.read(&settings.AutoCreate)
		}
		if err != nil {
			return err
		}
		return putSettings(tx, groupSettings, settings)
	})
}

// getLicenseSettings is GET /api/v1/licenses/settings.
func (s *Server) getLicenseSettings(w http.ResponseWriter, _ *http.Request) error {
	var settings licenseBehaviour
	err := s.db.Read(func(tx *state.Tx) (err error) {
		settings, err = readSettings(tx, licenseSettings, licenseBehaviour{true, true})
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, settings)
	return nil
}

// putLicenseSettings is PUT /api/v1/licenses/settings: 200 and the settings. What is absent is off.
func (s *Server) putLicenseSettings(w http.ResponseWriter, r *http.Request) error {
	var settings licenseBehaviour
	if err := readJSON(w, r, &settings); err != nil {
		return err
	}
	if err := s.db.Write(func(tx *state.Tx) error { return putSettings(tx, licenseSettings, settings) }); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, settings)
	return nil
}
