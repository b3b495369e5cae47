package tenant

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// Bounds of a webhook (qlik-cloud-api.md section 5; the bytes of headers are those of the published types).
const (
	hooksPerUser   = 150
	maxHookText    = 2048
	maxHookHeaders = 2048 // bytes of names and values together, for the secret ones apart
	tenantLevel    = "tenant"
	userLevel      = "user"
)

func (s *Server) hookRoutes(r chi.Router) {
	r.Get("/", s.notSite(s.listHooks))
	r.Post("/", s.notSite(s.postHook))
	r.Get("/event-types", s.api(s.listHookTypes))
	r.Get("/{id}", s.notSite(s.getHook))
	r.Put("/{id}", s.notSite(s.putHook))
	r.Patch("/{id}", s.notSite(s.patchHook))
	r.Delete("/{id}", s.notSite(s.deleteHook))
	r.Get("/{id}/deliveries", s.notSite(s.listSendings))
	r.Get("/{id}/deliveries/{delivery}", s.notSite(s.getSending))
	r.Post("/{id}/deliveries/{delivery}/actions/resend", s.notSite(s.resend))
}

// hookRequest is the body of POST and PUT. What is absent is empty.
type hookRequest struct {
	Name             string            `json:"name"`
	Description      string            `json:"description"`
	URL              string            `json:"url"`
	EventTypes       []string          `json:"eventTypes"`
	Level            string            `json:"level"`
	Filter           string            `json:"filter"`
	OwnerID          string            `json:"ownerId"`
	Origin           string            `json:"origin"`
	Headers          map[string]string `json:"headers"`
	EncryptedHeaders map[string]string `json:"encryptedHeaders"`
	Secret           string            `json:"secret"`
	Enabled          *bool             `json:"enabled"`
	CloudEvents      bool              `json:"enableCloudEventDelivery"`
	CheckRevocation  bool              `json:"checkCertificateRevocation"`
}

// hookBody is a webhook as it is shown: never its secret, nor the values of its secret headers.
type hookBody struct {
	ID               string            `json:"id"`
	Name             string            `json:"name"`
	Description      string            `json:"description"`
	URL              string            `json:"url"`
	EventTypes       []string          `json:"eventTypes"`
	Level            string            `json:"level"`
	Filter           string            `json:"filter,omitempty"`
	OwnerID          string            `json:"ownerId,omitempty"`
	Origin           string            `json:"origin"`
	Headers          map[string]string `json:"headers"`
	EncryptedHeaders []string          `json:"encryptedHeaders"`
	SecretKeyAdded   bool              `json:"secretKeyAdded"`
	Enabled          bool              `json:"enabled"`
	CloudEvents      bool              `json:"enableCloudEventDelivery"`
	CheckRevocation  bool              `json:"checkCertificateRevocation"`
	CreatedAt        string            `json:"createdAt"`
	UpdatedAt        string            `json:"updatedAt"`
	CreatedByUserID  string            `json:"createdByUserId"`
	UpdatedByUserID  string            `json:"updatedByUserId"`
}

func bodyOfHook(h state.Hook) hookBody {
	body := hookBody{ID: h.ID, Name: h.Name, Description: h.Description, URL: h.URL, EventTypes: h.EventTypes, Level: h.Level, Filter: h.Filter,
		Origin: h.Origin, Headers: h.Headers, EncryptedHeaders: []string{}, SecretKeyAdded: h.Secret != "", Enabled: !h.Disabled,
		CloudEvents: h.CloudEvents, CheckRevocation: h.CheckRevocation, CreatedAt: stamp(h.Created), UpdatedAt: stamp(h.Updated),
		CreatedByUserID: h.CreatorID, UpdatedByUserID: h.UpdaterID}
	for name := range h.SecretHeaders {
		body.EncryptedHeaders = append(body.EncryptedHeaders, name)
	}
	slices.Sort(body.EncryptedHeaders)
	if h.Level == userLevel {
		body.OwnerID = h.OwnerID
	}
	return body
}

// set takes over what the request says.
func (q hookRequest) set(h *state.Hook) {
	h.Name, h.Description, h.URL, h.EventTypes = strings.TrimSpace(q.Name), q.Description, q.URL, q.EventTypes
	h.Filter, h.Headers, h.SecretHeaders, h.Secret = q.Filter, q.Headers, q.EncryptedHeaders, q.Secret
	h.CloudEvents, h.CheckRevocation, h.Disabled = q.CloudEvents, q.CheckRevocation, q.Enabled != nil && !*q.Enabled
}

