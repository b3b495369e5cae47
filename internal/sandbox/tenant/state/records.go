// Package state names what a sandbox tenant keeps: its records, in tables of one file.
package state

import (
	"strings"
	"time"

	"github.com/skyferry/skyferry/internal/sandbox/records"
)

// What the tables are made of.
type (
	DB           = records.DB
	Tx           = records.Tx
	Part         = records.Part
	Table[T any] = records.Table[T]
	Index[T any] = records.Index[T]
)

// Open opens or makes the state file. The error is a sentence for people.
func Open(path string) (*DB, error) { return records.Open(path, tables...) }

// Moment writes a time so that texts sort as the times do.
func Moment(t time.Time) string { return records.Moment(t) }

// The tables. Keys: see each record; Meta by a fixed word.
var (
	Meta        = Table[string]{Name: "meta"}
	Apps        = Table[App]{Name: "apps", Indexes: appIndexes}
	Spaces      = Table[Space]{Name: "spaces", Indexes: spaceIndexes}
	Assignments = Table[Assignment]{Name: "assignments", Indexes: assignmentIndexes}
	Collections = Table[Collection]{Name: "collections", Indexes: collectionIndexes}
	Memberships = Table[Membership]{Name: "collection items", Indexes: membershipIndexes}
	Users       = Table[User]{Name: "users", Indexes: userIndexes}
	Groups      = Table[Group]{Name: "groups", Indexes: groupIndexes}
	Providers   = Table[Provider]{Name: "providers", Indexes: providerIndexes}
	Clients     = Table[Client]{Name: "clients"}
	Keys        = Table[Key]{Name: "keys", Indexes: keyIndexes}
	Tokens      = Table[Token]{Name: "tokens"}
	Sessions    = Table[Session]{Name: "sessions"}
	Logins      = Table[Login]{Name: "logins"}
	SpentIDs    = Table[SpentID]{Name: "spent ids"}
	Uploads     = Table[Upload]{Name: "uploads"}
	Reloads     = Table[Reload]{Name: "reloads", Indexes: reloadIndexes}
	Plans       = Table[Plan]{Name: "plan"}
	Days        = Table[int]{Name: "imports by day"}
	Events      = Table[Event]{Name: "events"}
	Hooks       = Table[Hook]{Name: "webhooks"}
	Sendings    = Table[Sending]{Name: "webhook deliveries"}
)

// tables are prepared when the file is opened.
var tables = []records.Preparer{
	Meta, Apps, Spaces, Assignments, Collections, Memberships, Users, Groups, Providers, Clients, Keys, Tokens, Sessions,
	Logins, SpentIDs, Uploads, Reloads, Plans, Days, Events, Hooks, Sendings,
}

var providerIndexes = []Index[Provider]{{Name: ByCreated, Key: func(p Provider) (string, bool) { return Moment(p.Created), true }}}

var keyIndexes = []Index[Key]{
	{Name: ByCreated, Key: func(k Key) (string, bool) { return Moment(k.Created), true }},
	{Name: ByName, Key: func(k Key) (string, bool) { return strings.ToLower(k.Description), true }},
	{Name: ByID, Key: func(k Key) (string, bool) { return k.ID, true }},
	{Name: ByUser, Key: func(k Key) (string, bool) { return k.UserID + "\x00" + k.ID, true }},
}

// The indexes that find API keys.
const (
	ByID   = "by id"
	ByUser = "by user"
)

// Provider is an identity provider configuration; key ID (24 hex digits).
type Provider struct {
	ID, Description, Issuer, Audience, KeyID, PEM string
	Protocol                                      string // empty in older files: multi-cloud
	Created, Updated                              time.Time
}

// Client is an OAuth client; key ID. Only the hash of its secret is kept.
type Client struct {
	ID, Name, SecretHash string
	Created              time.Time
}

// Key is an API key; key Hash. The text itself is shown once and not kept.
type Key struct {
	Hash, ID, Description, Tail string
	UserID                      string // who calls with it; empty: the sandbox administrator
	CreatedBy                   string // user id; empty: the sandbox administrator
	Revoked                     bool
	Expires                     time.Time // zero: never
	Created, Updated            time.Time
}

// Token is an access token of an OAuth client; key Hash.
type Token struct {
	Hash, ClientID string
	UserID         string // of the user that the client impersonates; empty: the client itself
	Expires        time.Time
}

// Session is a browser's session with the pages; key Hash. It ends with its API key.
type Session struct {
	Hash, KeyHash, KeyTail string
	Expires                time.Time
}

// Login is a session that /login/jwt-session made; key Hash. It ends with its identity provider.
type Login struct {
	Hash, UserID, ProviderID, CSRF string
	Expires                        time.Time
}

// SpentID is the jti of a token that made a session; key Hash. It can go when the token has expired.
type SpentID struct {
	Hash    string
	Expires time.Time
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

// Plan is what the subscription and its limits are; key "plan".
type Plan struct {
	Name          string // Starter, Standard, Premium, Enterprise
	RateLimits    bool
	Reads         int // calls per minute of tier 1
	Writes        int // of tier 2
	Chunks        int // of resumable uploads
	ImportsPerDay int // -1: no limit
	AppMemory     int64
	UploadSize    int64 // of one app file in bytes; -1: no limit
	SharedSpaces  int   // -1: no limit
	SpaceRoles    bool  // administrators need a role in a space, too, as in Qlik Cloud
}
