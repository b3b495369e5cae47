package tenant

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// The statuses of an API key (qlik-cloud-api.md section 2.3).
const (
	keyActive  = "active"
	keyExpired = "expired"
	keyRevoked = "revoked"
)

func (s *Server) statusOfKey(key state.Key) string {
	switch {
	case key.Revoked:
		return keyRevoked
	case !key.Expires.IsZero() && !s.now().Before(key.Expires):
		return keyExpired
	}
	return keyActive
}

type keyBody struct {
	ID            string `json:"id"`
	TenantID      string `json:"tenantId"`
	Status        string `json:"status"`
	Sub           string `json:"sub"`
	SubType       string `json:"subType"`
	Description   string `json:"description"`
	Created       string `json:"created"`
	LastUpdated   string `json:"lastUpdated"`
	Expiry        string `json:"expiry"`
	CreatedByUser string `json:"createdByUser"`
	Token         string `json:"token,omitempty"`
}

func (s *Server) keyBody(k state.Key) keyBody {
	body := keyBody{ID: k.ID, TenantID: s.id, Status: s.statusOfKey(k), Sub: k.UserID, SubType: "user", Description: k.Description,
		Created: stamp(k.Created), LastUpdated: stamp(k.Updated), Expiry: stamp(k.Expires), CreatedByUser: k.CreatedBy}
	if body.Sub == "" { // made on the pages of an older version
		body.Sub, body.CreatedByUser = adminID(), adminID()
	}
	return body
}

// keyConfig is the tenant's configuration of API keys; the numbers of a new tenant are ours.
type keyConfig struct {
	MaxExpiry      string `json:"max_api_key_expiry"`
	MaxPerUser     int    `json:"max_keys_per_user"`
	ExternalExpiry string `json:"scim_externalClient_expiry"`
}

func readKeyConfig(tx *state.Tx) (keyConfig, error) {
	return readSettings(tx, keySettings, keyConfig{"P365D", 100, "P365D"})
}

// postKey is POST /api/v1/api-keys: the key is told here and never again.
func (s *Server) postKey(w http.ResponseWriter, r *http.Request) error {
	var body struct{ Description, Expiry, Sub, SubType string }
	if err := readJSON(w, r, &body); err != nil {
		return err
	}
	who := callerOf(r)
	if body.SubType != "" && body.SubType != "user" {
		return fault.New(fault.Invalid, "This sandbox makes API keys for users only, not for %q.", body.SubType)
	}
	if body.Sub != "" && body.Sub != who.ID {
		return fault.New(fault.Forbidden, "An API key is made by the user who calls with it.")
	}
	key, text, err := s.addKey(who, body.Description, body.Expiry)
	if err != nil {
		return err
	}
	answer := s.keyBody(key)
	answer.Token = text
	writeJSON(w, http.StatusCreated, answer)
	return nil
}

// addKey makes an API key for a user; its text is told here and never again. An empty expiry is the longest one.
func (s *Server) addKey(who caller, description, expiry string) (key state.Key, text string, err error) {
	if description, err = checkedName(description, "description", "An API key needs a description."); err != nil {
		return key, "", err
	}
	now := s.now().UTC()
	key = state.Key{ID: randomHex(), Description: description, UserID: who.ID, CreatedBy: who.ID, Created: now, Updated: now}
	err = s.db.Write(func(tx *state.Tx) error {
		if key.Expires, err = keyExpiry(tx, now, expiry); err != nil {
			return err
		}
		if text, err = s.signToken(who.ID, "", "qlik.api", key.Expires); err != nil {
			return err
		}
		key.Hash, key.Tail = hashOf(text), tailOf(text)
		return s.putNewKey(tx, key)
	})
	return key, text, err
}

