// Package pages draws the hub of a sandbox repository: a look of its own, so that nobody takes it for the console or for a
// sandbox tenant. Pages work without scripts; there are none.
package pages

import (
	"embed"
	"strconv"
	"strings"
	"time"
)

//go:embed hub.css
var files embed.FS

// Assets holds hub.css.
func Assets() embed.FS { return files }

// Frame is what surrounds every page.
type Frame struct {
	Title, Site, Host string
	SignedIn          bool
	Current           string // path of the open entry of the menu
	Faults            int    // active ones
	Done              string // what was done just now; may be empty
	Problem           string // why it was not done; may be empty
}

// App is a row of the apps, and the head of an app's page.
type App struct {
	ID, Name, Stream, Owner, Description, Tags, SHA256 string
	Published                                          bool
	Size                                               int64
	Reloaded, PublishTime                              time.Time // zero: never
	Properties                                         []Property
}

// Property is a custom property with the values that an app has and may have.
type Property struct {
	Name    string
	Choices []Choice
}

// Choice is a value that can be chosen.
type Choice struct {
	Value, Label string
	Chosen       bool
}

// AppPage is what an app's page needs to change it.
type AppPage struct {
	App

	Streams, Owners, Sources []Choice
	Sheets                   []Sheet
	SheetName                string // of the sheet to add, as typed
	Seconds                  string // that the next reload takes, as typed
	Reload                   string // how the last reload goes or went; empty: there was none
}

// Sheet is a sheet of an app.
type Sheet struct{ ID, Name, Kind, Owner string }

// kinds are what a sheet can be.
func kinds(of string) []Choice {
	return []Choice{{"base", "Base", of == "base"}, {"community", "Community", of == "community"}, {"private", "Private", of == "private"}}
}

// Rule is a system rule.
type Rule struct {
	ID, Name, Filter, Condition, Actions, Comment string
	Disabled                                      bool
}

func switchVerb(r Rule) (verb, label string) {
	if r.Disabled {
		return "enable", "Enable"
	}
	return "disable", "Disable"
}

// Fault is a row of the faults that were started.
type Fault struct {
	ID, Label, Left string
	Active          bool
	Hits            int
}

// Kind is a fault that can be started.
type Kind struct {
	Kind, Label, Does, Field, Asks, Value, Calls, For string
	ForUser, ForIDs                                   bool
	User, IDs                                         string
}

func day(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04:05") + " UTC"
}

func size(n int64) string {
	if n < 10_000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	return strconv.FormatInt(n/1000, 10) + " kB"
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return " (" + strconv.Itoa(n) + " on)"
}

// chosen writes the values that an app has.
func chosen(properties []Property) string {
	var text strings.Builder
	for _, p := range properties {
		for _, c := range p.Choices {
			if c.Chosen {
				text.WriteString(p.Name + "=" + c.Value + " ")
			}
		}
	}
	return text.String()
}

func stopLabel(f Fault) string {
	if f.Active {
		return "Stop " + f.Label
	}
	return "Remove " + f.Label
}

func subscribed(n int) string {
	switch n {
	case 0:
		return "Nobody subscribes to changes now."
	case 1:
		return "1 subscription to changes now."
	}
	return strconv.Itoa(n) + " subscriptions to changes now."
}

// Happening is a row of the history.
type Happening struct {
	At                              time.Time
	What, Did, Type, Name, By, More string
}

// happened says what happened; that an entity was changed needs no second word.
func happened(h Happening) string {
	if h.What == "change" {
		return h.Did
	}
	return h.What + " " + h.Did
}