// storeHook checks and stores a webhook.
func storeHook(tx *state.Tx, who caller, h state.Hook) error {
	address, err := url.Parse(h.URL)
	switch {
	case h.Name == "" || len(h.Name) > maxHookText || len(h.Description) > maxHookText:
		return fault.Field(fault.Invalid, "name", "A webhook needs a name.")
	case err != nil || address.Scheme != "https" || address.Host == "" || len(h.URL) > maxHookText:
		return fault.Field(fault.Invalid, "url", "The url of a webhook is an address that begins with https://.")
	case len(h.EventTypes) == 0 || slices.ContainsFunc(h.EventTypes, func(name string) bool { return !isEventType(name) }):
		return fault.Field(fault.Invalid, "eventTypes", "eventTypes are one or more of those that /api/v1/webhooks/event-types lists.")
	case h.Level != tenantLevel && h.Level != userLevel:
		return fault.Field(fault.Invalid, "level", "The level is tenant or user.")
	case h.Level == tenantLevel && !who.Admin:
		return fault.New(fault.Forbidden, "A webhook of the level tenant needs the role TenantAdmin.")
	}
	for name, headers := range map[string]map[string]string{"headers": h.Headers, "encryptedHeaders": h.SecretHeaders} {
		if !sendableHeaders(headers) {
			return fault.Field(fault.Invalid, name, "%s have names and values of visible characters, and %d bytes at most.", name, maxHookHeaders)
		}
	}
	if _, err := parseFilter(h.Filter); err != nil {
		return fault.Field(fault.Invalid, "filter", "%s", fault.Of(err).Text)
	}
	return state.Hooks.Put(tx, h.ID, h)
}

// sendableHeaders says whether headers can be sent as they are.
func sendableHeaders(headers map[string]string) bool {
	size := 0
	for name, value := range headers {
		size += len(name) + len(value)
		if name == "" || strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c > '~' || c == ':' }) || strings.ContainsFunc(value, isControl) {
			return false
		}
	}
	return size <= maxHookHeaders
}

// ownHook finds a webhook that the caller may see and change: his own, or any for an administrator.
func ownHook(tx *state.Tx, r *http.Request) (state.Hook, error) {
	id, who := chi.URLParam(r, "id"), callerOf(r)
	found, there, err := state.Hooks.Get(tx, id)
	if err == nil && (!there || !who.Admin && found.CreatorID != who.ID) {
		err = fault.New(fault.NotFound, "There is no webhook %q.", id)
	}
	return found, err
}

var hookOrders = map[string]func(state.Hook) string{
	"name":      func(h state.Hook) string { return strings.ToLower(h.Name) + "\x00" + h.ID },
	"url":       func(h state.Hook) string { return strings.ToLower(h.URL) + "\x00" + h.ID },
	"createdAt": func(h state.Hook) string { return state.Moment(h.Created) + "\x00" + h.ID },
	"updatedAt": func(h state.Hook) string { return state.Moment(h.Updated) + "\x00" + h.ID },
}