// putNewKey stores a key unless its user has too many.
func (s *Server) putNewKey(tx *state.Tx, key state.Key) error {
	config, err := readKeyConfig(tx)
	if err != nil {
		return err
	}
	if n := state.Keys.CountIn(tx, state.ByUser, key.UserID+"\x00"); n >= config.MaxPerUser {
		return fault.Field(fault.Invalid, "description", "A user has %d API keys at most. Delete one first.", config.MaxPerUser)
	}
	return state.Keys.Put(tx, key.Hash, key)
}

// keyExpiry reads how long a key is to live, which the tenant bounds.
func keyExpiry(tx *state.Tx, now time.Time, expiry string) (time.Time, error) {
	config, err := readKeyConfig(tx)
	if err != nil {
		return time.Time{}, err
	}
	longest, err := parseSpan(config.MaxExpiry)
	if err != nil || expiry == "" {
		return now.Add(longest), err
	}
	span, err := parseSpan(expiry)
	if err != nil {
		return time.Time{}, fault.Field(fault.Invalid, "expiry", "%s", fault.Of(err).Text)
	}
	if span > longest {
		return time.Time{}, fault.Field(fault.Invalid, "expiry", "expiry is longer than this tenant allows, %s.", config.MaxExpiry)
	}
	return now.Add(span), nil
}

var spanForm = regexp.MustCompile(`^P(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,7})S)?)?$`)

// parseSpan reads a span of time in the form of ISO 8601 in days, hours, minutes and seconds, such as P7D.
func parseSpan(text string) (span time.Duration, err error) {
	parts := spanForm.FindStringSubmatch(text)
	if parts == nil {
		return 0, fault.New(fault.Invalid, "%q is no span of time such as P7D or PT24H.", text)
	}
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		n, _ := strconv.Atoi("0" + parts[i+1]) // digits only, and few
		span += time.Duration(n) * unit
	}
	if span <= 0 {
		return 0, fault.New(fault.Invalid, "The span of time %q has no length.", text)
	}
	return span, nil
}

var (
	keyOrders  = map[string]string{"": state.ByCreated, "created": state.ByCreated, "description": state.ByName}
	keyCursors = cursorNames{"startingAfter", "endingBefore"}
)

// listKeys is GET /api/v1/api-keys: an administrator sees all, the others their own.
func (s *Server) listKeys(w http.ResponseWriter, r *http.Request) error {
	order, err := listingOf(r, keyOrders, keyCursors)
	if err != nil {
		return err
	}
	who, query := callerOf(r), r.URL.Query()
	var list listBody[keyBody]
	err = s.db.Read(func(tx *state.Tx) error {
		page, err := readRows(tx, state.Keys, order, func(k state.Key) bool {
			body := s.keyBody(k)
			return (who.Admin || body.Sub == who.ID) && wantedText(query.Get("status"), body.Status) &&
				wantedText(query.Get("sub"), body.Sub) && wantedText(query.Get("createdByUser"), body.CreatedByUser)
		})
		list = listOf(r, order, page, s.keyBody)
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}

// wantedText reports whether a value is the one asked for; nothing asked for wants all.
func wantedText(asked, have string) bool { return asked == "" || asked == have }

func oneKey(tx *state.Tx, id string) (state.Key, error) {
	key, found, err := state.Keys.First(tx, state.ByID, id)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "There is no API key %q.", id)
	}
	return key, err
}

// ownKey finds a key that the caller may see and change.
func (s *Server) ownKey(tx *state.Tx, r *http.Request) (state.Key, error) {
	key, err := oneKey(tx, chi.URLParam(r, "id"))
	if who := callerOf(r); err == nil && !who.Admin && key.UserID != who.ID {
		err = fault.New(fault.Forbidden, "The API key belongs to somebody else.")
	}
	return key, err
}

