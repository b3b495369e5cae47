package state

import (
	"strings"
	"time"
)

// The indexes that find users.
const (
	BySubject = "by subject"
	ByEmail   = "by email"
)

var userIndexes = []Index[User]{
	{Name: ByName, Key: func(u User) (string, bool) { return strings.ToLower(u.Name), true }},
	{Name: BySubject, Key: func(u User) (string, bool) { return u.Subject, true }},
	{Name: ByEmail, Key: func(u User) (string, bool) { return strings.ToLower(u.Email), u.Email != "" }},
}

// User is somebody or something that calls the tenant; key ID (32 URL-safe characters).
type User struct {
	ID, Subject, Name, Email, Picture, Status string
	ClientID                                  string // of a bot; empty otherwise
	Roles                                     []string
	Groups                                    []string // ids
	Created, Updated                          time.Time
}

var groupIndexes = []Index[Group]{{Name: ByName, Key: func(g Group) (string, bool) { return strings.ToLower(g.Name), true }}}

// Group is a group of users; key ID (24 hex digits).
type Group struct {
	ID, Name, Description, ProviderType string
	Created, Updated                    time.Time
}
