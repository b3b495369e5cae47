package tenant

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// sendingBody is a delivery of a webhook.
type sendingBody struct {
	ID            string        `json:"id"`
	WebhookID     string        `json:"webhookId"`
	EventType     string        `json:"eventType"`
	Status        string        `json:"status"`
	StatusMessage string        `json:"statusMessage"`
	TriggeredAt   string        `json:"triggeredAt"`
	Request       sentRequest   `json:"request"`
	Response      *sentResponse `json:"response,omitempty"`
}

type sentRequest struct {
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    rawText           `json:"body"`
}

type sentResponse struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers"`
	Body       string            `json:"body"`
}

// rawText is JSON that is written as it is.
type rawText string

// MarshalJSON implements json.Marshaler.
func (t rawText) MarshalJSON() ([]byte, error) {
	if t == "" {
		return []byte("null"), nil
	}
	return []byte(t), nil
}

func bodyOfSending(d state.Sending) sendingBody {
	body := sendingBody{ID: d.ID, WebhookID: d.HookID, EventType: d.EventType, Status: "fail", StatusMessage: d.Message, TriggeredAt: stamp(d.Triggered),
		Request: sentRequest{d.URL, d.Headers, rawText(d.Body)}}
	if d.Good {
		body.Status = "success"
	}
	if d.Status != 0 {
		body.Response = &sentResponse{d.Status, d.AnswerHeaders, d.Answer}
	}
	return body
}

// listSendings is GET /api/v1/webhooks/{id}/deliveries: what was sent, the newest first.
func (s *Server) listSendings(w http.ResponseWriter, r *http.Request) error {
	order, err := listingOf(r, map[string]string{"": "triggeredAt", "triggeredAt": "triggeredAt", "status": "status"}, usualCursors)
	if err != nil {
		return err
	}
	order.descending = order.descending || r.URL.Query().Get("sort") == ""
	status, types := r.URL.Query().Get("status"), wordsOf(r.URL.Query().Get("eventType"))
	var all []state.Sending
	err = s.db.Read(func(tx *state.Tx) error {
		hook, err := ownHook(tx, r)
		if err != nil {
			return err
		}
		all, err = state.Sendings.All(tx, func(d state.Sending) bool {
			return d.HookID == hook.ID && !d.Pending && wantedText(status, bodyOfSending(d).Status) && (len(types) == 0 || slices.Contains(types, d.EventType))
		})
		return err
	})
	if err != nil {
		return err
	}
	entry := func(d state.Sending) string { return d.ID }
	if order.index == "status" {
		entry = func(d state.Sending) string { return strconv.FormatBool(d.Good) + "\x00" + d.ID }
	}
	writeJSON(w, http.StatusOK, listOf(r, order, cutRows(all, order, entry), bodyOfSending))
	return nil
}

func oneSending(tx *state.Tx, r *http.Request) (hook state.Hook, found state.Sending, err error) {
	if hook, err = ownHook(tx, r); err != nil {
		return hook, found, err
	}
	id := chi.URLParam(r, "delivery")
	found, there, err := state.Sendings.Get(tx, id)
	if err == nil && (!there || found.HookID != hook.ID || found.Pending) {
		err = fault.New(fault.NotFound, "There is no delivery %q of this webhook.", id)
	}
	return hook, found, err
}

// getSending is GET /api/v1/webhooks/{id}/deliveries/{delivery}.
func (s *Server) getSending(w http.ResponseWriter, r *http.Request) error {
	var found state.Sending
	err := s.db.Read(func(tx *state.Tx) (err error) {
		_, found, err = oneSending(tx, r)
		return err
	})
	if err == nil {
		writeJSON(w, http.StatusOK, bodyOfSending(found))
	}
	return err
}

// resend is POST /api/v1/webhooks/{id}/deliveries/{delivery}/actions/resend: 201. The same event is sent once more, and the answer
// tells what came of it.
func (s *Server) resend(w http.ResponseWriter, r *http.Request) error {
	var hook state.Hook
	var again state.Sending
	err := s.db.Read(func(tx *state.Tx) (err error) {
		hook, again, err = oneSending(tx, r)
		return err
	})
	if err != nil {
		return err
	}
	again.ID, again.Triggered = timedID(s.now()), s.now().UTC()
	again = s.hooks.send(r.Context(), hook, again)
	if err := s.db.Write(func(tx *state.Tx) error { return state.Sendings.Put(tx, again.ID, again) }); err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, bodyOfSending(again))
	return nil
}
