package state

import (
	"strings"
	"time"
)

// The indexes of the collections and of what is in them.
const (
	ByCollection = "by collection"
	ByMember     = "by member"
)

var collectionIndexes = []Index[Collection]{
	{Name: ByName, Key: func(c Collection) (string, bool) { return strings.ToLower(c.Name), true }},
	{Name: ByCreated, Key: func(c Collection) (string, bool) { return Moment(c.Created), true }},
	{Name: ByUpdated, Key: func(c Collection) (string, bool) { return Moment(c.Updated), true }},
}

// Collection is a set of items; one of type public is a tag. Key ID (24 hex digits).
type Collection struct {
	ID, Name, Description, Type, CreatorID, UpdaterID string
	Created, Updated                                  time.Time
}

var membershipIndexes = []Index[Membership]{
	{Name: ByCollection, Key: func(m Membership) (string, bool) { return m.CollectionID + "\x00" + Moment(m.Added), true }},
	{Name: ByMember, Key: func(m Membership) (string, bool) { return m.AppID + "\x00" + Moment(m.Added), true }},
}

// Membership says that an app's item is in a collection; key MembershipKey.
type Membership struct {
	CollectionID, AppID string
	Added               time.Time
}

// MembershipKey is the key of a membership.
func MembershipKey(collectionID, appID string) string { return collectionID + "\x00" + appID }
