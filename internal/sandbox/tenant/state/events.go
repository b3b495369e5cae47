package state

import "time"

// Event is something that happened to an app; key ID, by which they are in the order of time.
type Event struct {
	ID                      string // 24 hex digits, that of the audit
	EventID                 string
	Type, Source, Reason    string
	UserID                  string // who did it
	AppID, SpaceID, OwnerID string
	Time                    time.Time
	Data                    map[string]any
}

// Hook is a webhook; key ID.
type Hook struct {
	ID, Name, Description, URL, Level, Origin string
	Filter                                    string
	OwnerID, CreatorID, UpdaterID             string
	EventTypes                                []string
	Headers, SecretHeaders                    map[string]string
	Secret                                    string // signs what is sent, so that it is kept as it is
	Disabled, CloudEvents, CheckRevocation    bool
	Created, Updated                          time.Time
}

// Sending is what a webhook sends for one event; key ID, by which they are in the order of time.
type Sending struct {
	ID, HookID, EventID, EventType string
	Pending, Good                  bool
	Message                        string
	Triggered                      time.Time
	URL, Body                      string
	Headers                        map[string]string // without those that are secret
	Status                         int               // of the answer; 0: there was none
	Answer                         string            // the beginning of its body
	AnswerHeaders                  map[string]string
}
