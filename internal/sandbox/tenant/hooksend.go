package tenant

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// What webhooks send, and how long it is kept: Qlik Cloud keeps it for a week.
const (
	sendingLife    = 7 * 24 * time.Hour
	keptSendings   = 5000
	sendTime       = 10 * time.Second // the longest that an answer may take
	sendAtOnce     = 20               // read from the state at once
	maxHookAnswer  = 2048             // bytes that are kept of an answer
	signature      = "Qlik-Signature" // HMAC with SHA-256 of the body, in hex
	omitted        = "**OMITTED**"
	eventsMimeType = "application/json"
)

// hooks sends what webhooks have to send.
type hooks struct {
	client *http.Client
	wake   chan struct{} // holds one element: there is something to send
}

func newHooks() *hooks {
	// Whoever is called must be who was named: no redirect is followed.
	client := &http.Client{Timeout: sendTime, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	h := &hooks{client: client, wake: make(chan struct{}, 1)}
	h.wake <- struct{}{} // what an earlier run has left
	return h
}

// announce notes what the webhooks send of an event.
func (s *Server) announce(tx *state.Tx, e state.Event) error {
	all, err := state.Hooks.All(tx, func(h state.Hook) bool {
		return !h.Disabled && slices.Contains(h.EventTypes, e.Type) && wantsEvent(h, e)
	})
	for _, h := range all {
		body, encodeErr := json.Marshal(s.hookPayload(h, e))
		d := state.Sending{ID: timedID(e.Time), HookID: h.ID, EventID: e.EventID, EventType: e.Type, Pending: true, Triggered: e.Time, Body: string(body)}
		if err = errors.Join(err, encodeErr, state.Sendings.Put(tx, d.ID, d)); err != nil {
			return err
		}
	}
	if len(all) > 0 {
		select {
		case s.hooks.wake <- struct{}{}:
		default:
		}
	}
	return err
}

// wantsEvent reads the filter of a webhook.
func wantsEvent(h state.Hook, e state.Event) bool {
	wanted, err := parseFilter(h.Filter)
	if err != nil {
		return false // it was checked when it was stored
	}
	status, _ := e.Data["status"].(string)
	have := map[string]string{"id": e.AppID, "spaceid": e.SpaceID, "toplevelresourceid": e.AppID, "data.status": status}
	return wanted(func(name string) ([]string, bool) {
		value, known := have[name]
		return []string{value}, known
	})
}

// cloudEvent is an event by the specification CloudEvents 1.0.
type cloudEvent struct {
	SpecVersion string         `json:"specversion"`
	ID          string         `json:"id"`
	Source      string         `json:"source"`
	Type        string         `json:"type"`
	Time        string         `json:"time"`
	ContentType string         `json:"datacontenttype"`
	TenantID    string         `json:"tenantid"`
	UserID      string         `json:"userid"`
	OwnerID     string         `json:"ownerid,omitempty"`
	SpaceID     string         `json:"spaceid,omitempty"`
	Resource    string         `json:"toplevelresourceid,omitempty"`
	Reason      string         `json:"reason,omitempty"`
	Data        map[string]any `json:"data"`
}

func (s *Server) hookPayload(h state.Hook, e state.Event) any {
	if h.CloudEvents {
		return cloudEvent{"1.0", e.EventID, e.Source, e.Type, stamp(e.Time), eventsMimeType, s.id, e.UserID, e.OwnerID, e.SpaceID, e.AppID, e.Reason, e.Data}
	}
	body := s.eventBody(e)
	body.CloudEvents = "0.1"
	return body
}

// sendUntil sends what waits, in its order, until the context ends. What waits then is sent after the next start.
func (s *Server) sendUntil(ctx context.Context) {
	defer s.hooks.client.CloseIdleConnections()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.hooks.wake:
		}
		if err := s.sendPending(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "webhooks failed", "error", err)
		}
	}
}

