package state

import "time"

// The tables. Keys: see each record; Meta by a fixed word, Staged by StagedKey to the app's id.
var (
	Meta      = Table[string]{"meta"}
	Apps      = Table[App]{"apps"}
	Staged    = Table[string]{"staged"}
	Spaces    = Table[Space]{"spaces"}
	Providers = Table[Provider]{"providers"}
	Clients   = Table[Client]{"clients"}
	Keys      = Table[Key]{"keys"}
	Tokens    = Table[Token]{"tokens"}
	Sessions  = Table[Session]{"sessions"}
	Uploads   = Table[Upload]{"uploads"}
)

var buckets = []string{"meta", "apps", "staged", "spaces", "providers", "clients", "keys", "tokens", "sessions", "uploads"}

// App is one app of the tenant; its bytes lie in the content store under SHA256.
type App struct {
	ID          string // GUID
	ItemID      string // 24 hex digits
	Name        string
	Description string
	OwnerID     string // empty for a staged app
	SpaceID     string // empty: staged, or in the owner's personal space
	Distributed bool   // came from a client-managed site (`published` in the contract)
	Issuer      string // of the identity provider that distributed it; empty otherwise
	SourceID    string // the appId of the import by which it is found again; empty otherwise
	OriginAppID string // the app it was published from; empty otherwise
	PublishTime time.Time
	LastReload  string // as found in the file, RFC 3339; empty when unknown
	Created     time.Time
	Modified    time.Time
	SHA256      string // of the content, 64 hex digits
	Size        int64  // bytes
}

// IsStaged reports whether the app waits for an administrator to give it a space.
func (a App) IsStaged() bool { return a.Distributed && a.SpaceID == "" }

// IsPublished reports whether the app was published into a managed space within the tenant.
func (a App) IsPublished() bool { return !a.PublishTime.IsZero() }

// StagedKey is the key by which a distributed app is found again: our choice, see docs/sandbox-tenant.md.
func StagedKey(issuer, appID string) string { return issuer + "\x00" + appID }

// The types of a space.
const (
	Managed = "managed"
	Shared  = "shared"
)

// Space is a shared or managed space; key ID (24 hex digits).
type Space struct {
	ID, Name, Type, Description, OwnerID string
	Created                              time.Time
}

// Provider is a multi-cloud identity provider configuration; key ID (24 hex digits).
type Provider struct {
	ID, Description, Issuer, Audience, KeyID, PEM string
	Created                                       time.Time
}

// Client is an OAuth client; key ID. Only the hash of its secret is kept.
type Client struct {
	ID, Name, SecretHash string
	Created              time.Time
}

// Key is an API key; key Hash. The text itself is shown once and not kept.
type Key struct {
	Hash, ID, Description, Tail string
	Created                     time.Time
}

// Token is an access token of an OAuth client; key Hash.
type Token struct {
	Hash, ClientID string
	Expires        time.Time
}

// Session is a browser's session; key Hash. It ends with its API key.
type Session struct {
	Hash, KeyHash, KeyTail string
	Expires                time.Time
}

// Upload is a temporary content, made in one go or by tus; key ID (24 hex digits).
type Upload struct {
	ID, Filename, CreatorID string
	TTL                     int // seconds from Created
	Size                    int64
	SHA256                  string // empty until complete
	Created, Updated        time.Time
}

// Expires is when the upload is gone.
func (u Upload) Expires() time.Time { return u.Created.Add(time.Duration(u.TTL) * time.Second) }

// Complete reports whether all bytes are there.
func (u Upload) Complete() bool { return u.SHA256 != "" }
