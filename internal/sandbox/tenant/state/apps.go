package state

import (
	"strings"
	"time"
)

// The indexes of the apps. ByItem, BySource and BySum find; the others sort.
const (
	ByCreated = "by created"
	ByUpdated = "by updated"
	ByName    = "by name"
	ByItem    = "by item"
	BySpace   = "by space"  // and by creation within a space
	BySource  = "by source" // apps that imports replace, by SourceID
	BySum     = "by sum"
)

var appIndexes = []Index[App]{
	{Name: ByCreated, Key: func(a App) (string, bool) { return Moment(a.Created), true }},
	{Name: ByUpdated, Key: func(a App) (string, bool) { return Moment(a.Modified), true }},
	{Name: ByName, Key: func(a App) (string, bool) { return strings.ToLower(a.Name), true }},
	{Name: ByItem, Key: func(a App) (string, bool) { return a.ItemID, a.ItemID != "" }},
	{Name: BySpace, Key: func(a App) (string, bool) { return InSpace(a.SpaceID) + Moment(a.Created), a.SpaceID != "" }},
	{Name: BySource, Key: func(a App) (string, bool) { return a.SourceID, a.SourceID != "" }},
	{Name: BySum, Key: func(a App) (string, bool) { return a.SHA256, true }},
}

// InSpace is the beginning of the entries of a space in BySpace.
func InSpace(spaceID string) string { return spaceID + "\x00" }

// App is one app of the tenant; its bytes lie in the content store under SHA256.
type App struct {
	ID            string // GUID
	ItemID        string // 24 hex digits; empty when somebody deleted the item
	Name          string
	Description   string
	OwnerID       string // empty for a staged app
	SpaceID       string // empty: staged, or in the owner's personal space
	Distributed   bool   // came from a client-managed site (`published` in the contract)
	Issuer        string // of the identity provider that distributed it last; empty otherwise
	SourceID      string // the appId of the import by which it is found again, behind "user\x00" when a user imported it; empty otherwise
	OriginAppID   string // the app it was published from; empty otherwise
	PublishTime   time.Time
	LastReload    string // as found in the file, RFC 3339; empty when unknown
	Created       time.Time
	Modified      time.Time
	SHA256        string // of the content, 64 hex digits
	Size          int64  // bytes
	SectionAccess bool
	Usage         string // empty: ANALYTICS
}

// IsStaged reports whether the app waits for an administrator to give it a space.
func (a App) IsStaged() bool { return a.Distributed && a.SpaceID == "" }

// IsPublished reports whether the app was published into a managed space within the tenant.
func (a App) IsPublished() bool { return !a.PublishTime.IsZero() }

// Reload is one reload of an app; key ID (24 hex digits). It is done at once: there is no engine.
type Reload struct {
	ID, AppID, UserID string
	Partial           bool
	Created           time.Time
}

// ByApp sorts reloads by their app, oldest first.
const ByApp = "by app"

var reloadIndexes = []Index[Reload]{{Name: ByApp, Key: func(r Reload) (string, bool) { return r.AppID + "\x00" + Moment(r.Created), true }}}