func (s *Server) sendPending(ctx context.Context) error {
	for ctx.Err() == nil {
		pending, err := s.pendingSendings()
		if err != nil || len(pending) == 0 {
			return err
		}
		for _, d := range pending {
			if err := s.sendOne(ctx, d); err != nil || ctx.Err() != nil {
				return err
			}
		}
	}
	return nil
}

// pendingSendings reads what waits, the oldest first. It takes the turn of a writer: whoever woke it has not committed yet.
func (s *Server) pendingSendings() (pending []state.Sending, err error) {
	err = s.db.Write(func(tx *state.Tx) error {
		pending, err = state.Sendings.All(tx, func(d state.Sending) bool { return d.Pending })
		return err
	})
	return pending[:min(len(pending), sendAtOnce)], err
}

// sendOne sends one, and keeps what came of it. That of a webhook that is gone is forgotten.
func (s *Server) sendOne(ctx context.Context, d state.Sending) error {
	var hook state.Hook
	var there bool
	err := s.db.Read(func(tx *state.Tx) (err error) {
		hook, there, err = state.Hooks.Get(tx, d.HookID)
		return err
	})
	if err != nil {
		return err
	}
	if there {
		d = s.hooks.send(ctx, hook, d)
	}
	if ctx.Err() != nil {
		return ctx.Err() // it was cut off by the stop: it is sent after the next start
	}
	return s.db.Write(func(tx *state.Tx) error {
		if _, still, err := state.Hooks.Get(tx, d.HookID); err != nil || !still {
			return errors.Join(err, state.Sendings.Delete(tx, d.ID))
		}
		return state.Sendings.Put(tx, d.ID, d)
	})
}

// send posts the body to the webhook's address and tells what came of it.
func (h *hooks) send(ctx context.Context, hook state.Hook, d state.Sending) state.Sending {
	d.Pending, d.Good, d.Message, d.Status, d.Answer, d.AnswerHeaders = false, false, "", 0, "", nil
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, hook.URL, strings.NewReader(d.Body))
	if err != nil {
		d.Message = "The address cannot be called."
		return d
	}
	d.URL, d.Headers = hook.URL, setHookHeaders(request, hook, d.Body)
	response, err := h.client.Do(request)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err
		}
		d.Message = "No answer: " + err.Error()
		return d
	}
	defer func() { _ = response.Body.Close() }()
	var answer bytes.Buffer
	_, _ = io.CopyN(&answer, response.Body, maxHookAnswer) // what came of it says the status alone
	d.Status, d.Answer, d.AnswerHeaders = response.StatusCode, strings.ToValidUTF8(answer.String(), "\uFFFD"), firstOf(response.Header)
	d.Good, d.Message = response.StatusCode/100 == 2, response.Status
	return d
}

// setHookHeaders sets the headers of a request, and gives them as they may be shown.
func setHookHeaders(request *http.Request, hook state.Hook, body string) map[string]string {
	shown := map[string]string{}
	set := func(name, value, as string) {
		request.Header.Set(name, value)
		shown[name] = as
	}
	for name, value := range hook.Headers {
		set(name, value, value)
	}
	for name, value := range hook.SecretHeaders {
		set(name, value, omitted)
	}
	set("Content-Type", eventsMimeType, eventsMimeType)
	if hook.Secret != "" {
		sum := hmac.New(sha256.New, []byte(hook.Secret))
		_, _ = sum.Write([]byte(body)) // never fails
		signed := hex.EncodeToString(sum.Sum(nil))
		set(signature, signed, signed)
	}
	return shown
}

// firstOf gives the first value of each header, as long as they are short.
func firstOf(headers http.Header) map[string]string {
	few := map[string]string{}
	for name, values := range headers {
		if len(values) > 0 && len(few) < 30 && len(values[0]) <= 200 {
			few[name] = values[0]
		}
	}
	return few
}
