// Package state names what a sandbox repository keeps: QRS's entities in the form in which QRS writes them, in tables of
// one file. References are kept by id; the names in them are those of the day they were stored, and filled in anew when read.
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
)

// The indexes: apps that have the same bytes; apps by name, ignoring case; apps by their dates; objects of an app.
const (
	BySum      = "by sum"
	ByName     = "by name"
	ByCreated  = "by created"
	ByModified = "by modified"
	ByApp      = "by app"
)

// The tables. Keys: the id of the entity; of Changes its moment and id; of Sessions the hash; of Meta a fixed word.
var (
	Meta        = Table[string]{Name: "meta"}
	Apps        = Table[Stored]{Name: "apps", Indexes: appIndexes}
	Objects     = Table[Object]{Name: "app objects", Indexes: []records.Index[Object]{{Name: ByApp, Key: func(o Object) (string, bool) { return o.App.ID, true }}}}
	Streams     = Table[Stream]{Name: "streams"}
	Tags        = Table[Tag]{Name: "tags"}
	Definitions = Table[Definition]{Name: "custom properties"}
	Users       = Table[User]{Name: "users"}
	Rules       = Table[Rule]{Name: "system rules"}
	Executions  = Table[Execution]{Name: "execution results"}
	Tasks       = Table[ReloadTask]{Name: "reload tasks"}
	Changes     = Table[Change]{Name: "changes"}
	Sessions    = Table[Session]{Name: "sessions"}
)

var appIndexes = []records.Index[Stored]{{Name: BySum, Key: sumOf}, {Name: ByName, Key: nameOf}, {Name: ByCreated, Key: createdOf}, {Name: ByModified, Key: modifiedOf}}

func createdOf(a Stored) (string, bool) { return records.Moment(a.CreatedDate.Time), true }

func modifiedOf(a Stored) (string, bool) { return records.Moment(a.ModifiedDate.Time), true }

func sumOf(a Stored) (string, bool) { return a.SHA256, true }

func nameOf(a Stored) (string, bool) { return strings.ToLower(a.Name), true }

// Session is a browser's session with the hub; key Hash.
type Session struct {
	Hash    string
	Expires time.Time
}

// Open opens or makes the state file. The error is a sentence for people.
func Open(path string) (*DB, error) {
	return records.Open(path, Meta, Apps, Streams, Tags, Definitions, Users, Rules, Executions, Tasks, Objects, Changes, Sessions)
}