// listHooks is GET /api/v1/webhooks.
func (s *Server) listHooks(w http.ResponseWriter, r *http.Request) error {
	order, err := listingOf(r, map[string]string{"": "createdAt", "name": "name", "url": "url", "createdAt": "createdAt", "updatedAt": "updatedAt"}, usualCursors)
	if err != nil {
		return err
	}
	var all []state.Hook
	err = s.db.Read(func(tx *state.Tx) (err error) {
		all, err = state.Hooks.All(tx, wantedHook(r))
		return err
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, listOf(r, order, cutRows(all, order, hookOrders[order.index]), bodyOfHook))
	return nil
}

// wantedHook reads the filters of the list; of others' webhooks only an administrator hears.
func wantedHook(r *http.Request) func(state.Hook) bool {
	query, who, enabled := r.URL.Query(), callerOf(r), flag(r, "enabled")
	part := func(asked, have string) bool {
		return strings.Contains(strings.ToLower(have), strings.ToLower(strings.Trim(asked, "*")))
	}
	types, origins := wordsOf(query.Get("eventTypes")), wordsOf(query.Get("origins"))
	return func(h state.Hook) bool {
		one := len(types) == 0 || slices.ContainsFunc(types, func(name string) bool { return slices.Contains(h.EventTypes, name) })
		return (who.Admin || h.CreatorID == who.ID) && one && (len(origins) == 0 || slices.Contains(origins, h.Origin)) &&
			part(query.Get("name"), h.Name) && part(query.Get("url"), h.URL) && (enabled == nil || *enabled != h.Disabled) &&
			wantedText(query.Get("level"), h.Level) && wantedText(query.Get("createdByUserId"), h.CreatorID) &&
			wantedText(query.Get("updatedByUserId"), h.UpdaterID) && wantedText(query.Get("ownerId"), h.OwnerID)
	}
}

// listHookTypes is GET /api/v1/webhooks/event-types.
func (s *Server) listHookTypes(w http.ResponseWriter, _ *http.Request) error {
	type eventType struct {
		Category    string   `json:"category"`
		Name        string   `json:"name"`
		Title       string   `json:"title"`
		Description string   `json:"description"`
		Levels      []string `json:"levels"`
	}
	list := []eventType{}
	for _, kind := range eventTypes {
		list = append(list, eventType{"Apps", kind.name, kind.title, kind.description, []string{tenantLevel, userLevel}})
	}
	writeJSON(w, http.StatusOK, map[string]any{"data": list})
	return nil
}

// answerHook changes or makes a webhook and answers with it.
func (s *Server) answerHook(w http.ResponseWriter, r *http.Request, status int, change func(*state.Tx) (state.Hook, error)) error {
	hook, err := s.changeHook(r, change)
	if err == nil {
		writeJSON(w, status, bodyOfHook(hook))
	}
	return err
}

func (s *Server) changeHook(r *http.Request, change func(*state.Tx) (state.Hook, error)) (hook state.Hook, err error) {
	who := callerOf(r)
	err = s.db.Write(func(tx *state.Tx) error {
		if hook, err = change(tx); err != nil {
			return err
		}
		hook.UpdaterID, hook.Updated = who.ID, s.now().UTC()
		return storeHook(tx, who, hook)
	})
	return hook, err
}

// postHook is POST /api/v1/webhooks: 201.
func (s *Server) postHook(w http.ResponseWriter, r *http.Request) error {
	request := hookRequest{Level: userLevel, Origin: "api"}
	if err := readJSON(w, r, &request); err != nil {
		return err
	}
	who := callerOf(r)
	return s.answerHook(w, r, http.StatusCreated, func(tx *state.Tx) (state.Hook, error) {
		mine, err := state.Hooks.All(tx, func(h state.Hook) bool { return h.CreatorID == who.ID })
		if err == nil && len(mine) >= hooksPerUser {
			err = fault.New(fault.Invalid, "A user has %d webhooks at most.", hooksPerUser)
		}
		hook := state.Hook{ID: randomHex(), Level: request.Level, Origin: request.Origin, OwnerID: who.ID, CreatorID: who.ID, Created: s.now().UTC()}
		request.set(&hook)
		return hook, err
	})
}

// getHook is GET /api/v1/webhooks/{id}.
func (s *Server) getHook(w http.ResponseWriter, r *http.Request) error {
	var hook state.Hook
	err := s.db.Read(func(tx *state.Tx) (err error) {
		hook, err = ownHook(tx, r)
		return err
	})
	if err == nil {
		writeJSON(w, http.StatusOK, bodyOfHook(hook))
	}
	return err
}

// putHook is PUT /api/v1/webhooks/{id}: what is left out is cleared.
func (s *Server) putHook(w http.ResponseWriter, r *http.Request) error {
	var request hookRequest
	if err := readJSON(w, r, &request); err != nil {
		return err
	}
	return s.answerHook(w, r, http.StatusOK, func(tx *state.Tx) (state.Hook, error) {
		hook, err := ownHook(tx, r)
		if err == nil && hook.CloudEvents && !request.CloudEvents {
			err = errStaysCloudEvents()
		}
		request.set(&hook)
		if request.Level != "" {
			hook.Level = request.Level
		}
		return hook, err
	})
}

func errStaysCloudEvents() error {
	return fault.New(fault.Invalid, "A webhook that sends CloudEvents goes on doing so.")
}

// patchHook is PATCH /api/v1/webhooks/{id}: 204.
func (s *Server) patchHook(w http.ResponseWriter, r *http.Request) error {
	patch, err := readPatch(w, r)
	if err != nil {
		return err
	}
	_, err = s.changeHook(r, func(tx *state.Tx) (state.Hook, error) {
		hook, err := ownHook(tx, r)
		for _, op := range patch {
			if err == nil {
				err = op.ofHook(&hook)
			}
		}
		return hook, err
	})
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// ofHook applies one operation.
func (o patchOp) ofHook(h *state.Hook) error {
	texts := map[string]*string{"/name": &h.Name, "/description": &h.Description, "/url": &h.URL, "/secret": &h.Secret}
	headers := map[string]*map[string]string{"/headers": &h.Headers, "/encryptedHeaders": &h.SecretHeaders}
	switch {
	case !slices.Contains([]string{"add", "remove", "replace"}, o.Op):
		return o.unknown()
	case o.Op == "remove" && texts[o.Path] != nil:
		*texts[o.Path] = ""
	case o.Op == "remove" && headers[o.Path] != nil:
		*headers[o.Path] = nil
	case texts[o.Path] != nil:
		return o.into(texts[o.Path])
	case headers[o.Path] != nil:
		return o.read(headers[o.Path])
	case o.Path == "/eventTypes":
		return o.read(&h.EventTypes)
	case o.Path == "/enabled":
		enabled := true
		err := o.read(&enabled)
		h.Disabled = !enabled
		return err
	case o.Path == "/enableCloudEventDelivery":
		before := h.CloudEvents
		if err := o.read(&h.CloudEvents); err != nil || h.CloudEvents || !before {
			return err
		}
		return errStaysCloudEvents()
	default:
		return o.unknown()
	}
	return nil
}

// deleteHook is DELETE /api/v1/webhooks/{id}: 204. What it sent goes with it.
func (s *Server) deleteHook(w http.ResponseWriter, r *http.Request) error {
	return s.noContent(w, func(tx *state.Tx) error {
		hook, err := ownHook(tx, r)
		if err != nil {
			return err
		}
		sent, err := state.Sendings.All(tx, func(d state.Sending) bool { return d.HookID == hook.ID })
		for _, d := range sent {
			if err == nil {
				err = state.Sendings.Delete(tx, d.ID)
			}
		}
		if err != nil {
			return err
		}
		return state.Hooks.Delete(tx, hook.ID)
	})
}
