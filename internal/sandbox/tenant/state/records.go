package state

import (
	"strings"
	"time"
)

// The tables. Keys: see each record; Meta by a fixed word.
var (
	Meta        = Table[string]{name: "meta"}
	Apps        = Table[App]{name: "apps", indexes: appIndexes}
	Spaces      = Table[Space]{name: "spaces", indexes: spaceIndexes}
	Assignments = Table[Assignment]{name: "assignments", indexes: assignmentIndexes}
	Collections = Table[Collection]{name: "collections", indexes: collectionIndexes}
	Memberships = Table[Membership]{name: "collection items", indexes: membershipIndexes}
	Users       = Table[User]{name: "users", indexes: userIndexes}
	Groups      = Table[Group]{name: "groups", indexes: groupIndexes}
	Providers   = Table[Provider]{name: "providers", indexes: providerIndexes}
	Clients     = Table[Client]{name: "clients"}
	Keys        = Table[Key]{name: "keys", indexes: keyIndexes}
	Tokens      = Table[Token]{name: "tokens"}
	Sessions    = Table[Session]{name: "sessions"}
	Logins      = Table[Login]{name: "logins"}
	SpentIDs    = Table[SpentID]{name: "spent ids"}
	Uploads     = Table[Upload]{name: "uploads"}
	Reloads     = Table[Reload]{name: "reloads", indexes: reloadIndexes}
	Plans       = Table[Plan]{name: "plan"}
	Days        = Table[int]{name: "imports by day"}
)

// tables are prepared when the file is opened.
var tables = []interface{ prepare(tx *Tx) error }{
	Meta, Apps, Spaces, Assignments, Collections, Memberships, Users, Groups, Providers, Clients, Keys, Tokens, Sessions,
	Logins, SpentIDs, Uploads, Reloads, Plans, Days,
}

var providerIndexes = []Index[Provider]{{ByCreated, func(p Provider) (string, bool) { return Moment(p.Created), true }}}

var keyIndexes = []Index[Key]{
	{ByCreated, func(k Key) (string, bool) { return Moment(k.Created), true }},
	{ByName, func(k Key) (string, bool) { return strings.ToLower(k.Description), true }},
	{ByID, func(k Key) (string, bool) { return k.ID, true }},
	{ByUser, func(k Key) (string, bool) { return k.UserID + "\x00" + k.ID, true }},
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
