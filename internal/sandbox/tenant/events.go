package tenant

import (
	"encoding/hex"
	"fmt"
	"maps"
	"time"

	"github.com/skyferry/skyferry/internal/sandbox/tenant/state"
)

// The events that happen here (qlik-cloud-api.md section 5).
const (
	appCreated     = "com.qlik.app.created"
	appPublished   = "com.qlik.app.published"
	appDataUpdated = "com.qlik.app.data.updated"
	appDeleted     = "com.qlik.app.deleted"
	appExported    = "com.qlik.app.exported"
	reloadFinished = "com.qlik.v1.app.reload.finished"
)

// eventTypes are all of them, with the words for people.
var eventTypes = []struct{ name, title, description string }{
	{appCreated, "App created", "An app was made, copied, imported, or published for the first time."},
	{appDataUpdated, "App data updated", "The data of an app were replaced, by an import or by publishing again."},
	{appDeleted, "App deleted", "An app was deleted."},
	{appExported, "App exported", "An app was exported."},
	{appPublished, "App published", "An app was published into a managed space."},
	{reloadFinished, "App reload finished", "A reload of an app has ended."},
}

func isEventType(name string) bool {
	for _, known := range eventTypes {
		if known.name == name {
			return true
		}
	}
	return false
}

// What is kept of events. Qlik Cloud keeps 90 days.
const (
	eventSource = "com.qlik/engine"
	keptEvents  = 10_000
	eventLife   = 90 * 24 * time.Hour
)

// reasonOf names, among the data of an event, its reason, which is told beside them.
const reasonOf = "reason"

// timedID gives 24 hex digits that sort as time does.
func timedID(at time.Time) string {
	return fmt.Sprintf("%016x", at.UnixNano()) + hex.EncodeToString(randomBytes(4))
}

// happened notes an event of an app in the transaction that made it, and what webhooks send of it.
func (s *Server) happened(tx *state.Tx, userID, kind string, app state.App, data map[string]any) error {
	now := s.now().UTC()
	e := state.Event{ID: timedID(now), EventID: randomGUID(), Type: kind, Source: eventSource, UserID: userID,
		AppID: app.ID, SpaceID: app.SpaceID, OwnerID: app.OwnerID, Time: now, Data: map[string]any{"id": app.ID, "name": app.Name}}
	maps.Copy(e.Data, data)
	e.Reason, _ = e.Data[reasonOf].(string)
	delete(e.Data, reasonOf)
	if err := state.Events.Put(tx, e.ID, e); err != nil {
		return err
	}
	return s.announce(tx, e)
}

// created is what the event of a new app tells.
func created(by string, app state.App) map[string]any {
	return map[string]any{"createdByAction": by, "published": app.Distributed}
}

// eventBody is an event as audits list it, and as a webhook sends it.
type eventBody struct {
	ID          string         `json:"id,omitempty"`
	CloudEvents string         `json:"cloudEventsVersion,omitempty"`
	EventID     string         `json:"eventId"`
	EventTime   string         `json:"eventTime"`
	EventType   string         `json:"eventType"`
	TypeVersion string         `json:"eventTypeVersion"`
	ContentType string         `json:"contentType"`
	Source      string         `json:"source"`
	TenantID    string         `json:"tenantId"`
	UserID      string         `json:"userId"`
	Reason      string         `json:"reason,omitempty"`
	Data        map[string]any `json:"data"`
	Extensions  extensions     `json:"extensions"`
	Links       *links         `json:"links,omitempty"`
}

type extensions struct {
	OwnerID  string `json:"ownerId,omitempty"`
	SpaceID  string `json:"spaceId,omitempty"`
	Resource string `json:"topLevelResourceId,omitempty"`
}

func (s *Server) eventBody(e state.Event) eventBody {
	return eventBody{EventID: e.EventID, EventTime: stamp(e.Time), EventType: e.Type, TypeVersion: "1.0.0", ContentType: "application/json",
		Source: e.Source, TenantID: s.id, UserID: e.UserID, Reason: e.Reason, Data: e.Data, Extensions: extensions{e.OwnerID, e.SpaceID, e.AppID}}
}
