// Package site is the vocabulary of the client-managed Qlik Sense site: apps, streams, owners, custom properties, tags,
// and the events that happen to published apps. It imports nothing of ours.
package site

import (
	"fmt"
	"time"
)

// App is one app of the site as the console knows it now.
type App struct {
	ID          string // a lower-case UUID; the identity that every tenant copy is tied to
	Name        string
	Description string
	Owner       Owner
	Stream      *Stream             // nil: not published
	Properties  map[string][]string // custom property name (without @) -> values
	Tags        []string
	Size        int64 // bytes of the .qvf
	// SectionAccess is what the source tells. A .qvf does not tell it reliably: of the files that we have seen, only one that
	// was saved in the cloud has a word about it.
	SectionAccess SectionAccess
	SHA256        string    // lower-case hex of the .qvf; empty where a source cannot know it before an export
	LastReload    time.Time // zero: never reloaded, or not told by the file
	PublishedAt   time.Time // zero: not published
	Generation    int64     // grows by one with every publish and replace
	Created       time.Time
	Modified      time.Time
}

// Published says whether the app is in a stream; only published apps are ever distributed.
func (a App) Published() bool { return a.Stream != nil }

// DataVersion names the data that the app holds now.
func (a App) DataVersion() DataVersion {
	return DataVersion{LastReload: a.LastReload, Generation: a.Generation}
}

// File is what is known of an app's file.
type File struct {
	Size       int64     // bytes
	SHA256     string    // lower-case hex
	LastReload time.Time // zero: not told by the file

	SectionAccess SectionAccess
}

// SectionAccess says whether the script of an app decides who sees which data of it.
type SectionAccess string

// What is known of it.
const (
	SectionAccessUnknown SectionAccess = ""
	HasSectionAccess     SectionAccess = "yes"
	NoSectionAccess      SectionAccess = "no"
)

// Owner is the user who owns an app or a stream.
type Owner struct {
	ID        string
	UserID    string
	Directory string
	Name      string
	Email     string
}

// Stream is what apps are published to.
type Stream struct {
	ID         string
	Name       string
	Owner      Owner
	Properties map[string][]string
}

// Property is a custom property definition.
type Property struct {
	ID          string
	Name        string // without @; an identifier of the rule language
	Description string
	Values      []string // the choice values
	ForApps     bool     // may be set on apps
	ForStreams  bool     // may be set on streams
}

// DataVersion tells whether data differs from what was sent: together with the app's id it is known before any export.
// A *different* version counts, not a newer one.
type DataVersion struct {
	LastReload time.Time
	Generation int64
}

// Equal says whether both name the same data.
func (v DataVersion) Equal(o DataVersion) bool {
	return v.Generation == o.Generation && v.LastReload.Equal(o.LastReload)
}

// String gives a stable text, fit for keys.
func (v DataVersion) String() string {
	reload := int64(0)
	if !v.LastReload.IsZero() {
		reload = v.LastReload.UnixMicro()
	}
	return fmt.Sprintf("%d-%d", v.Generation, reload)
}

// EventKind says what happened to a published app.
type EventKind string

// The kinds of publish events.
const (
	Published   EventKind = "published"
	Replaced    EventKind = "replaced"
	Moved       EventKind = "moved"
	Reloaded    EventKind = "reloaded"
	Changed     EventKind = "changed" // name, owner, custom properties, tags
	Unpublished EventKind = "unpublished"
	Deleted     EventKind = "deleted"
	Requested   EventKind = "requested" // an admin asked for a send: Distribute now
)