// getKey is GET /api/v1/api-keys/{id}.
func (s *Server) getKey(w http.ResponseWriter, r *http.Request) error {
	var key state.Key
	err := s.db.Read(func(tx *state.Tx) (err error) {
		key, err = s.ownKey(tx, r)
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, s.keyBody(key))
	return nil
}

// patchKey is PATCH /api/v1/api-keys/{id}: the description.
func (s *Server) patchKey(w http.ResponseWriter, r *http.Request) error {
	patch, err := readPatch(w, r)
	if err != nil {
		return err
	}
	return s.noContent(w, func(tx *state.Tx) error {
		key, err := s.ownKey(tx, r)
		if err != nil {
			return err
		}
		for _, op := range patch {
			if op.Op != "replace" || op.Path != "/description" {
				return op.unknown()
			}
			if err := op.into(&key.Description); err != nil {
				return err
			}
		}
		if key.Description, err = checkedName(key.Description, "description", "An API key needs a description."); err != nil {
			return err
		}
		key.Updated = s.now().UTC()
		return state.Keys.Put(tx, key.Hash, key)
	})
}

// deleteKeyCall is DELETE /api/v1/api-keys/{id}: who owns the key removes it; an administrator revokes that of another.
func (s *Server) deleteKeyCall(w http.ResponseWriter, r *http.Request) error {
	return s.noContent(w, func(tx *state.Tx) error {
		key, err := s.ownKey(tx, r)
		if err != nil {
			return err
		}
		if s.keyBody(key).Sub == callerOf(r).ID {
			return state.Keys.Delete(tx, key.Hash)
		}
		key.Revoked, key.Updated = true, s.now().UTC()
		return state.Keys.Put(tx, key.Hash, key)
	})
}

// deleteKey removes an API key, and with it the sessions that were made with it.
func (s *Server) deleteKey(id string) error {
	return s.db.Write(func(tx *state.Tx) error {
		key, err := oneKey(tx, id)
		if err != nil {
			return err
		}
		return state.Keys.Delete(tx, key.Hash)
	})
}

// getKeyConfig is GET /api/v1/api-keys/configs/{tenantId}.
func (s *Server) getKeyConfig(w http.ResponseWriter, r *http.Request) error {
	if err := s.ownTenant(r); err != nil {
		return err
	}
	var config keyConfig
	err := s.db.Read(func(tx *state.Tx) (err error) {
		config, err = readKeyConfig(tx)
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, config)
	return nil
}

func (s *Server) ownTenant(r *http.Request) error {
	if id := chi.URLParam(r, "id"); id != s.id {
		return coded(http.StatusNotFound, "TENANTS-8", "Not found", "There is no tenant %q here.", id)
	}
	return nil
}

// patchKeyConfig is PATCH /api/v1/api-keys/configs/{tenantId}: all or nothing, 204.
func (s *Server) patchKeyConfig(w http.ResponseWriter, r *http.Request) error {
	patch, err := readPatch(w, r)
	if err == nil {
		err = s.ownTenant(r)
	}
	if err != nil {
		return err
	}
	return s.noContent(w, func(tx *state.Tx) error {
		config, err := readKeyConfig(tx)
		if err != nil {
			return err
		}
		for _, op := range patch {
			if err := op.changeKeyConfig(&config); err != nil {
				return err
			}
		}
		return putSettings(tx, keySettings, config)
	})
}

func (o patchOp) changeKeyConfig(config *keyConfig) error {
	into := map[string]*string{"/max_api_key_expiry": &config.MaxExpiry, "/scim_externalClient_expiry": &config.ExternalExpiry}[o.Path]
	switch {
	case o.Op != "replace":
		return o.unknown()
	case o.Path == "/max_keys_per_user":
		if err := json.Unmarshal(o.Value, &config.MaxPerUser); err != nil || config.MaxPerUser < 1 {
			return fault.New(fault.Invalid, "max_keys_per_user is a number from 1 on.")
		}
		return nil
	case into == nil:
		return o.unknown()
	}
	if err := o.into(into); err != nil {
		return err
	}
	_, err := parseSpan(*into)
	return err
}
