package state

import (
	"strings"
	"time"
)

// The types of a space.
const (
	Managed = "managed"
	Shared  = "shared"
	Data    = "data"
)

// ByType sorts spaces by their type; ByAssignee finds the assignment of an assignee in a space.
const (
	ByType     = "by type"
	ByAssignee = "by assignee"
)

var spaceIndexes = []Index[Space]{
	{Name: ByName, Key: func(s Space) (string, bool) { return strings.ToLower(s.Name), true }},
	{Name: ByType, Key: func(s Space) (string, bool) { return s.Type, true }},
	{Name: ByCreated, Key: func(s Space) (string, bool) { return Moment(s.Created), true }},
}

// Space is a shared, managed or data space; key ID (24 hex digits).
type Space struct {
	ID, Name, Type, Description, OwnerID string
	Created, Updated                     time.Time
}

// Changed is when the space was changed last; older files do not know.
func (s Space) Changed() time.Time {
	if s.Updated.IsZero() {
		return s.Created
	}
	return s.Updated
}

var assignmentIndexes = []Index[Assignment]{
	{Name: BySpace, Key: func(a Assignment) (string, bool) { return InSpace(a.SpaceID) + Moment(a.Created), true }},
	{Name: ByAssignee, Key: func(a Assignment) (string, bool) { return InSpace(a.SpaceID) + a.AssigneeID, true }},
}

// Assignment gives somebody roles in a space; key ID (24 hex digits).
type Assignment struct {
	ID, SpaceID, Type, AssigneeID, CreatedBy, UpdatedBy string
	Roles                                               []string
	Created, Updated                                    time.Time
}
